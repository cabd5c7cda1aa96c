"""What deploys, pointings and rollbacks make of the registry, and what they refuse."""

import pathlib

import pytest
from kit.registered import Ticking, deploy, deployed, module, opened

from wasm_host.functions.registry import changes
from wasm_host.functions.registry.changes import Change, Delete, Deploy, Point, StepBack, Unalias
from wasm_host.functions.registry.errors import Absent, Conflict, Unfit
from wasm_host.functions.registry.registry import Registry
from wasm_host.functions.registry.split import Share, Split
from wasm_host.functions.registry.version import Signature


@pytest.fixture
def registry(tmp_path: pathlib.Path) -> Registry:
    return opened(tmp_path)


def made(registry: Registry, change: Change) -> None:
    registry.proposed(change).commit()


def live(registry: Registry, function: str = "hello") -> Split | None:
    return registry.split(function, "live")


def words_kept(registry: Registry) -> list[int]:
    return [each["number"] for each in registry.function("hello")["versions"]]


# Deploying.


def test_a_version_is_numbered_and_live(registry: Registry) -> None:
    first, second = deploy(registry, word="a"), deploy(registry, word="b")
    assert live(registry) == Split.whole(second)
    assert [(each["version"], each["number"]) for each in registry.function("hello")["versions"]] == [
        (first, 1),
        (second, 2),
    ]


def test_versions_stand_in_the_order_of_their_numbers(registry: Registry) -> None:
    for number in range(12):
        deploy(registry, word=str(number))
    assert words_kept(registry) == list(range(1, 13))


def test_the_same_version_again_changes_nothing(tmp_path: pathlib.Path) -> None:
    clock = Ticking()
    registry = opened(tmp_path, clock)
    deploy(registry)
    before = registry.function("hello")
    clock.now_s += 60
    deploy(registry)
    assert registry.function("hello") == before


def test_a_signature_that_comes_later_counts(registry: Registry) -> None:
    deploy(registry)
    made(registry, Deploy(deployed(signature=Signature("ci", "c2ln")), "live"))
    assert registry.version("hello", 1).deployed.signature == Signature("ci", "c2ln")


def test_a_version_that_comes_without_one_keeps_its_signature(registry: Registry) -> None:
    made(registry, Deploy(deployed(signature=Signature("ci", "c2ln")), "live"))
    made(registry, Deploy(deployed(), "live"))
    assert registry.version("hello", 1).deployed.signature == Signature("ci", "c2ln")


