"""The table of endpoints."""

from __future__ import annotations

from proxy.admin.endpoints import BY_ROUTE, ENDPOINTS, ORDERS, PAGES


def test_no_call_is_there_twice() -> None:
    assert len(BY_ROUTE) == len(ENDPOINTS) == len({each.page for each in ENDPOINTS})


def test_what_changes_something_takes_the_role_write() -> None:
    assert {each.path for each in ENDPOINTS if each.method != "GET" and each.role != "write"} == set()


def test_what_is_read_takes_no_more_than_the_role_read() -> None:
    assert {each.path for each in ENDPOINTS if each.method == "GET" and each.role == "write"} == set()


def test_what_is_for_everybody_are_the_probes() -> None:
    assert {each.path for each in ENDPOINTS if each.role is None} == {"/healthz", "/readyz"}


def test_pages_are_read_and_orders_are_given() -> None:
    assert {"/metrics", "/reload", "/openapi.json"} <= PAGES.keys()
    assert {"POST /reload", "POST /plan", "POST /cache/purge", "POST /wasm/{filter}/reload"} <= ORDERS.keys()


def test_no_page_needs_a_name_to_be_filled_in() -> None:
    assert [path for path in PAGES if "{" in path] == []
