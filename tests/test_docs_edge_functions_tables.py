"""docs/edge-functions.md: its tables and numbers are those of the code, its links lead somewhere."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, get_args

import click
import pytest
import wasmtime
from kit.guide import Guide, rows, words
from pydantic import TypeAdapter

from config import function_intake, function_metadata
from config.cli import main
from config.function_allow import Allow
from config.function_limits import HOSTS_NAMES, MOST_AT_ONCE, parse_call_rate
from config.function_metadata import Deployment
from config.function_templates import TEMPLATES
from config.values import Duration, Size
from proxy import errors
from proxy.admin.edge_endpoints import EDGE_ENDPOINTS, LARGEST_METADATA_BYTES, LARGEST_MODULE_BYTES
from proxy.metrics import PREFIX, SPECS
from wasm_host import log_lines, memory
from wasm_host.abi.edge import imports, surroundings
from wasm_host.abi.json_guest import imports as json_imports
from wasm_host.functions import draft, hostcalls
from wasm_host.functions.hostcall import DENIED, REASONS
from wasm_host.functions.network import pools, pull, redirects, request_fields, subexchange
from wasm_host.functions.registry import changes, names, trust, version
from wasm_host.functions.settings import KIB, MIB, FunctionLimits, JsonForm
from wasm_host.functions.stores import cache, counters, pairs, windows
from wasm_host.functions.stores import memory as cache_memory
from wasm_host.functions.stores.settings import Quota

ROOT = Path(__file__).parents[1]
GUIDE = Guide(ROOT / "docs/edge-functions.md")


def test_every_endpoint_is_in_the_table() -> None:
    told = {tuple(row[0].strip("`").split()) for row in rows(GUIDE.section("The admin API"), "") if "/api/" in row[0]}
    assert told == {(each.method, each.path) for each in EDGE_ENDPOINTS}


def test_every_command_is_told_with_its_options() -> None:
    group = main.commands["function"]
    assert isinstance(group, click.Group)
    text = GUIDE.section("On the command line")
    told = {name: row for row in rows(text, "`penstock function`") for name in re.findall(r"`([a-z]+)", row[0])}
    assert told.keys() == group.commands.keys()
    for name, command in group.commands.items():
        own = {max(each.opts, key=len) for each in command.params if isinstance(each, click.Option)}
        common = {"--json", "--admin", "--config", "--token", "--ca", "--cert", "--key", "--yes", "--header"}
        missing = [each for each in own - common - {"--include"} if each not in " ".join(told[name])]
        assert missing == [], name


def test_every_template_is_told() -> None:
    assert f"`--template` {', '.join(TEMPLATES)}" in GUIDE.text


def test_every_key_of_the_metadata_is_told_with_its_default() -> None:
    told = {key: row[1] for row in rows(GUIDE.section("Metadata"), "key") for key in words(row[0])}
    assert told.keys() == Deployment.model_fields.keys()
    assert told["log_level"] == f"`{Deployment.model_fields['log_level'].default}`"
    assert told["alias"] == f"`{Deployment.model_fields['alias'].default}`, 100, none"


def signature(shown: str) -> tuple[str, str]:
    """Return a shown import's name and parameters, as the host spells them: a text is two numbers."""
    name, listed = re.fullmatch(r"(\w+)\((.*)\)", shown).groups()  # type: ignore[union-attr]
    numbers = {"to", "offset", "length", "status", "ttl_s", "level", "number", "most", "window_s"}
    parameters = [each for each in listed.split(", ") if each]
    return name, "".join("I" if each.endswith("i64") else "i" if each in numbers else "ii" for each in parameters)


def told_imports(module: str) -> dict[tuple[str, str], set[str]]:
    """Return the imports in a table with the keys that they are said to need."""
    return {
        signature(shown): set(words(row[2]))
        for row in rows(GUIDE.section("`edge`"), f"`{module}`")
        for shown in re.findall(r"`(\w+\(.*?\))`", row[0])
    }


