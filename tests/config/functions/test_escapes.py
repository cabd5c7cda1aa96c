"""What hostile functions try in a whole Penstock: each is refused and on record, and others are served beside it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from kit import FakeOrigin, Wire
from kit.hostile import MIB, asking_itself, caller, head_of, hogging, made, number_of, storing
from kit.running import running
from kit.siege import ADMIN_LOG, Siege, resident_bytes, write

from wasm_host.functions.network.subexchange import MOST_DEEP

pytestmark = pytest.mark.asyncio(loop_scope="module")

NOT_ALLOWED = -2
MISS = -1


async def redirect(wire: Wire) -> None:
    """Answer with a redirect to what the query says, or with 200 where there is none."""
    request = await wire.expect_request()
    _, mark, location = request.target.partition("?")
    status = f"302 Found\r\nLocation: {location}" if mark else "200 OK"
    await wire.send(f"HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n".encode())


class Besieged(Siege):
    """`open` is a server that the function `net` may ask, `closed` one that it may not."""

    open: FakeOrigin
    closed: FakeOrigin

    def at(self, host: str) -> str:
        """Put the servers' ports in the place of OPEN and SHUT, and the address of the latter in that of CLOSED."""
        open_port, shut_port = (each.address.rpartition(":")[2] for each in (self.open, self.closed))
        return host.replace("OPEN", open_port).replace("SHUT", shut_port).replace("CLOSED", self.closed.address)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def siege(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Besieged]:
    directory = tmp_path_factory.mktemp("siege")
    async with FakeOrigin(redirect) as open_, FakeOrigin(redirect) as closed:
        store = {"prefix": "own/"}
        patient = {"cpu": "2s"}
        write(
            directory,
            {
                "defaults": {"allow": {}, "limits": {"response": "1MiB"}},
                "named": {
                    "net": {
                        "allow": {"http": {"hosts": [open_.address], "plain": True, "networks": ["127.0.0.1/32"]}},
                        "limits": patient,
                    },
                    "names": {
                        "allow": {"http": {"hosts": [f"localhost:{open_.address.rpartition(':')[2]}"], "plain": True}},
                        "limits": patient,
                    },
                    "thief": {
                        "allow": {"kv": store, "cache": store, "secrets": ["MINE"]},
                        "secrets": {"MINE": "m", "OTHER": "o"},
                        "limits": patient,
                    },
                    "keeper": {
                        "allow": {"kv": True, "cache": True, "secrets": ["TOKEN"]},
                        "secrets": {"TOKEN": "t"},
                        "limits": patient,
                    },
                    "flood": {"limits": patient},
                    "echo": {"allow": {"routes": ["fn"]}, "limits": patient},
                    "routed": {"allow": {"routes": ["fn"]}, "limits": patient},
                },
            },
        )
        async with running(directory) as run:
            besieged = Besieged(run, directory)
            besieged.open, besieged.closed = open_, closed
            for name, wasm in {
                "net": caller("http_send"),
                "names": caller("http_send"),
                "routed": caller("route_send"),
                "thief": storing(),
                "keeper": storing(),
                "hog": hogging(),
                "flood": hogging(),
                "echo": asking_itself("/fn/echo"),
            }.items():
                status, told = await besieged.deploy(name, wasm)
                assert status == 200, told
            yield besieged


# -- the file system


@pytest.mark.parametrize(
    "wanted",
    [
        '"wasi_snapshot_preview1" "path_open" (func (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32))',
        '"wasi_snapshot_preview1" "fd_prestat_get" (func (param i32 i32) (result i32))',
        '"wasi_snapshot_preview1" "sock_accept" (func (param i32 i32 i32) (result i32))',
        '"wasi_unstable" "path_open" (func (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32))',
        '"env" "open" (func (param i32 i32 i32) (result i32))',
        '"env" "__syscall_openat" (func (param i32 i32 i32 i32) (result i32))',
        '"penstock" "exec" (func (param i32 i32) (result i32))',
    ],
)
async def test_what_reaches_for_the_system_is_refused_at_its_deploy(siege: Besieged, wanted: str) -> None:
    wasm = made(f"""(import {wanted}) (import "env" "request_get_method" (func (result i32)))
        (memory (export "memory") 1) (func (export "main") (result i32) (i32.const 0))""")
    async with siege.undisturbed():
        status, told = await siege.deploy("files", wasm)
    assert status == 422
    assert wanted.split('"')[3] in told["error"]
    entry = await siege.audited(ADMIN_LOG, path="/api/v1/edge/deploy", status=422)
    assert (entry["outcome"], entry["order"]["function"]) == ("refused", "files")
    assert (await siege.call("files"))[0] == 404


