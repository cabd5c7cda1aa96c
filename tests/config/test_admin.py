"""From the file to the admin: its spec, and that its secrets stay in it."""

from __future__ import annotations

import json
import pathlib
from typing import Any

import pytest
from kit.checking import Checking

from config.admin import admin_spec
from config.configuration import Configuration
from config.load import masked
from proxy.admin.access import Access, Caller, CertificateRole
from proxy.admin.server import AdminSpec

TEXT = """\
version: 1
listeners: [{name: public, address: "127.0.0.1:0"}]
routes: [{name: all, filters: [{type: respond, status: 200}]}]
"""
SECRET = "q7-0123456789-Zx"


def planned(_: str) -> dict[str, Any]:
    return {"errors": [], "changes": []}


def configured(checked: Checking, environ: dict[str, str] | None = None, **admin: Any) -> Configuration:
    report = checked(TEXT + f"admin: {json.dumps({'address': '127.0.0.1:9901', **admin})}\n", environ)
    assert report.errors == []
    assert report.configuration is not None
    return report.configuration


def spec_of(configuration: Configuration) -> AdminSpec:
    spec = admin_spec(configuration, planned)
    assert spec is not None
    return spec


def test_without_an_admin_there_is_none(checked: Checking) -> None:
    report = checked(TEXT)
    assert report.configuration is not None
    assert admin_spec(report.configuration, planned) is None


def test_its_pages_show_the_configuration(checked: Checking) -> None:
    spec = spec_of(configured(checked))
    assert spec.routes()[0]["name"] == "all"
    assert spec.config()["admin"] == {"address": "127.0.0.1:9901"}
    assert (spec.access, spec.tls, spec.audit_log) == (Access(), None, "stderr")


@pytest.mark.parametrize(
    ("written", "shown"), [("${ADMIN_TOKEN}", "${ADMIN_TOKEN}"), ("file:token", "file:token"), (SECRET, "***")]
)
def test_a_token_is_known_and_not_shown(checked: Checking, tmp_path: pathlib.Path, written: str, shown: str) -> None:
    (tmp_path / "token").write_text(SECRET + "\n")
    configuration = configured(
        checked, {"ADMIN_TOKEN": SECRET}, tokens=[{"name": "ops", "token": written, "role": "write"}]
    )
    spec = spec_of(configuration)
    assert spec.access.by_token(SECRET) == Caller("ops", "token", "write")
    assert masked(configuration)["admin"]["tokens"] == [{"name": "ops", "token": shown, "role": "write"}]
    assert SECRET not in repr(spec) + repr(configuration) + json.dumps(spec.config())


def test_hosts_and_the_audit_log_are_passed_on(checked: Checking, tmp_path: pathlib.Path) -> None:
    spec = spec_of(configured(checked, allow_hosts=["Admin.example.com"], audit_log="audit.log"))
    assert spec.access.hosts == {"admin.example.com"}
    assert spec.audit_log == str(tmp_path / "audit.log")


def test_certificates_are_asked_for_and_not_demanded(checked: Checking, certificates: dict[str, str]) -> None:
    directory = certificates["TLS_DIR"]
    pair = {"cert": f"{directory}/server.crt", "key": f"{directory}/server.key"}
    roles = [{"san": "*.ops.example.com", "role": "write"}, {"cn": "graphs", "role": "read"}]
    client = {"ca": f"{directory}/ca.pem", "roles": roles}
    spec = spec_of(configured(checked, address="0.0.0.0:9901", tls={"certificates": [pair], "client": client}))
    assert spec.tls is not None
    assert spec.tls.client is not None
    assert spec.tls.client.mode == "request"
    assert spec.access.certificates == (
        CertificateRole("san", "*.ops.example.com", "write"),
        CertificateRole("cn", "graphs", "read"),
    )


def test_a_certificate_that_is_not_there_is_an_error(checked: Checking) -> None:
    pair = {"cert": "gone.crt", "key": "gone.key"}
    report = checked(TEXT + f"admin: {json.dumps({'address': '127.0.0.1:9901', 'tls': {'certificates': [pair]}})}\n")
    assert [error.path for error in report.errors] == [
        "admin.tls.certificates[0].cert",
        "admin.tls.certificates[0].key",
    ]
