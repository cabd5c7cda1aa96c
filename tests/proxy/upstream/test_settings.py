"""What the configuration says about an upstream, as values."""

import ssl
from pathlib import Path

import pytest

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
