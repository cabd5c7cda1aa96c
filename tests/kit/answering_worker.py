"""A worker without a configuration file: `/pid` answers at once, `/slow?SECONDS` after a while, `/hang` never.

Started as a script, with how it should behave: `serve`, `refuse` (its build fails) or `crash`. Its order may have
`listeners`, the names of those to serve; `word`, which `/word` answers; `functions`, a word for each, of which
`/function` answers that of `hello`; `stall`, the path of a file during whose existence nothing is built; and trouble to
make while it builds, `refuse`, `die` or `hang`, each with the path of a file that tells how many builds go well before
that, and counts them, or with `always`.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NoReturn

from proxy.access_log import AccessLog
from proxy.chain import Chain, Step
from proxy.errors import StartError
from proxy.exchange import Exchange
from proxy.filter import Filter
from proxy.limits import Limits
from proxy.listener import Graph, ListenerSpec
from proxy.match import Match
from proxy.messages import Response
from proxy.metrics import Registry
from proxy.modules import Modules
from proxy.route import Route, Router
from proxy.worker import run

sys.path.append(str(Path(__file__).parent))  # -P leaves it out
from words_as_functions import Words


class Answer(Filter):
    name = "answer"

    def __init__(self, word: str, function: str) -> None:
        self._word, self._function = word, function

    async def on_request(self, exchange: Exchange) -> Response:
        if exchange.request.path == "/slow":
            await asyncio.sleep(float(exchange.request.query or 1))
        if exchange.request.path == "/hang":
            time.sleep(60)  # noqa: ASYNC251 - a filter that blocks the loop is what this is
        if exchange.request.path == "/function":
            return Response.text(200, self._function)
        return Response.text(200, self._word if exchange.request.path == "/word" else str(os.getpid()))


class NoOrigin:
    plain = True

    async def fetch(self, exchange: Exchange) -> Response:
        raise AssertionError("the filter answers everything")


class FileModule(Modules):
    """Says it runs what the file MODULE holds, a word; refuses the word `bad`, and does not start with it."""

    def __init__(self, file: Path) -> None:
        self._file, self._word = file, file.read_text()

    def start(self) -> None:
        if self._word == "bad":
            raise StartError("filter answer: bad")

    def describe(self) -> dict[str, list[dict[str, Any]]]:
        return {"answer": [{"module": self._word}]}

    async def reload(self, filter: str) -> dict[str, Any]:
        word = self._file.read_text()
        if word == "bad":
            return {"outcome": "refused", "reason": word}
        self._word = word
        return {"outcome": "swapped"}

    def reopen_logs(self) -> None:
        self._file.with_suffix(".reopened").touch()

    async def close(self) -> None:
        self._file.with_suffix(".closed").touch()


def make_trouble(order: Mapping[str, Any]) -> None:
    for kind in ("refuse", "die", "hang"):
        if kind in order and (order[kind] == "always" or is_due(Path(order[kind]))):
            TROUBLE[kind]()


def is_due(counter: Path) -> bool:
    """Count a build; tells whether those that go well are all done. Trouble comes once."""
    left = int(counter.read_text())
    counter.write_text(str(left - 1))
    return left == 0


def refuse_to_build() -> NoReturn:
    raise StartError("the key is not where it should be")


TROUBLE: dict[str, Callable[[], object]] = {
    "refuse": refuse_to_build,
    "die": lambda: os._exit(3),
    "hang": lambda: time.sleep(60),
}


def build(order: Any, registry: Registry, previous: Graph | None) -> Graph:
    order = order or {}
    while "stall" in order and os.path.exists(order["stall"]):
        time.sleep(0.01)
    make_trouble(order)
    log_path = os.environ.get("ACCESS_LOG")
    log = AccessLog(log_path, ("path", "status"), registry.access_log_dropped.child()) if log_path else None
    functions = Words(order.get("functions", {}))
    answer = Answer(order.get("word", ""), functions.words.get("hello", ""))
    route = Route("all", Match(), Chain([Step(answer)]), NoOrigin(), Limits())
    names = order.get("listeners", ["test"])
    module = os.environ.get("MODULE")
    return Graph(
        [ListenerSpec(name, "", Limits(), Router([route]), access_log=log) for name in names],
        modules=FileModule(Path(module)) if module else None,
        functions=functions,
    )


def refuse(order: Any, registry: Registry, previous: Graph | None) -> Graph:
    refuse_to_build()


def crash(order: Any, registry: Registry, previous: Graph | None) -> Graph:
    os._exit(3)


if __name__ == "__main__":
    sys.exit(run({"serve": build, "refuse": refuse, "crash": crash}[sys.argv[1]]))
