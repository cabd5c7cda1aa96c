"""`penstock function test`: what it prints of tests and of one request, and how it ends."""

from __future__ import annotations

import json
import pathlib
import shutil

import pytest
from click.testing import CliRunner, Result
from kit.edge import OK, guest
from kit.example_functions import EXAMPLES, MODULES
from kit.http_wasm import Strings
from kit.toolchain import sources, toolchain, wat

from config.cli import main

pytestmark = pytest.mark.usefixtures("compilations_of_this_run")


@pytest.fixture(autouse=True)
def _empty_directory(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def example(name: str) -> None:
    shutil.copy(MODULES / f"{name}.wasm", "it.wasm")
    shutil.copy(EXAMPLES / name / "function.yaml", "function.yaml")


def run(*arguments: str, **more: str) -> Result:
    return CliRunner().invoke(main, ["function", "test", *arguments], **more)


def test_each_test_is_told(tmp_path: pathlib.Path) -> None:
    example("hello")
    result = run("it.wasm")
    assert result.exit_code == 0
    *tests, summary = result.stdout.splitlines()
    assert tests
    assert all(line.startswith("ok     ") for line in tests)
    assert summary == f"{len(tests)} ok, 0 failed"


def logging() -> bytes:
    strings = Strings()
    code = f"(call $log_at (i32.const 3) {strings('beware')}) {OK}"
    return wat(f"(module {guest(code, strings)})")


TESTS = "tests: [{name: one, expect: {}}, {name: other, expect: {status: 404}}]"


def test_what_differs_is_told_with_what_was_logged(tmp_path: pathlib.Path) -> None:
    (sources(tmp_path, (), TESTS) / "it.wasm").write_bytes(logging())
    result = run("it.wasm")
    assert (result.exit_code, result.stdout.splitlines()) == (
        1,
        [
            "ok     one",
            "failed other",
            "         the status is 200, not 404; the body is ''",
            "         log: warn: beware",
            "1 ok, 1 failed",
        ],
    )


def test_it_can_be_read_by_programs(tmp_path: pathlib.Path) -> None:
    (sources(tmp_path, (), TESTS) / "it.wasm").write_bytes(logging())
    result = run("it.wasm", "--json")
    assert result.exit_code == 1
    one, other = json.loads(result.stdout)
    assert one == {"name": "one", "ok": True, "faults": [], "log": ["warn: beware"]}
    assert (other["ok"], len(other["faults"])) == (False, 1)


def test_a_directory_is_built_first(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tools = toolchain(tmp_path, monkeypatch)
    tools.rust()
    sources(tmp_path / "hello", about="tests: [{name: one, expect: {body: hello}}]")
    result = run("hello")
    assert (result.exit_code, result.stdout) == (0, "ok     one\n1 ok, 0 failed\n")
    assert tools.calls == ["cargo"]


def test_without_tests_that_is_said(tmp_path: pathlib.Path) -> None:
    (sources(tmp_path, ()) / "it.wasm").write_bytes(logging())
    result = run("it.wasm")
    assert (result.exit_code, result.stdout) == (
        0,
        "function.yaml has no tests; write some under tests, or try one --request\n",
    )


# -- one request


def test_one_request_is_answered() -> None:
    example("hello")
    result = run("it.wasm", "--request", "GET", "/?name=Bo")
    assert result.exit_code == 0
    assert result.stdout.splitlines()[:4] == ["200 OK", "content-type: text/plain; charset=utf-8", "", "Hello, Bo!"]
    assert "ms in the function; host calls: " in result.stdout


def test_fields_and_body_go_along() -> None:
    example("webhook")
    signed = "sha256=670de3cf8ae2e7aef3eb56f4bc6dd81945d7563cf34af5a92fcb8b4562c49af0"
    fields = ["-H", "x-timestamp: 1700000000", "-H", f"x-signature: {signed}"]
    assert run("it.wasm", "--request", "POST", "/", *fields, "--body", '{"event":"paid"}').stdout.startswith("202 ")
    assert run(
        "it.wasm", "--request", "POST", "/", *fields, "--body-file", "-", input='{"event":"free"}'
    ).stdout.startswith("401 ")


def test_a_call_that_fails_ends_with_1(tmp_path: pathlib.Path) -> None:
    (tmp_path / "it.wasm").write_bytes(wat(f"(module {guest('unreachable')})"))
    result = run("it.wasm", "--request", "GET", "/")
    assert result.exit_code == 1
    assert "failed: " in result.stdout


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["--body", "x"], "go with --request"),
        (["--request", "GET", "/", "--json"], "--json goes with the tests"),
        (["--request", "GET", "/", "-H", "x"], "write 'Name: value'"),
        (["--request", "G T", "/"], "--request"),
        (["--request", "GET", "/", "--body", "x", "--body-file", "-"], "not both"),
    ],
)
def test_a_slip_is_told(arguments: list[str], word: str) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert word in result.stderr