@pytest.mark.parametrize("module", [imports.ENV, imports.PENSTOCK])
def test_every_import_is_told_with_its_parameters_and_its_key(module: str) -> None:
    ours = {(each.name, each.signature.parameters): set(each.keys) for each in imports.IMPORTS if each.module == module}
    assert told_imports(module) == ours


def test_every_import_that_is_told_to_return_something_does() -> None:
    for module in (imports.ENV, imports.PENSTOCK):
        results = {each.name: each.signature.result for each in imports.IMPORTS if each.module == module}
        for row in rows(GUIDE.section("`edge`"), f"`{module}`"):
            for name in re.findall(r"`(\w+)\(", row[0]):
                told = "I" if row[3] == "i64" else "i" if row[3] else ""
                assert told == results[name], name


def test_each_key_links_what_it_is_said_to() -> None:
    told = {
        key: set(words(row[1])) for row in rows(GUIDE.section("What it may reach"), "`allow`") for key in words(row[0])
    }
    assert told == {key: {each.name for each in imports.IMPORTS if key in each.keys} for key in Allow.model_fields}


def test_every_error_has_its_number() -> None:
    told = {row[0]: set(words(row[1])) for row in rows(GUIDE.section("`edge`"), "") if row[0].startswith("-")}
    ours: dict[str, set[str]] = {"-1": set()}
    for reason in REASONS:
        numbers = next(each for each in imports.IMPORTS if each.name == "kv_get").failures
        ours.setdefault(str(numbers[reason] - 2**32), set()).add(reason)
    assert told == ours


def test_every_form_of_json_guests_is_told() -> None:
    text = GUIDE.section("`json`")
    assert {row[0].strip("`") for row in rows(text, "`form`")} == set(get_args(JsonForm))
    assert all(f"`{name}(" in text for name in json_imports.SIGNATURES)
    assert f"`{json_imports.MODULE}`" in GUIDE.text
    assert json_imports.NO_DATABASE.decode() in text


READERS = {"_s": Duration, "_bytes": Size}


def default_of(key: str, text: str) -> float:
    host = HOSTS_NAMES[key]
    kind: Any = next((kind for ending, kind in READERS.items() if host.endswith(ending)), None)
    return parse_call_rate(int(text)) if kind is None else TypeAdapter(kind).validate_python(text)


def test_every_limit_is_told_with_its_default() -> None:
    told = {
        row[0].strip("`"): default_of(row[0].strip("`"), row[1].strip("`"))
        for row in rows(GUIDE.section("Limits"), "`limits`")
    }
    assert told == {key: getattr(FunctionLimits(), name) for key, name in HOSTS_NAMES.items()}


def reasons() -> set[str]:
    sources = "".join(path.read_text() for path in (ROOT / "wasm_host").rglob("*.py"))
    of_errors = {each.reason for each in vars(errors).values() if hasattr(each, "reason")}
    of_traps = {code.name.lower() for code in wasmtime.TrapCode}
    return of_errors | of_traps | set(re.findall(r'reason ?= ?"(\w+)"', sources))


def told_reasons() -> Iterator[str]:
    for row in rows(GUIDE.section("Limits"), "`limits`"):
        yield from words(row[3])
    for row in rows(GUIDE.section("What the client gets"), ""):
        yield from words(row[2])


@pytest.mark.parametrize("word", sorted(set(told_reasons())))
def test_every_reason_that_is_told_exists(word: str) -> None:
    assert word in reasons()


def statuses(table: Iterable[list[str]]) -> dict[str, set[str]]:
    """Return which statuses are told for a reason."""
    return {word: set(re.findall(r"\b[45]\d\d\b", " ".join(row[1:3]))) for row in table for word in words(row[-1])}


def test_reasons_have_the_status_that_is_told() -> None:
    told = statuses([*rows(GUIDE.section("Limits"), "`limits`"), *rows(GUIDE.section("What the client gets"), "")])
    ours = {
        each.reason: str(each.status)
        for each in vars(errors).values()
        if isinstance(each, type) and hasattr(each, "reason")
    }
    assert [word for word, found in told.items() if word in ours and ours[word] not in found] == []


