"""Which files a configuration names, and what tells their contents apart."""

from __future__ import annotations

import os
import pathlib

import pytest
from kit.guests import marking

from config.load import check
from config.named_files import digest_of, named_files
from config.own_modules import import_from

SECRET = "0123456789abcdef-of-a-token"
WHOLE = """\
version: 1
listeners:
  - name: one
    address: "127.0.0.1:0"
    tls: {certificates: [{cert: server.crt, key: server.key}]}
upstreams: {api: {endpoints: ["localhost:9"], tls: {ca: ca.pem}}}
caches: {default: {redis: {url: "rediss://h", ca: ca.pem, cert: server.crt, key: server.key}}}
filters:
  guest: {type: wasm, module: own.wasm}
  comes-with-us: {type: wasm, module: {path: "builtin:auth_gate.wasm"}, config: {users: {}}}
  mine: {type: python, module: "named_module:Mine"}
  firewall: {type: waf, rules: own.blob}
  inside: {type: waf}
routes:
  - name: all
    upstream: api
    cache: default
    filters: [guest, mine, {type: waf, rules: other.blob}]
    error_pages: {503: {path: busy.html}, 502: {body: broken}}
error_pages: {404: {path: none.html}}
admin: {address: "127.0.0.1:0", tokens: [{name: ops, token: "file:token", role: write}]}
"""


@pytest.fixture
def directory(tmp_path: pathlib.Path, certificates: dict[str, str]) -> pathlib.Path:
    for name in ("ca.pem", "server.crt", "server.key"):
        (tmp_path / name).write_bytes((pathlib.Path(certificates["TLS_DIR"]) / name).read_bytes())
    (tmp_path / "own.wasm").write_bytes(marking("one"))
    (tmp_path / "token").write_text(SECRET)
    (tmp_path / "named_module.py").write_text("import named_helper")
    (tmp_path / "named_helper.py").write_text("")
    return tmp_path


def test_every_file_is_named_by_the_value_that_names_it(directory: pathlib.Path) -> None:
    import_from(directory)
    report = check(WHOLE, directory, os.environ, lambda _: [])
    assert report.configuration is not None, report.errors
    named = {(each.path.spelled(), each.name) for each in named_files(report.configuration)}
    assert named == {
        ("listeners[0].tls.certificates[0].cert", "server.crt"),
        ("listeners[0].tls.certificates[0].key", "server.key"),
        ("upstreams.api.tls.ca", "ca.pem"),
        ("caches.default.redis.ca", "ca.pem"),
        ("caches.default.redis.cert", "server.crt"),
        ("caches.default.redis.key", "server.key"),
        ("filters.guest.module", "own.wasm"),
        ("filters.mine.module", "named_module.py"),
        ("filters.mine.module", "named_helper.py"),
        ("filters.firewall.rules", "own.blob"),
        ("routes[0].filters[2].rules", "other.blob"),
        ("routes[0].error_pages.503.path", "busy.html"),
        ("error_pages.404.path", "none.html"),
        ("admin.tokens[0].token", "token"),
    }
    assert report.configuration.contents["token"] == digest_of(directory / "token")
    assert report.configuration.contents["own.blob"] == ""
    assert report.configuration.digests("ca.pem", None) == (digest_of(directory / "ca.pem"), None)


def test_contents_that_differ_have_different_digests(tmp_path: pathlib.Path) -> None:
    (tmp_path / "one").write_text("1")
    (tmp_path / "other").write_text("2")
    (tmp_path / "same").write_text("1")
    one, other, same = (digest_of(tmp_path / name) for name in ("one", "other", "same"))
    assert one == same != other


def test_what_is_no_file_is_not_read(tmp_path: pathlib.Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert [digest_of(tmp_path / name) for name in ("pipe", "absent", "")] == ["", "", ""]
