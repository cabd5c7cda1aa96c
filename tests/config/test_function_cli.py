"""`penstock function` and a running Penstock: from the first deploy to the end of a function."""

from __future__ import annotations

import http.server
import json
import pathlib
import re
import threading
from collections.abc import Iterator
from functools import partial
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result
from kit.demo import free_ports
from kit.deploying import saying, storing
from kit.edge import OK, guest
from kit.http_wasm import Strings
from kit.penstock_process import PATIENCE_S, penstock_process
from kit.registered import sha256
from kit.toolchain import wat

from config.cli import main
from config.function_keys import write_key
from proxy.runtime import monotonic

pytestmark = pytest.mark.usefixtures("compilations_of_this_run")


class Site:
    """A Penstock, and a directory from which commands are given to it; `pulled` is whence it may pull modules."""

    def __init__(self, directory: pathlib.Path, admin: str, pulled: str) -> None:
        self.directory, self.admin, self.pulled = directory, admin, pulled

    def run(self, *arguments: str, **more: Any) -> Result:
        return CliRunner().invoke(main, ["function", *arguments, "--admin", self.admin], **more)

    def done(self, *arguments: str, **more: Any) -> str:
        result = self.run(*arguments, **more)
        assert result.exit_code == 0, result.output
        return result.stdout

    def module(self, name: str, word: str = "hello", wasm: bytes | None = None, about: str = "") -> str:
        """Write a module with its file; returns its path."""
        place = self.directory / name
        place.mkdir(exist_ok=True)
        (place / "function.yaml").write_text(f"name: {name}\n{about}")
        (place / f"{name}.wasm").write_bytes(wasm or saying(word))
        return str(place / f"{name}.wasm")

    def deploy(self, name: str, word: str = "hello", *options: str, **how: Any) -> dict[str, Any]:
        answer: dict[str, Any] = json.loads(self.done("deploy", self.module(name, word, **how), "--json", *options))
        return answer


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    directory = tmp_path_factory.mktemp("site")
    served = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(directory)))
    serving = threading.Thread(target=served.serve_forever, name="modules to pull")
    serving.start()
    [port] = free_ports(1)
    public = write_key(directory / "ci.key")
    configuration = f"""version: 1
listeners: [{{name: web, address: 127.0.0.1:0}}]
workers: 1
admin: {{address: 127.0.0.1:{port}}}
upstreams: {{api: {{endpoints: [127.0.0.1:1]}}}}
routes: [{{name: api, upstream: api}}]
functions:
  store: functions
  pull: {{hosts: ["127.0.0.1:{served.server_port}"], plain: true, networks: [127.0.0.0/8]}}
"""
    (directory / "trusting.yaml").write_text(f"{configuration}  trust: {{keys: {{ci: {public}}}}}\n")
    (directory / "open.yaml").write_text(configuration)
    try:
        with penstock_process(directory, configuration):
            yield Site(directory, f"http://127.0.0.1:{port}", f"http://127.0.0.1:{served.server_port}")
    finally:
        served.shutdown()
        serving.join()
        served.server_close()


def test_a_function_is_deployed_and_called(site: Site) -> None:
    deployed = site.run("deploy", site.module("first"))
    assert re.fullmatch(r"first: live is version 1 now \([0-9a-f]{16}\), after \d+ ms\n", deployed.stdout)
    called = site.run("invoke", "first")
    assert (called.exit_code, called.stdout) == (0, "hello")
    assert re.fullmatch(r"200, by version [0-9a-f]{16} in [\d.]+ ms\n", called.stderr)


def test_the_same_once_more_changes_nothing_and_that_is_said(site: Site) -> None:
    site.deploy("same")
    again = site.run("deploy", site.module("same"))
    assert again.stdout.startswith("same: live is version 1 now")
    assert "warning: nothing has changed" in again.stderr


def test_a_large_module_gets_there(site: Site) -> None:
    size = 2 * 1024 * 1024
    passive = f'(data "{"x" * size}")'
    site.deploy("large", wasm=wat(f"(module {guest(OK, more=passive)})"))
    [version] = json.loads(site.done("versions", "large", "--json"))["versions"]
    assert version["size"] > size


