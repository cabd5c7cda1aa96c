"""The functions that a json guest may import, from `edge_hive`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from proxy.errors import GuestOutOfMemory, GuestTrap
from wasm_host.abi.edge.surroundings import log_at
from wasm_host.calls import Running
from wasm_host.functions.call import Call
from wasm_host.functions.guest import CallGuest
from wasm_host.functions.hostcall import REASONS, HostcallFailed
from wasm_host.functions.hostcalls import Hostcalls
from wasm_host.signature import HostFunction, Signature

MODULE: Final = "edge_hive"
SIGNATURES: Final = {"log": Signature("iii"), "db_query": Signature("ii", "i")}
MOST_QUERY_BYTES: Final = 64 * 1024
NO_DATABASE: Final = b'{"Err":"no database configured"}'
_LENGTH_BYTES: Final = 4
_NOTHING: Final = dict.fromkeys(REASONS, 0)
"""A null pointer, where not even a refusal can be handed over."""


class Database:
    """What `db_query` reaches: nothing.

    SQL cannot be kept to one function's own rows as keys can, and a guest makes room for the result while the query
    runs, which rules out to wait for one. So each query is answered as the ABI has it for a host without a database.
    """

    def __init__(self, allocate: int) -> None:
        """Take the number of the guests' allocator among their exports."""
        self._allocate = allocate
        self._guests: dict[Call, CallGuest] = {}
        self._handing_over = False

    def open(self, call: Call, guest: CallGuest) -> None:
        """Let a guest ask; before that, its start function cannot be handed anything."""
        self._guests[call] = guest

    def close(self, call: Call) -> None:
        self._guests.pop(call, None)

    def db_query(self, call: Call, at: int, size: int) -> int:
        """Answer a query; returns the place of the result, its length before it."""
        if size > MOST_QUERY_BYTES:
            raise HostcallFailed("too_large", f"a query of {size} bytes; {MOST_QUERY_BYTES} is the most")
        call.memory.reach(at + size)
        place = self._room(call, _LENGTH_BYTES + len(NO_DATABASE))
        call.memory.write_u32(place, len(NO_DATABASE))
        call.memory.write(place + _LENGTH_BYTES, NO_DATABASE)
        return place + _LENGTH_BYTES

    def _room(self, call: Call, size: int) -> int:
        guest = self._guests.get(call)
        if guest is None or self._handing_over:
            raise GuestTrap("it queries the database where it can be handed nothing", reason="hostcall_misuse")
        self._handing_over = True
        try:
            place = guest.enter_inside(self._allocate, size)
        finally:
            self._handing_over = False
        if not place:
            raise GuestOutOfMemory(f"its allocator has no room for {size} bytes")
        return place


def host_functions(running: Running, hostcalls: Hostcalls, database: Database) -> list[HostFunction]:
    """Return them all; `running.guest` is a Call."""
    behind: Mapping[str, Callable[..., int | None]] = {"log": log_at, "db_query": database.db_query}
    return [
        HostFunction(MODULE, name, signature, hostcalls.gated(name, behind[name], running, _NOTHING), on_wild_pointer=0)
        for name, signature in SIGNATURES.items()
    ]
