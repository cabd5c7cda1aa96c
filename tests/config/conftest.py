"""Checks a configuration as if it stood in an empty directory; certificates for the examples."""

from __future__ import annotations

import pathlib
from collections.abc import Iterator, Mapping

import pytest
import trustme
from kit.checking import Checking

from config.load import Report, check


@pytest.fixture
def checked(tmp_path: pathlib.Path) -> Checking:
    def checking(text: str, environ: Mapping[str, str] | None = None) -> Report:
        return check(text, tmp_path, environ or {})

    return checking


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Make the certificates that the full example wants."""
    directory = tmp_path_factory.mktemp("tls")
    authority = trustme.CA()
    certificate = authority.issue_cert("localhost", "api.example.com", "*.api.example.com")
    authority.cert_pem.write_to_path(str(directory / "ca.pem"))
    certificate.private_key_pem.write_to_path(str(directory / "server.key"))
    (directory / "server.crt").write_bytes(certificate.cert_chain_pems[0].bytes() + authority.cert_pem.bytes())
    return {"TLS_DIR": str(directory)}


@pytest.fixture(scope="session")
def compilations_of_this_run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep compiled modules apart from the user's."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield
