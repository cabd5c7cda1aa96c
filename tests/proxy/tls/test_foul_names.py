"""Names that are no names."""

from __future__ import annotations

import ssl
import sys
from pathlib import Path
from typing import Any

import pytest
from kit.certificates import issue

from proxy.metrics import Registry
from proxy.tls.foul_names import foul_names_unsaid
from proxy.tls.handshakes import Handshakes
from proxy.tls.server import server_context
from proxy.tls.settings import Certificate, TlsServer


def hello(name: bytes) -> bytes:
    """Return a ClientHello that asks for a name, whatever its bytes."""
    sent = ssl.MemoryBIO()
    client = ssl.create_default_context().wrap_bio(ssl.MemoryBIO(), sent, server_hostname="a" * len(name))
    with pytest.raises(ssl.SSLWantReadError):
        client.do_handshake()
    return sent.read().replace(b"a" * len(name), name)


@pytest.mark.parametrize("name", [b"\xff\xfe.example", b"caf\xc3\xa9.example"])
def test_a_client_that_asks_for_one_is_refused_without_a_word_on_stderr(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], name: bytes
) -> None:
    registry, incoming = Registry(), ssl.MemoryBIO()
    files = Certificate(*issue("a.test").write(tmp_path, "a"))
    context = server_context(TlsServer((files,)), None, Handshakes(registry, "public"))
    incoming.write(hello(name))
    end = context.wrap_bio(incoming, ssl.MemoryBIO(), server_side=True)
    with pytest.raises(ssl.SSLWantReadError):  # The alert goes first.
        end.do_handshake()
    with pytest.raises(ssl.SSLError, match="CALLBACK_FAILED"):
        end.do_handshake()
    assert registry.snapshot()["tls_handshake_failures_total"] == [(["public", "unknown_name"], 1)]
    assert capfd.readouterr() == ("", "")


def test_whatever_else_cannot_be_raised_is_passed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[Any] = []
    monkeypatch.setattr(sys, "unraisablehook", said.append)

    class Loud:
        def __del__(self) -> None:
            raise RuntimeError("lost")

    with foul_names_unsaid():
        Loud()
    assert [str(each.exc_value) for each in said] == ["lost"]
    assert sys.unraisablehook == said.append
