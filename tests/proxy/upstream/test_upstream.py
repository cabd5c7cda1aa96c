"""Which endpoint gets a request, and what happens where it fails: over real origins."""

import asyncio
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from kit import FakeOrigin, Proxy, answering, eventually, get, in_front_of, post
from kit.addresses import closed_address, deaf_address
from kit.asking import NO_CONTENT, asked, failed, named
from kit.notes import Notes

from proxy.errors import NoHealthyEndpoint
from proxy.metrics import Registry
from proxy.upstream.address import Address
from proxy.upstream.endpoint import Endpoint
from proxy.upstream.resolver import Addresses, Resolver
from proxy.upstream.settings import Balance, EndpointSpec
from proxy.upstream.upstream import Upstream


def endpoints(proxy: Proxy) -> list[Endpoint]:
    return proxy.graph.upstreams["origin"].endpoints


def weighted(*weights: tuple[FakeOrigin, int]) -> dict[str, Any]:
    return {"endpoints": [{"address": origin.address, "weight": weight} for origin, weight in weights]}


# Balance.


async def test_endpoints_take_turns() -> None:
    async with named("a") as a, named("b") as b, named("c") as c, Proxy(in_front_of(a, b, c)) as proxy:
        names = await asked(proxy, 6)
        assert names[:3] == names[3:]
        assert sorted(names[:3]) == ["a", "b", "c"]


async def test_turns_follow_the_weights() -> None:
    async with named("a") as a, named("b") as b, Proxy(in_front_of(upstream=weighted((a, 3), (b, 1)))) as proxy:
        assert Counter(await asked(proxy, 8)) == {"a": 6, "b": 2}


async def test_a_busy_endpoint_is_spared_where_the_one_with_fewest_requests_is_taken() -> None:
    balance = {"balance": "least_requests"}
    async with FakeOrigin() as slow, named("b") as b, Proxy(in_front_of(slow, b, upstream=balance)) as proxy:
        busy = next(each for each in endpoints(proxy) if each.name == slow.address)
        clients = []
        while not busy.in_flight:
            clients.append(await proxy.connect())
            await clients[-1].send(get())
            await eventually(lambda: slow.connections or clients[-1].unread)
        assert await asked(proxy, 8) == ["b"] * 8
        assert busy.in_flight == 1


@pytest.mark.parametrize(
    ("rule", "field"),
    [({"header": "X-User"}, "X-User: {}"), ({"cookie": "sid"}, "Cookie: a=b; sid={}; c=d")],
    ids=["header", "cookie"],
)
async def test_a_key_of_the_request_keeps_its_endpoint(rule: dict[str, str], field: str) -> None:
    config = {"balance": "hash", "hash": rule}
    async with named("a") as a, named("b") as b, Proxy(in_front_of(a, b, upstream=config)) as proxy:
        chosen = {key: set(await asked(proxy, 3, field.format(key))) for key in range(24)}
        assert all(len(names) == 1 for names in chosen.values())
        assert {name for names in chosen.values() for name in names} == {"a", "b"}
        assert set(await asked(proxy, 2)) == {"a", "b"}, "without a key they take turns"


async def test_a_client_keeps_its_endpoint() -> None:
    async with named("a") as a, named("b") as b:
        text = in_front_of(
            a,
            b,
            upstream={"balance": "hash", "hash": {"client": True}},
            listener={"trusted_hops": ["127.0.0.0/8"]},
        )
        async with Proxy(text) as proxy:
            chosen = [set(await asked(proxy, 2, f"X-Forwarded-For: 192.0.2.{last}")) for last in range(1, 24)]
            assert all(len(names) == 1 for names in chosen)
            assert set.union(*chosen) == {"a", "b"}


async def test_a_weighted_choice_of_upstreams_leaves_out_those_without_weight() -> None:
    async with named("a") as a, named("b") as b:
        text = in_front_of(
            a,
            route={"upstream": [{"name": "origin", "weight": 0}, {"name": "other", "weight": 1}]},
            upstreams={
                "origin": {"endpoints": [{"address": a.address}]},
                "other": {"endpoints": [{"address": b.address}]},
            },
        )
        async with Proxy(text) as proxy:
            assert await asked(proxy, 4) == ["b"] * 4


# Connecting.


async def test_another_endpoint_is_tried_where_one_refuses() -> None:
    notes = Notes()
    async with named("a") as a, Proxy(in_front_of(closed_address(), a), filters=[notes]) as proxy:
        assert await asked(proxy, 4) == ["a"] * 4
        assert sorted(notes.attempts) == [1, 1, 2, 2]
        assert all(each.endpoint == a.address for each in notes.exchanges)


