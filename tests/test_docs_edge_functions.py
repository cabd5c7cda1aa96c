"""docs/edge-functions.md: its commands run and print what it says, what it shows is valid.

Rust is read and not compiled: a stand-in for cargo hands out the module that comes along.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
import yaml
from click.testing import CliRunner
from kit.demo import free_ports
from kit.guide import Guide, blocks, dialogue, rows
from kit.penstock_process import penstock_process
from kit.toolchain import Toolchain

from config.cli import main
from config.function_allow import Allow
from config.function_audit import FunctionAudit
from config.function_file import FunctionFile, FunctionTest, read_function_file
from config.function_file import TestWith as Surroundings
from config.function_metadata import Deployment
from config.load import check
from proxy.admin.edge_endpoints import EDGE_ENDPOINTS
from proxy.metrics import Cell
from wasm_host.functions.registry import trust, version

ROOT = Path(__file__).parents[1]
GUIDE = Guide(ROOT / "docs/edge-functions.md")
EXAMPLE = ROOT / "filters/guests/examples/hello"
SDK = ROOT / "filters/guests/sdk/src"
HELLO = ROOT / "filters/wasm/functions/hello.wasm"
ADMIN, LISTENER = "127.0.0.1:9901", "127.0.0.1:8080"
"""Where they are in the page."""

FIRST = "A first function in five minutes"
CURL = shutil.which("curl") or "curl"
TYPED = dialogue(GUIDE.text)


def varying(text: str) -> str:
    """Replace what is another each time: hashes, sizes and times."""
    return re.sub(r"\b[0-9a-f]{16,64}\b", "HASH", re.sub(r"[\d.,]+ (ms|bytes)", r"N \1", text))


# -- the five minutes, the command line and the API: on a Penstock that runs


class Reader:
    """Does what the page says, in a directory of its own, with the page's addresses led to others."""

    def __init__(self, directory: Path, addresses: dict[str, str], patch: pytest.MonkeyPatch) -> None:
        self.directory, self._addresses, self._patch = directory, addresses, patch

    def go(self, directory: Path) -> None:
        self._patch.chdir(directory)

    def types(self, command: list[str]) -> str:
        """Give a command; returns what it prints, and fails where it does."""
        match command:
            case ["cd", directory]:
                self.go(Path.cwd() / directory)
                return ""
            case ["penstock", "function", name, *arguments]:
                return self._penstock(name, arguments)
            case ["curl", *arguments]:
                return self._curl(arguments)
        raise AssertionError(command)

    def _penstock(self, name: str, arguments: list[str]) -> str:
        options = {option for each in commands()[name].params for option in each.opts}
        admin = ["--admin", f"http://{self._addresses[ADMIN]}"] if "--admin" in options else []
        result = CliRunner().invoke(main, ["function", name, *arguments, *admin])
        assert result.exit_code == 0, (name, arguments, result.output)
        return result.stdout

    def _curl(self, arguments: list[str]) -> str:
        arguments = [each.replace(usual, ours) for each in arguments for usual, ours in self._for(each)]
        command = [CURL, "--noproxy", "*", "-s", "--fail-with-body", "--max-time", "60", *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, (arguments, done.stdout, done.stderr)
        return done.stdout

    def _for(self, text: str) -> list[tuple[str, str]]:
        return [pair for pair in self._addresses.items() if pair[0] in text] or [("", "")]


def commands() -> dict[str, click.Command]:
    group = main.commands["function"]
    assert isinstance(group, click.Group)
    return group.commands


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    directory, tools = tmp_path_factory.mktemp("reader"), tmp_path_factory.mktemp("tools")
    listener, admin = (f"127.0.0.1:{port}" for port in free_ports(2))
    configuration = blocks("yaml", GUIDE.text)[0].replace(LISTENER, listener).replace(ADMIN, admin)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        with penstock_process(directory, configuration):
            toolchain = Toolchain(tools)
            toolchain.make(HELLO.read_bytes())
            toolchain.rust()
            patch.setenv("PATH", str(tools))
            yield Reader(directory, {LISTENER: listener, ADMIN: admin}, patch)


@pytest.fixture(scope="module")
def five_minutes(reader: Reader) -> list[tuple[str, str]]:
    """Do what the first section says; returns what it says is printed, and what is."""
    reader.go(reader.directory)
    return [(printed, reader.types(typed)) for typed, printed in dialogue(GUIDE.section(FIRST))]


def test_a_first_function_is_made_tried_deployed_and_called(five_minutes: list[tuple[str, str]]) -> None:
    for said, printed in five_minutes:
        assert varying(printed) == varying(said)


@pytest.mark.usefixtures("five_minutes")
def test_versions_come_and_go_as_it_says(reader: Reader) -> None:
    reader.go(reader.directory / "hello")
    with Path("function.yaml").open("a") as file:
        file.write("config: {another: version}\n")
    for typed, _ in dialogue(GUIDE.section("Deploying")):
        reader.types(typed)


@pytest.mark.usefixtures("five_minutes")
def test_one_request_is_shown_as_it_says(reader: Reader) -> None:
    reader.go(reader.directory / "hello")
    [(typed, printed)] = dialogue(GUIDE.section("On the command line"))
    assert varying(reader.types(typed)) == varying(printed)


@pytest.mark.usefixtures("five_minutes")
def test_every_call_of_the_api_is_answered(reader: Reader) -> None:
    """From the first deploy on: it ends with a function that is deleted."""
    reader.go(reader.directory)
    shutil.copy(HELLO, "hello.wasm")
    typed = [each for each, _ in dialogue(GUIDE.section("The admin API"))]
    for each in (typed[-1], *typed):
        reader.types(each)
    assert json.loads(reader.types(["curl", f"http://{ADMIN}/api/v1/edge"])) == {"functions": []}


def called(command: list[str]) -> tuple[str, str]:
    """Return the method of a curl command, and its path with the names as the table of endpoints has them."""
    method = command[command.index("-X") + 1] if "-X" in command else "POST" if {"-d", "-F"} & {*command} else "GET"
    path = command[-1].partition("9901")[2].partition("?")[0]
    return method, re.sub(r"/aliases/\w+$", "/aliases/{alias}", re.sub(r"/edge/hello\b", "/edge/{name}", path))


def test_there_is_a_curl_for_every_endpoint() -> None:
    shown = {called(command) for command, _ in dialogue(GUIDE.section("The admin API"))}
    assert shown == {(each.method, each.path) for each in EDGE_ENDPOINTS}


@pytest.mark.parametrize("command", [command for command, _ in TYPED if command[0] == "penstock"], ids=" ".join)
def test_commands_and_their_options_exist(command: list[str]) -> None:
    found: click.Command = main
    arguments = command[1:]
    while isinstance(found, click.Group):
        found = found.commands[arguments.pop(0)]
    found.make_context("penstock", arguments)


# -- what it shows


def configurations() -> Iterator[str]:
    """Yield those of a whole Penstock: parts are laid over what they need besides."""
    whole = {
        "version": 1,
        "listeners": [{"name": "public", "address": "127.0.0.1:0"}],
        "upstreams": {"api": {"endpoints": ["127.0.0.1:9000"]}},
        "routes": [{"name": "api", "upstream": "api"}],
    }
    for block in blocks("yaml", GUIDE.text):
        data = yaml.safe_load(block)
        if "name" not in data:
            yield yaml.safe_dump(data if "version" in data else whole | data)


@pytest.mark.parametrize("text", list(configurations()))
def test_configurations_have_no_errors(text: str, tmp_path: Path) -> None:
    assert [str(each) for each in check(text, tmp_path, {"API_KEY": "a key"}).errors] == []


def test_what_reaches_the_inside_is_valid() -> None:
    [shown] = re.findall(r"`http: (\{hosts: \[\"10.*?\})`", GUIDE.text)
    assert Allow.model_validate({"http": yaml.safe_load(shown)}).http is not None


def test_the_functions_file_is_valid() -> None:
    [text] = [block for block in blocks("yaml", GUIDE.text) if block.startswith("name:")]
    file, _, faults = read_function_file(text)
    assert file is not None, faults


@pytest.mark.parametrize("key", [*FunctionFile.model_fields, *Surroundings.model_fields, "request", "steps", "json"])
def test_every_key_of_the_functions_file_is_told(key: str) -> None:
    table = "".join("|".join(row) for row in rows(GUIDE.section(FIRST), "key"))
    assert f"`{key}`" in table
    assert FunctionTest.model_fields.keys() == {"name", "steps"}


def test_the_source_is_the_examples() -> None:
    [source] = blocks("rust", GUIDE.section(FIRST))
    assert (EXAMPLE / "src/lib.rs").read_text().endswith(source)


@pytest.mark.parametrize("text", blocks("rust", GUIDE.text), ids=["hello", "both"])
def test_the_sdk_has_what_the_sources_use(text: str) -> None:
    [names_used] = re.findall(r"use penstock_sdk::edge::\{(.*?)\};", text)
    offered = (SDK / "edge.rs").read_text()
    assert [name for name in names_used.split(", ") if not re.search(rf"pub use .*\b{name}\b", offered)] == []


def deployments() -> list[dict[str, Any]]:
    found = [json.loads(text) for text in blocks("json", GUIDE.text)]
    inline = [json.loads(text) for text in re.findall(r"function='(\{.*?\})'", GUIDE.text)]
    return [*(each for each in found if "tests" in each), *inline]


@pytest.mark.parametrize("metadata", deployments(), ids=json.dumps)
def test_metadata_are_valid(metadata: dict[str, Any]) -> None:
    Deployment.model_validate(metadata)


def test_what_is_signed_is_shown() -> None:
    [text] = blocks("text", GUIDE.section("Signatures"))
    _, name, digest, settings = text.rstrip("\n").split("\n")
    shown = trust.message(name, digest, version.settings_of({"allow": {}}))
    assert shown.decode() == text.rstrip("\n")
    assert json.loads(settings).keys() == version.DEFAULTS.keys()


async def test_a_line_of_the_audit_log_has_the_keys_of_a_real_one(tmp_path: Path) -> None:
    shown = json.loads(blocks("json", GUIDE.section("Logs and metrics"))[0])
    audit = FunctionAudit(str(tmp_path / "audit.log"), Cell(()))
    audit.write("prices", shown["version"], "http_wait", "private_address", shown["detail"])
    audit.close()
    real = json.loads((tmp_path / "audit.log").read_text())
    assert list(shown) == list(real)
    assert shown | {"time": 0} == real | {"time": 0}
