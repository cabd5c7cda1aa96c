"""What the origin is told about the client, and who is believed."""

import pytest
from kit import FakeOrigin, Message, Proxy, answering, complete_messages, get, in_front_of

TRUSTING = {"listener": {"trusted_hops": ["127.0.0.0/8", "10.0.0.0/8"]}}


async def forwarded(*fields: str, **config: object) -> Message:
    async with FakeOrigin(answering()) as origin, Proxy(in_front_of(origin, **config)) as proxy:  # type: ignore[arg-type]
        client = await proxy.connect()
        await client.send(get("/", *fields))
        await client.expect_response(200)
        return complete_messages(origin.recorded)[0][0]


async def test_the_origin_learns_who_asked_by_which_scheme_and_for_which_host() -> None:
    request = await forwarded()
    assert request.get("X-Forwarded-For") == "127.0.0.1"
    assert request.get("X-Forwarded-Proto") == "http"
    assert request.get("X-Forwarded-Host") == "example.test"
    assert request.get("Forwarded") == 'for=127.0.0.1;host="example.test";proto=http'
    assert request.get("Via") == "1.1 penstock"


async def test_a_stranger_is_not_believed() -> None:
    request = await forwarded("X-Forwarded-For: 10.1.1.1", "X-Forwarded-Proto: https", "Forwarded: for=10.1.1.1")
    assert request.get("X-Forwarded-For") == "127.0.0.1"
    assert request.get("X-Forwarded-Proto") == "http"
    assert "10.1.1.1" not in (request.get("Forwarded") or "")


async def test_a_trusted_hop_is_believed_and_appended() -> None:
    fields = (
        "X-Forwarded-For: 203.0.113.7",
        "X-Forwarded-Proto: https",
        "X-Forwarded-Host: shop.test",
        "Forwarded: for=203.0.113.7",
    )
    request = await forwarded(*fields, **TRUSTING)
    assert request.get("X-Forwarded-For") == "203.0.113.7, 127.0.0.1"
    assert request.get("X-Forwarded-Proto") == "https"
    assert request.get("X-Forwarded-Host") == "shop.test"
    assert (request.get("Forwarded") or "").startswith("for=203.0.113.7, for=127.0.0.1;")


async def test_lines_of_a_trusted_hop_are_joined_in_order() -> None:
    request = await forwarded("X-Forwarded-For: 203.0.113.7", "X-Forwarded-For: 10.0.0.2", **TRUSTING)
    assert request.get("X-Forwarded-For") == "203.0.113.7, 10.0.0.2, 127.0.0.1"


async def test_the_aliases_of_a_trusted_hop_are_dropped_like_anybodys() -> None:
    request = await forwarded("X_Forwarded_For: 6.6.6.6", "X-Forwarded-For: 203.0.113.7", **TRUSTING)
    assert "X_Forwarded_For" not in request
    assert request.get("X-Forwarded-For") == "203.0.113.7, 127.0.0.1"


@pytest.mark.parametrize("value", ["unknown", "a" * 300, "203.0.113.7\t,", "<script>"])
async def test_nonsense_of_a_trusted_hop_breaks_nothing(value: str) -> None:
    request = await forwarded(
        f"X-Forwarded-For: {value}", f"X-Forwarded-Host: {value}", f"X-Forwarded-Proto: {value}", **TRUSTING
    )
    assert (request.get("X-Forwarded-For") or "").endswith("127.0.0.1")
    assert request.get("X-Forwarded-Host") in ("example.test", value)
    assert request.get("X-Forwarded-Proto") == "http"


async def test_the_client_behind_a_trusted_hop_is_the_last_that_no_trusted_hop_is() -> None:
    rule = {
        "name": "banned",
        "match": {"clients": ["203.0.113.7/32"]},
        "filters": [{"type": "respond", "status": 403}],
    }
    async with FakeOrigin(answering()) as origin, Proxy(in_front_of(origin, routes=[rule], **TRUSTING)) as proxy:  # type: ignore[arg-type]
        client = await proxy.connect()
        for chain, status in (
            ("203.0.113.7", 403),
            ("203.0.113.7, 10.0.0.2", 403),
            ("203.0.113.7, 198.51.100.1", 200),
            ("198.51.100.1, 203.0.113.7", 403),
        ):
            await client.send(get("/", f"X-Forwarded-For: {chain}"))
            await client.expect_response(status)


async def test_a_stranger_cannot_choose_the_client_that_rules_see() -> None:
    rule = {"name": "inner", "match": {"clients": ["10.0.0.0/8"]}, "filters": [{"type": "respond", "status": 418}]}
    async with FakeOrigin(answering()) as origin, Proxy(in_front_of(origin, routes=[rule])) as proxy:
        client = await proxy.connect()
        await client.send(get("/", "X-Forwarded-For: 10.0.0.1", "X_Forwarded_For: 10.0.0.1", "Forwarded: for=10.0.0.1"))
        await client.expect_response(200)


async def test_via_of_earlier_hops_is_kept_before_ours() -> None:
    request = await forwarded("Via: 1.0 edge")
    assert ", ".join(request.all("Via")) == "1.0 edge, 1.1 penstock"


async def test_hop_by_hop_fields_are_dropped_in_both_directions() -> None:
    answer = (
        b"HTTP/1.1 200 OK\r\nConnection: X-Secret\r\nX-Secret: a\r\nKeep-Alive: timeout=5\r\n"
        b"X-Kept: a\r\nContent-Length: 0\r\n\r\n"
    )
    async with FakeOrigin(answering(answer)) as origin, Proxy(in_front_of(origin)) as proxy:
        client = await proxy.connect()
        await client.send(get("/", "Connection: X-Mine", "X-Mine: a", "Keep-Alive: 5", "TE: trailers", "X-Kept: a"))
        response = await client.expect_response(200)
        request = complete_messages(origin.recorded)[0][0]
        assert not {"Connection", "X-Mine", "Keep-Alive", "TE"} & {name for name, _ in request.fields}
        assert not {"Connection", "X-Secret", "Keep-Alive"} & {name for name, _ in response.fields}
        assert (request.get("X-Kept"), response.get("X-Kept")) == ("a", "a")


async def test_repeated_fields_keep_their_lines_order_spelling_and_bytes() -> None:
    fields = ["Cookie: a=b", "x-ODD-name: \xe9\t \x80", "Cookie: c=d", "Accept: a", "X-Empty:", "Accept: b"]
    request = await forwarded(*fields)
    sent = [(name, value.strip()) for name, _, value in (field.partition(":") for field in fields)]
    assert [pair for pair in request.fields if pair in sent] == sent
