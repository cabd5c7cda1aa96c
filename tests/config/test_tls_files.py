"""The PEM files that a configuration names: those of listeners, of upstreams, and of caches' shared tiers."""

from __future__ import annotations

import json
import pathlib
from datetime import datetime

import pytest
import trustme
from cryptography.hazmat.primitives import serialization
from kit.certificates import DAY, NOW, SERVER, authority, issue
from kit.checking import Checking

from config.load import check, read
from config.surroundings import surroundings_to_serve

EXAMPLES = pathlib.Path(__file__).parents[2] / "config/examples"


def test_a_certificate_with_another_key_is_an_error(certificates: dict[str, str], tmp_path: pathlib.Path) -> None:
    other = trustme.CA().issue_cert("localhost")
    for name in ("ca.pem", "server.crt"):
        (tmp_path / name).write_bytes((pathlib.Path(certificates["TLS_DIR"]) / name).read_bytes())
    other.private_key_pem.write_to_path(str(tmp_path / "server.key"))
    errors = read(EXAMPLES / "full.yaml", {"TLS_DIR": str(tmp_path)}).errors
    assert {error.path for error in errors} == {
        "listeners[1].tls.certificates[0]",
        "upstreams.api-v2.tls",
        "caches.default.redis",
        "admin.tls.certificates[0]",
    }
    assert {error.message for error in errors} == {
        "the key ${TLS_DIR:-tls}/server.key does not belong to the certificate ${TLS_DIR:-tls}/server.crt"
    }


def test_authorities_that_are_none_are_an_error(certificates: dict[str, str], tmp_path: pathlib.Path) -> None:
    for name in ("server.key", "server.crt"):
        (tmp_path / name).write_bytes((pathlib.Path(certificates["TLS_DIR"]) / name).read_bytes())
    (tmp_path / "ca.pem").write_text("no certificate")
    errors = read(EXAMPLES / "full.yaml", {"TLS_DIR": str(tmp_path)}).errors
    assert {error.path for error in errors} == {
        "listeners[1].tls.client.ca",
        "upstreams.api-v2.tls.ca",
        "caches.default.redis.ca",
        "admin.tls.client.ca",
    }
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
    assert [error.message for error in errors if "is encrypted" not in error.message] == []
    assert len(errors) == 4


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


# of listeners, upstreams and the admin


def listening(tls: dict[str, object], *routes: dict[str, object], **top: object) -> str:
    return json.dumps(
        {
            "version": 1,
            "listeners": [{"name": "secure", "address": "127.0.0.1:8443", "tls": tls}],
            "upstreams": {"api": {"endpoints": ["127.0.0.1:9000"]}},
            "routes": [*routes, {"name": "all", "upstream": "api"}],
            **top,
        }
    )


ROOT = authority()
OURS = {"cert": "ours.crt", "key": "ours.key"}


def test_a_good_certificate_with_its_chain_is_taken_without_a_word(checked: Checking, tmp_path: pathlib.Path) -> None:
    issue("a.test", by=ROOT).write(tmp_path, "ours", ROOT)
    (tmp_path / "ca.pem").write_bytes(ROOT.pem)
    report = checked(
        listening({"certificates": [OURS], "client": {"ca": "ca.pem"}}, route("a.test")), {"HOME": str(tmp_path)}
    )
    assert (report.errors, report.warnings) == ([], [])


def route(*hosts: str) -> dict[str, object]:
    return {"name": "hosts", "match": {"hosts": hosts}, "upstream": "api"}


def test_an_expired_certificate_is_an_error_where_it_stands(checked: Checking, tmp_path: pathlib.Path) -> None:
    issue("a.test", by=ROOT, ends=NOW - DAY / 2).write(tmp_path, "ours", ROOT)
    [error] = checked(listening({"certificates": [OURS]})).errors
    assert error.path == "listeners[0].tls.certificates[0]"
    assert error.message.startswith("ours.crt: the certificate of a.test expired on ")


def test_one_that_expires_soon_is_a_warning(checked: Checking, tmp_path: pathlib.Path) -> None:
    issue("a.test", by=ROOT, ends=NOW + DAY).write(tmp_path, "ours", ROOT)
    report = checked(listening({"certificates": [OURS]}))
    assert (report.errors, [each.path for each in report.warnings]) == ([], ["listeners[0].tls.certificates[0]"])


def test_a_certificate_for_other_hosts_is_an_error(checked: Checking, tmp_path: pathlib.Path) -> None:
    issue("a.test", by=ROOT).write(tmp_path, "ours", ROOT)
    [error] = checked(listening({"certificates": [OURS]}, route("b.test"))).errors
    assert error.path == "listeners[0].tls.certificates"
    assert "b.test" in error.message


def test_a_host_without_a_certificate_beside_others_that_have_one_is_a_warning(
    checked: Checking, tmp_path: pathlib.Path
) -> None:
    issue("a.test", by=ROOT).write(tmp_path, "ours", ROOT)
    report = checked(listening({"certificates": [OURS]}, route("a.test", "b.test")))
    assert report.errors == []
    assert [(each.path, "b.test" in each.message) for each in report.warnings] == [("routes[0].match.hosts", True)]


def test_the_files_of_clients_of_origins_and_of_the_admin_are_checked_too(
    checked: Checking, tmp_path: pathlib.Path
) -> None:
    issue("a.test", by=ROOT, usages=[SERVER]).write(tmp_path, "ours", ROOT)
    (tmp_path / "none.pem").write_text("nothing")
    report = checked(
        listening(
            {"certificates": [OURS], "client": {"ca": "none.pem"}},
            upstreams={"api": {"endpoints": ["127.0.0.1:9000"], "tls": OURS}},
            admin={"address": "127.0.0.1:0", "tls": {"certificates": [{"cert": "gone.crt", "key": "ours.key"}]}},
        )
    )
    assert {error.path for error in report.errors} >= {
        "listeners[0].tls.client.ca",
        "upstreams.api.tls",
        "admin.tls.certificates[0].cert",
    }


def test_a_certificate_without_its_key_is_an_error(checked: Checking) -> None:
    upstreams = {"api": {"endpoints": ["127.0.0.1:9000"], "tls": {"cert": "ours.crt"}}}
    [error] = checked(listening({"certificates": [OURS]}, upstreams=upstreams)).errors
    assert error.message == "cert and key go together; one of them is missing"


# what has to serve, whatever the date


@pytest.mark.parametrize("dates", [{"ends": NOW - DAY / 2}, {"begins": NOW + DAY / 2}])
def test_what_has_to_serve_is_only_warned_of_a_certificates_date(
    tmp_path: pathlib.Path, dates: dict[str, datetime]
) -> None:
    issue("a.test", by=ROOT, **dates).write(tmp_path, "ours", ROOT)
    report = check(listening({"certificates": [OURS]}), tmp_path, {}, surroundings_to_serve)
    assert report.errors == []
    assert report.configuration is not None
    [warning] = report.warnings
    assert warning.message.startswith("ours.crt: the certificate of a.test ")


def test_what_has_to_serve_is_refused_a_certificate_with_another_key(tmp_path: pathlib.Path) -> None:
    issue("a.test", by=ROOT, ends=NOW - DAY / 2).write(tmp_path, "ours", ROOT)
    issue("b.test", by=ROOT).write(tmp_path, "other", ROOT)
    report = check(
        listening({"certificates": [{"cert": "ours.crt", "key": "other.key"}]}), tmp_path, {}, surroundings_to_serve
    )
    assert [error.message for error in report.errors] == [
        "the key other.key does not belong to the certificate ours.crt"
    ]
