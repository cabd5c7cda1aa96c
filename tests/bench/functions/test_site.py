"""What is measured: its guests do what their first lines say, and its configurations are good."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from struct import unpack
from typing import Any

import pytest
import yaml
from kit.edge import EVERYTHING, Shelf, Web
from kit.exchanges import make_exchange

from bench.functions import cache_gets, cost, waiting
from bench.functions.cache_gets import NEAR_GETS
from bench.functions.first_call import First, deployed_site, longer_ms, usual_ms
from bench.functions.site import GREETING, HELLO_FILE, Site, expect_body
from bench.guests import compiled
from bench.process import BenchError, share_cores
from config.load import check
from proxy.metrics import Registry
from wasm_host.functions.function import Function
from wasm_host.functions.services import Services
from wasm_host.functions.settings import FunctionLimits, FunctionSettings
from wasm_host.module import module_of


def function(wasm: bytes, services: Services, **settings: Any) -> Function:
    limits = FunctionLimits(cpu_s=5.0)
    made = FunctionSettings("bench", "v1", **{"allow": EVERYTHING, "limits": limits, **settings})
    return Function(module_of(wasm, "bench.wasm"), made, services, Registry(), lambda _: None, lambda *_: None)


async def body_of(made: Function, target: str = "/") -> bytes:
    answer = (await made.call(make_exchange(target=target))).response()
    assert answer.status == 200
    assert isinstance(answer.body, bytes)
    return answer.body


async def test_hello_greets_as_the_static_answer_does() -> None:
    assert await body_of(function(HELLO_FILE.read_bytes(), Services())) == GREETING


async def test_the_telling_guest_tells_its_configuration() -> None:
    assert await body_of(function(compiled("telling"), Services(), configuration=b"version 7")) == b"version 7"


async def test_the_waiting_guest_asks_its_url_before_it_tells_its_configuration() -> None:
    web, allow = Web(), replace(EVERYTHING, secrets=frozenset({"URL"}))
    secrets = {"URL": "https://api.example.com/late"}
    guest = function(compiled("waiting"), Services(http=web), allow=allow, configuration=b"it waited", secrets=secrets)
    assert await body_of(guest) == b"it waited"
    assert [ask.url for ask in web.asked] == ["https://api.example.com/late"]


@pytest.mark.parametrize("later", [False, True])
async def test_the_cache_guest_gets_what_it_stored_and_tells_how_long_each_took(later: bool) -> None:
    guest = function(compiled("cache_gets"), Services(cache=Shelf(later=later)))
    assert await body_of(guest, "/gets?s") == b""
    assert len(unpack("<I", await body_of(guest, "/gets?n"))) == 1
    assert len(unpack("<500I", await body_of(guest, "/gets?f"))) == 500
    assert NEAR_GETS == 1000


@pytest.mark.parametrize(
    "document",
    [waiting.document(9000, 9001), cache_gets.document(6379)],
    ids=["waiting", "cache"],
)
def test_a_configuration_is_good(tmp_path: Path, document: Mapping[str, Any]) -> None:
    assert faults(Site(tmp_path / "site", share_cores(), document)) == []


def test_the_sites_of_hello_are_good(tmp_path: Path) -> None:
    for number, made in enumerate((cost.hello_site, deployed_site)):
        assert faults(made(tmp_path / str(number), share_cores())) == []


def faults(site: Site) -> list[str]:
    for name in ("waiting", "cache_gets"):
        (site.directory / f"{name}.wasm").write_bytes(compiled(name))
    text = (site.directory / "penstock.yaml").read_text()
    assert yaml.safe_load(text)["workers"] == 1
    return [str(error) for error in check(text, site.directory, {}).errors]


def test_another_body_than_was_meant_is_an_error() -> None:
    with pytest.raises(BenchError, match="the body of /hello"):
        expect_body("/hello", b"Good bye!", GREETING)


def test_the_first_request_is_compared_with_those_that_followed_it() -> None:
    firsts = [First(1.5, 0.5), First(4.5, 0.5), First(3.5, 0.5)]
    assert (usual_ms(firsts), longer_ms(firsts)) == (3.0, 4.0)