@pytest.mark.parametrize("request_bytes", [get(), post(b"hello")], ids=["GET", "POST"])
async def test_all_that_refuse_are_a_502(request_bytes: bytes) -> None:
    notes = Notes()
    async with Proxy(in_front_of(closed_address(), closed_address()), filters=[notes]) as proxy:
        await failed(proxy, 502, request_bytes)
        assert notes.reasons == [("proxy", "connect_failed")]
        assert notes.attempts == [2]


async def test_a_post_may_be_sent_elsewhere_where_nobody_has_seen_it() -> None:
    async with named("a") as a, Proxy(in_front_of(closed_address(), a)) as proxy:
        client = await proxy.connect()
        for _ in range(2):
            await client.send(post(b"hello"))
            await client.expect_response(200)
        assert a.recorded.count(b"\r\n\r\nhello") == 2


async def test_there_are_as_many_attempts_as_are_allowed() -> None:
    notes = Notes()
    config = in_front_of(*[closed_address() for _ in range(5)], upstream={"retries": {"attempts": 4}})
    async with Proxy(config, filters=[notes]) as proxy:
        await failed(proxy, 502)
        assert notes.attempts == [4]


@pytest.mark.parametrize("retries", [{"on": []}, {"on": ["reset"]}, {"attempts": 1}])
async def test_no_other_is_tried_where_that_is_turned_off(retries: dict[str, Any]) -> None:
    notes = Notes()
    config = in_front_of(closed_address(), closed_address(), upstream={"retries": retries})
    async with Proxy(config, filters=[notes]) as proxy:
        await failed(proxy, 502)
        assert notes.attempts == [1]


async def test_a_connection_that_does_not_come_in_time_is_a_502() -> None:
    notes = Notes()
    timeouts = {"timeouts": {"connect": "50ms"}}
    async with deaf_address() as address, Proxy(in_front_of(address, upstream=timeouts), filters=[notes]) as proxy:
        await failed(proxy, 502)
        assert notes.reasons == [("proxy", "connect_timeout")]


async def test_another_endpoint_is_tried_where_one_is_deaf() -> None:
    quick = {"timeouts": {"connect": "50ms"}}
    async with deaf_address() as deaf, named("a") as a, Proxy(in_front_of(deaf, a, upstream=quick)) as proxy:
        assert await asked(proxy, 4) == ["a"] * 4


# Times.


async def test_an_origin_without_a_word_in_time_is_a_504() -> None:
    notes = Notes()
    timeouts = {"timeouts": {"first_byte": "150ms"}}
    async with FakeOrigin() as origin, Proxy(in_front_of(origin, upstream=timeouts), filters=[notes]) as proxy:
        await failed(proxy, 504)
        assert notes.reasons == [("proxy", "response_timeout")]
        assert len(origin.connections) == 1
        await origin.connections[0].until(lambda: origin.connections[0].ended, "its end", 1)


@pytest.mark.parametrize("framing", ["Content-Length: 9", "Transfer-Encoding: chunked", "X: until its end"])
async def test_a_body_that_stalls_cuts_the_client(framing: str) -> None:
    notes = Notes()
    timeouts = {"timeouts": {"idle": "150ms"}}
    async with FakeOrigin() as origin, Proxy(in_front_of(origin, upstream=timeouts), filters=[notes]) as proxy:
        client = await proxy.connect()
        await client.send(get())
        upstream = await origin.accept()
        await upstream.expect_request()
        await upstream.send(f"HTTP/1.1 200 OK\r\n{framing}\r\n\r\n1\r\na\r\n".encode())
        said = await client.expect_cut(within_s=2)
        assert client.ended == "reset"
        assert b"0\r\n\r\n" not in said
        assert notes.reasons == [("upstream", "body_timeout")]


