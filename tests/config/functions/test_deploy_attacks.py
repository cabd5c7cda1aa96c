"""What those send who may deploy: it is taken whole, or it is refused and on record, and nothing has changed."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import signal
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from kit.deploying import saying, signed
from kit.hostile import made
from kit.running import PATIENCE_S, running
from kit.siege import ADMIN_LOG, Siege, resident_bytes, write

pytestmark = pytest.mark.asyncio(loop_scope="module")

MIB = 1024 * 1024
DEPLOY = "api/v1/edge/deploy"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def siege(tmp_path_factory: pytest.TempPathFactory, compilations_of_this_run: None) -> AsyncIterator[Siege]:
    directory = tmp_path_factory.mktemp("siege")
    write(directory, {"defaults": {"limits": {"cpu": "2s"}}, "named": {"granted": {"allow": {"kv": {"prefix": "a/"}}}}})
    async with running(directory) as run:
        siege = Siege(run, directory)
        assert (await siege.deploy("hello", saying("first")))[0] == 200
        yield siege


async def refused(siege: Siege, told: tuple[int, dict[str, Any]], status: int, word: str) -> None:
    """Hold that a deploy was refused with a status and a word, that the log has it, and that `hello` is as it was."""
    assert (told[0], word in told[1]["error"]) == (status, True), told
    assert (await siege.audited(ADMIN_LOG, status=status))["outcome"] != "done"
    assert len((await siege.asked("GET", "api/v1/edge/hello"))[1]["versions"]) == 1
    assert await siege.call("hello") == (200, b"first")


# -- modules


@pytest.mark.parametrize(
    ("wasm", "word"),
    [
        pytest.param(b"not a wasm file", "not a WebAssembly module", id="text"),
        pytest.param(b"", "not a WebAssembly module", id="nothing"),
        pytest.param(b"\0asm", "cannot be compiled", id="four bytes"),
        pytest.param(b"\0asm\1\0\0\0", "no ABI", id="an empty module"),
        pytest.param(b"\0asm\x0d\0\1\0", "cannot be compiled", id="a component"),
        pytest.param(b"\0asm\1\0\0\0" + b"\xff" * 1000, "cannot be compiled", id="rubbish"),
        pytest.param(saying("cut short")[:-9], "cannot be compiled", id="half a module"),
        pytest.param(b"\x7fELF" + bytes(100), "not a WebAssembly module", id="a program"),
    ],
)
async def test_what_is_no_module_is_refused(siege: Siege, wasm: bytes, word: str) -> None:
    await refused(siege, await siege.deploy("hello", wasm), 422, word)


MAIN = '(func (export "main") (result i32) (i32.const 0))'


@pytest.mark.parametrize(
    "wat",
    [
        pytest.param(f'(memory (export "memory") 65536) {MAIN}', id="4 GiB of memory"),
        pytest.param(f'(memory (export "memory") 801) {MAIN}', id="a page more than 50 MiB"),
        pytest.param(f'(memory (export "memory") 1) (table 4000000000 funcref) {MAIN}', id="4 billion places"),
        pytest.param(f'(memory (export "memory") 1) (memory 1) {MAIN}', id="two memories"),
        pytest.param(f'(memory (export "memory") 1 1 shared) {MAIN}', id="shared memory"),
        pytest.param(f'(memory (export "memory") i64 1) {MAIN}', id="64-bit memory"),
        pytest.param(f'(memory (export "memory") 1) (func $s unreachable) (start $s) {MAIN}', id="a start that traps"),
        pytest.param(f'(memory (export "memory") 1) (data (i32.const 65530) "0123456789") {MAIN}', id="data outside"),
        pytest.param(
            '(memory (export "memory") 1) (func (export "main") (result f64) (f64.const 0))', id="entry's type"
        ),
    ],
)
async def test_a_module_that_takes_too_much_or_does_not_start_is_refused(siege: Siege, wat: str) -> None:
    before = resident_bytes(siege.run.process.pid)
    async with siege.undisturbed():
        await refused(siege, await siege.deploy("hello", made(wat)), 422, "hello")
    assert resident_bytes(siege.run.process.pid) - before < 100 * MIB


async def test_a_module_that_spins_as_it_starts_is_refused_for_its_time(siege: Siege) -> None:
    wasm = made(f'(memory (export "memory") 1) (func $s (loop $l (br $l))) (start $s) {MAIN}')
    async with siege.undisturbed():
        await refused(siege, await siege.deploy("hello", wasm, limits={"cpu": "50ms"}), 422, "longer than 50 ms")


def bomb(functions: int = 30, blocks: int = 700) -> bytes:
    """Make a module that takes long to compile: functions of very many branches."""
    body = "(br_if 0 (local.get 0)) (local.set 0 (i32.mul (local.get 0) (i32.const 7)))" * blocks
    each = f"(func (param i32) (result i32) (block {body}) (local.get 0))"
    return made(f'(memory (export "memory") 1) {each * functions} {MAIN}')


async def test_the_admin_answers_while_a_module_takes_long_to_compile(siege: Siege) -> None:
    wasm = await asyncio.to_thread(bomb)
    before = resident_bytes(siege.run.process.pid)
    async with siege.undisturbed():
        deploying = asyncio.create_task(siege.deploy("bomb", wasm))
        count = 0
        while not deploying.done():
            async with asyncio.timeout(PATIENCE_S):
                assert (await siege.asked("GET", "api/v1/edge"))[0] == 200
            count += 1
        status, told = await deploying
    assert status in (200, 422), told
    assert count >= 3
    assert resident_bytes(siege.run.process.pid) - before < 300 * MIB
    await siege.asked("DELETE", "api/v1/edge/bomb")


# -- names and metadata


@pytest.mark.parametrize(
    "name",
    ["../x", "..", "a/b", "/etc/passwd", "%2e%2e%2fx", "a%00b", "a\0b", "a b", "A", "", "-", "x" * 64, "hello\n", "é",
     "deploy", "a.b", ".", "'; drop table functions; --", None, 7, ["hello"], {"hello": 1}],
)  # fmt: skip
async def test_a_name_that_is_none_is_refused(siege: Siege, name: Any) -> None:
    await refused(siege, await siege.deploy(name, saying("x")), 422, "name")
    assert not [each for each in siege.directory.rglob("*") if each.name in ("x", "x.wasm")]


@pytest.mark.parametrize(
    "path", ["%2e%2e%2fx", "..%2f..%2fetc%2fpasswd", "a%00b", "a%2fb", "%2e", "x%0d%0aSet-Cookie:%20a"]
)
@pytest.mark.parametrize("method", ["GET", "DELETE", "POST"])
async def test_a_name_in_a_path_is_no_path(siege: Siege, method: str, path: str) -> None:
    from yarl import URL

    async with siege.session.request(method, URL(f"{siege.run.admin}api/v1/edge/{path}", encoded=True)) as answer:
        assert answer.status in (400, 404, 422), await answer.text()
        assert "Set-Cookie" not in answer.headers
        assert "error" in await answer.json()


@pytest.mark.parametrize(
    ("metadata", "word"),
    [
        pytest.param({"root": True}, "root", id="an unknown key"),
        pytest.param({"secrets": {"A": "b"}}, "secrets", id="secrets"),
        pytest.param({"allow": {"filesystem": True}}, "filesystem", id="an unknown door"),
        pytest.param({"allow": {"kv": True}}, "functions.named.hello.allow.kv", id="a store"),
        pytest.param({"allow": {"http": {"hosts": ["127.0.0.1"]}}}, "functions.named.hello.allow.http", id="http"),
        pytest.param({"allow": {"secrets": ["TOKEN"]}}, "functions.named.hello.allow.secrets", id="a secret"),
        pytest.param({"allow": {"routes": ["plain"]}}, "functions.named.hello.allow.routes", id="a route"),
        pytest.param({"limits": {"cpu": "1h"}}, "limits.cpu", id="time"),
        pytest.param({"limits": {"memory": "1GiB"}}, "functions.named.hello.limits.memory", id="memory"),
        pytest.param({"limits": {"hostcalls": 10**9}}, "limits.hostcalls", id="host calls"),
        pytest.param({"limits": {"cpu": -1}}, "limits.cpu", id="no time"),
        pytest.param({"entry": "../main"}, "../main", id="an entry that is none"),
        pytest.param({"source": {"url": "http://127.0.0.1/", "sha256": "0" * 64}}, "either", id="two modules"),
        pytest.param({"alias": "../live"}, "alias", id="an alias that is none"),
        pytest.param({"percent": 0}, "percent", id="no percent"),
        pytest.param({"percent": 50.5}, "percent", id="half a percent"),
        pytest.param({"config": "x" * 300_000}, "262144", id="much to say"),
        pytest.param({"tests": [{}] * 33}, "tests", id="too many tests"),
        pytest.param({"description": "x" * 1001}, "description", id="a long description"),
    ],
)
async def test_metadata_that_ask_for_more_are_refused(siege: Siege, metadata: dict[str, Any], word: str) -> None:
    status = 413 if word.isdigit() else 422
    await refused(siege, await siege.deploy("hello", saying("x"), **metadata), status, word)


async def test_a_prefix_is_not_widened_by_a_deploy(siege: Siege) -> None:
    for prefix in ("", "b/", "a", "../a/"):
        told = await siege.deploy("granted", saying("x"), allow={"kv": {"prefix": prefix}})
        await refused(siege, told, 422, "functions.named.granted.allow.kv")
    assert (await siege.deploy("granted", saying("x"), allow={"kv": {"prefix": "a/b/"}}))[0] == 200
    assert (await siege.asked("DELETE", "api/v1/edge/granted"))[0] == 200


# -- the form

BOUNDARY = "penstockboundary"
FUNCTION = '{"name": "hello"}'


def part(name: str, content: bytes | str, more: str = "") -> bytes:
    data = content.encode() if isinstance(content, str) else content
    return f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n{more}\r\n'.encode() + data + b"\r\n"


END = f"--{BOUNDARY}--\r\n".encode()
WASM = saying("by a form")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        pytest.param(part("function", FUNCTION) + END, 400, id="no module"),
        pytest.param(part("wasm", WASM) + END, 400, id="no metadata"),
        pytest.param(END, 400, id="nothing"),
        pytest.param(b"", 400, id="not even an end"),
        pytest.param(part("function", FUNCTION) + part("wasm", WASM) * 2 + END, 400, id="two modules"),
        pytest.param(part("function", FUNCTION) * 2 + part("wasm", WASM) + END, 400, id="two of metadata"),
        pytest.param(part("function", FUNCTION) + part("wasm", WASM) + part("x", "y") + END, 400, id="another part"),
        pytest.param(part("function", "not JSON") + part("wasm", WASM) + END, 400, id="no JSON"),
        pytest.param(part("function", "[]") + part("wasm", WASM) + END, 400, id="a list"),
        pytest.param(part("function", "[" * 100_000) + part("wasm", WASM) + END, 400, id="deep JSON"),
        pytest.param(part("function", '{"name": NaN}') + part("wasm", WASM) + END, 422, id="no number"),
        pytest.param(
            part("function", '{"name": "hello", "config": {"a": NaN}}') + part("wasm", WASM) + END, 422, id="NaN"
        ),
        pytest.param(part("function", '{"name": "\\ud800"}') + part("wasm", WASM) + END, 422, id="half a character"),
        pytest.param(part("function", "x" * (MIB + 1)) + part("wasm", WASM) + END, 413, id="a huge field"),
        pytest.param(part("function", FUNCTION, "Content-Transfer-Encoding: base64\r\n") + END, 400, id="an encoding"),
        pytest.param(part("function", FUNCTION) + part("wasm", WASM)[:-10], 400, id="no end"),
        pytest.param(b"".join(part(f"n{number}", "") for number in range(5000)) + END, 400, id="thousands of parts"),
        pytest.param(part("function", FUNCTION, "X: y\r\n" * 5000) + END, 400, id="thousands of fields"),
        pytest.param(part("function", FUNCTION, f"X: {'y' * 200_000}\r\n") + END, 400, id="a long field"),
        pytest.param(
            part("function", FUNCTION, "Content-Type: multipart/mixed; boundary=x\r\n") + part("wasm", WASM) + END,
            400,
            id="a form in the form",
        ),
    ],
)
async def test_a_form_that_is_not_as_it_should_be_is_refused(siege: Siege, body: bytes, status: int) -> None:
    headers = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
    async with siege.undisturbed():
        await refused(siege, await siege.asked("POST", DEPLOY, data=body, headers=headers), status, "")


@pytest.mark.parametrize(
    ("kind", "status"),
    [("multipart/form-data", 400), (f"multipart/form-data; boundary={'x' * 5000}", 400), ("text/plain", 415),
     ("multipart/form-data; boundary=", 400), ("application/wasm", 415), ("application/x-www-form-urlencoded", 415)],
)  # fmt: skip
async def test_a_body_of_another_kind_is_refused(siege: Siege, kind: str, status: int) -> None:
    body = part("function", FUNCTION) + part("wasm", WASM) + END
    told = await siege.asked("POST", DEPLOY, data=body, headers={"Content-Type": kind})
    await refused(siege, told, status, "")


@pytest.mark.parametrize("off", [-10, +10])
async def test_a_length_that_is_wrong_changes_nothing(siege: Siege, off: int) -> None:
    body = part("function", FUNCTION) + part("wasm", WASM) + END
    host, _, port = siege.run.admin.removeprefix("http://").rstrip("/").rpartition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    head = f"POST /{DEPLOY} HTTP/1.1\r\nHost: {host}\r\nContent-Length: {len(body) + off}\r\n"
    writer.write(f"{head}Content-Type: multipart/form-data; boundary={BOUNDARY}\r\n\r\n".encode() + body)
    writer.write_eof()
    async with asyncio.timeout(PATIENCE_S):
        answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    assert b" 200 " not in answer.partition(b"\r\n")[0]
    assert await siege.call("hello") == (200, b"first")


# -- several things at once


async def test_of_deploys_at_once_each_is_told_its_own_and_one_runs(siege: Siege) -> None:
    words = [f"word {number}" for number in range(6)]
    async with siege.undisturbed():
        told = await asyncio.gather(*(siege.deploy("many", saying(word)) for word in words))
    assert [status for status, _ in told] == [200] * 6
    assert sorted(each["number"] for _, each in told) == [1, 2, 3, 4, 5, 6]
    last = max(range(6), key=lambda number: told[number][1]["number"])
    assert {await siege.call("many") for _ in range(8)} == {(200, words[last].encode())}
    shown = (await siege.asked("GET", "api/v1/edge/many"))[1]
    assert shown["aliases"]["live"]["versions"] == [{"version": told[last][1]["version"], "percent": 100}]


async def test_a_deploy_and_a_reload_at_once_both_come_to_something(siege: Siege) -> None:
    async with siege.undisturbed():
        for number in range(3):
            (status, told), (reloaded, _) = await asyncio.gather(
                siege.deploy("beside", saying(f"reload {number}")), siege.asked("POST", "reload")
            )
            assert status in (200, 409), told
            assert reloaded in (200, 409)
            if status == 200:
                assert {await siege.call("beside") for _ in range(8)} == {(200, b"reload %d" % number)}


async def test_a_deploy_while_a_worker_dies_is_in_all_workers_or_in_none(siege: Siege) -> None:
    assert (await siege.deploy("dying", saying("before")))[0] == 200
    deploying = asyncio.create_task(siege.deploy("dying", saying("after")))
    await asyncio.sleep(0)
    os.kill(siege.run.workers()[0], signal.SIGKILL)
    status, told = await deploying
    await siege.whole()
    found = {await siege.call("dying") for _ in range(12)}
    assert found == {(200, b"after" if status == 200 else b"before")}, told


# -- signatures


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def signing(siege: Siege) -> AsyncIterator[Ed25519PrivateKey]:
    """Let the configuration trust one key from here on."""
    key = Ed25519PrivateKey.generate()
    public = base64.b64encode(key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)).decode()
    write(siege.directory, {"defaults": {"limits": {"cpu": "2s"}}, "trust": {"keys": {"ci": public}}})
    assert (await siege.asked("POST", "reload"))[0] == 200
    yield key


async def signed_deploy(siege: Siege, metadata: dict[str, Any], wasm: bytes) -> tuple[int, dict[str, Any]]:
    return await siege.deploy(metadata.pop("name"), wasm, **metadata)


async def test_a_deploy_without_a_signature_is_refused_where_one_is_wanted(
    siege: Siege, signing: Ed25519PrivateKey
) -> None:
    await refused(siege, await siege.deploy("hello", saying("unsigned")), 403, "not signed")


async def test_a_signature_is_good_for_its_function_its_module_and_its_settings_alone(
    siege: Siege, signing: Ed25519PrivateKey
) -> None:
    wasm, own = saying("signed"), {"name": "signed", "config": {"a": 1}}
    good = signed(own, wasm, signing)["signature"]
    for metadata, module in (
        ({"name": "hello", "config": {"a": 1}}, wasm),
        ({"name": "signed", "config": {"a": 2}}, wasm),
        ({"name": "signed", "config": {"a": 1}, "limits": {"cpu": "1s"}}, wasm),
        ({"name": "signed", "config": {"a": 1}, "entry": "other"}, wasm),
        (own, saying("other")),
    ):
        told = await signed_deploy(siege, {**metadata, "signature": good}, module)
        await refused(siege, told, 403, "sign anew")
    assert (await signed_deploy(siege, {**own, "signature": good}, wasm))[0] == 200


async def test_a_key_that_comes_with_the_deploy_counts_for_nothing(siege: Siege, signing: Ed25519PrivateKey) -> None:
    own = Ed25519PrivateKey.generate()
    public = base64.b64encode(own.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)).decode()
    wasm = saying("by a stranger")
    strange = signed({"name": "hello"}, wasm, own)
    await refused(siege, await signed_deploy(siege, dict(strange), wasm), 403, "not by 'ci'")
    strange["signature"]["key"] = "stranger"
    await refused(siege, await signed_deploy(siege, dict(strange), wasm), 403, "no key 'stranger'")
    for bringing in ({"public_key": public}, {"trust": {"keys": {"stranger": public}}}):
        await refused(siege, await signed_deploy(siege, {**strange, **bringing}, wasm), 422, next(iter(bringing)))
    strange["signature"]["public_key"] = public
    await refused(siege, await signed_deploy(siege, dict(strange), wasm), 422, "public_key")


async def test_an_old_signature_does_what_a_rollback_does_and_no_more(siege: Siege, signing: Ed25519PrivateKey) -> None:
    old, new = saying("old"), saying("new")
    for wasm in (old, new, old):
        status, told = await signed_deploy(siege, signed({"name": "replayed"}, wasm, signing), wasm)
        assert status == 200, told
    assert told["number"] == 1
    assert [each["key"] for each in (await siege.asked("GET", "api/v1/edge/replayed"))[1]["versions"]] == ["ci", "ci"]
    assert (await siege.audited(ADMIN_LOG, status=200))["order"]["version"] == told["version"]


async def test_what_was_deployed_unsigned_is_not_rolled_back_to(siege: Siege, signing: Ed25519PrivateKey) -> None:
    status, told = await siege.asked(
        "PUT",
        "api/v1/edge/many/aliases/live",
        data=json.dumps({"version": 1}),
        headers={"Content-Type": "application/json"},
    )
    await refused(siege, (status, told), 403, "not signed")
