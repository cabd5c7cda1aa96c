"""The basic_auth filter."""

import asyncio
import threading
from base64 import b64encode
from collections.abc import Iterator
from typing import Any

import pytest
from kit import FakeClock
from kit.exchanges import make_exchange, make_filter, make_response, reason, run

from filters import basic_auth
from filters.basic_auth import BasicAuthFilter, Directory
from filters.password import Scrypt, Secret, hash_secret, parse_secret
from proxy.exchange import Exchange
from proxy.messages import Response

CHEAP = Scrypt(ln=1, r=1, p=1)
USERS = {"ann": hash_secret("open:sesame", CHEAP), "jürgen": hash_secret("grün", CHEAP)}


@pytest.fixture
def checks(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Record the threads in which passwords are checked."""
    threads: list[str] = []
    matches = Secret.matches

    def recording(secret: Secret, password: bytes) -> bool:
        threads.append(threading.current_thread().name)
        return matches(secret, password)

    monkeypatch.setattr(Secret, "matches", recording)
    return threads


@pytest.fixture
def clock() -> Iterator[FakeClock]:
    with FakeClock() as clock:
        yield clock


def make(**options: Any) -> BasicAuthFilter:
    it: BasicAuthFilter = make_filter(BasicAuthFilter, **{"users": USERS, **options})
    return it


def credentials(user: str, password: str) -> tuple[str, str]:
    return ("Authorization", "Basic " + b64encode(f"{user}:{password}".encode()).decode())


ANN = credentials("ann", "open:sesame")


async def ask(it: BasicAuthFilter, *fields: tuple[str, str]) -> tuple[Exchange, Response | None]:
    exchange = make_exchange(fields=fields)
    return exchange, await it.on_request(exchange)


@pytest.mark.parametrize(("user", "password"), [("ann", "open:sesame"), ("jürgen", "grün")])
async def test_whoever_knows_the_password_goes_on(user: str, password: str) -> None:
    exchange, answer = await ask(make(), credentials(user, password))
    assert answer is None
    assert exchange.request.headers["X-Auth-User"].encode("latin-1") in (user.encode("latin-1"), user.encode())


@pytest.mark.parametrize(
    "fields",
    [
        [],
        [credentials("ann", "wrong")],
        [credentials("nobody", "open:sesame")],
        [credentials("", "")],
        [("Authorization", "Bearer abc")],
        [("Authorization", "Basic")],
        [("Authorization", "Basic !!!")],
        [("Authorization", "Basic YW5u")],
        [ANN, ANN],
    ],
)
async def test_everybody_else_is_challenged(fields: list[tuple[str, str]]) -> None:
    exchange, answer = await ask(make(realm="the vault"), *fields)
    assert answer is not None
    assert (answer.status, reason(exchange)) == (401, "unauthorized")
    assert answer.headers["WWW-Authenticate"] == 'Basic realm="the vault", charset="UTF-8"'


async def test_the_scheme_has_no_case() -> None:
    _, answer = await ask(make(), ("authorization", ANN[1].replace("Basic", "bASIC")))
    assert answer is None


@pytest.mark.parametrize("name", ["X-Auth-User", "x-auth-user", "X_Auth_User", "X-Auth_User"])
async def test_a_forged_identity_is_dropped(name: str) -> None:
    exchange, _ = await ask(make(), ANN, (name, "root"))
    assert [value for field, value in exchange.request.headers.items() if field != "Authorization"] == ["ann"]


async def test_identity_goes_to_the_field_that_is_named() -> None:
    exchange, _ = await ask(make(identity_header="X-User"), ANN, ("X-User", "root"))
    assert exchange.request.headers.getall("X-User") == ["ann"]


async def test_authorization_is_seen_by_the_cache_and_not_by_the_origin() -> None:
    it = make()
    exchange, _ = await ask(it, ANN)
    assert "Authorization" in exchange.request.headers
    it.on_upstream_request(exchange)
    assert "Authorization" not in exchange.request.headers


async def test_authorization_can_be_passed_on() -> None:
    it = make(pass_authorization=True)
    exchange, _ = await ask(it, ANN)
    it.on_upstream_request(exchange)
    assert exchange.request.headers["Authorization"] == ANN[1]


async def test_a_password_is_checked_off_the_loop_and_once(checks: list[str]) -> None:
    it = make()
    for _ in range(3):
        assert (await ask(it, ANN))[1] is None
    assert len(checks) == 1
    assert checks[0].startswith("password")


async def test_wrong_passwords_are_not_remembered(checks: list[str]) -> None:
    it = make()
    for _ in range(2):
        assert (await ask(it, credentials("ann", "wrong")))[1] is not None
    assert len(checks) == 2


async def test_a_proved_password_is_forgotten_in_time(checks: list[str], clock: FakeClock) -> None:
    it = make(remember="30s")
    await ask(it, ANN)
    clock.advance(29)
    await ask(it, ANN)
    assert len(checks) == 1
    clock.advance(2)
    await ask(it, ANN)
    assert len(checks) == 2


async def test_remembering_can_be_turned_off(checks: list[str]) -> None:
    it = make(remember=0)
    await ask(it, ANN)
    await ask(it, ANN)
    assert len(checks) == 2


async def test_the_memory_holds_no_password() -> None:
    it = make()
    await ask(it, ANN)
    assert b"sesame" not in repr(vars(it._remembered)).encode()
    assert "sesame" not in str(it._remembered._proved._new)


async def test_requests_at_once_with_one_credential_cost_one_round_of_checks(checks: list[str]) -> None:
    it = make()
    answers = await asyncio.gather(*(ask(it, ANN) for _ in range(20)))
    assert all(answer is None for _, answer in answers)
    assert len(checks) <= 2


async def test_an_unknown_user_costs_a_check_too(checks: list[str]) -> None:
    await ask(make(), credentials("nobody", "x"))
    assert len(checks) == 1


def test_an_unknown_user_costs_what_one_known_user_does_and_always_the_same() -> None:
    secrets = {f"user{number}": parse_secret(hash_secret("x", Scrypt(ln=number + 1, r=1, p=1))) for number in range(4)}
    directory = Directory(secrets)
    for name in (b"alice", b"bob"):
        decoy = directory._decoy(name)
        assert decoy in secrets.values()
        assert directory._decoy(name) is decoy


async def test_an_empty_name_is_nobody_even_with_a_user_s_password() -> None:
    it = make(users={"ann": USERS["ann"]})
    assert (await ask(it, credentials("", "open:sesame")))[1] is not None
    assert (await ask(it, credentials("bob", "open:sesame")))[1] is not None


async def test_a_flood_of_guesses_is_cut_short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(basic_auth, "_WAITING", 4)
    it = make()
    asked = await asyncio.gather(*(ask(it, credentials("ann", str(number))) for number in range(10)))
    statuses = sorted(answer.status for _, answer in asked if answer is not None)
    assert statuses == [401] * 4 + [503] * 6
    assert {reason(exchange) for exchange, _ in asked} == {"unauthorized", "overloaded"}


async def test_a_client_that_leaves_gives_its_place_back(checks: list[str]) -> None:
    it = make()
    task = asyncio.create_task(ask(it, ANN))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert it._waiting == 0
    assert (await ask(it, ANN))[1] is None


async def test_a_chain_takes_it() -> None:
    final = await run(make_exchange(fields=[ANN]), make_response(204), make())
    assert final.status == 204


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"users": {}}, "at least 1"),
        ({"users": {"a:b": USERS["ann"]}}, "holds no colon"),
        ({"users": {"ann": "open sesame"}}, "not a hashed secret"),
        ({"realm": 'a"b'}, "plain ASCII"),
        ({"realm": "a\nb"}, "control character"),
        ({"identity_header": "Connection"}, "only the proxy"),
        ({"remember": "soon"}, "not a duration"),
    ],
)
def test_wrong_options_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make(**options)


def test_options_never_show_a_secret() -> None:
    assert "scrypt" not in repr(BasicAuthFilter.Options(users=USERS))
