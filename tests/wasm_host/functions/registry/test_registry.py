"""A store as a whole: made and opened, proposals that become true or not, and what workers are told."""

import os
import pathlib
import stat
import time

import pytest
from kit.registered import Ticking, deploy, deployed, module, opened, sha256

from wasm_host.functions.registry.blobs import KEPT_S
from wasm_host.functions.registry.changes import Delete, Deploy, Point
from wasm_host.functions.registry.errors import Absent, Busy, RegistryError
from wasm_host.functions.registry.registry import Registry, blob, state_of
from wasm_host.functions.registry.split import Split


@pytest.fixture
def store(tmp_path: pathlib.Path) -> pathlib.Path:
    return tmp_path / "functions"


@pytest.fixture
def registry(store: pathlib.Path) -> Registry:
    return opened(store)


# The store.


def test_a_store_is_made_for_its_owner_alone(store: pathlib.Path, registry: Registry) -> None:
    assert {file.name for file in store.iterdir()} == {"blobs", "functions.sqlite", "lock"}
    assert stat.S_IMODE((store / "blobs").stat().st_mode) == 0o700


def test_what_was_deployed_is_there_when_it_is_opened_again(store: pathlib.Path, registry: Registry) -> None:
    deploy(registry)
    assert opened(store).function("hello") == registry.function("hello")


