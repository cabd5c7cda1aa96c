"""What is read of the tables: versions by whatever names them, and the past of aliases."""

import pathlib
from typing import Any

import pytest
from kit.registered import Ticking, deploy, opened

from wasm_host.functions.registry.changes import StepBack
from wasm_host.functions.registry.errors import Absent, Conflict
from wasm_host.functions.registry.registry import Registry
from wasm_host.functions.registry.split import Split
from wasm_host.functions.registry.version import Version


@pytest.fixture
def registry(tmp_path: pathlib.Path) -> Registry:
    return opened(tmp_path)


# Naming a version.


@pytest.fixture
def two(registry: Registry) -> list[Version]:
    for word in "ab":
        deploy(registry, word=word)
    return [registry.version("hello", number) for number in (1, 2)]


def test_a_version_is_named_by_number_id_or_prefix(registry: Registry, two: list[Version]) -> None:
    for each in two:
        references: list[Any] = [each.number, str(each.number), each.id, each.id[:4], each.id.upper()]
        assert [registry.version("hello", reference) for reference in references] == [each] * 5


@pytest.mark.parametrize("reference", ["", "0", "3", 3, -1, "abc", "zzzz", "%", "____", "¹", "1" * 400, 2**70])
def test_anything_else_names_none(registry: Registry, two: list[Version], reference: str | int) -> None:
    with pytest.raises(Absent, match="has no version"):
        registry.version("hello", reference)


def test_what_may_be_two_versions_is_none(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = iter(["12345aaaaaaaaaaa", "12345bbbbbbbbbbb"])
    by_module: dict[str, str] = {}
    monkeypatch.setattr(
        "wasm_host.functions.registry.version.version_id",
        lambda module, _: by_module[module] if module in by_module else by_module.setdefault(module, next(ids)),
    )
    for word in "ab":
        deploy(registry, word=word)
    with pytest.raises(Conflict, match=r"12345aaaaaaaaaaa \(number 1\) or 12345bbbbbbbbbbb"):
        registry.version("hello", "12345")
    assert registry.version("hello", "12345a").number == 1


# The past.


def test_the_past_of_an_alias_is_told_from_its_beginning(tmp_path: pathlib.Path) -> None:
    clock = Ticking()
    registry, began = opened(tmp_path, clock), clock.now_s
    ids = []
    for word in "ab":
        ids.append(deploy(registry, word=word))
        clock.now_s += 60
    registry.proposed(StepBack("hello", "live", "bob")).commit()
    assert registry.function("hello")["history"]["live"] == [
        {**Split.whole(ids[0]).to_json(), "at": began, "who": "ann"},
        {**Split.whole(ids[1]).to_json(), "at": began + 60, "who": "ann"},
        {**Split.whole(ids[0]).to_json(), "at": began + 120, "who": "bob"},
    ]


def test_functions_and_aliases_have_their_own_past(registry: Registry) -> None:
    deploy(registry, "one", "a")
    second = deploy(registry, "two", "b")
    deploy(registry, "two", "c", alias="staging")
    assert registry.function("two")["history"]["live"][0]["versions"][0]["version"] == second
    with pytest.raises(Conflict):
        registry.before("two", "live")
