"""docs/wasm-filters.md: its commands print what it says, its files are valid, its sources fit, its names exist.

Rust, Zig and AssemblyScript are read and not compiled: that takes toolchains which tests do not ask for.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import click
import pytest
import wasmtime
import yaml
from click.testing import CliRunner
from kit import FakeOrigin, Proxy, answering
from kit.guests import guest
from kit.judges import CLEAN, saying, wasm
from pydantic import BaseModel

from config.cli import main
from config.judge_options import LEAST_SECRET_CHARS, BotOptions, WafModuleOptions
from config.shape import keys_below
from config.wasm import Limits, WasmOptions
from proxy import errors
from proxy.firewall import MOST_BYTES
from proxy.metrics import PREFIX, SPECS
from wasm_host import compilation, compiler, engine, log_lines, pool
from wasm_host.abi.proxy_wasm import custom_metrics, exchange_context, exports, http_calls, imports, queues, shared_data
from wasm_host.abi.proxy_wasm.properties import encode
from wasm_host.abi.proxy_wasm.request_properties import OF_REQUEST
from wasm_host.abi.proxy_wasm.response_properties import OF_RESPONSE
from wasm_host.abi.proxy_wasm.routing_properties import OF_ROUTING
from wasm_host.calls import Running
from wasm_host.limits import OF_JUDGES

ROOT = Path(__file__).parents[1]
GUIDE = (ROOT / "docs/wasm-filters.md").read_text()
SDK = ROOT / "filters/guests/sdk/src"
ELSEWHERE = ("closed", "permit", "censor")
"""Modules that other toolchains build; where a configuration names them, others stand in."""


def blocks(language: str) -> list[str]:
    return re.findall(rf"(?ms)^ *```{language}\n(.*?)^ *```$", GUIDE)


def section(title: str) -> str:
    found = re.search(rf"(?ms)^## {re.escape(title)}\n(.*?)(?=^## |\Z)", GUIDE)
    assert found, f"no heading {title!r}"
    return found[1]


def dialogues() -> list[tuple[list[str], str]]:
    """Return each command of the console blocks with what is printed after it."""
    found = []
    for text in blocks("console"):
        parts = re.split(r"(?m)^ *\$ ((?:.*\\\n)*.*)\n", text)[1:]
        found += [(shlex.split(one.replace("\\\n", "")), two) for one, two in zip(parts[::2], parts[1::2], strict=True)]
    return found


COMMANDS = [command[1:] for command, _ in dialogues() if command[0] == "penstock"]
SHOWN = {" ".join(command): (command, output) for command, output in dialogues() if output}


def of_module(name: str) -> list[str]:
    """Name the dialogues about a module."""
    return [each for each, (command, _) in SHOWN.items() if command[:2] == ["penstock", "wasm"] and name in command]


def production() -> str:
    return f"version: 1\nlisteners: [{{name: public, address: 127.0.0.1:8080}}]\n{blocks('yaml')[1]}"


@pytest.fixture
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a directory with the modules, built as the guide says where that needs nothing more than wasmtime."""
    monkeypatch.chdir(tmp_path)
    for name, text in zip(("hello", "handler", "bots"), blocks("wat"), strict=True):
        Path(f"{name}.wat").write_text(text)
        Path(f"{name}.wasm").write_bytes(wasmtime.wat2wasm(text))
    for name in ELSEWHERE:
        Path(f"{name}.wasm").write_bytes(guest(""))
    Path("edge.yaml").write_text(blocks("yaml")[0])
    return tmp_path


def printed(command: list[str]) -> str:
    return CliRunner().invoke(main, command[1:]).stdout


# -- what it shows


def test_the_text_format_becomes_a_module_as_it_says(directory: Path) -> None:
    command = next(command for command, _ in dialogues() if command[:2] == ["python", "-c"])
    whole = Path("hello.wasm").read_bytes()
    Path("hello.wasm").unlink()
    subprocess.run([sys.executable, *command[1:]], check=True, cwd=directory)
    assert Path("hello.wasm").read_bytes() == whole


@pytest.mark.parametrize(
    "shown", [*of_module("hello.wasm"), *of_module("handler.wasm"), *of_module("bots.wasm"), "penstock check edge.yaml"]
)
@pytest.mark.usefixtures("directory")
def test_commands_print_what_it_says(shown: str) -> None:
    command, output = SHOWN[shown]
    assert printed(command) == output


