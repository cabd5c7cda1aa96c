"""The command line, as its user meets it."""

from __future__ import annotations

import asyncio
import json
import os
import pathlib
import re
import signal
import sys

import aiohttp
import pytest
from click.testing import CliRunner, Result
from kit import FakeOrigin, answering

from config.cli import main
from filters.password import parse_secret

WHOLE = """\
version: 1
listeners:
  - {name: public, address: "127.0.0.1:0"}
  - {name: inner, address: "127.0.0.1:0"}
upstreams:
  api: {endpoints: ["127.0.0.1:9000"]}
  next: {endpoints: ["127.0.0.1:9001"], balance: least_requests}
filters:
  stamp: {type: headers, request: {set: {x-edge: penstock}}}
routes:
  - {name: admin, match: {path: {prefix: /admin}, clients: [10.0.0.0/8]}, filters: [stamp], upstream: api}
  - name: api
    match: {hosts: [api.example]}
    filters:
      - {use: stamp, when: {header: {x-beta: true}}}
      - {use: stamp, when: {method: [GET]}}
      - stamp
    upstream: [{name: api, weight: 95}, {name: next, weight: 5}]
  - {name: say, listeners: [public], match: {path: {exact: /say}}, filters: [{type: respond, body: hi}]}
"""


@pytest.fixture
def file(tmp_path: pathlib.Path) -> pathlib.Path:
    path = tmp_path / "penstock.yaml"
    path.write_text(WHOLE)
    return path


def penstock(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(each) for each in arguments])


def test_check_counts_what_is_whole(file: pathlib.Path) -> None:
    result = penstock("check", file)
    assert result.exit_code == 0
    assert result.stdout == "ok: 3 routes, 2 listeners, 2 upstreams, 1 named filter\n"


def test_check_prints_every_error_with_file_line_and_column(file: pathlib.Path) -> None:
    file.write_text(WHOLE.replace("least_requests", "least").replace("filters: [stamp]", "filters: [stomp]"))
    result = penstock("check", file)
    assert result.exit_code == 1
    assert result.stderr == (
        f"{file}:7:50: upstreams.next.balance: unknown word 'least'; did you mean 'least_requests'?\n"
        f"{file}:11:85: routes[0].filters[0]: unknown filter 'stomp'; did you mean 'stamp'?\n"
        "2 errors\n"
    )


def test_check_prints_warnings_and_succeeds(file: pathlib.Path) -> None:
    file.write_text(WHOLE.replace("{path: {exact: /say}}", "{hosts: [api.example]}"))
    result = penstock("check", file)
    assert result.exit_code == 0
    assert result.stderr == (
        f"{file}:19:5: warning: routes[2]: route 'say' never matches: routes[1], 'api', takes all its requests\n"
    )


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "the file is empty; `penstock schema` shows what it may say"),
        (b"\xff\xfe", "not UTF-8: byte 0 is 0xff"),
        (b"a: \x00", "not YAML: unacceptable character #x0000: control characters are not allowed"),
    ],
)
def test_a_file_that_is_no_configuration_is_said_to_be_none(file: pathlib.Path, content: bytes, says: str) -> None:
    file.write_bytes(content)
    result = penstock("check", file)
    assert result.exit_code == 1
    assert result.stderr == f"{file}: {says}\n1 error\n"


@pytest.mark.parametrize("command", ["check", "run"])
def test_a_file_that_is_not_there_is_said_not_to_be(command: str, tmp_path: pathlib.Path) -> None:
    result = penstock(command, tmp_path / "gone.yaml")
    assert result.exit_code == 1
    assert result.stderr == f"{tmp_path / 'gone.yaml'}: No such file or directory\n1 error\n"


def test_a_directory_is_no_file(tmp_path: pathlib.Path) -> None:
    assert penstock("check", tmp_path).stderr == f"{tmp_path}: Is a directory\n1 error\n"


def test_run_refuses_a_faulty_file(file: pathlib.Path) -> None:
    file.write_text(WHOLE.replace("version: 1", "version: 9"))
    result = penstock("run", file)
    assert result.exit_code == 1
    assert result.stderr == f"{file}:1:10: version: must be 1\n1 error\n"


def test_explain_says_who_wins_and_why_no_earlier_one(file: pathlib.Path) -> None:
    result = penstock("explain", file, "GET http://api.example/a/../x?y=1")
    assert result.exit_code == 0
    assert (
        result.stdout
        == """\
GET http://api.example/x?y=1
  from 127.0.0.1 on listener public
routes
  - admin  path /x is not under /admin
  > api    wins
filters, in the order of requests
  1. stamp (headers): skipped, for header x-beta is missing
  2. stamp (headers): runs, its condition holds
  3. stamp (headers): runs
cache
  none
upstream
  api, 95 %: round_robin over 127.0.0.1:9000
  next, 5 %: least_requests over 127.0.0.1:9001
"""
    )


