"""The firewall's options over the whole way: modes, levels, thresholds, variables and exclusions, also of one route."""

from __future__ import annotations

import json
import pathlib
from typing import Any

import pytest
from kit import FakeOrigin, Proxy, answering, post
from kit.guarding import ATTACK, asked, counted, guarded, guarding, requests_of

FORM = "Content-Type: application/x-www-form-urlencoded"
ODD = "/?q=odd"


async def status(directory: pathlib.Path, target: str, **options: Any) -> int:
    async with guarding(directory, **options) as (proxy, _):
        return (await asked(proxy, target)).status


async def test_an_attack_is_refused_and_never_reaches_the_origin(tmp_path: pathlib.Path) -> None:
    async with guarding(tmp_path) as (proxy, origin):
        assert (await asked(proxy, ATTACK)).status == 403
        assert requests_of(origin) == 0
        assert (await asked(proxy, "/?q=fine")).status == 200
        assert requests_of(origin) == 1
    assert counted(proxy) == {"blocked": 1, "passed": 1}


async def test_what_is_only_detected_reaches_it(tmp_path: pathlib.Path) -> None:
    async with guarding(tmp_path, mode="detect") as (proxy, origin):
        assert (await asked(proxy, ATTACK)).status == 200
        assert requests_of(origin) == 1
    assert counted(proxy) == {"detected": 1}


async def test_a_leak_that_is_only_detected_reaches_the_client(tmp_path: pathlib.Path) -> None:
    leak = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 10\r\n\r\nsecret-key"
    async with guarding(tmp_path, leak, mode="detect") as (proxy, _):
        answer = await asked(proxy)
    assert (answer.status, answer.body) == (200, b"secret-key")
    assert counted(proxy) == {"detected": 1}


@pytest.mark.parametrize(
    ("target", "options", "expected"),
    [
        (ODD, {}, 200),
        (ODD, {"paranoia": 2}, 200),
        (ODD, {"paranoia": 2, "thresholds": {"inbound": 4}}, 403),
        (ATTACK, {"thresholds": {"inbound": 6}}, 200),
        ("/?q=odd&r=attack", {"paranoia": 2, "thresholds": {"inbound": 9}}, 403),
        ("/?q=odd&r=attack", {"paranoia": 2, "thresholds": {"inbound": 10}}, 200),
        ("/?q=attack&r=attack", {"thresholds": {"inbound": 10}}, 403),
        ("/?colour=pink", {}, 200),
        ("/?colour=pink", {"variables": {"colours": "red green"}}, 422),
        ("/?colour=red", {"variables": {"colours": "red green"}}, 200),
        (ATTACK, {"exclusions": [{"rules": [20]}]}, 200),
        (ATTACK, {"exclusions": [{"rules": ["20-29"]}]}, 200),
        (ATTACK, {"exclusions": [{"rules": ["21-22"]}]}, 403),
        (ATTACK, {"exclusions": [{"tags": ["attack-plain"]}]}, 200),
        (ATTACK, {"exclusions": [{"rules": [20], "targets": ["ARGS:q"]}]}, 200),
        (ATTACK, {"exclusions": [{"tags": ["attack-plain"], "targets": ["ARGS:Q"]}]}, 200),
        (ATTACK, {"exclusions": [{"targets": ["ARGS:q"]}]}, 200),
        (ATTACK, {"exclusions": [{"targets": ["ARGS"]}]}, 200),
        (ATTACK, {"exclusions": [{"targets": ["ARGS:r"]}]}, 403),
        (ATTACK, {"exclusions": [{"rules": [21], "targets": ["ARGS:q"]}]}, 403),
        ("/?q=attack&r=attack", {"exclusions": [{"targets": ["ARGS:q"]}]}, 403),
    ],
)
async def test_options_decide_what_is_refused(
    tmp_path: pathlib.Path, target: str, options: dict[str, Any], expected: int
) -> None:
    assert await status(tmp_path, target, **options) == expected