# -- the network

TRICKS = [
    *("http://2130706433:OPEN/", "http://0x7f000001:OPEN/", "http://0x7f.0.0.1:OPEN/", "http://0177.0.0.1:OPEN/"),
    *("http://017700000001:OPEN/", "http://127.1:OPEN/", "http://0:OPEN/", "http://127.0.0.1.:SHUT/"),
    *("http://[::1]:OPEN/", "http://[::ffff:127.0.0.1]:SHUT/", "http://[::ffff:7f00:1]:SHUT/"),
    *("http://[0:0:0:0:0:ffff:7f00:0001]:SHUT/", "http://[64:ff9b::7f00:1]:OPEN/", "http://[2002:7f00:1::]:OPEN/"),
    *("http://localhost:OPEN/", "http://localhost.:OPEN/", "http://127.0.0.1.nip.io:OPEN/", "http://127.0.0.2:OPEN/"),
    *("http://\uff11\uff12\uff17.0.0.1:SHUT/", "http://127\u30020\u30020\u30021:SHUT/"),
    *("http://CLOSED/", "http://169.254.169.254/latest/meta-data/", "http://metadata.google.internal/"),
    *("http://127.0.0.1:OPEN@CLOSED/", "http://user:word@127.0.0.1:OPEN/", "http://CLOSED#@127.0.0.1:OPEN/"),
    *("file:///etc/passwd", "ftp://127.0.0.1:OPEN/", "gopher://127.0.0.1:OPEN/", "unix:///run/docker.sock"),
    *("data:text/plain,x", "javascript:1", "ws://127.0.0.1:OPEN/"),
]


@pytest.mark.parametrize("url", TRICKS)
async def test_a_url_that_leads_elsewhere_is_refused(siege: Besieged, url: str) -> None:
    asked = len(siege.closed.connections), len(siege.open.connections)
    status, body = await siege.call("net", head_of(siege.at(url)))
    assert (status, number_of(body)) == (200, NOT_ALLOWED)
    assert (len(siege.closed.connections), len(siege.open.connections)) == asked


async def test_what_is_refused_is_counted_and_on_record(siege: Besieged) -> None:
    before = await siege.counted("wasm_hostcalls_total", filter="net", function="http_send", outcome="not_allowed")
    async with siege.undisturbed():
        for url in TRICKS:
            await siege.call("net", head_of(siege.at(url)))
    counted = await siege.counted("wasm_hostcalls_total", filter="net", function="http_send", outcome="not_allowed")
    assert counted == before + len(TRICKS)
    last = await siege.audited(
        function="net", call="http_send", reason="not_allowed", detail="ws: is neither http: nor https:"
    )
    assert last.keys() == {"time", "function", "version", "call", "reason", "detail"}


@pytest.mark.parametrize(
    "url",
    ["http:\\\\CLOSED/", "http://127.0.0.1:OPEN\\@CLOSED/", "http://127.0.0.1:OPEN\t/", "//CLOSED/", "/fn/own",
     "http://127.0.0.1:OPEN/\r\nHost: other", "http://127.0.0.1:65536/", "http://127.0.0.1:OPEN\u0000.example/", "http://"],
)  # fmt: skip
async def test_a_url_that_is_none_goes_nowhere(siege: Besieged, url: str) -> None:
    asked = len(siege.closed.connections), len(siege.open.connections)
    status, body = await siege.call("net", head_of(siege.at(url)))
    assert (status, number_of(body)) == (200, -3)
    assert (len(siege.closed.connections), len(siege.open.connections)) == asked


@pytest.mark.parametrize("method", ["CONNECT", "TRACE", "GET / HTTP/1.1\r\nX: y", "", "G ET"])
async def test_a_method_that_may_not_be_sent_is_refused(siege: Besieged, method: str) -> None:
    _, body = await siege.call("net", head_of(siege.at("http://127.0.0.1:OPEN/"), method))
    assert number_of(body) == -3


async def test_the_host_that_is_allowed_is_asked(siege: Besieged) -> None:
    _, body = await siege.call("net", head_of(siege.at("http://127.0.0.1:OPEN/")))
    assert number_of(body) > 0


