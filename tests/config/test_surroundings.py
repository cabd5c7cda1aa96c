"""The configuration against what is around it."""

from __future__ import annotations

import pathlib

import trustme
from cryptography.hazmat.primitives import serialization
from kit.checking import Checking

from config.load import read
from config.surroundings import surrounding_errors, warnings

EXAMPLES = pathlib.Path(__file__).parents[2] / "config/examples"


def test_nothing_is_wrong_around_the_quick_start() -> None:
    configuration = read(EXAMPLES / "edge.yaml", {}).configuration
    assert configuration is not None
    assert surrounding_errors(configuration) == warnings(configuration) == []


def test_a_certificate_with_another_key_is_an_error(certificates: dict[str, str], tmp_path: pathlib.Path) -> None:
    other = trustme.CA().issue_cert("localhost")
    for name in ("ca.pem", "server.crt"):
        (tmp_path / name).write_bytes((pathlib.Path(certificates["TLS_DIR"]) / name).read_bytes())
    other.private_key_pem.write_to_path(str(tmp_path / "server.key"))
    [error] = read(EXAMPLES / "full.yaml", {"TLS_DIR": str(tmp_path)}).errors
    assert error.path == "listeners[1].tls.certificates[0]"
    assert error.message == (
        "the key ${TLS_DIR:-tls}/server.key does not belong to the certificate ${TLS_DIR:-tls}/server.crt"
    )


def test_authorities_that_are_none_are_an_error(certificates: dict[str, str], tmp_path: pathlib.Path) -> None:
    for name in ("server.key", "server.crt"):
        (tmp_path / name).write_bytes((pathlib.Path(certificates["TLS_DIR"]) / name).read_bytes())
    (tmp_path / "ca.pem").write_text("no certificate")
    [error] = read(EXAMPLES / "full.yaml", {"TLS_DIR": str(tmp_path)}).errors
    assert error.path == "upstreams.api-v2.tls.ca"
    assert error.message == "${TLS_DIR:-tls}/ca.pem holds no certificates in PEM"


def test_a_key_that_asks_for_a_password_is_an_error(certificates: dict[str, str], tmp_path: pathlib.Path) -> None:
    for name in ("ca.pem", "server.crt"):
        (tmp_path / name).write_bytes((pathlib.Path(certificates["TLS_DIR"]) / name).read_bytes())
    key = serialization.load_pem_private_key((pathlib.Path(certificates["TLS_DIR"]) / "server.key").read_bytes(), None)
    (tmp_path / "server.key").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(b"password"),
        )
    )
    [error] = read(EXAMPLES / "full.yaml", {"TLS_DIR": str(tmp_path)}).errors
    assert "is encrypted" in error.message


def test_a_filter_whose_module_fails_is_an_error(checked: Checking, tmp_path: pathlib.Path) -> None:
    text = """\
version: 1
listeners: [{name: public, address: "127.0.0.1:0"}]
routes: [{name: all, filters: [{type: python, module: "json:dumps_"}]}]
"""
    [error] = checked(text).errors
    assert error.path == "routes[0].filters[0]"
    assert "did you mean 'dumps'" in error.message