def test_explain_takes_fields_a_client_and_a_listener(file: pathlib.Path) -> None:
    arguments = ("-H", "X-Beta: 1", "--client", "10.1.2.3", "--listener", "inner")
    lines = penstock("explain", file, "POST http://b.example/admin/x", *arguments).stdout.splitlines()
    assert lines[1:4] == ["  from 10.1.2.3 on listener inner", "routes", "  > admin  wins"]


def test_explain_knows_which_listener_has_which_routes(file: pathlib.Path) -> None:
    assert "  > say    wins" in penstock("explain", file, "GET http://b.example/say").stdout
    inner = penstock("explain", file, "GET http://b.example/say", "--listener", "inner").stdout
    assert inner.endswith("  none matches: 404\n")


def test_explain_says_where_nobody_answers(file: pathlib.Path) -> None:
    assert penstock("explain", file, "GET http://b.example/say").stdout.endswith(
        "upstream\n  none: 404 unless a filter answers\n"
    )


def test_explain_says_what_happens_to_unknown_methods(file: pathlib.Path) -> None:
    assert "  none: the method BREW is unknown, 501" in penstock("explain", file, "BREW http://api.example/").stdout


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["GET /x"], "write a method and a whole URL: 'GET http://example.com/path'"),
        (["GET http://a/%2e%2e/x"], "the path escapes the root"),
        (["CONNECT http://a/"], "CONNECT is never allowed"),
        (["GET http://a/", "-H", "nothing"], "'nothing' is not a field; write 'Name: value'"),
        (["GET http://a/", "--listener", "publik"], "unknown listener 'publik'; did you mean 'public'?"),
    ],
)
def test_explain_says_what_is_wrong_with_its_question(file: pathlib.Path, arguments: list[str], says: str) -> None:
    result = penstock("explain", file, *arguments)
    assert result.exit_code == 2
    assert says in result.stderr


def test_schema_prints_a_json_schema() -> None:
    schema = json.loads(penstock("schema").stdout)
    assert schema["title"] == "Penstock configuration"


def test_hash_secret_prints_what_basic_auth_takes() -> None:
    result = penstock("hash-secret", "--password", "opensesame")
    assert parse_secret(result.stdout.strip()).matches(b"opensesame")


USERS_FILTER = """\
from proxy.filter import Filter
class Mark(Filter):
    def on_response(self, exchange, response):
        response.headers.set("x-mark", "mine")
"""


async def test_run_serves_with_a_users_own_filter_and_drains_on_sigterm(tmp_path: pathlib.Path) -> None:
    """The whole way: supervisor, worker, admin; the working directory has a `config` of its own."""
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "__init__.py").write_text("raise SystemExit('not this one')")
    (tmp_path / "mark_filter.py").write_text(USERS_FILTER)
    async with FakeOrigin(answering()) as origin:
        (tmp_path / "penstock.yaml").write_text(
            f"""\
version: 1
listeners: [{{name: public, address: "127.0.0.1:0"}}]
admin: {{address: "127.0.0.1:0"}}
access_log: {{path: access.log, fields: [route, path, status]}}
filters: {{mark: {{type: python, module: "mark_filter:Mark"}}}}
upstreams: {{api: {{endpoints: ["{origin.address}"]}}}}
routes: [{{name: all, filters: [mark], upstream: api}}]
"""
        )
        program = "import sys; from config.cli import main; sys.exit(main())"
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-c", program, "run", "penstock.yaml"),
            cwd=tmp_path,
            env=os.environ | {"PYTHONPATH": str(pathlib.Path(__file__).parents[2])},
            stderr=asyncio.subprocess.PIPE,
        )
        assert process.stderr is not None
        try:
            async with asyncio.timeout(30):
                ready = (await process.stderr.readline()).decode()
                found = re.fullmatch(r"penstock: ready, 1 worker; public on (\S+), admin on (\S+)\n", ready)
                assert found, ready + (await process.stderr.read()).decode()
                async with aiohttp.ClientSession() as session:
                    async with session.get(f"http://{found[1]}/x") as answer:
                        assert (answer.headers["x-mark"], await answer.text()) == ("mine", "ok")
                    async with session.get(f"{found[2]}config") as answer:
                        assert (await answer.json())["upstreams"] == {"api": {"endpoints": [origin.address]}}
                    async with session.get(f"{found[2]}routes") as answer:
                        assert [route["name"] for route in await answer.json()] == ["all"]
                process.send_signal(signal.SIGTERM)
                assert await process.wait() == 0
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
    assert json.loads((tmp_path / "access.log").read_text()) == {"route": "all", "path": "/x", "status": 200}
