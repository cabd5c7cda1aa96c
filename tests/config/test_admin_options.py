"""What the file may say of the admin."""

from __future__ import annotations

import json
from typing import Any

import pytest
from kit.checking import Checking

TEXT = """\
version: 1
listeners: [{name: public, address: "127.0.0.1:0"}]
routes: [{name: all, filters: [{type: respond, status: 200}]}]
"""
SECRET = "q7-0123456789-Zx"


def token(**more: Any) -> dict[str, Any]:
    return {"name": "ops", "token": SECRET, "role": "write", **more}


def errors(checked: Checking, **admin: Any) -> list[str]:
    report = checked(TEXT + f"admin: {json.dumps({'address': '127.0.0.1:9901', **admin})}\n")
    assert SECRET not in repr(report)
    return [f"{error.path}: {error.message}" for error in report.errors]


def test_tokens_are_taken(checked: Checking) -> None:
    assert errors(checked, tokens=[token(), token(name="graphs", token="A-z0.9_~+/" * 2 + "==", role="read")]) == []


@pytest.mark.parametrize("secret", ["", "short", "x" * 15, "x" * 1025])
def test_a_token_has_16_characters_at_least(checked: Checking, secret: str) -> None:
    [error] = errors(checked, tokens=[token(token=secret)])
    assert error == ("admin.tokens[0].token: a token has 16 to 1024 characters; openssl rand -hex 32 makes one")


@pytest.mark.parametrize(
    "secret", ["with spaces and all", "with-é-0123456789", "=0123456789abcdef", "0123456789abc=def"]
)
def test_a_token_is_what_may_be_sent(checked: Checking, secret: str) -> None:
    [error] = errors(checked, tokens=[token(token=secret)])
    assert error.startswith("admin.tokens[0].token: a token is letters, digits and any of -._~+/ (RFC 6750)")
    assert secret not in error


@pytest.mark.parametrize(
    ("admin", "error"),
    [
        ({"tokens": [token(role="admin")]}, "admin.tokens[0].role: unknown word 'admin'; there are 'read' and 'write'"),
        ({"tokens": [{"name": "ops", "role": "read"}]}, "admin.tokens[0]: key 'token' is missing"),
        ({"tokens": [token(), token(token="x" * 16)]}, "admin: two of the tokens have the same name"),
        ({"tokens": [token(), token(name="other")]}, "admin: two of the tokens have the same token"),
        ({"insecure": True}, "admin: insecure is for tokens without tls; take it out"),
        ({"allow_hosts": ["*.example.com"]}, "admin.allow_hosts[0]: an admin's host is one whole name, without *"),
        ({"audit_log": "gone/audit.log"}, "admin.audit_log: there is no directory for gone/audit.log"),
    ],
)
def test_what_cannot_be_meant_is_refused(checked: Checking, admin: dict[str, Any], error: str) -> None:
    assert errors(checked, **admin) == [error]


@pytest.mark.parametrize("rule", [{}, {"san": "a", "cn": "b"}])
def test_a_role_goes_by_one_kind_of_name(checked: Checking, certificates: dict[str, str], rule: dict[str, str]) -> None:
    directory = certificates["TLS_DIR"]
    pair = {"cert": f"{directory}/server.crt", "key": f"{directory}/server.key"}
    client = {"ca": f"{directory}/ca.pem", "roles": [{**rule, "role": "read"}]}
    assert errors(checked, tls={"certificates": [pair], "client": client}) == [
        "admin.tls.client.roles[0]: give either san or cn"
    ]