def test_a_store_that_cannot_be_made_is_told(tmp_path: pathlib.Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(RegistryError, match=r"functions\.store names it"):
        opened(tmp_path / "file" / "functions")


def test_who_only_looks_makes_nothing(store: pathlib.Path) -> None:
    assert state_of(store) == {}
    assert not store.exists()


def test_who_only_looks_sees_the_state(store: pathlib.Path, registry: Registry) -> None:
    deploy(registry)
    assert state_of(store) == registry.state()


def test_who_only_looks_at_a_store_that_was_never_finished_sees_nothing(store: pathlib.Path) -> None:
    store.mkdir()
    (store / "functions.sqlite").touch()
    assert state_of(store) == {}


def test_a_store_can_be_looked_at_while_somebody_changes_it(store: pathlib.Path, registry: Registry) -> None:
    deploy(registry)
    with registry.changing():
        assert opened(store).state() == state_of(store) == registry.state()


# What workers are told.


def test_the_state_is_what_the_aliases_point_at(registry: Registry) -> None:
    deploy(registry, word="a")
    second = deploy(registry, word="b")
    assert registry.state() == {
        "hello": {
            "aliases": {"live": {"versions": [{"version": second, "percent": 100}]}},
            "versions": {
                second: {
                    "module": sha256(module("b")),
                    "entry": None,
                    "form": None,
                    "input": "request",
                    "allow": None,
                    "limits": {},
                    "config": {},
                    "log_level": "info",
                }
            },
        }
    }


def test_a_split_shows_both_versions(registry: Registry) -> None:
    first = deploy(registry, word="a")
    second = deploy(registry, word="b", percent=10, sticky={"header": "x-user"})
    state = registry.state()["hello"]
    assert state["aliases"]["live"] == {
        "versions": [{"version": first, "percent": 90}, {"version": second, "percent": 10}],
        "sticky": {"header": "x-user"},
    }
    assert set(state["versions"]) == {first, second}


def test_a_module_lies_where_workers_look(store: pathlib.Path, registry: Registry) -> None:
    deploy(registry, word="a")
    assert blob(store, sha256(module("a"))).read_bytes() == module("a")


# What people are told.


def test_functions_are_listed_by_name(registry: Registry) -> None:
    for name in ("b", "a"):
        deploy(registry, name)
    assert [each["name"] for each in registry.functions()] == ["a", "b"]
    assert registry.functions()[0]["aliases"].keys() == {"live"}


def test_a_version_is_told_with_all_that_is_known(registry: Registry) -> None:
    (told,) = registry.function("hello")["versions"] if deploy(registry) else ()
    assert told == {
        "version": registry.version("hello", 1).id,
        "number": 1,
        "sha256": sha256(module()),
        "size": len(module()),
        "abi": "edge",
        "created_at": Ticking()(),
        "who": "ann",
        "key": None,
        "description": "a test",
        "settings": deployed().settings,
    }


def test_a_function_that_is_not_there_is_told(registry: Registry) -> None:
    for look in (registry.function, lambda name: registry.version(name, 1), lambda name: registry.before(name, "live")):
        with pytest.raises(Absent, match="no function 'none' is deployed"):
            look("none")


# Proposals.


def test_a_proposal_shows_what_would_be_and_changes_nothing(registry: Registry) -> None:
    before = deploy(registry, word="a")
    proposal = registry.proposed(Deploy(deployed(wasm=module("b")), "live"))
    assert proposal.differs
    assert proposal.state["hello"]["aliases"]["live"] == Split.whole(deployed(wasm=module("b")).id).to_json()
    assert registry.split("hello", "live") == Split.whole(before)
    assert len(registry.function("hello")["versions"]) == 1


def test_a_proposal_comes_true_as_it_was_shown(registry: Registry) -> None:
    proposal = registry.proposed(Deploy(deployed(), "live"))
    proposal.commit()
    assert registry.state() == proposal.state


def test_a_proposal_of_what_is_does_not_differ(registry: Registry) -> None:
    deploy(registry)
    assert not registry.proposed(Deploy(deployed(), "live")).differs


def test_a_proposal_that_was_overtaken_does_not_come_true(registry: Registry) -> None:
    deploy(registry)
    late = registry.proposed(Delete("hello"))
    deploy(registry, word="meanwhile")
    with pytest.raises(Busy, match="have changed meanwhile; try again"):
        late.commit()
    assert len(registry.function("hello")["versions"]) == 2


def test_a_proposal_comes_true_once(registry: Registry) -> None:
    proposal = registry.proposed(Deploy(deployed(), "live"))
    proposal.commit()
    with pytest.raises(Busy):
        proposal.commit()


def test_two_do_not_change_it_at_once(store: pathlib.Path, registry: Registry) -> None:
    with registry.changing(), pytest.raises(Busy), opened(store).changing(within_s=0.05):
        pass


# Sweeping.


def age(file: pathlib.Path) -> None:
    old = Ticking()() - 2 * KEPT_S
    os.utime(file, (old, old))


def test_opening_sweeps_what_was_left_over(store: pathlib.Path, registry: Registry) -> None:
    kept = deploy(registry, word="kept")
    (store / "blobs" / "half.unfinished").touch()
    age(registry.blobs.file(registry.blobs.keep(module("refused"))))
    opened(store)
    assert [file.stem for file in (store / "blobs").iterdir()] == [registry.version("hello", kept).deployed.module]


def test_opening_sweeps_nothing_while_somebody_is_at_work(store: pathlib.Path, registry: Registry) -> None:
    with registry.changing():
        age(registry.blobs.file(registry.blobs.keep(module("a"))))
        opened(store)
    assert registry.blobs.read(sha256(module("a")))


def test_modules_of_deleted_functions_are_swept(store: pathlib.Path, registry: Registry) -> None:
    deploy(registry, "a", "shared")
    deploy(registry, "b", "shared")
    age(registry.blobs.file(sha256(module("shared"))))
    for name, left in (("a", 1), ("b", 0)):
        registry.proposed(Delete(name)).commit()
        registry.sweep()
        assert len(list((store / "blobs").iterdir())) == left


# Size.


def test_a_thousand_functions_are_opened_in_no_time(store: pathlib.Path, registry: Registry) -> None:
    with registry._database.writing() as connection:
        for number in range(1000):
            for word in "ab":
                Deploy(deployed(f"function-{number}", module(word)), "live").apply(connection, 0.0)
    began = time.process_time()
    assert len(opened(store).state()) == 1000
    assert time.process_time() - began < 1.0


def test_a_change_among_a_thousand_is_quick(store: pathlib.Path, registry: Registry) -> None:
    with registry._database.writing() as connection:
        for number in range(1000):
            Deploy(deployed(f"function-{number}", module()), "live").apply(connection, 0.0)
    began = time.process_time()
    id = registry.version("function-7", 1).id
    registry.proposed(Point("function-7", "staging", Split.whole(id))).commit()
    assert time.process_time() - began < 1.0
