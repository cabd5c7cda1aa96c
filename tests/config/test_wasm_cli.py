"""`penstock wasm`, as its user meets it."""

from __future__ import annotations

import json
import pathlib
import re
import shlex
import sys
from subprocess import run

import pytest
from click.testing import CliRunner, Result
from kit.guests import guest, marking, refusing, saying, trapping

from config.cli import main

ROOT = pathlib.Path(__file__).parents[2]
GET = ("--request", "GET http://a.test/x")


def penstock(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["wasm", *map(str, arguments)])


@pytest.fixture
def own(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> pathlib.Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path / "own.wasm"


def test_inspect_tells_of_a_module_and_succeeds() -> None:
    result = penstock("inspect", "builtin:ab.wasm")
    assert (result.exit_code, result.stdout.splitlines()[-1]) == (0, "it can run here")


def test_inspect_fails_for_what_cannot_run(own: pathlib.Path) -> None:
    own.write_bytes(guest('(func (export "proxy_on_log") (param i64))'))
    result = penstock("inspect", "own.wasm")
    assert result.exit_code == 1
    assert result.stdout.endswith(
        "it cannot run here\n  it exports proxy_on_log as (i64) -> nothing, but that is (i32) -> nothing\n"
    )


@pytest.mark.parametrize("command", [("inspect", "own.wasm"), ("run", "own.wasm", *GET)])
def test_what_is_no_module_is_said_to_be_none(own: pathlib.Path, command: tuple[str, ...]) -> None:
    result = penstock(*command)
    assert (result.exit_code, result.stderr) == (1, "cannot read own.wasm: No such file or directory\n")
    own.write_text("text")
    result = penstock(*command)
    assert (result.exit_code, result.stderr) == (
        1,
        "own.wasm is not a WebAssembly module: it does not begin with \\0asm\n",
    )


def test_run_shows_what_the_guest_did(own: pathlib.Path) -> None:
    own.write_bytes(marking("one"))
    given = ("-H", "X-A: 1", "-HR", "X-B: 2", "--response-status", "201", "--response-body", "hello", "--body", "what")
    result = penstock("run", "own.wasm", *GET, *given)
    assert (result.exit_code, result.stdout) == (
        0,
        """\
own.wasm: Proxy-Wasm 0.2.1

request, as the origin gets it
    GET /x
    host: a.test
    X-A: 1

    what

response, as the client gets it
    201 Created
    X-B: 2
  + x-mark: one

    hello
""",
    )


def test_run_shows_what_the_guest_says(own: pathlib.Path) -> None:
    own.write_bytes(saying("asked", level=1))
    assert "    host: a.test\n  debug: asked\n" in penstock("run", "own.wasm", *GET).stdout
    assert "asked" not in penstock("run", "own.wasm", *GET, "--log-level", "info").stdout


@pytest.mark.parametrize(
    ("wasm", "failed"), [(trapping(), "wasm `unreachable` instruction executed"), (refusing("no"), "refused its")]
)
def test_run_fails_where_the_guest_does(own: pathlib.Path, wasm: bytes, failed: str) -> None:
    own.write_bytes(wasm)
    result = penstock("run", "own.wasm", *GET)
    assert result.exit_code == 1
    assert failed in result.stdout.splitlines()[-1]


def test_texts_may_come_from_files(own: pathlib.Path) -> None:
    (own.parent / "c.json").write_text('{"api_keys": {"keys": []}}')
    result = penstock("run", "builtin:auth.wasm", *GET, "--config", "@c.json")
    assert result.exit_code == 1
    assert "auth: " in result.stdout
    missing = penstock("run", "builtin:auth.wasm", *GET, "--config", "@gone.json")
    assert (missing.exit_code, "cannot read gone.json" in missing.stderr) == (2, True)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--request", "GET /x"], "write a method and a whole URL"),
        ([*GET, "-H", "nothing"], "'nothing' is not a field; write 'Name: value'"),
        ([*GET, "-HR", "a b: c"], "--response-header"),
        ([*GET, "--limit", "call_tim=1s"], "unknown key 'call_tim'; did you mean 'call_time'?"),
        ([*GET, "--limit", "instances=2", "--limit", "memory=1"], "limits.memory: must be at least 65536"),
        ([*GET, "--instances", "share"], "unknown word 'share'; did you mean 'shared'?"),
        ([*GET, "-E", "=x"], "is not the name of an environment variable"),
        ([*GET, "--upstream", "api=http://nowhere"], "'nowhere' is not host:port"),
        ([*GET, "--response-status", "99"], "99 is not in the range"),
    ],
)
def test_run_says_what_is_wrong_with_its_question(arguments: list[str], says: str) -> None:
    result = penstock("run", "builtin:auth.wasm", *arguments)
    assert result.exit_code == 2
    assert says in result.stderr


def test_other_commands_do_without_wasmtime() -> None:
    program = "import sys; import config.cli; sys.exit('wasmtime' in sys.modules)"
    assert run([sys.executable, "-c", program], cwd=ROOT, check=False).returncode == 0


def shown(page: str, command: str) -> tuple[list[str], str]:
    """Return the arguments of a command in a page, after `wasm`, and what is shown to come of it."""
    text = (ROOT / page).read_text()
    found = re.search(rf"\$ (\S*penstock wasm {command}(?:.*\\\n)*.*)\n([\s\S]*?)^(?:```|\$)", text, re.MULTILINE)
    assert found
    return shlex.split(found[1].replace("\\\n", " "))[2:], found[2]


def test_the_readme_shows_what_run_says() -> None:
    arguments, output = shown("README.md", "run")
    assert penstock(*arguments).stdout == output


def test_the_page_on_filters_shows_what_run_says(own: pathlib.Path) -> None:
    configuration = re.search(r"```json\n(.*?)```", (ROOT / "docs/filters.md").read_text(), re.DOTALL)
    assert configuration
    (own.parent / "ab.json").write_text(json.dumps(json.loads(configuration[1])))
    arguments, output = shown("docs/filters.md", "run")
    assert penstock(*arguments).stdout == output
