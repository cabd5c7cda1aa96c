"""A listener's TLS as configured."""

from __future__ import annotations

from proxy.tls.settings import Certificate, ClientAuth, TlsServer


def test_settings_are_equal_only_where_the_files_hold_the_same() -> None:
    plain = TlsServer((Certificate("a.crt", "a.key", "1"),), ClientAuth("ca.pem", digest="1"))
    assert plain == TlsServer((Certificate("a.crt", "a.key", "1"),), ClientAuth("ca.pem", digest="1"))
    assert plain != TlsServer((Certificate("a.crt", "a.key", "2"),), ClientAuth("ca.pem", digest="1"))
    assert plain != TlsServer((Certificate("a.crt", "a.key", "1"),), ClientAuth("ca.pem", digest="2"))