def test_every_metric_of_functions_is_told_and_no_other() -> None:
    told = {name.removeprefix(PREFIX) for name in re.findall(rf"`({PREFIX}\w+)", GUIDE.text)}
    assert {name for name in SPECS if name.startswith("function")} <= told
    assert told <= SPECS.keys()


def test_what_is_denied_is_what_is_audited() -> None:
    [told] = re.findall(r"was denied in a call \((.*?)\)", GUIDE.running)
    assert set(words(told)) == DENIED


def test_names_that_are_reserved_are_told() -> None:
    [told] = re.findall(r"([^.]*) are no names\.", GUIDE.text)
    assert set(words(told)) == names.RESERVED


@pytest.mark.parametrize(
    "told",
    [
        f"Fields may have {draft.MOST_FIELD_BYTES // KIB} KiB in all, names {draft.MOST_NAME_BYTES} bytes",
        f"fills memory, {surroundings.MOST_RANDOM_BYTES // KIB} KiB at most",
        f"A line has {log_lines.LONGEST_LINE_BYTES // KIB} KiB at most",
        f"({surroundings.MOST_LOGGED_BYTES // KIB} KiB may be given",
        f"{log_lines.LINES_A_SECOND} lines and {log_lines.BYTES_A_SECOND // KIB} KiB a second",
        f"took longer than {'a second' if hostcalls.SLOW_S == 1 else hostcalls.SLOW_S}",
        f"has room for {MOST_AT_ONCE:,} guests of all functions",
        f"Modules have {LARGEST_MODULE_BYTES // MIB} MiB at most",
        f"the module is over {LARGEST_MODULE_BYTES // MIB} MiB, the metadata over {LARGEST_METADATA_BYTES // MIB} MiB, "
        f"the settings over {function_intake.LARGEST_SETTINGS_BYTES // KIB} KiB",
        f"A function has {Quota().keys:,} keys and {Quota().bytes // MIB} MiB at most",
        f"`kv_keys` gives {pairs.MOST_LISTED:,} at once",
        f"A worker remembers {windows.MOST_WINDOWS:,} windows of a function",
        f"a value may take {'an eighth' if cache_memory.LARGEST_SHARE == 8 else ''} of it",
        f"for {'a second' if cache.BRIEFLY_S == 1 else ''} at most",
        f"{counters.MOST_COUNTERS} names of a function",
        f"are followed, {'five' if redirects.MOST_REDIRECTS == 5 else ''} at most",
        f"with {request_fields.MOST_FIELDS} fields and {request_fields.MOST_FIELD_BYTES // KIB} KiB of them",
        f"Connections are kept, {pools.MOST_CONNECTIONS} of a function in a worker",
        f"{'three' if subexchange.MOST_DEEP == 3 else ''} deep",
        f"{changes.Deploy.__dataclass_fields__['most_versions'].default} versions of a function",
        f"{changes.MOST_ALIASES} aliases, {changes.MOST_FUNCTIONS:,} functions",
        f"| {function_metadata.MOST_TESTS} at most: a `request`",
        f"the module within {pull.MOST_S:g} s",
        f"{version.ID_LENGTH} hex digits",
        f"{trust.SIGNATURE_BYTES} bytes in base64",
        f"over {memory.MOST_READ_BYTES // MIB} MiB",
    ],
)
def test_numbers_are_the_sources_own(told: str) -> None:
    assert told in GUIDE.running


@pytest.mark.parametrize("link", GUIDE.links())
def test_links_lead_somewhere(link: str) -> None:
    page, _, anchor = link.partition("#")
    file = (GUIDE.path.parent / page).resolve() if page else GUIDE.path
    assert file.exists() or file.is_relative_to(ROOT / "bench/results")  # Made by measuring.
    if anchor:
        assert anchor in Guide(file).anchors()
