"""The admin's pages, over real HTTP."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from io import BytesIO
from typing import Any

import pytest
from aiohttp import ClientSession
from prometheus_client.parser import text_string_to_metric_families

from proxy.admin.pages import PAGES
from proxy.admin.server import Admin, AdminSpec
from proxy.metrics import Registry, Snapshot


class Known:
    """What a supervisor would know."""

    def __init__(self) -> None:
        self.reason: str | None = None
        self.outcome = "swapped"
        self.orders: list[Mapping[str, Any]] = []
        self.purged: dict[str, Any] = {"caches": {"default": {"purged": "local"}}}
        self.registry = Registry()

    def why_not_ready(self) -> str | None:
        return self.reason

    def workers(self) -> list[dict[str, Any]]:
        return [{"worker": 0, "pid": 4711, "ready": True, "uptime_s": 61.2, "loop_lag_s": 0.0021}]

    def worker_pids(self) -> list[int]:
        return []

    async def snapshot(self) -> Snapshot:
        return self.registry.snapshot()

    async def upstreams(self) -> dict[str, list[Any]]:
        return {"api": [{"worker": 0, "endpoints": []}]}

    async def caches(self) -> dict[str, list[Any]]:
        state = {"entries": 1, "bytes": 10, "limit_bytes": 100, "redis": None}
        return {"default": [{"worker": 0, **state}, {"worker": 1, **state}]}

    async def purge(self, order: Mapping[str, Any]) -> list[dict[str, Any]]:
        self.orders.append(order)
        return [{"worker": 0, **self.purged}]

    async def wasm(self) -> dict[str, list[Any]]:
        return {"auth": [{"worker": 0, "abi": "Proxy-Wasm 0.2.1"}]}

    async def swap_module(self, filter: str) -> list[dict[str, Any]]:
        return [{"worker": 0, "outcome": self.outcome, "of": filter}]


class Visitor:
    def __init__(self, url: str, session: ClientSession, known: Known) -> None:
        self.url, self.known, self._session = url, known, session

    async def get(
        self, path: str, headers: Mapping[str, str] | None = None, method: str = "GET", data: Any = None
    ) -> tuple[int, str, str]:
        """Return status, content type and text."""
        async with self._session.request(method, self.url + path, headers=headers, data=data) as response:
            return response.status, response.headers["Content-Type"], await response.text()

    async def json(self, path: str) -> tuple[int, Any]:
        status, content_type, text = await self.get(path)
        assert content_type.startswith("application/json")
        return status, json.loads(text)


@pytest.fixture
async def visitor() -> AsyncIterator[Visitor]:
    known = Known()
    admin = Admin(AdminSpec("127.0.0.1:0", lambda: [{"name": "all"}], lambda: {"secret": "***"}), known)
    await admin.start()
    async with ClientSession() as session:
        yield Visitor(admin.url.rstrip("/"), session, known)
    await admin.stop()


async def test_metrics_are_prometheus_text(visitor: Visitor) -> None:
    visitor.known.registry.http_requests.child("public", "api", "GET", 200).value += 1
    status, content_type, text = await visitor.get("/metrics")
    assert (status, content_type.split(";")[0]) == (200, "text/plain")
    families = {family.name: family for family in text_string_to_metric_families(text)}
    assert families["penstock_http_requests"].samples[0].value == 1


async def test_metrics_are_openmetrics_where_asked_for(visitor: Visitor) -> None:
    _, content_type, text = await visitor.get("/metrics", {"Accept": "application/openmetrics-text; version=1.0.0"})
    assert content_type.startswith("application/openmetrics-text")
    assert text.endswith("# EOF\n")


async def test_healthz_tells_of_the_workers(visitor: Visitor) -> None:
    status, body = await visitor.json("/healthz")
    assert (status, body["status"], body["workers"][0]["pid"]) == (200, "ok", 4711)


async def test_readyz_is_200_when_ready(visitor: Visitor) -> None:
    assert await visitor.json("/readyz") == (200, {"status": "ready"})


async def test_readyz_is_503_and_says_why_when_not(visitor: Visitor) -> None:
    visitor.known.reason = "draining"
    assert await visitor.json("/readyz") == (503, {"status": "not ready", "reason": "draining"})


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/routes", [{"name": "all"}]),
        ("/config", {"secret": "***"}),
        ("/upstreams", {"api": [{"worker": 0, "endpoints": []}]}),
        ("/wasm", {"auth": [{"worker": 0, "abi": "Proxy-Wasm 0.2.1"}]}),
    ],
)
async def test_a_page_shows_what_it_was_given(visitor: Visitor, path: str, body: Any) -> None:
    assert await visitor.json(path) == (200, body)


async def test_the_front_page_links_every_other(visitor: Visitor) -> None:
    status, content_type, text = await visitor.get("/")
    assert (status, content_type) == (200, "text/html; charset=utf-8")
    assert all(f'href="{path}"' in text for path in PAGES)


async def test_an_unknown_page_names_those_that_exist(visitor: Visitor) -> None:
    status, body = await visitor.json("/metric")
    assert status == 404
    assert body["error"] == "there is no /metric"
    assert set(body["pages"]) == set(PAGES)


async def test_a_module_is_read_anew_where_asked_for(visitor: Visitor) -> None:
    status, _, text = await visitor.get("/wasm/auth/reload", method="POST")
    assert (status, json.loads(text)) == (
        200,
        {"filter": "auth", "workers": [{"worker": 0, "outcome": "swapped", "of": "auth"}]},
    )


@pytest.mark.parametrize("outcome", ["refused", "unknown", "not_asked"])
async def test_a_module_that_is_not_taken_everywhere_is_422(visitor: Visitor, outcome: str) -> None:
    visitor.known.outcome = outcome
    status, _, text = await visitor.get("/wasm/auth/reload", method="POST")
    assert (status, json.loads(text)["workers"][0]["outcome"]) == (422, outcome)


async def test_a_filter_that_is_not_there_is_404_with_the_nearest_name(visitor: Visitor) -> None:
    status, _, text = await visitor.get("/wasm/auht/reload", method="POST")
    assert (status, json.loads(text)["error"]) == (404, "there is no WASM filter auht; there is auth")


async def test_a_web_page_changes_nothing(visitor: Visitor) -> None:
    status, _, _ = await visitor.get("/wasm/auth/reload", {"Origin": "https://elsewhere.test"}, method="POST")
    assert status == 403


async def test_reading_a_module_anew_takes_a_post(visitor: Visitor) -> None:
    assert (await visitor.get("/wasm/auth/reload"))[0] == 405


async def test_caches_are_shown_as_one_and_by_worker(visitor: Visitor) -> None:
    status, body = await visitor.json("/cache")
    assert (status, body["default"]["entries"], body["default"]["limit_bytes"]) == (200, 2, 200)
    assert [each["worker"] for each in body["default"]["workers"]] == [0, 1]


async def purge(visitor: Visitor, order: str, headers: Mapping[str, str] | None = None) -> tuple[int, Any]:
    status, _, text = await visitor.get("/cache/purge", headers, method="POST", data=order.encode())
    return status, json.loads(text)


async def test_an_order_to_purge_is_passed_on_and_its_outcome_told(visitor: Visitor) -> None:
    order = {"cache": None, "kind": "tag", "value": "news", "hard": True}
    assert await purge(visitor, '{"tag": "news", "hard": true}') == (
        200,
        {**order, "workers": [{"worker": 0, "caches": {"default": {"purged": "local"}}}]},
    )
    assert visitor.known.orders == [order]


async def test_an_order_that_cannot_be_followed_is_400_and_names_the_field(visitor: Visitor) -> None:
    status, body = await purge(visitor, '{"url": "/x"}')
    assert (status, body) == (400, {"error": "url must be a whole URL; write http://host/x", "field": "url"})
    assert visitor.known.orders == []


async def test_a_purge_that_a_worker_did_not_confirm_is_503(visitor: Visitor) -> None:
    visitor.known.purged = {"reason": "no answer"}
    status, body = await purge(visitor, '{"all": true}')
    assert (status, body["workers"]) == (503, [{"worker": 0, "reason": "no answer"}])


async def test_a_web_page_purges_nothing(visitor: Visitor) -> None:
    assert (await purge(visitor, '{"all": true}', {"Origin": "null"}))[0] == 403
    assert visitor.known.orders == []


async def test_a_huge_order_is_refused(visitor: Visitor) -> None:
    assert (await visitor.get("/cache/purge", method="POST", data=BytesIO(bytes(2 * 1024**2))))[0] == 413


async def test_pages_are_only_for_reading(visitor: Visitor) -> None:
    assert (await visitor.get("/config", method="POST"))[0] == 405


async def test_a_name_that_a_web_page_bound_to_this_machine_is_refused(visitor: Visitor) -> None:
    assert (await visitor.get("/config", {"Host": "attacker.test:9901"}))[0] == 421


@pytest.mark.parametrize("host", ["localhost", "localhost:9901", "127.0.0.1", "[::1]:9901", "[::1]"])
async def test_this_machine_by_any_of_its_names_is_served(visitor: Visitor, host: str) -> None:
    assert (await visitor.get("/healthz", {"Host": host}))[0] == 200


async def test_scrapes_at_once_do_not_disturb_each_other(visitor: Visitor) -> None:
    answers = await asyncio.gather(*(visitor.get("/metrics") for _ in range(5)))
    assert {status for status, _, _ in answers} == {200}