@pytest.mark.parametrize(
    ("target", "override", "there", "elsewhere"),
    [
        (ODD, {"paranoia": 2, "thresholds": {"inbound": 4}}, 403, 200),
        (ATTACK, {"thresholds": {"inbound": 6}}, 200, 403),
        (ATTACK, {"mode": "detect"}, 200, 403),
        (ATTACK, {"exclusions": [{"tags": ["attack-plain"], "targets": ["ARGS:q"]}]}, 200, 403),
        ("/?colour=pink", {"variables": {"colours": "red"}}, 422, 200),
        ("/?a=1&b=2", {"request": {"arguments": 1}}, 413, 200),
    ],
)
async def test_a_route_overrides_options_for_itself_alone(
    tmp_path: pathlib.Path, target: str, override: dict[str, Any], there: int, elsewhere: int
) -> None:
    async with FakeOrigin(answering()) as origin:
        given = json.loads(guarded(tmp_path, origin))
        own = {"use": "waf", "with": override}
        inner = {"name": "in", "match": {"path": {"prefix": "/in"}}, "filters": [own], "upstream": "origin"}
        given["routes"].insert(0, inner)
        async with Proxy(json.dumps(given), directory=tmp_path) as proxy:
            for _ in range(2):  # A guest keeps nothing of one exchange for the next.
                assert (await asked(proxy, f"/in{target}")).status == there
                assert (await asked(proxy, f"/out{target}")).status == elsewhere


async def test_a_route_without_the_filter_is_not_guarded(tmp_path: pathlib.Path) -> None:
    async with FakeOrigin(answering()) as origin:
        given = json.loads(guarded(tmp_path, origin))
        given["routes"].insert(0, {"name": "in", "match": {"path": {"prefix": "/in"}}, "upstream": "origin"})
        async with Proxy(json.dumps(given), directory=tmp_path) as proxy:
            assert (await asked(proxy, f"/in{ATTACK}")).status == 200
            assert (await asked(proxy, ATTACK)).status == 403


@pytest.mark.parametrize(
    ("request_bytes", "bound"),
    [
        (post(b"a=" + b"x" * 200, FORM), {"body": 100}),
        (post(b"a=1&b=2&c=3", FORM), {"arguments": 2}),
        (post(b'{"a": {"b": {"c": 1}}}', "Content-Type: application/json"), {"depth": 2}),
        (post(b"<a><b><c/></b></a>", "Content-Type: text/xml"), {"depth": 2}),
        (post(b"x" * 200, "Content-Type: text/plain"), {"body": 100}),
    ],
)
async def test_what_is_over_a_bound_is_refused_or_passed(
    tmp_path: pathlib.Path, request_bytes: bytes, bound: dict[str, int]
) -> None:
    async with guarding(tmp_path, request=bound) as (proxy, origin):
        assert (await asked(proxy, request_bytes)).status == 413
        assert requests_of(origin) == 0
    assert counted(proxy) == {"overflow": 1}
    async with guarding(tmp_path, request={**bound, "overflow": "pass"}) as (proxy, origin):
        assert (await asked(proxy, request_bytes)).status == 200
        assert requests_of(origin) == 1
    assert counted(proxy) == {"overflow": 1}
    async with guarding(tmp_path, request=bound, mode="detect") as (proxy, _):
        assert (await asked(proxy, request_bytes)).status == 200


async def test_what_is_within_the_bound_is_judged_though_the_rest_passes(tmp_path: pathlib.Path) -> None:
    long = b"a=attack&b=" + b"x" * 500
    async with guarding(tmp_path, request={"body": 100, "overflow": "pass"}) as (proxy, _):
        assert (await asked(proxy, post(long, FORM))).status == 403
    assert counted(proxy) == {"blocked": 1}


async def test_files_do_not_count_against_the_bound_of_text(tmp_path: pathlib.Path) -> None:
    head = b'--x\r\nContent-Disposition: form-data; name="f"; filename="a"\r\n\r\n'
    body = head + b"y" * 5000 + b"\r\n--x--\r\n"
    async with guarding(tmp_path, request={"body": 1000}) as (proxy, origin):
        answer = await asked(proxy, post(body, "Content-Type: multipart/form-data; boundary=x"))
        assert answer.status == 200
        assert body in origin.recorded
