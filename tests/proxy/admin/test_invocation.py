"""Calls of functions through the admin, over real HTTP."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from kit.admin import TOKENS, WRITE, Visitor, bearer, visiting
from yarl import URL

HELLO = "/api/v1/edge/hello"
INVOCATION = "application/vnd.penstock.invoke+json"


async def invoked(visitor: Visitor, told: Any) -> tuple[int, Any]:
    return await visitor.json(HELLO, {"Content-Type": INVOCATION}, method="POST", data=json.dumps(told))


def request_of(visitor: Visitor) -> dict[str, Any]:
    [(name, request)] = visitor.known.invoked
    assert name == "hello"
    return request


def base64_of(content: bytes) -> str:
    return base64.b64encode(content).decode()


# -- the call itself as the request


async def test_body_query_and_fields_are_the_function_s(visitor: Visitor) -> None:
    url = URL(visitor.url + HELLO + "?a=b%20c&d", encoded=True)
    async with visitor.session.post(url, data=b"\0hi", headers={"X-Any": "1", "Content-Type": "a/b"}) as response:
        assert (response.status, await response.text()) == (200, "hello")
    request = request_of(visitor)
    assert (request["method"], request["uri"], request["body"]) == ("POST", "/?a=b%20c&d", base64_of(b"\0hi"))
    assert ["X-Any", "1"] in request["headers"]
    assert ["Content-Type", "a/b"] in request["headers"]


async def test_what_is_meant_for_the_admin_the_function_does_not_get(tmp_path: Any) -> None:
    async with visiting(tmp_path, access=TOKENS) as visitor:
        headers = {**bearer(WRITE), "Penstock-Function-Alias": "beta", "Expect": "100-continue"}
        assert (await visitor.get(HELLO, headers, method="POST", data=b"x"))[0] == 200
        request = request_of(visitor)
        assert request["alias"] == "beta"
        assert WRITE not in json.dumps(request)
        names = {name.lower() for name, _ in request["headers"]}
        assert not names & {
            "authorization",
            "host",
            "content-length",
            "connection",
            "expect",
            "penstock-function-alias",
        }


async def test_a_version_may_be_named(visitor: Visitor) -> None:
    await visitor.get(HELLO, {"Penstock-Function-Version": "v9"}, method="POST")
    assert request_of(visitor)["version"] == "v9"


# -- the request described


async def test_a_request_may_be_described(visitor: Visitor) -> None:
    told = {"method": "PUT", "uri": "/a?b", "headers": {"X-A": "1"}, "body": "ä", "alias": "beta"}
    async with visitor.session.post(
        visitor.url + HELLO, data=json.dumps(told), headers={"Content-Type": INVOCATION}
    ) as response:
        assert response.status == 200
    assert request_of(visitor) == {
        "method": "PUT",
        "uri": "/a?b",
        "headers": [["X-A", "1"]],
        "body": base64_of("ä".encode()),
        "alias": "beta",
    }


async def test_left_out_it_is_a_get_of_nothing(visitor: Visitor) -> None:
    await visitor.get(HELLO, {"Content-Type": INVOCATION}, method="POST", data="{}")
    assert request_of(visitor) == {"method": "GET", "uri": "/", "headers": [], "body": ""}


async def test_fields_may_be_pairs_and_the_body_base64(visitor: Visitor) -> None:
    told = {"headers": [["A", "1"], ["A", "2"]], "body_base64": "AAE="}
    await visitor.get(HELLO, {"Content-Type": INVOCATION}, method="POST", data=json.dumps(told))
    assert (request_of(visitor)["headers"], request_of(visitor)["body"]) == (told["headers"], "AAE=")


@pytest.mark.parametrize(
    ("told", "field"),
    [
        ({"methd": "GET"}, "methd"),
        ({"method": "GET /"}, "method"),
        ({"method": 1}, "method"),
        ({"uri": "http://a/"}, "uri"),
        ({"uri": "/a b"}, "uri"),
        ({"uri": "/a\r\nX: y"}, "uri"),
        ({"headers": {"A": "1\r\nB: 2"}}, "headers"),
        ({"headers": {"A b": "1"}}, "headers"),
        ({"headers": {"A": 1}}, "headers"),
        ({"headers": [["A"]]}, "headers"),
        ({"headers": 1}, "headers"),
        ({"body": 1}, "body"),
        ({"body_base64": "!"}, "body_base64"),
        ({"body": "", "body_base64": ""}, "body_base64"),
        ({"alias": 1}, "alias"),
    ],
)
async def test_what_is_no_request_is_400_and_names_the_field(visitor: Visitor, told: Any, field: str) -> None:
    status, body = await invoked(visitor, told)
    assert (status, body["field"], visitor.known.invoked) == (400, field, [])


@pytest.mark.parametrize("text", ["", "[]", "{"])
async def test_what_is_no_json_is_400(visitor: Visitor, text: str) -> None:
    status, _ = await visitor.json(HELLO, {"Content-Type": INVOCATION}, method="POST", data=text)
    assert status == 400


# -- the answer


async def test_the_answer_is_the_function_s_with_its_version_and_time(visitor: Visitor) -> None:
    visitor.known.answered |= {"status": 418, "headers": [["X-A", "1"], ["X-A", "2"]]}
    async with visitor.session.post(visitor.url + HELLO) as response:
        assert (response.status, await response.text()) == (418, "hello")
        assert response.headers.getall("X-A") == ["1", "2"]
        assert response.headers["Penstock-Function-Version"] == "v1"
        assert response.headers["Penstock-Function-Duration-Ms"] == "0.5"


async def test_a_function_does_not_overrule_the_admin_s_own_fields(visitor: Visitor) -> None:
    ours = [["Content-Security-Policy", "x"], ["Content-Length", "1"], ["Transfer-Encoding", "x"], ["Server", "x"]]
    visitor.known.answered |= {"headers": ours}
    async with visitor.session.post(visitor.url + HELLO) as response:
        assert await response.text() == "hello"
        assert response.headers["Server"] == "penstock"
        assert "frame-ancestors 'none'" in response.headers["Content-Security-Policy"]


@pytest.mark.parametrize("status", [401, 403, 429, 500])
async def test_what_a_function_answers_is_no_refusal_of_the_admin_s(visitor: Visitor, status: int) -> None:
    visitor.known.answered |= {"status": status}
    assert (await visitor.get(HELLO, method="POST"))[0] == status
    assert visitor.known.counted("answered") == 1
    assert [(line["outcome"], line["order"]) for line in visitor.lines()] == [("done", {"function": "hello"})]


@pytest.mark.parametrize(
    ("status", "reason", "answered"),
    [(500, "trap", 502), (504, "function_timeout", 504), (503, "function_busy", 503), (503, "function_missing", 404)],
)
async def test_a_function_that_fails_is_told_with_its_reason(
    visitor: Visitor, status: int, reason: str, answered: int
) -> None:
    visitor.known.answered = {"refused": {"status": status, "reason": reason, "text": "why"}}
    told = {"error": "why", "reason": reason}
    assert await visitor.json(HELLO, method="POST") == (answered, told)
