"""Addresses behind a name, kept fresh in the background."""

import asyncio
import logging
import socket

import pytest

from proxy.errors import ConnectFailed
from proxy.runtime import Strand
from proxy.upstream import resolver as resolver_module
from proxy.upstream.address import Address
from proxy.upstream.resolver import Addresses, Resolver, system_lookup

NAME = Address("api.test", 80)
ONE: Addresses = (("192.0.2.1", 80),)
TWO: Addresses = (("192.0.2.2", 80), ("2001:db8::2", 80))


class Zone:
    """A DNS zone to be asked: gives each answer in turn, the last for ever; an exception is raised."""

    def __init__(self, *answers: Addresses | Exception) -> None:
        self.answers = list(answers)
        self.asked = 0
        self.all_given = asyncio.Event()

    async def lookup(self, host: str, port: int) -> Addresses:
        assert (host, port) == (NAME.host, NAME.port)
        self.asked += 1
        if self.asked > len(self.answers):
            self.all_given.set()
        answer = self.answers[min(self.asked, len(self.answers)) - 1]
        if isinstance(answer, Exception):
            raise answer
        return answer


async def silent(host: str, port: int) -> Addresses:
    await asyncio.Event().wait()
    raise AssertionError


async def test_a_literal_ip_is_its_own_answer_and_never_asked_for() -> None:
    zone = Zone(ONE)
    resolver = Resolver(Address("::1", 80), lookup=zone.lookup)
    resolver.start()
    assert resolver.addresses() == await resolver.first() == (("::1", 80),)
    assert zone.asked == 0


async def test_the_system_knows_localhost() -> None:
    resolver = Resolver(Address("localhost", 8080))
    try:
        assert ("127.0.0.1", 8080) in await resolver.first()
    finally:
        resolver.close()


async def test_each_address_is_given_once() -> None:
    found = await system_lookup("localhost", 80)
    assert len(found) == len(set(found))


async def test_before_the_first_answer_there_are_no_addresses() -> None:
    resolver = Resolver(NAME, lookup=Zone(ONE).lookup)
    assert resolver.addresses() == ()


async def test_all_who_wait_get_the_first_answer_of_one_question() -> None:
    zone = Zone(ONE)
    resolver = Resolver(NAME, lookup=zone.lookup)
    assert await asyncio.gather(resolver.first(), resolver.first()) == [ONE, ONE]
    assert zone.asked == 1
    resolver.close()


async def test_a_strand_may_wait_for_the_first_answer() -> None:
    resolver = Resolver(NAME, lookup=Zone(ONE).lookup)
    done: asyncio.Future[Addresses] = asyncio.get_running_loop().create_future()

    async def wait() -> None:
        done.set_result(await resolver.first())

    Strand(wait()).step()
    assert await done == ONE
    resolver.close()


async def test_one_who_stops_waiting_leaves_the_others_waiting() -> None:
    resolver = Resolver(NAME, lookup=Zone(ONE).lookup)
    impatient = asyncio.create_task(resolver.first())
    patient = asyncio.create_task(resolver.first())
    await asyncio.sleep(0)
    impatient.cancel()
    assert await patient == ONE
    assert (await asyncio.gather(impatient, return_exceptions=True))[0].__class__ is asyncio.CancelledError
    resolver.close()


async def test_a_new_answer_replaces_the_old_one() -> None:
    zone = Zone(ONE, TWO)
    resolver = Resolver(NAME, every_s=0.001, lookup=zone.lookup)
    assert await resolver.first() == ONE
    await asyncio.wait_for(zone.all_given.wait(), 5)
    assert resolver.addresses() == TWO
    resolver.close()


@pytest.mark.parametrize("failure", [socket.gaierror("no"), TimeoutError(), UnicodeError("label too long"), ()])
async def test_the_last_good_answer_is_kept_when_dns_fails(failure: Addresses | Exception) -> None:
    zone = Zone(ONE, failure)
    resolver = Resolver(NAME, every_s=0.001, lookup=zone.lookup)
    await resolver.first()
    await asyncio.wait_for(zone.all_given.wait(), 5)
    assert resolver.addresses() == await resolver.first() == ONE
    resolver.close()


async def test_a_name_that_cannot_be_resolved_fails_the_connection() -> None:
    resolver = Resolver(NAME, lookup=Zone(socket.gaierror("unknown name")).lookup)
    with pytest.raises(ConnectFailed, match="unknown name") as failure:
        await resolver.first()
    assert failure.value.reason == "dns_failed"
    resolver.close()


async def test_while_dns_fails_nobody_waits_for_the_next_attempt() -> None:
    zone = Zone(socket.gaierror("unknown name"))
    resolver = Resolver(NAME, lookup=zone.lookup)
    for _ in range(3):
        with pytest.raises(ConnectFailed):
            await resolver.first()
    assert zone.asked == 1
    resolver.close()


async def test_a_name_that_could_not_be_resolved_is_tried_again() -> None:
    zone = Zone(socket.gaierror("unknown name"), ONE)
    resolver = Resolver(NAME, every_s=0.001, lookup=zone.lookup)
    with pytest.raises(ConnectFailed):
        await resolver.first()
    await asyncio.wait_for(zone.all_given.wait(), 5)
    assert await resolver.first() == ONE
    resolver.close()


async def test_dns_that_never_answers_counts_as_failing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resolver_module, "LOOKUP_TIMEOUT_S", 0.01)
    resolver = Resolver(NAME, lookup=silent)
    with pytest.raises(ConnectFailed, match="no answer in time"):
        await resolver.first()
    resolver.close()


async def test_a_failure_is_logged_once_and_so_is_its_end(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "penstock.upstream")
    zone = Zone(socket.gaierror("no"), socket.gaierror("no"), ONE, ONE)
    resolver = Resolver(NAME, every_s=0.001, lookup=zone.lookup)
    resolver.start()
    await asyncio.wait_for(zone.all_given.wait(), 5)
    assert [record.getMessage() for record in caplog.records] == [
        "cannot resolve api.test: no",
        "api.test resolves again",
    ]
    resolver.close()


async def test_closing_ends_the_background_task_and_every_wait() -> None:
    before = asyncio.all_tasks()
    resolver = Resolver(NAME, lookup=silent)
    waiting = asyncio.create_task(resolver.first())
    await asyncio.sleep(0)
    resolver.close()
    with pytest.raises(ConnectFailed, match="closed"):
        await waiting
    await asyncio.sleep(0)
    assert asyncio.all_tasks() == before


async def test_a_closed_resolver_asks_nobody() -> None:
    zone = Zone(ONE)
    resolver = Resolver(NAME, lookup=zone.lookup)
    resolver.close()
    with pytest.raises(ConnectFailed):
        await resolver.first()
    assert zone.asked == 0