def test_what_the_configuration_does_not_grant_is_refused_with_what_to_write(site: Site) -> None:
    result = site.run("deploy", site.module("greedy", wasm=storing(), about="allow: {kv: {prefix: a}}"))
    assert (result.exit_code, result.stdout) == (1, "")
    assert "refuses (422): greedy asks for more than it is granted: add 'functions.named.greedy.allow.kv'" in (
        result.stderr
    )
    assert result.stderr.endswith("functions:\n  named:\n    greedy:\n      allow:\n        kv: {prefix: a}\n")


def test_what_does_not_run_here_is_not_even_sent(site: Site) -> None:
    result = site.run("deploy", site.module("greedy", wasm=storing()))
    assert (result.exit_code, result.stdout) == (1, "")
    assert "`allow.kv`" in result.stderr
    assert "the admin" not in result.stderr


# -- versions and aliases


def test_versions_come_and_go_back(site: Site) -> None:
    one, two = site.deploy("pair", "one"), site.deploy("pair", "two")
    assert site.done("invoke", "pair") == "two"
    assert site.done("rollback", "pair") == f"pair: live is {one['version']} now\n"
    assert site.done("invoke", "pair") == "one"
    assert site.done("rollback", "pair", "2") == f"pair: live is {two['version']} now\n"
    newest, oldest = site.done("versions", "pair").splitlines()
    assert re.match(rf"   2  {two['version']}  .*  edge  .*\[live\]$", newest)
    assert re.match(rf"   1  {one['version']}  .*  edge  [^\[]*$", oldest)


def test_an_alias_is_split_and_removed(site: Site) -> None:
    one, two = site.deploy("split", "one"), site.deploy("split", "two", "--alias", "next")
    shares = f"{one['version']} (90 %) and {two['version']} (10 %)"
    assert site.done("alias", "split", "live", "1=90", "2=10", "--sticky", "client") == f"split: live is {shares} now\n"
    listed = next(line for line in site.done("list").splitlines() if line.startswith("split: "))
    assert listed == f"split: live is {shares}, next is {two['version']}"
    assert "[live 10 %, next]" in site.done("versions", "split")
    assert site.done("alias", "split", "next", "--remove") == "split: next is no more\n"
    assert site.run("invoke", "split", "--alias", "next").exit_code == 1
    assert site.done("invoke", "split", "--version", one["version"]) == "one"


def test_a_deploy_may_be_for_some_only(site: Site) -> None:
    site.deploy("canary", "one")
    deployed = site.done("deploy", site.module("canary", "two"), "--percent", "10", "--sticky", "cookie:sid")
    assert deployed.startswith("canary: 10 % of live is version 2 now")
    [function] = [each for each in json.loads(site.done("list", "--json"))["functions"] if each["name"] == "canary"]
    assert function["aliases"]["live"]["sticky"] == {"cookie": "sid"}


def test_a_version_that_is_not_there_is_said(site: Site) -> None:
    site.deploy("lonely")
    result = site.run("rollback", "lonely", "7")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "refuses (404): lonely has no version '7'" in result.stderr


def test_a_deleted_function_is_gone(site: Site) -> None:
    site.deploy("doomed")
    assert site.run("delete", "doomed", input="n\n").exit_code == 1
    assert site.done("invoke", "doomed") == "hello"
    assert site.done("delete", "doomed", "--yes") == "doomed is deleted\n"
    assert "refuses (404): " in site.run("versions", "doomed").stderr


# -- calls


def echoing() -> bytes:
    """Make a function that answers 201 with the request's URI, and a field."""
    strings = Strings()
    more = f"""(drop (call $response_set_status (i32.const 201)))
        (drop (call $response_add_header {strings("x-a")} {strings("1")}))
        (drop (call $request_get_uri))
        (drop (call $get_shared_buffer (i32.const 32768) (i32.const 0) (i32.const 6)))
        (drop (call $response_set_body (i32.const 32768) (i32.const 6)))
        (call $log_at (i32.const 3) {strings("seen")})"""
    return wat(f"(module {guest(f'{more} {OK}', strings)})")


