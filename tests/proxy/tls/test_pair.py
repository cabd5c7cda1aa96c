"""A certificate and its key, taken into a context."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest
from kit.certificates import issue

from proxy.errors import StartError
from proxy.tls.pair import load_pair


@pytest.fixture
def context() -> ssl.SSLContext:
    return ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)


def test_a_missing_certificate_is_named(context: ssl.SSLContext, tmp_path: Path) -> None:
    _, key = issue("a.test").write(tmp_path, "a")
    with pytest.raises(StartError, match=r"certificate /nowhere\.crt"):
        load_pair(context, "/nowhere.crt", key)


def test_a_key_of_another_certificate_is_refused(context: ssl.SSLContext, tmp_path: Path) -> None:
    cert, _ = issue("a.test").write(tmp_path, "a")
    _, other = issue("b.test").write(tmp_path, "other")
    with pytest.raises(StartError, match=r"other\.key"):
        load_pair(context, cert, other)


def test_an_encrypted_key_is_refused_without_asking_on_the_terminal(context: ssl.SSLContext, tmp_path: Path) -> None:
    issued = issue("a.test")
    cert, key = issued.write(tmp_path, "a")
    Path(key).write_bytes(issued.encrypted_key_pem)
    with pytest.raises(StartError, match=r"a\.key is encrypted"):
        load_pair(context, cert, key)
