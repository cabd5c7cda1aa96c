"""What the proxy is told of TLS."""

from __future__ import annotations

import json
import pathlib

from kit.certificates import authority, issue
from kit.checking import Checking

from config.configuration import Configuration
from config.tls_settings import client_tls, server_tls
from proxy.tls.settings import ClientAuth, TlsServer
from proxy.upstream.settings import TlsClient


def configured(checked: Checking, directory: pathlib.Path) -> Configuration:
    text = {
        "version": 1,
        "listeners": [
            {
                "name": "secure",
                "address": "127.0.0.1:8443",
                "tls": {
                    "certificates": [{"cert": "a.crt", "key": "a.key"}],
                    "client": {"ca": "ca.pem", "mode": "request"},
                    "min_version": "1.3",
                    "unknown_names": "refuse",
                },
            }
        ],
        "upstreams": {
            "api": {
                "endpoints": ["127.0.0.1:9000"],
                "tls": {"ca": "ca.pem", "server_name": "origin.test", "cert": "a.crt", "key": "a.key"},
            }
        },
        "routes": [{"name": "all", "upstream": "api"}],
    }
    report = checked(json.dumps(text))
    assert report.configuration is not None, report.errors
    return report.configuration


def told(configuration: Configuration) -> tuple[TlsServer, TlsClient]:
    inbound, outbound = configuration.config.listeners[0].tls, configuration.config.upstreams["api"].tls
    assert inbound is not None
    assert outbound is not None
    return server_tls(configuration, inbound), client_tls(configuration, outbound)


def test_files_are_located_and_options_passed_on(checked: Checking, tmp_path: pathlib.Path) -> None:
    issue("a.test").write(tmp_path, "a")
    (tmp_path / "ca.pem").write_bytes(authority().pem)
    inbound, outbound = told(configured(checked, tmp_path))
    cert, key, ca = (str(tmp_path / name) for name in ("a.crt", "a.key", "ca.pem"))
    assert [(each.cert, each.key) for each in inbound.certificates] == [(cert, key)]
    assert isinstance(inbound.client, ClientAuth)
    assert (inbound.client.ca, inbound.client.mode) == (ca, "request")
    assert (inbound.min_version, inbound.unknown_names) == ("1.3", "refuse")
    assert (outbound.ca, outbound.server_name, outbound.verify) == (ca, "origin.test", True)
    assert (outbound.cert, outbound.key) == (cert, key)


def test_settings_are_equal_until_a_file_is_renewed(checked: Checking, tmp_path: pathlib.Path) -> None:
    issue("a.test").write(tmp_path, "a")
    (tmp_path / "ca.pem").write_bytes(authority().pem)
    before = told(configured(checked, tmp_path))
    assert told(configured(checked, tmp_path)) == before
    issue("a.test").write(tmp_path, "a")
    renewed = told(configured(checked, tmp_path))
    assert [old == new for old, new in zip(before, renewed, strict=True)] == [False, False]
    (tmp_path / "ca.pem").write_bytes(authority().pem)
    other = told(configured(checked, tmp_path))
    assert [old == new for old, new in zip(renewed, other, strict=True)] == [False, False]