@pytest.mark.parametrize("location", ["http://CLOSED/", "//CLOSED/", "http://localhost:OPEN/", "http://2130706433:OPEN/",
     "file:///etc/passwd", "http://u@127.0.0.1:OPEN/", "http://127.0.0.2:OPEN/"])  # fmt: skip
async def test_a_redirect_leads_nowhere_that_a_request_may_not_go(siege: Besieged, location: str) -> None:
    async with siege.undisturbed():
        _, body = await siege.call("net", head_of(siege.at(f"http://127.0.0.1:OPEN/?{location}")))
    assert number_of(body) == NOT_ALLOWED
    assert not siege.closed.connections
    await siege.audited(function="net", call="http_wait", reason="not_allowed")


async def test_a_name_of_the_machine_itself_is_no_way_in(siege: Besieged) -> None:
    asked = len(siege.open.connections)
    _, body = await siege.call("names", head_of(siege.at("http://localhost:OPEN/")))
    assert number_of(body) == NOT_ALLOWED
    assert len(siege.open.connections) == asked
    entry = await siege.audited(function="names", reason="private_address")
    assert "is not a public address" in entry["detail"]


# -- what belongs to others

KEYS = [
    *(b"secret", b"6:keeper:secret", b"../keeper/secret", b"..", b"keeper", b"\0", b"\0keeper\0secret", b"\xff\xff"),
    *(b"penstock-functions:1:6:keeper:secret", b"own", b"*", b"%", b"OWN/secret", b"' OR 1=1 --"),
]


@pytest.mark.parametrize("key", KEYS)
async def test_a_key_beyond_the_prefix_is_refused_in_both_stores(siege: Besieged, key: bytes) -> None:
    for letter in (b"g", b"s", b"d", b"G", b"S", b"D"):
        status, body = await siege.call("thief", letter + key)
        assert (status, number_of(body)) == (200, MISS if letter == b"G" or letter == b"S" else NOT_ALLOWED)
    for call in ("kv_get", "kv_set", "kv_delete", "cache_get", "cache_set", "cache_delete"):
        await siege.audited(function="thief", call=call, reason="not_allowed")


@pytest.mark.parametrize("key", [b"own/../secret", b"own/\0secret", b"own//../../keeper/secret", b"own/\xffsecret"])
async def test_a_key_within_the_prefix_is_the_functions_own_however_it_is_spelled(siege: Besieged, key: bytes) -> None:
    assert number_of((await siege.call("keeper", b"ssecret"))[1]) == 0
    assert number_of((await siege.call("keeper", b"s" + key))[1]) == 0
    assert number_of((await siege.call("thief", b"g" + key))[1]) == MISS
    assert number_of((await siege.call("thief", b"s" + key))[1]) == 0
    assert (await siege.call("keeper", b"gsecret"))[1][4:] == b"secret"


@pytest.mark.parametrize("prefix", [b"", b"o", b"secret", b"%", b"\xff"])
async def test_a_list_of_keys_has_none_of_another_function(siege: Besieged, prefix: bytes) -> None:
    await siege.call("keeper", b"ssecret")
    await siege.call("keeper", b"sown/secret")
    await siege.call("thief", b"sown/mine")
    _, body = await siege.call("thief", b"l" + prefix)
    assert all(key.startswith("own/") and key != "own/secret" for key in json.loads(body[4:]))


async def test_a_secret_is_given_to_whom_it_is_allowed(siege: Besieged) -> None:
    assert (await siege.call("thief", b"kMINE"))[1][4:] == b"m"
    for name in (b"OTHER", b"TOKEN", b"PATH", b"mine", b"MINE\0"):
        assert number_of((await siege.call("thief", b"k" + name))[1]) == NOT_ALLOWED
    entry = await siege.audited(function="thief", call="secret_get")
    assert entry["reason"] == "not_allowed"


@pytest.mark.parametrize("target", ["/plain", "/absent", "/fn/../plain", "//plain", "/%70lain"])
async def test_a_route_that_is_not_allowed_is_not_asked(siege: Besieged, target: str) -> None:
    _, body = await siege.call("routed", head_of(target))
    assert number_of(body) in (NOT_ALLOWED, -3)
    await siege.audited(function="routed", call="route_send", reason="not_allowed")


@pytest.mark.parametrize("target", ["http://127.0.0.1:1/", "plain", "*", "/a b", "/\r\nX: y", ""])
async def test_a_target_that_is_no_path_is_not_asked(siege: Besieged, target: str) -> None:
    _, body = await siege.call("routed", head_of(target))
    assert number_of(body) == -3


