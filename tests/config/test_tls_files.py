"""The PEM files that a configuration names: those of listeners, of upstreams, and of caches' shared tiers."""

from __future__ import annotations

import json
import pathlib

import pytest
import trustme
from cryptography.hazmat.primitives import serialization
from kit.checking import Checking

from config.load import read

EXAMPLES = pathlib.Path(__file__).parents[2] / "config/examples"


def test_a_certificate_with_another_key_is_an_error(certificates: dict[str, str], tmp_path: pathlib.Path) -> None:
    other = trustme.CA().issue_cert("localhost")
    for name in ("ca.pem", "server.crt"):
        (tmp_path / name).write_bytes((pathlib.Path(certificates["TLS_DIR"]) / name).read_bytes())
    other.private_key_pem.write_to_path(str(tmp_path / "server.key"))
    error, of_redis = read(EXAMPLES / "full.yaml", {"TLS_DIR": str(tmp_path)}).errors
    assert error.path == "listeners[1].tls.certificates[0]"
    assert error.message == (
        "the key ${TLS_DIR:-tls}/server.key does not belong to the certificate ${TLS_DIR:-tls}/server.crt"
    )
    assert (of_redis.path, of_redis.message) == ("caches.default.redis", error.message)


def test_authorities_that_are_none_are_an_error(certificates: dict[str, str], tmp_path: pathlib.Path) -> None:
    for name in ("server.key", "server.crt"):
        (tmp_path / name).write_bytes((pathlib.Path(certificates["TLS_DIR"]) / name).read_bytes())
    (tmp_path / "ca.pem").write_text("no certificate")
    errors = read(EXAMPLES / "full.yaml", {"TLS_DIR": str(tmp_path)}).errors
    assert [error.path for error in errors] == ["upstreams.api-v2.tls.ca", "caches.default.redis.ca"]
    assert {error.message for error in errors} == {"${TLS_DIR:-tls}/ca.pem holds no certificates in PEM"}


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
    errors = read(EXAMPLES / "full.yaml", {"TLS_DIR": str(tmp_path)}).errors
    assert ["is encrypted" in error.message for error in errors] == [True, True]


# of the shared tier


def redis(**files: str) -> str:
    return json.dumps(
        {
            "version": 1,
            "listeners": [{"name": "public", "address": "127.0.0.1:8080"}],
            "upstreams": {"api": {"endpoints": ["127.0.0.1:9000"]}},
            "caches": {"default": {"redis": {"url": "rediss://cache.example", **files}}},
            "routes": [{"name": "all", "upstream": "api", "cache": "default"}],
        }
    )


@pytest.fixture
def pem(tmp_path: pathlib.Path) -> pathlib.Path:
    authority = trustme.CA()
    ours, other = authority.issue_cert("client"), authority.issue_cert("other")
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    ours.cert_chain_pems[0].write_to_path(str(tmp_path / "client.crt"))
    ours.private_key_pem.write_to_path(str(tmp_path / "client.key"))
    other.private_key_pem.write_to_path(str(tmp_path / "other.key"))
    (tmp_path / "none.pem").write_text("no certificate")
    return tmp_path


@pytest.mark.usefixtures("pem")
def test_files_that_fit_are_taken(checked: Checking) -> None:
    assert checked(redis(ca="ca.pem", cert="client.crt", key="client.key")).errors == []


@pytest.mark.usefixtures("pem")
@pytest.mark.parametrize(
    ("files", "path", "says"),
    [
        ({"ca": "gone.pem"}, "caches.default.redis.ca", "cannot read gone.pem: No such file or directory"),
        ({"ca": "none.pem"}, "caches.default.redis.ca", "none.pem holds no certificates in PEM"),
        (
            {"cert": "client.crt", "key": "gone.key"},
            "caches.default.redis.key",
            "cannot read gone.key: No such file or directory",
        ),
        (
            {"cert": "client.crt", "key": "other.key"},
            "caches.default.redis",
            "the key other.key does not belong to the certificate client.crt",
        ),
    ],
)
def test_files_that_do_not_are_errors(checked: Checking, files: dict[str, str], path: str, says: str) -> None:
    [error] = checked(redis(**files)).errors
    assert (error.path, error.message) == (path, says)
