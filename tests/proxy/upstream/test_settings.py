"""What the configuration says about an upstream, as values."""

import ssl
from pathlib import Path

import pytest
from kit.certificates import authority, issue, shake_hands

from proxy.errors import StartError
from proxy.upstream.settings import RETRY_REASONS, Retries, TlsClient


def test_origins_are_verified_unless_it_is_turned_off() -> None:
    verifying, blind = TlsClient().context(), TlsClient(verify=False).context()
    assert (verifying.verify_mode, verifying.check_hostname) == (ssl.CERT_REQUIRED, True)
    assert (blind.verify_mode, blind.check_hostname) == (ssl.CERT_NONE, False)


@pytest.mark.parametrize("verify", [True, False])
def test_tls_begins_at_1_2(verify: bool) -> None:
    assert TlsClient(verify=verify).context().minimum_version == ssl.TLSVersion.TLSv1_2


@pytest.mark.parametrize("content", [None, "no certificate"])
def test_an_unreadable_ca_file_ends_the_start(tmp_path: Path, content: str | None) -> None:
    file = tmp_path / "ca.pem"
    if content is not None:
        file.write_text(content)
    with pytest.raises(StartError, match=r"ca\.pem"):
        TlsClient(ca=str(file)).context()


def test_everything_safe_is_retried_once_by_default() -> None:
    assert Retries() == Retries(2, RETRY_REASONS)


def test_a_context_shows_who_we_are(tmp_path: Path) -> None:
    root = authority()
    ours = issue("penstock", by=root)
    cert, key = ours.write(tmp_path, "ours")
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(*issue("origin.test", by=root).write(tmp_path, "origin"))
    server.load_verify_locations(cadata=root.pem.decode())
    server.verify_mode = ssl.CERT_REQUIRED
    (tmp_path / "ca.pem").write_bytes(root.pem)
    client = TlsClient(ca=str(tmp_path / "ca.pem"), cert=cert, key=key).context()
    _, there = shake_hands(client, server, "origin.test")
    assert there.getpeercert(binary_form=True) == ours.der


def test_a_key_that_does_not_belong_ends_the_start(tmp_path: Path) -> None:
    cert, _ = issue("a").write(tmp_path, "a")
    _, key = issue("b").write(tmp_path, "b")
    with pytest.raises(StartError, match=r"a\.crt with key .*b\.key"):
        TlsClient(cert=cert, key=key).context()


def test_an_origins_own_certificate_may_be_trusted_by_itself(tmp_path: Path) -> None:
    """Whatever the Python: 3.13 began to allow it, and to ask for extensions that many a small authority omits."""
    root = authority()
    origin = issue("origin.test", by=root)
    (tmp_path / "origin.pem").write_bytes(origin.pem)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(*origin.write(tmp_path, "origin"))
    shake_hands(TlsClient(ca=str(tmp_path / "origin.pem")).context(), server, "origin.test")


def test_settings_are_equal_only_where_the_files_hold_the_same() -> None:
    assert (
        TlsClient(ca="ca.pem", digest="1") == TlsClient(ca="ca.pem", digest="1") != TlsClient(ca="ca.pem", digest="2")
    )
