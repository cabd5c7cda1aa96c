"""The connections of a worker's functions, those of each function apart: no other one waits for them, or sees them."""

from __future__ import annotations

import ssl
from typing import Final, TypeAlias

import aiohttp

from proxy.upstream.resolver import Lookup, system_lookup
from wasm_host.functions.hostcall import HostcallFailed
from wasm_host.functions.network.addresses import Reach
from wasm_host.functions.network.guard import GuardedResolver, guarded_socket
from wasm_host.functions.network.lookups import MOST_OF_A_FUNCTION, MOST_OF_A_WORKER, Lookups

MOST_CONNECTIONS: Final = 256
"""Of one function in one worker; further requests wait for one of them, as long as their time allows."""

_NOT_OURS_TO_ADD: Final = ("Accept", "Accept-Encoding", "Content-Type")
_USER_AGENT: Final = {"User-Agent": "penstock"}
"""Where a function names none: there are servers that refuse who does not say what it is."""

Key: TypeAlias = tuple[str, tuple[str, ...]]
"""A function's name, and the networks that it may reach: what it may not any more, it keeps no connection to."""


class Pool:
    """One function's connections; shared by its versions, and closed with the last of them."""

    def __init__(self, pools: HttpPools, key: Key) -> None:
        self._pools, self._key = pools, key
        self.reach = Reach(key[1])
        self._session: aiohttp.ClientSession | None = None
        self._users = 0

    def join(self) -> Pool:
        self._users += 1
        return self

    async def leave(self) -> None:
        """Be one user less; the last one closes it."""
        self._users -= 1
        if not self._users:
            await self.close()

    def session(self) -> aiohttp.ClientSession:
        """Return the session, made when first needed, in the loop that runs then; raises HostcallFailed if closed."""
        if not self._users:
            raise HostcallFailed("unavailable", "the function is closed")
        if self._session is None:
            self._session = self._pools.make_session(self.reach)
        return self._session

    async def close(self) -> None:
        """Close every connection."""
        self._users = 0
        self._pools.forget(self._key)
        session, self._session = self._session, None
        if session is not None:
            await session.close()


class HttpPools:
    """Those of one worker. `tls` verifies servers: `TlsClient().context()` does, by the system's roots."""

    def __init__(self, tls: ssl.SSLContext, lookup: Lookup = system_lookup) -> None:
        self._tls, self._lookup = tls, Lookups(lookup, MOST_OF_A_WORKER)
        self._pools: dict[Key, Pool] = {}

    def join(self, function: str, networks: tuple[str, ...]) -> Pool:
        """Return a function's pool with one user more; raises ValueError for what are no networks."""
        key = (function, networks)
        if key not in self._pools:
            self._pools[key] = Pool(self, key)
        return self._pools[key].join()

    def make_session(self, reach: Reach) -> aiohttp.ClientSession:
        """Make a client that adds nothing, keeps nothing but connections, and heeds no setting of its surroundings."""
        connector = aiohttp.TCPConnector(
            limit=MOST_CONNECTIONS,
            ssl=self._tls,
            resolver=GuardedResolver(reach, Lookups(self._lookup, MOST_OF_A_FUNCTION)),
            socket_factory=guarded_socket(reach),
        )
        return aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,  # a small body would be a large one
            skip_auto_headers=_NOT_OURS_TO_ADD,
            headers=_USER_AGENT,
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=None),  # who calls has a time for all of it
            trust_env=False,
        )

    def forget(self, key: Key) -> None:
        self._pools.pop(key, None)

    async def close(self) -> None:
        """Close all that is left."""
        for pool in list(self._pools.values()):
            await pool.close()