def test_another_version_of_the_same_id_is_refused(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    deploy(registry)
    monkeypatch.setattr("wasm_host.functions.registry.version.version_id", lambda *_: deployed_id)
    deployed_id = registry.version("hello", 1).id
    with pytest.raises(Conflict, match="another version of the id"):
        registry.proposed(Deploy(deployed(wasm=module("other")), "live"))


def test_a_deploy_to_another_alias_leaves_live_alone(registry: Registry) -> None:
    first = deploy(registry, word="a")
    second = deploy(registry, word="b", alias="staging")
    assert live(registry) == Split.whole(first)
    assert registry.split("hello", "staging") == Split.whole(second)


def test_a_canary_gets_its_percent(registry: Registry) -> None:
    first = deploy(registry, word="a")
    second = deploy(registry, word="b", percent=10, sticky={"cookie": "sid"})
    assert live(registry) == Split((Share(first, 90), Share(second, 10)), {"cookie": "sid"})


def test_a_canary_of_nothing_is_refused(registry: Registry) -> None:
    with pytest.raises(Unfit, match="other 90 percent"):
        registry.proposed(Deploy(deployed(), "live", percent=10))
    assert registry.functions() == []


def test_functions_do_not_share_numbers(registry: Registry) -> None:
    deploy(registry, "a")
    deploy(registry, "b")
    assert registry.version("a", 1).id == registry.version("b", 1).id


# What is kept.


def test_the_oldest_versions_go(registry: Registry) -> None:
    for number in range(6):
        deploy(registry, word=str(number), most_versions=3)
    assert words_kept(registry) == [4, 5, 6]


def test_what_an_alias_points_at_stays(registry: Registry) -> None:
    deploy(registry, word="0", alias="stable")
    for number in range(1, 6):
        deploy(registry, word=str(number), most_versions=3)
    assert words_kept(registry) == [1, 5, 6]


def test_what_a_rollback_would_lead_to_stays(registry: Registry) -> None:
    deploy(registry, word="0")
    deploy(registry, word="1")
    for number in range(2, 6):
        deploy(registry, word=str(number), alias="staging", most_versions=3)
    assert words_kept(registry) == [1, 2, 5, 6]
    assert registry.before("hello", "live") == Split.whole(registry.version("hello", 1).id)


def test_a_number_is_not_given_twice(registry: Registry) -> None:
    for number in range(4):
        deploy(registry, word=str(number), most_versions=1)
    deploy(registry, word="0", most_versions=1)
    assert words_kept(registry)[-1] == 5


def test_there_are_so_many_functions_and_no_more(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(changes, "MOST_FUNCTIONS", 2)
    for name in ("a", "b"):
        deploy(registry, name)
    with pytest.raises(Conflict, match="which is the most"):
        deploy(registry, "c")
    deploy(registry, "b", word="another version")


def test_there_are_so_many_aliases_and_no_more(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(changes, "MOST_ALIASES", 2)
    for alias in ("live", "staging", "live"):
        deploy(registry, alias=alias)
    with pytest.raises(Conflict, match="which is the most"):
        deploy(registry, alias="third")


def test_what_an_alias_pointed_at_is_remembered_so_far(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(changes, "MOST_POINTINGS", 3)
    ids = [deploy(registry, word=str(number)) for number in range(5)]
    history = registry.function("hello")["history"]["live"]
    assert [each["versions"][0]["version"] for each in history] == ids[2:]
    made(registry, StepBack("hello", "live"))
    assert live(registry) == Split.whole(ids[3])
    with pytest.raises(Conflict, match="name one"):
        registry.before("hello", "live")


# Pointing and going back.


def test_an_alias_points_where_it_is_told(registry: Registry) -> None:
    first, second = deploy(registry, word="a"), deploy(registry, word="b")
    split = Split((Share(first, 40), Share(second, 60)), {"client": True})
    made(registry, Point("hello", "beta", split, "bob"))
    assert registry.split("hello", "beta") == split
    assert registry.function("hello")["history"]["beta"][0]["who"] == "bob"


@pytest.mark.parametrize(
    "change", [Point("hello", "live", Split.whole("00")), Point("none", "live", Split.whole("00"))]
)
def test_an_alias_cannot_point_at_nothing(registry: Registry, change: Change) -> None:
    deploy(registry)
    with pytest.raises(Absent):
        registry.proposed(change)


def test_a_rollback_leads_one_step_back_each_time(registry: Registry) -> None:
    ids = [deploy(registry, word=word) for word in "abc"]
    seen = []
    for _ in range(2):
        made(registry, StepBack("hello", "live"))
        seen.append(live(registry))
    assert seen == [Split.whole(ids[1]), Split.whole(ids[0])]
    with pytest.raises(Conflict, match="no other version before"):
        registry.proposed(StepBack("hello", "live"))


def test_what_was_rolled_back_is_not_gone_back_to(registry: Registry) -> None:
    ids = [deploy(registry, word=word) for word in "ab"]
    made(registry, StepBack("hello", "live"))
    deploy(registry, word="c")
    made(registry, StepBack("hello", "live"))
    assert live(registry) == Split.whole(ids[0])


def test_a_rollback_leads_out_of_a_split(registry: Registry) -> None:
    first = deploy(registry, word="a")
    deploy(registry, word="b", percent=10)
    made(registry, StepBack("hello", "live"))
    assert live(registry) == Split.whole(first)


def test_a_rollback_passes_over_versions_that_are_gone(registry: Registry) -> None:
    ids = [deploy(registry, word=str(number), most_versions=2) for number in range(3)]
    made(registry, Point("hello", "live", Split.whole(ids[1])))
    for number in range(4, 8):
        deploy(registry, word=str(number), alias="staging", most_versions=2)
    made(registry, StepBack("hello", "live"))
    assert live(registry) == Split.whole(ids[2])


def test_a_rollback_never_leads_to_what_is(registry: Registry) -> None:
    ids = [deploy(registry, word=word) for word in "ab"]
    made(registry, Point("hello", "live", Split((Share(ids[0], 50), Share(ids[1], 50)))))
    made(registry, Point("hello", "live", Split.whole(ids[1])))
    with registry._database.writing() as connection:
        connection.execute("DELETE FROM versions WHERE number = 1")
    with pytest.raises(Conflict, match="no other version before"):
        registry.before("hello", "live")


@pytest.mark.parametrize("change", [StepBack("none", "live"), StepBack("hello", "none")])
def test_what_is_not_there_cannot_be_rolled_back(registry: Registry, change: Change) -> None:
    deploy(registry)
    with pytest.raises(Absent):
        registry.proposed(change)


# Taking away.


def test_an_alias_that_is_taken_away_leaves_its_versions(registry: Registry) -> None:
    deploy(registry)
    made(registry, Unalias("hello", "live"))
    assert registry.function("hello")["aliases"] == {}
    assert registry.state() == {}
    assert words_kept(registry) == [1]


def test_an_alias_that_comes_back_has_no_past(registry: Registry) -> None:
    deploy(registry, word="a")
    made(registry, Unalias("hello", "live"))
    deploy(registry, word="b")
    with pytest.raises(Conflict):
        registry.before("hello", "live")


def test_a_function_that_is_deleted_is_gone(registry: Registry) -> None:
    deploy(registry)
    made(registry, Delete("hello"))
    assert registry.state() == {}
    with pytest.raises(Absent, match="no function 'hello' is deployed"):
        registry.function("hello")


def test_a_function_that_comes_back_begins_anew(registry: Registry) -> None:
    for word in "ab":
        deploy(registry, word=word)
    made(registry, Delete("hello"))
    deploy(registry, word="c")
    assert words_kept(registry) == [1]


@pytest.mark.parametrize("change", [Unalias("none", "live"), Unalias("hello", "none"), Delete("none")])
def test_what_is_not_there_cannot_be_taken_away(registry: Registry, change: Change) -> None:
    deploy(registry)
    with pytest.raises(Absent):
        registry.proposed(change)
