"""What a worker builds of the order that the supervisor gives it."""

from __future__ import annotations

import pathlib
import sys
from collections.abc import Iterator
from typing import Any, NoReturn

import pytest
from kit.certificates import issue

from config.order import Reader
from config.own_modules import import_from
from config.worker import graph
from proxy.errors import StartError
from proxy.listener import Graph
from proxy.metrics import Registry

WHOLE = """\
version: 1
listeners: [{name: public, address: "127.0.0.1:0"}]
upstreams: {api: {endpoints: ["127.0.0.1:9"]}}
routes: [{name: all, upstream: api}]
"""


def built(order: dict[str, Any], registry: Registry | None = None, before: Graph | None = None) -> Graph:
    return graph(Reader()(order), registry or Registry(), before)


@pytest.fixture
def order(tmp_path: pathlib.Path) -> dict[str, Any]:
    return {"file": str(tmp_path / "x.yaml"), "text": WHOLE, "mark": "1", "functions": {}, "changed": ()}


def test_a_worker_builds_what_the_text_says_whatever_the_file_does(order: dict[str, Any]) -> None:
    pathlib.Path(order["file"]).write_text("something broken: [")
    assert [listener.name for listener in built(order).listeners] == ["public"]


def test_a_text_that_became_faulty_is_a_start_error_with_all_its_places(order: dict[str, Any]) -> None:
    order["text"] = WHOLE.replace("upstream: api", "upstream: apy").replace("version: 1", "version: 2")
    with pytest.raises(StartError) as caught:
        built(order)
    assert str(caught.value).splitlines() == [
        f"{order['file']}:1:10: version: must be 1",
        f"{order['file']}:4:32: routes[0].upstream: unknown upstream 'apy'; did you mean 'api'?",
    ]


def test_a_worker_leaves_it_to_the_supervisor_to_judge_certificates(
    order: dict[str, Any], tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def judge(*_: object) -> NoReturn:
        raise AssertionError("a worker judges a certificate")

    issue("a.test").write(tmp_path, "ours")
    monkeypatch.setattr("config.certificate_files.judge_pair", judge)
    order["text"] = WHOLE.replace(
        '"127.0.0.1:0"}', '"127.0.0.1:0", tls: {certificates: [{cert: ours.crt, key: ours.key}]}}'
    )
    assert built(order).listeners[0].tls is not None


def test_a_worker_keeps_what_the_graph_before_has(order: dict[str, Any]) -> None:
    registry = Registry()
    before = built(order, registry)
    order["text"] += "drain_timeout: 1s\n"
    assert built(order, registry, before).upstreams["api"] is before.upstreams["api"]


@pytest.fixture
def module(tmp_path: pathlib.Path) -> Iterator[pathlib.Path]:
    yield tmp_path / "worker_module.py"
    sys.modules.pop("worker_module", None)
    sys.path.remove(str(tmp_path))


def test_a_filter_that_cannot_be_made_any_more_is_a_start_error(order: dict[str, Any], module: pathlib.Path) -> None:
    module.write_text("from proxy.filter import Filter\nclass Mine(Filter):\n    pass\n")
    order["text"] = WHOLE.replace(
        "upstream: api}", "upstream: api, filters: [{type: python, module: 'worker_module:Mine'}]}"
    )
    import_from(module.parent)
    registry = Registry()
    before = built(order, registry)
    module.write_text("Mine = 1")
    with pytest.raises(StartError, match=r"routes\[0\]\.filters\[0\]: worker_module:Mine is an int, not a class"):
        built(order, registry, before)
    assert before.listeners[0].router.routes[0].chain.steps[0].filter.name == "all.0.python"