# -- what all have together


@pytest.mark.parametrize(
    ("letter", "reason"),
    [
        pytest.param("m", "out_of_memory", id="memory"),
        pytest.param("c", "timeout", id="time"),
        pytest.param("r", "stack_overflow", id="the stack"),
        pytest.param("W", "memory_out_of_bounds", id="a wild pointer"),
        pytest.param("i", "indirect_call_to_null", id="a function that is none"),
        pytest.param("b", "timeout", id="one body after the other"),
    ],
)
async def test_a_function_that_takes_too_much_is_ended(siege: Besieged, letter: str, reason: str) -> None:
    before = await siege.counted("wasm_traps_total", filter="hog", reason=reason)
    async with siege.undisturbed():
        status, body = await siege.call("hog", letter.encode())
    assert (status, body[:25]) == (500, b"500 Internal Server Error")
    assert await siege.counted("wasm_traps_total", filter="hog", reason=reason) == before + 1
    assert await siege.counted("function_requests_total", function="hog", outcome=reason) == before + 1
    assert await siege.counted("functions_running", function="hog") == 0


@pytest.mark.parametrize(
    ("letter", "call", "outcome"),
    [
        pytest.param("f", "request_get_method", "over_budget", id="calls of the host"),
        pytest.param("l", "log", "over_budget", id="lines of the log"),
        pytest.param("B", "response_set_body", "too_large", id="a body without end"),
        pytest.param("H", "response_set_header", "too_large", id="fields without end"),
        pytest.param("h", "response_set_header", "invalid", id="a response in a field"),
        pytest.param("w", "get_shared_buffer", "invalid", id="wild pointers"),
    ],
)
async def test_a_host_call_that_goes_too_far_is_refused(siege: Besieged, letter: str, call: str, outcome: str) -> None:
    before = await siege.counted("wasm_hostcalls_total", filter="flood", function=call, outcome=outcome)
    async with siege.undisturbed():
        assert (await siege.call("flood", letter.encode()))[0] == 200
    assert await siege.counted("wasm_hostcalls_total", filter="flood", function=call, outcome=outcome) > before
    if outcome == "over_budget":
        await siege.audited(function="flood", call=call, reason=outcome)


async def test_nothing_is_smuggled_into_an_answer(siege: Besieged) -> None:
    async with siege.session.post(f"{siege.run.url}fn/hog", data=b"h") as answer:
        assert "set-cookie" not in answer.headers
        assert "x-a" not in answer.headers


async def test_a_function_that_answers_and_goes_on_is_ended_behind_its_answer(siege: Besieged) -> None:
    before = await siege.counted("wasm_traps_total", filter="hog", reason="timeout")
    async with siege.undisturbed():
        assert (await siege.call("hog", b"t"))[0] == 200
        await siege.ended("hog", "timeout", before + 1)
    assert await siege.counted("functions_running", function="hog") == 0


async def test_a_function_that_asks_for_itself_is_asked_a_few_times(siege: Besieged) -> None:
    """`echo` sends its own body on to itself: the request that it is asked for is the one that it asks for."""
    before = await siege.counted("function_requests_total", function="echo")
    async with siege.undisturbed():
        assert (await siege.call("echo"))[0] == 200
    assert await siege.counted("function_requests_total", function="echo") - before == 1 + MOST_DEEP
    entry = await siege.audited(function="echo", call="route_send", reason="over_budget")
    assert f"{MOST_DEEP} deep" in entry["detail"]


async def test_an_attack_by_many_clients_at_once_leaves_others_alone(siege: Besieged) -> None:
    async with siege.undisturbed():
        answers = await asyncio.gather(*(siege.call("hog", letter) for letter in (b"m", b"r", b"W", b"w", b"H") * 8))
    assert {status for status, _ in answers} == {200, 500}
    assert await siege.counted("functions_running", function="hog") == 0


async def test_no_worker_has_kept_what_the_hog_took(siege: Besieged) -> None:
    await asyncio.gather(*(siege.call("hog", b"m") for _ in range(10)))
    before = sum(map(resident_bytes, siege.run.workers()))
    for _ in range(5):
        await asyncio.gather(*(siege.call("hog", b"m") for _ in range(10)))
    assert sum(map(resident_bytes, siege.run.workers())) - before < 50 * MIB
