"""The admin's pages, over real HTTP."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest
from kit.admin import Visitor
from prometheus_client.parser import text_string_to_metric_families

from proxy.admin.endpoints import LARGEST_PLAN_BYTES, ORDERS, PAGES


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
        ("/reload", {"generation": 1, "last": None}),
    ],
)
async def test_a_page_shows_what_it_was_given(visitor: Visitor, path: str, body: Any) -> None:
    assert await visitor.json(path) == (200, body)


async def test_the_front_page_tells_of_every_other_and_of_all_orders(visitor: Visitor) -> None:
    status, content_type, text = await visitor.get("/")
    assert (status, content_type) == (200, "text/html; charset=utf-8")
    assert all(f'href="{path}"' in text for path in PAGES)
    assert all(f"<code>{order}</code>" in text for order in ORDERS)


async def test_a_module_is_read_anew_where_asked_for(visitor: Visitor) -> None:
    assert await visitor.order("/wasm/auth/reload") == (
        200,
        {"filter": "auth", "workers": [{"worker": 0, "outcome": "swapped", "of": "auth"}]},
    )


@pytest.mark.parametrize("outcome", ["refused", "unknown", "not_asked"])
async def test_a_module_that_is_not_taken_everywhere_is_422(visitor: Visitor, outcome: str) -> None:
    visitor.known.outcome = outcome
    status, body = await visitor.order("/wasm/auth/reload")
    assert (status, body["workers"][0]["outcome"]) == (422, outcome)


async def test_a_filter_that_is_not_there_is_404_with_the_nearest_name(visitor: Visitor) -> None:
    status, body = await visitor.order("/wasm/auht/reload")
    assert (status, body["error"]) == (404, "there is no WASM filter auht; there is auth")


async def test_caches_are_shown_as_one_and_by_worker(visitor: Visitor) -> None:
    status, body = await visitor.json("/cache")
    assert (status, body["default"]["entries"], body["default"]["limit_bytes"]) == (200, 2, 200)
    assert [each["worker"] for each in body["default"]["workers"]] == [0, 1]


async def purge(visitor: Visitor, order: str, headers: Mapping[str, str] | None = None) -> tuple[int, Any]:
    return await visitor.order("/cache/purge", order, headers)


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


async def test_scrapes_at_once_do_not_disturb_each_other(visitor: Visitor) -> None:
    answers = await asyncio.gather(*(visitor.get("/metrics") for _ in range(5)))
    assert {status for status, _, _ in answers} == {200}


# -- reloading, planning


async def test_a_reload_is_passed_on_and_its_outcome_told(visitor: Visitor) -> None:
    assert await visitor.order("/reload") == (200, visitor.known.reloaded)
    assert visitor.known.reloads == 1


async def test_a_reload_that_is_refused_is_422_with_all_errors(visitor: Visitor) -> None:
    errors = ["p.yaml:1:1: version: must be 1", "p.yaml:2:1: listeners: must not be empty"]
    visitor.known.reloaded = {"outcome": "refused", "generation": 1, "errors": errors, "changes": []}
    status, body = await visitor.order("/reload")
    assert (status, body["errors"]) == (422, errors)


async def test_a_plan_says_what_would_be_wrong(visitor: Visitor) -> None:
    status, body = await visitor.order("/plan", "version: 1\n", kind="application/yaml")
    assert (status, body) == (200, {"errors": [], "changes": []})
    _, body = await visitor.order("/plan", "version: 1\nlisteners:\n- 1\n", kind="application/yaml")
    assert body["errors"] == ["penstock.yaml:2:1: too long"]


async def test_a_plan_may_be_as_large_as_a_configuration(visitor: Visitor) -> None:
    status, _ = await visitor.order("/plan", b"#" * LARGEST_PLAN_BYTES, kind="application/yaml")
    assert status == 200


async def test_a_plan_that_is_no_text_is_400(visitor: Visitor) -> None:
    status, body = await visitor.order("/plan", b"a: \xff", kind="application/yaml")
    assert (status, body["error"]) == (400, "the body is not UTF-8: byte 3 is 0xff")


async def test_plans_are_made_one_at_a_time(visitor: Visitor) -> None:
    answers = await asyncio.gather(*(visitor.order("/plan", "a: 1", kind="text/yaml") for _ in range(3)))
    assert {status for status, _ in answers} == {200}


# -- calls that go wrong


async def test_an_unknown_page_names_those_that_exist(visitor: Visitor) -> None:
    status, body = await visitor.json("/metric")
    assert (status, body["error"]) == (404, "there is no /metric")
    assert set(body["pages"]) == set(PAGES)


@pytest.mark.parametrize(
    ("method", "path", "says"),
    [
        ("POST", "/config", "POST is not for /config; use GET or HEAD"),
        ("GET", "/wasm/auth/reload", "GET is not for /wasm/auth/reload; use POST"),
        ("DELETE", "/reload", "DELETE is not for /reload; use GET or HEAD or POST"),
    ],
)
async def test_a_method_that_is_not_for_a_page_names_those_that_are(
    visitor: Visitor, method: str, path: str, says: str
) -> None:
    assert await visitor.json(path, method=method) == (405, {"error": says})


async def test_a_huge_order_is_refused_before_it_is_read(visitor: Visitor) -> None:
    status, body = await visitor.order("/cache/purge", bytes(2 * 1024**2))
    assert (status, body["error"]) == (413, "the body is larger than 1048576 bytes; send less")


async def test_a_huge_order_of_unknown_size_is_refused_too(visitor: Visitor) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(20):
            yield bytes(64 * 1024)

    headers = {"Content-Type": "application/json"}
    assert (await visitor.get("/cache/purge", headers, method="POST", data=pieces()))[0] == 413


@pytest.mark.parametrize(
    ("path", "kind", "says"),
    [
        ("/cache/purge", "text/plain", "text/plain is not taken here; send Content-Type: application/json"),
        ("/plan", "application/json", "application/json is not taken here; send Content-Type: application/yaml"),
    ],
)
async def test_a_body_of_another_kind_is_refused(visitor: Visitor, path: str, kind: str, says: str) -> None:
    assert await visitor.order(path, "{}", kind=kind) == (415, {"error": says})


async def test_a_packed_body_is_refused(visitor: Visitor) -> None:
    status, body = await visitor.order("/cache/purge", b"\x1f\x8b", {"Content-Encoding": "gzip"})
    assert (status, body["error"]) == (415, "send the body as it is, without Content-Encoding")


async def test_a_page_that_fails_says_nothing_of_why(visitor: Visitor, caplog: pytest.LogCaptureFixture) -> None:
    async def failing() -> dict[str, Any]:
        raise RuntimeError("the inside of Penstock")

    visitor.known.reload = failing  # type: ignore[method-assign]
    status, body = await visitor.order("/reload")
    assert (status, body) == (500, {"error": "this failed; Penstock's standard error says why"})
    assert "the inside of Penstock" in caplog.text


async def test_every_answer_has_the_same_fields(visitor: Visitor) -> None:
    for path in (*PAGES, "/", "/nowhere"):
        async with visitor.session.get(visitor.url + path) as response:
            assert response.headers["Server"] == "penstock"
            assert response.headers["Cache-Control"] == "no-store"
            assert response.headers["X-Content-Type-Options"] == "nosniff"
            assert response.headers["X-Frame-Options"] == "DENY"
            assert "frame-ancestors 'none'" in response.headers["Content-Security-Policy"]


async def test_the_openapi_document_is_served(visitor: Visitor) -> None:
    _, _, text = await visitor.get("/openapi.json")
    assert json.loads(text)["openapi"].startswith("3.1.")