def test_a_call_is_shown_with_its_head_or_as_json(site: Site) -> None:
    site.deploy("echo", wasm=echoing())
    head, _, body = site.done("invoke", "echo", "PUT", "/a?b=c", "-H", "X-B: 2", "--body", "x", "-i").partition("\n\n")
    assert (head.splitlines()[0], body) == ("201", "/a?b=c")
    assert "x-a: 1" in head.lower().splitlines()
    assert "content-security-policy" not in head.lower()
    told = json.loads(site.done("invoke", "echo", "GET", "a?b=c", "--json"))
    assert (told["status"], told["body"]) == (201, "/a?b=c")


def test_a_body_makes_it_a_post(site: Site, tmp_path: pathlib.Path) -> None:
    strings = Strings()
    code = f"""(drop (call $request_get_method))
        (drop (call $get_shared_buffer (i32.const 32768) (i32.const 0) (i32.const 3)))
        (drop (call $response_set_body (i32.const 32768) (i32.const 3))) {OK}"""
    site.deploy("method", wasm=wat(f"(module {guest(code, strings)})"))
    assert site.done("invoke", "method") == "GET"
    assert site.done("invoke", "method", "--body", "x") == "POS"


def test_a_function_that_is_not_there_is_said(site: Site) -> None:
    result = site.run("invoke", "nobody")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "refuses (404): no function nobody is deployed" in result.stderr


def test_what_it_logs_is_shown(site: Site) -> None:
    site.deploy("talker", wasm=echoing())
    site.done("invoke", "talker", "GET", "/12345")
    deadline = monotonic() + PATIENCE_S
    while not (lines := site.done("logs", "talker").splitlines()):
        assert monotonic() < deadline
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}\S*  warn   [0-9a-f]{8}  seen", lines[0])
    [told] = [json.loads(line) for line in site.done("logs", "talker", "--lines", "1", "--json").splitlines()]
    assert (told["level"], told["text"]) == ("warn", "seen")


# -- whence it comes


def test_a_module_is_pulled_by_its_hash(site: Site) -> None:
    (site.directory / "pulled.bin").write_bytes(saying("pulled"))
    site.module("pulled")
    place, url = str(site.directory / "pulled"), f"{site.pulled}/pulled.bin"
    site.done("deploy", place, "--from-url", url, "--sha256", sha256(saying("pulled")).upper())
    assert site.done("invoke", "pulled") == "pulled"
    other = site.run("deploy", place, "--from-url", url, "--sha256", "0" * 64)
    assert other.exit_code == 1
    assert "the module's SHA-256 is " in other.stderr


def test_signatures_are_wanted_once_keys_are_trusted(site: Site) -> None:
    live = site.directory / "penstock.yaml"
    try:
        live.write_text((site.directory / "trusting.yaml").read_text())
        reloaded = CliRunner().invoke(main, ["reload", "--admin", site.admin])
        assert reloaded.exit_code == 0, reloaded.output
        module = site.module("signed", about="config: {a: 1}")
        refused = site.run("deploy", module)
        assert refused.exit_code == 1
        assert "refuses: signed is not signed" in refused.stderr
        assert "; that is what --sign KEYFILE does" in refused.stderr
        key = str(site.directory / "ci.key")
        assert "no key 'other' is trusted" in site.run("deploy", module, "--sign", key, "--signer", "other").stderr
        site.done("deploy", module, "--sign", key)
        assert "signed by ci" in site.done("versions", "signed")
    finally:
        live.write_text((site.directory / "open.yaml").read_text())
        assert CliRunner().invoke(main, ["reload", "--admin", site.admin]).exit_code == 0


# -- the group


def test_each_command_has_a_help_of_its_own() -> None:
    group = main.commands["function"]
    assert isinstance(group, click.Group)
    names = {"new", "build", "test", "deploy", "invoke", "list", "versions", "logs", "rollback", "alias", "delete"}
    assert group.commands.keys() == names | {"keygen"}
    for command in group.commands.values():
        assert (command.help or "").strip()