def test_the_filter_in_c_does_what_it_says(directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Where ziglang is installed, of which no test may ask more."""
    if importlib.util.find_spec("ziglang") is None:
        with capsys.disabled():
            print("\ndocs/wasm-filters.md: closed.c is not compiled, for there is no ziglang", end="")
        return
    Path("closed.c").write_text(blocks("c")[0])
    build = next(command for command, _ in dialogues() if "closed.c" in command)
    subprocess.run([sys.executable, *build[1:]], check=True, cwd=directory)
    assert of_module("closed.wasm")
    for shown in of_module("closed.wasm"):
        command, output = SHOWN[shown]
        assert printed(command) == output


async def test_the_first_filter_works_in_the_proxy(directory: Path) -> None:
    async with FakeOrigin(answering()) as origin:
        configuration = yaml.safe_load(blocks("yaml")[0])
        configuration["listeners"][0]["address"] = "127.0.0.1:0"
        configuration["upstreams"]["site"]["endpoints"] = [origin.address]
        async with Proxy(json.dumps(configuration), directory=directory) as proxy:
            client = await proxy.connect()
            await client.send(b"GET / HTTP/1.1\r\nHost: a.test\r\n\r\n")
            response = await client.expect_response(200)
            assert response.get("x-hello") == "from a guest"


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_commands_and_their_options_exist(command: list[str]) -> None:
    found: click.Command = main
    arguments = list(command)
    while isinstance(found, click.Group):
        found = found.commands[arguments.pop(0)]
    found.make_context("penstock", arguments)


@pytest.mark.parametrize("option", sorted(set(re.findall(r"`(-[A-Z]+|--[a-z-]+)", section("On the desk")))))
def test_options_of_the_desk_exist(option: str) -> None:
    group = main.commands["wasm"]
    assert isinstance(group, click.Group)
    assert option in {name for parameter in group.commands["run"].params for name in parameter.opts}


# -- configurations


def test_the_configuration_for_production_is_valid(directory: Path) -> None:
    text = re.sub(r"(?<=sha256: )\w+", hashlib.sha256(guest("")).hexdigest(), production())
    (directory / "production.yaml").write_text(text)
    result = CliRunner().invoke(main, ["check", "production.yaml"])
    assert (result.exit_code, result.stderr) == (0, "")


def test_a_module_that_is_pinned_and_another_is_an_error(directory: Path) -> None:
    (directory / "production.yaml").write_text(production())
    result = CliRunner().invoke(main, ["check", "production.yaml"])
    assert "filters.closed.module.sha256: closed.wasm has the sha256 " in result.stderr


@pytest.mark.parametrize("key", sorted(keys_below(WasmOptions)))
def test_every_option_is_mentioned(key: str) -> None:
    assert re.search(rf"`[^`]*\b{key}\b[^`]*`|^ .*\b{key}:", GUIDE, re.MULTILINE)


@pytest.mark.parametrize("key", sorted(Limits.model_fields))
def test_every_limit_is_told(key: str) -> None:
    assert f"`{key}`" in section("Limits") + section("Bodies")


@pytest.mark.parametrize(("title", "model"), [("a WAF module", WafModuleOptions), ("a bot detector", BotOptions)])
def test_options_of_guests_that_judge_are_in_their_tables(title: str, model: type[BaseModel]) -> None:
    [table] = re.findall(rf"(?m)^\| `config` of {title} .*\n((?:\|.*\n)+)", GUIDE)
    assert set(re.findall(r"(?m)^\| (?:… )?`(\w+)`", table)) - {"lasts"} == set(model.model_fields)
    for name, default in re.findall(r"(?m)^\| `(\w+)` \| `(\w+)`", table):
        assert model.model_fields[name].default == default


def test_the_configuration_of_guests_that_judge_is_valid(directory: Path) -> None:
    (directory / "rules.wasm").write_bytes(wasm(saying(CLEAN)))
    filters = next(text for text in blocks("yaml") if "rules.wasm" in text)
    rest = (
        "upstreams: {site: {endpoints: [127.0.0.1:9000]}}\n"
        "routes: [{name: site, filters: [rules, bots], upstream: site}]"
    )
    (directory / "judged.yaml").write_text(
        f"version: 1\nlisteners: [{{name: public, address: 127.0.0.1:0}}]\n{filters}{rest}"
    )
    result = CliRunner(env={"BOT_SECRET": "a secret of some length"}).invoke(main, ["check", "judged.yaml"])
    assert (result.exit_code, result.stderr) == (0, "")


# -- sources


def in_wat(text: str) -> Iterator[tuple[str, int]]:
    for name, parameters in re.findall(r'import "env" "(\w+)" \(func \$\w+ \(param ([\w ]+)\)', text):
        yield name, len(parameters.split())


def in_c(text: str) -> Iterator[tuple[str, int]]:
    for name, parameters in re.findall(r"^IMPORT\((\w+)\)\(([^)]+)\)", text, re.MULTILINE):
        yield name, parameters.count(",") + 1


def in_zig(text: str) -> Iterator[tuple[str, int]]:
    for name, parameters in re.findall(r'extern "env" fn (\w+)\(([^)]+)\)', text):
        yield name, parameters.count(":")


def in_assemblyscript(text: str) -> Iterator[tuple[str, int]]:
    for name, parameters in re.findall(r'@external\("env", "(\w+)"\)\ndeclare function \w+\(([^)]+)\)', text):
        yield name, parameters.count(":")


SOURCES = {"wat": in_wat, "c": in_c, "zig": in_zig, "ts": in_assemblyscript}


@pytest.mark.parametrize(("language", "imported"), SOURCES.items(), ids=SOURCES)
def test_sources_import_what_the_host_offers(
    language: str, imported: Callable[[str], Iterator[tuple[str, int]]]
) -> None:
    offered = {each.name: len(each.signature.parameters) for each in imports.host_functions(Running(1), "0_2_1")}
    wanted = dict(imported(blocks(language)[0]))
    assert wanted
    assert wanted.items() <= offered.items()


@pytest.mark.parametrize("language", SOURCES)
def test_sources_export_what_the_host_calls(language: str) -> None:
    text = blocks(language)[0]
    exported = set(re.findall(r"(?:export \"|EXPORT\(|export fn |export function )(proxy_\w+)", text))
    marker = exports.VERSION_PREFIX + exports.VERSIONS[-1]
    assert marker in exported
    assert exported <= {marker, *callbacks(), "proxy_on_memory_allocate"}


def callbacks() -> set[str]:
    everything = wasmtime.Module(engine.engine(), wasmtime.wat2wasm("(module)"))
    return {each.name for each in exports.exports(everything) if each.name.startswith("proxy_on_")}


@pytest.mark.parametrize("text", blocks("rust"), ids=["permit", "censor"])
def test_the_sdk_has_what_the_rust_sources_use(text: str) -> None:
    for names in re.findall(r"use penstock_sdk::(.*?);", text):
        module, _, items = names.rpartition("::")
        source = (SDK / f"{module}.rs" if module else SDK / "lib.rs").read_text()
        for item in re.split(r",\s*", items.strip("{}")):
            known = re.search(rf"pub (?:mod|fn|struct|enum|const|trait) {item}\b|pub use .*\b{item}\b", source)
            assert known or f"macro_rules! {item}" in (SDK / "exports.rs").read_text(), item
    [hooks] = re.findall(r"guest!\(\w+: (.*)\);", text)
    assert all(f"    ({hook}) =>" in (SDK / "exports.rs").read_text() for hook in hooks.split(", "))


# -- what it tells


@pytest.mark.parametrize("callback", sorted(callbacks() - {"proxy_on_memory_allocate"}))
def test_every_callback_is_told(callback: str) -> None:
    assert f"`{callback}`" in section("What a filter can do")


class NoPlugin:
    name = root_id = vm_id = ""


def known_properties() -> set[str]:
    return {path.replace(b"\0", b".").decode() for path in (*OF_REQUEST, *OF_RESPONSE, *OF_ROUTING)}


def told_properties() -> set[str]:
    """Return the paths in the table's first column."""
    paths = " ".join(re.findall(r"(?m)^\| (`.*?`) \|", section("Properties")))
    return {each.removesuffix(".NAME") for each in re.findall(r"`(.*?)`", paths)}


@pytest.mark.parametrize("path", sorted(known_properties()))
def test_every_property_is_told(path: str) -> None:
    assert f"`{path.removeprefix('xds.')}`" in section("Properties") or f"`{path}`" in section("Properties")


@pytest.mark.parametrize("path", sorted(told_properties()))
def test_every_property_that_is_told_is_known(path: str) -> None:
    plugins_own = encode(path.replace(".", "\0").encode(), NoPlugin(), None)
    assert path in known_properties() or plugins_own is not None


@pytest.mark.parametrize("name", sorted(set(re.findall(r"`(penstock_wasm_\w+)`", GUIDE))))
def test_every_metric_that_is_told_is_there(name: str) -> None:
    assert name.removeprefix(PREFIX) in SPECS


@pytest.mark.parametrize("name", sorted(name for name in SPECS if name.startswith("wasm_")))
def test_every_metric_of_guests_is_told(name: str) -> None:
    assert f"`{PREFIX}{name}`" in GUIDE


def reasons() -> set[str]:
    """Return every reason that a guest's failure may have."""
    sources = "".join(path.read_text() for path in (ROOT / "wasm_host").rglob("*.py"))
    of_errors = {each.reason for each in vars(errors).values() if hasattr(each, "reason")}
    of_traps = {code.name.lower() for code in wasmtime.TrapCode}
    return of_errors | of_traps | set(re.findall(r'reason ?= ?"(\w+)"', sources))


def told_reasons() -> set[str]:
    at_limits = re.findall(r"(?m)^\|.*\d \| `(\w+)` \|$", section("Limits"))
    [failures] = re.findall(r"(?s)Reasons are(.*?);", section("When a guest fails"))
    return {*at_limits, *re.findall(r"`(\w+)`", failures), "backing_off", "quarantined"}


@pytest.mark.parametrize("word", sorted(told_reasons()))
def test_every_reason_that_is_told_exists(word: str) -> None:
    assert word in reasons()


MIB, KIB = 1024 * 1024, 1024


@pytest.mark.parametrize(
    "told",
    [
        f"a `vm_id` | {shared_data.MOST_BYTES // MIB} MiB, keys up to {shared_data.MOST_KEY_BYTES // KIB} KiB",
        f"a queue | {queues.MOST_BYTES // MIB} MiB",
        f"queues of a worker | {queues.MOST_QUEUES} ",
        f"metrics of a filter | {custom_metrics.MOST_METRICS}, names up to {custom_metrics.LONGEST_NAME} bytes",
        f"| {log_lines.LINES_A_SECOND} a second, {log_lines.LONGEST_LINE_BYTES // KIB} KiB each",
        f"{http_calls.MOST_IN_FLIGHT} calls may be under way",
        f"bodies up to {http_calls.MOST_BODY_BYTES // MIB} MiB",
        f"{exchange_context.MOST_PROPERTY_BYTES // KIB} KiB of them in all",
        f"the stack, {engine.STACK_BYTES // KIB} KiB",
        f"ticks every {engine.TICK_S * 1000:g} ms",
        f"After {pool.REPLACING.free} failures within {pool.REPLACING.forget_s:g} seconds of one another",
        f"a wait, {pool.REPLACING.first_s * 1000:g} ms and then twice as long each time up to a second",
        f"`backing_off`, for {pool.STARTING.first_s:g} to {pool.STARTING.most_s:g} seconds",
        f"{compilation.CPU_S} s of CPU, {compilation.DATA_BYTES // MIB // KIB} GiB",
        f"`memory` {OF_JUDGES.memory_bytes // MIB} MiB, and `call_time` {OF_JUDGES.call_time_s * 1000:g} ms",
        f"so much JSON, {MOST_BYTES // KIB} KiB at most",
        f"{LEAST_SECRET_CHARS} characters or more",
        f"modules of at most {compiler.LARGEST_MODULE_BYTES // MIB} MiB",
    ],
)
def test_numbers_are_the_sources_own(told: str) -> None:
    assert told in " ".join(GUIDE.split())


@pytest.mark.parametrize("link", sorted(set(re.findall(r"\]\(([^)]+)\)", GUIDE))))
def test_links_lead_somewhere(link: str) -> None:
    page, _, anchor = link.partition("#")
    file = (ROOT / "docs" / page).resolve() if page else ROOT / "docs/wasm-filters.md"
    assert file.exists() or file.is_relative_to(ROOT / "bench/results")  # Made by measuring.
    if anchor:
        headings = re.findall(r"(?m)^#+ (.*)$", file.read_text())
        assert anchor in {re.sub(r"[^\w -]", "", each).lower().replace(" ", "-") for each in headings}


@pytest.mark.parametrize("target", sorted(set(re.findall(r"`make ([a-z-]+)", GUIDE))))
def test_every_make_target_that_is_named_is_there(target: str) -> None:
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(), re.MULTILINE)
