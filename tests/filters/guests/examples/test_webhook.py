"""The example `webhook`, as it is built."""

from __future__ import annotations

import hashlib
import hmac

import pytest
from kit.edge import Failing, Shelf
from kit.example_functions import Example, about, built, faults

from proxy.errors import FunctionFailed
from wasm_host.functions.hostcall import HostcallFailed
from wasm_host.functions.services import Services

SECRET = "k" * 100
NOW = 1_700_000_000
BODY = b'{"event": "paid", "note": "\xc3\xa9 \x00"}'


def signed(timestamp: int, body: bytes, secret: str = SECRET) -> list[tuple[str, str]]:
    signature = hmac.new(secret.encode(), b"%d.%b" % (timestamp, body), hashlib.sha256).hexdigest()
    return [("x-timestamp", str(timestamp)), ("x-signature", f"sha256={signature}")]


async def status(shelf: object, fields: list[tuple[str, str]], body: bytes = BODY) -> int:
    services = Services(kv=shelf, wall_clock=lambda: NOW + 0.5)  # type: ignore[arg-type]
    example = Example("webhook", services, secrets={"WEBHOOK_SECRET": SECRET})
    return (await example.answer("POST", "/", fields, body=body)).status


async def test_it_passes_its_own_tests() -> None:
    assert await faults(built("webhook"), about("webhook")) == {}


async def test_what_the_sender_signs_is_kept_for_a_day() -> None:
    shelf, fields = Shelf(later=True), signed(NOW - 300, BODY)
    assert await status(shelf, fields) == 202
    key = f"event:{fields[1][1].removeprefix('sha256=')}".encode()
    assert (shelf.values, shelf.ttls) == ({key: BODY}, {key: 86_400})


async def test_an_event_that_is_sent_again_is_not_taken_again_however_its_signature_is_spelled() -> None:
    shelf, (timestamp, (name, signature)) = Shelf(), signed(NOW, BODY)
    assert await status(shelf, [timestamp, (name, signature)]) == 202
    assert await status(shelf, [timestamp, (name, f"sha256={signature[7:].upper()}")]) == 409
    assert len(shelf.values) == 1


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param(signed(NOW, BODY + b" "), id="another body"),
        pytest.param(signed(NOW, BODY, SECRET[1:]), id="another secret"),
        pytest.param([("x-timestamp", str(NOW + 1)), signed(NOW, BODY)[1]], id="another time"),
        pytest.param(signed(NOW - 301, BODY), id="too old"),
        pytest.param(signed(NOW + 301, BODY), id="of the future"),
    ],
)
async def test_what_is_not_signed_now_is_refused_and_not_kept(fields: list[tuple[str, str]]) -> None:
    shelf = Shelf()
    assert await status(shelf, fields) == 401
    assert shelf.values == {}


async def test_while_the_store_is_away_no_event_is_said_to_be_taken() -> None:
    with pytest.raises(FunctionFailed):
        await status(Failing(HostcallFailed("unavailable", "away"), later=True), signed(NOW, BODY))