async def test_a_body_that_trickles_is_let_through() -> None:
    timeouts = {"timeouts": {"idle": "300ms"}}
    async with FakeOrigin() as origin, Proxy(in_front_of(origin, upstream=timeouts)) as proxy:
        client = await proxy.connect()
        await client.send(get())
        upstream = await origin.accept()
        await upstream.expect_request()
        await upstream.send(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n")
        for _ in range(6):
            await asyncio.sleep(0.1)
            await upstream.send(b"a")
        await client.expect_response(200, body=b"aaaaaa")


# Addresses.


async def test_an_origin_may_be_a_unix_socket(tmp_path: Path) -> None:
    path = str(tmp_path / "socket")
    async with FakeOrigin(answering(), path=path) as origin, Proxy(in_front_of(origin)) as proxy:
        assert await asked(proxy, 3) == ["ok"] * 3
        assert len(origin.connections) == 1


async def test_a_name_is_resolved_by_the_system() -> None:
    async with FakeOrigin(answering()) as origin:
        port = origin.address.rpartition(":")[2]
        async with Proxy(in_front_of(f"localhost:{port}")) as proxy:
            assert await asked(proxy, 3) == ["ok"] * 3


async def test_a_name_is_resolved_again_and_its_new_address_used() -> None:
    async with named("old") as old, named("new") as new:
        places = [old]

        async def lookup(host: str, port: int) -> Addresses:
            assert (host, port) == ("origin.test", 80)
            ip, _, own_port = places[-1].address.partition(":")
            return ((ip, int(own_port)),)

        async with Proxy(in_front_of("origin.test:80")) as proxy:
            address = Address.parse("origin.test:80")
            resolver = endpoints(proxy)[0]._resolver = Resolver(address, every_s=0.05, lookup=lookup)
            assert await asked(proxy, 1) == ["old"]
            places.append(new)
            assert await eventually(lambda: resolver.addresses() == (("127.0.0.1", int(new.address[10:])),))
            old.connections[0].close()
            await eventually(lambda: not endpoints(proxy)[0].describe()["open"])
            assert await asked(proxy, 1) == ["new"]


async def test_a_name_without_an_address_is_a_502() -> None:
    async def lookup(host: str, port: int) -> Addresses:
        raise OSError("no such name")

    notes = Notes()
    async with Proxy(in_front_of("origin.test:80"), filters=[notes]) as proxy:
        endpoints(proxy)[0]._resolver = Resolver(Address.parse("origin.test:80"), lookup=lookup)
        await failed(proxy, 502)
        assert notes.reasons == [("proxy", "dns_failed")]


# Requests that belong to no exchange.


def of(*addresses: str, balance: Balance = "round_robin") -> Upstream:
    return Upstream("api", [EndpointSpec(each) for each in addresses], balance=balance, registry=Registry())


def test_a_call_goes_where_the_balancer_says() -> None:
    upstream = of("10.0.0.1:80", "10.0.0.2:80")
    assert [upstream.pick_for_call(b"").name for _ in range(3)] == ["10.0.0.1:80", "10.0.0.2:80", "10.0.0.1:80"]


def test_a_hashed_call_goes_by_its_key() -> None:
    upstream = of(*[f"10.0.0.{number}:80" for number in range(1, 9)], balance="hash")
    assert len({upstream.pick_for_call(b"a.test").name for _ in range(5)}) == 1
    assert len({upstream.pick_for_call(b"%d.test" % number).name for number in range(50)}) > 1


def test_a_call_to_the_only_endpoint_asks_no_balancer() -> None:
    assert of("10.0.0.1:80").pick_for_call(b"").name == "10.0.0.1:80"


def test_a_call_without_endpoints_has_nowhere_to_go() -> None:
    with pytest.raises(NoHealthyEndpoint):
        of().pick_for_call(b"")


# What is told about it.


async def test_it_describes_its_endpoints() -> None:
    async with FakeOrigin() as origin, Proxy(in_front_of(origin)) as proxy:
        upstream = proxy.graph.upstreams["origin"]

        def now() -> dict[str, Any]:
            return dict(upstream.describe()["endpoints"][0], address=None, weight=None)

        client = await proxy.connect()
        await client.send(get())
        wire = await origin.accept()
        await wire.expect_request()
        assert now() == {"address": None, "weight": None, "in_flight": 1, "open": 1, "idle": 0}
        await wire.send(NO_CONTENT)
        await client.expect_response(204)
        assert now() == {"address": None, "weight": None, "in_flight": 0, "open": 1, "idle": 1}


async def test_its_books_hold_every_attempt() -> None:
    refusing = closed_address()
    async with named("a") as a, Proxy(in_front_of(refusing, a)) as proxy:
        await asked(proxy, 4)
        books = proxy.registry.snapshot()
        assert sorted(books["upstream_requests_total"]) == sorted(
            [(["origin", refusing, "0"], 2), (["origin", a.address, "200"], 4)]
        )
        assert books["upstream_retries_total"] == [(["origin"], 2)]
        assert books["upstream_connections_reused_total"] == [(["origin"], 3)]
        ((_, duration),) = books["upstream_request_duration_seconds"]
        assert isinstance(duration, list)
        assert sum(duration[1:]) == 4
    assert all(value == 0 for _, value in proxy.registry.snapshot()["upstream_connections"])
