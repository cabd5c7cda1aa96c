"""What is ordered of workers, and that a deploy has them read and look at nothing but functions."""

from __future__ import annotations

import json
import os
import pathlib
import sys
from collections.abc import AsyncIterator

import pytest
from kit.exchanges import make_exchange, make_response, run
from kit.function_site import FunctionSite
from kit.guests import marking
from kit.reloaded import filters, route

from config.load import check
from config.order import Order, Reader
from proxy.errors import StartError

WHOLE = """\
version: 1
listeners: [{name: public, address: "127.0.0.1:0"}]
upstreams: {api: {endpoints: ["127.0.0.1:9"]}}
routes: [{name: all, upstream: api}]
"""


@pytest.fixture
def order(tmp_path: pathlib.Path) -> Order:
    configuration = check(WHOLE, tmp_path, os.environ, lambda _: []).configuration
    assert configuration is not None
    return Order(str(tmp_path / "penstock.yaml"), configuration, {"a": {"aliases": {}}, "b": {}})


def test_an_order_is_json(order: Order) -> None:
    assert json.loads(json.dumps(order))["functions"] == {"a": {"aliases": {}}, "b": {}}


def test_a_deploy_changes_the_functions_alone_and_tells_which(order: Order) -> None:
    after = order.with_functions({"a": {"aliases": {}}, "b": {"aliases": {}}, "c": {}})
    assert after["changed"] == ["b", "c"]
    assert {key: after[key] for key in ("file", "text", "mark")} == {
        key: order[key] for key in ("file", "text", "mark")
    }
    assert after.configuration is order.configuration


def test_a_reload_of_the_same_text_has_another_mark(order: Order) -> None:
    assert Order(order["file"], order.configuration, {})["mark"] != order["mark"]


def test_a_text_is_read_once_for_all_deploys(order: Order) -> None:
    reader = Reader()
    first, second = reader(order), reader(json.loads(json.dumps(order.with_functions({"a": {}}))))
    assert second.configuration is first.configuration
    assert (second.functions, second.changed) == ({"a": {}}, ["a"])
    assert reader({**order, "mark": "another"}).configuration is not first.configuration


def test_a_text_that_cannot_be_read_leaves_the_one_before(order: Order) -> None:
    reader = Reader()
    first = reader(order)
    with pytest.raises(StartError, match="version"):
        reader({**order, "text": WHOLE.replace("version: 1", "version: 2"), "mark": "another"})
    assert reader(order).configuration is first.configuration


MINE = """\
from proxy.filter import Filter
class Mine(Filter):
    def on_response(self, exchange, response):
        response.headers.set("x-mine", "one")
"""


@pytest.fixture
async def site(tmp_path: pathlib.Path) -> AsyncIterator[FunctionSite]:
    site = FunctionSite(tmp_path)
    yield site
    await site.close()
    sys.modules.pop("order_module", None)


async def test_a_deploy_takes_up_no_other_files_as_they_are_now(site: FunctionSite) -> None:
    files = {"own.wasm": marking("one"), "order_module.py": MINE.encode(), "busy.html": b"busy"}
    for name, content in files.items():
        (site.directory / name).write_bytes(content)
    own = [{"type": "wasm", "module": "own.wasm"}, {"type": "python", "module": "order_module:Mine"}]
    page = {"503": {"path": "busy.html"}}
    site.data["routes"].append({"name": "a", "filters": own, "function": "hello", "error_pages": page})
    site.deploy("hello", "one")
    await site.turn()
    before = filters(site.graphs[-1], "a")
    (site.directory / "own.wasm").write_bytes(marking("two"))
    (site.directory / "order_module.py").write_text(MINE.replace('"one"', '"two"'))
    (site.directory / "busy.html").unlink()
    site.deploy("hello", "two")
    await site.turn(changed=("hello",))
    assert filters(site.graphs[-1], "a") == before
    assert route(site.graphs[-1], "a").error_pages[503].body == b"busy"
    assert await site.ask() == "two"
    (site.directory / "busy.html").write_text("busy")
    await site.turn()
    guest, mine = filters(site.graphs[-1], "a")
    response = await run(make_exchange(), make_response(), mine)
    assert (response.headers.get("x-mine"), guest is before[0]) == ("two", False)
