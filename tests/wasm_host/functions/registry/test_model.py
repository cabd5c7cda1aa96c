"""The registry against a few lines of Python that say what it is to do."""

import pathlib
import shutil
import tempfile
from dataclasses import dataclass, field

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from kit.registered import Ticking, deployed, module, opened, sha256

from wasm_host.functions.registry.changes import Change, Delete, Deploy, Point, StepBack, Unalias
from wasm_host.functions.registry.errors import RegistryError
from wasm_host.functions.registry.registry import Registry
from wasm_host.functions.registry.split import Share, Split

MOST_VERSIONS = 4

FUNCTIONS = st.sampled_from(["hello", "auth"])
ALIASES = st.sampled_from(["live", "staging"])
WORDS = st.sampled_from([str(number) for number in range(7)])


@dataclass
class Model:
    """A function: words of versions by number, and for each alias the way back, what counts now last."""

    versions: dict[int, str] = field(default_factory=dict)
    last_number: int = 0
    aliases: dict[str, list[Split]] = field(default_factory=dict)

    def number(self, word: str) -> int | None:
        return next((number for number, each in self.versions.items() if each == word), None)

    def ids(self) -> set[str]:
        return {id_of(word) for word in self.versions.values()}

    def before(self, alias: str) -> int | None:
        """Return where on the way back a rollback leads."""
        *past, now = self.aliases[alias]
        return next((at for at in reversed(range(len(past))) if past[at] != now and self.has(past[at])), None)

    def has(self, split: Split) -> bool:
        return set(split.versions) <= self.ids()

    def point(self, alias: str, split: Split) -> None:
        way = self.aliases.setdefault(alias, [])
        if not way or way[-1] != split:
            way.append(split)

    def forget(self) -> None:
        wanted = {id for way in self.aliases.values() for id in way[-1].versions}
        steps = [(way, self.before(alias)) for alias, way in self.aliases.items()]
        wanted |= {id for way, at in steps if at is not None for id in way[at].versions}
        spare = [number for number in sorted(self.versions) if id_of(self.versions[number]) not in wanted]
        for number in spare[: max(0, len(self.versions) - MOST_VERSIONS)]:
            del self.versions[number]


def id_of(word: str) -> str:
    return deployed(wasm=module(word)).id


class Registered(RuleBasedStateMachine):
    @initialize()
    def begin(self) -> None:
        self.store = pathlib.Path(tempfile.mkdtemp())
        self.registry: Registry = opened(self.store)
        self.model: dict[str, Model] = {}

    def teardown(self) -> None:
        shutil.rmtree(self.store)

    def made(self, change: Change) -> None:
        proposal = self.registry.proposed(change)
        proposal.commit()
        assert self.registry.state() == proposal.state

    def refused(self, change: Change) -> None:
        before = self.registry.state()
        with pytest.raises(RegistryError):
            self.registry.proposed(change)
        assert self.registry.state() == before

    @rule(function=FUNCTIONS, word=WORDS, alias=ALIASES)
    def deploy(self, function: str, word: str, alias: str) -> None:
        self.registry.blobs.keep(module(word))
        self.made(Deploy(deployed(function, module(word)), alias, most_versions=MOST_VERSIONS))
        self.added(function, word)
        self.model[function].point(alias, Split.whole(id_of(word)))
        self.model[function].forget()

    def added(self, function: str, word: str) -> None:
        model = self.model.setdefault(function, Model())
        if model.number(word) is None:
            model.last_number += 1
            model.versions[model.last_number] = word

    @rule(function=FUNCTIONS, word=WORDS, alias=ALIASES, percent=st.integers(1, 99))
    def deploy_a_canary(self, function: str, word: str, alias: str, percent: int) -> None:
        self.registry.blobs.keep(module(word))
        change = Deploy(deployed(function, module(word)), alias, percent, most_versions=MOST_VERSIONS)
        way = self.model.get(function, Model()).aliases.get(alias, [])
        others = [share for share in way[-1].shares if share.version != id_of(word)] if way else []
        if not others:
            self.refused(change)
            return
        rest = max(others, key=lambda share: share.percent).version
        self.made(change)
        self.added(function, word)
        self.model[function].point(alias, Split((Share(rest, 100 - percent), Share(id_of(word), percent))))
        self.model[function].forget()

    @rule(function=FUNCTIONS, word=WORDS, alias=ALIASES)
    def point(self, function: str, word: str, alias: str) -> None:
        change = Point(function, alias, Split.whole(id_of(word)))
        model = self.model.get(function)
        if model is None or model.number(word) is None:
            self.refused(change)
        else:
            self.made(change)
            model.point(alias, change.split)

    @rule(function=FUNCTIONS, alias=ALIASES)
    def roll_back(self, function: str, alias: str) -> None:
        model = self.model.get(function)
        at = model.before(alias) if model and alias in model.aliases else None
        if model is None or at is None:
            self.refused(StepBack(function, alias))
        else:
            self.made(StepBack(function, alias))
            del model.aliases[alias][at + 1 :]

    @rule(function=FUNCTIONS, alias=ALIASES)
    def unalias(self, function: str, alias: str) -> None:
        model = self.model.get(function)
        if model is None or alias not in model.aliases:
            self.refused(Unalias(function, alias))
        else:
            self.made(Unalias(function, alias))
            del model.aliases[alias]

    @rule(function=FUNCTIONS)
    def delete(self, function: str) -> None:
        if function in self.model:
            self.made(Delete(function))
            del self.model[function]
        else:
            self.refused(Delete(function))

    @rule()
    def reopen(self) -> None:
        self.registry = opened(self.store, Ticking())

    @rule()
    def sweep(self) -> None:
        with self.registry.changing():
            self.registry.sweep()

    @invariant()
    def versions_are_as_they_should_be(self) -> None:
        assert {each["name"] for each in self.registry.functions()} == self.model.keys()
        for function, model in self.model.items():
            told = self.registry.function(function)["versions"]
            assert [(each["number"], each["version"]) for each in told] == [
                (number, id_of(word)) for number, word in sorted(model.versions.items())
            ]

    @invariant()
    def the_state_is_what_aliases_point_at(self) -> None:
        state = self.registry.state()
        assert state.keys() == {function for function, model in self.model.items() if model.aliases}
        for function, each in state.items():
            ways = self.model[function].aliases
            assert each["aliases"] == {alias: way[-1].to_json() for alias, way in ways.items()}
            assert each["versions"].keys() == {id for way in ways.values() for id in way[-1].versions}

    @invariant()
    def modules_of_versions_are_there(self) -> None:
        words = {word for model in self.model.values() for word in model.versions.values()}
        for word in words:
            assert self.registry.blobs.read(sha256(module(word))) == module(word)


TestRegistered = Registered.TestCase
TestRegistered.settings = settings(max_examples=15, stateful_step_count=25, deadline=None)
