"""Connections to Redis, DragonflyDB, Sentinels or a cluster; only this file knows the library and its exceptions."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from typing import Any, Final, TypeAlias

from redis.asyncio import Redis, RedisCluster
from redis.asyncio.cluster import ClusterNode
from redis.asyncio.retry import Retry
from redis.asyncio.sentinel import MasterNotFoundError, Sentinel
from redis.backoff import NoBackoff
from redis.exceptions import (
    AuthenticationError,
    AuthorizationError,
    BusyLoadingError,
    ConnectionError,
    NoPermissionError,
    NoScriptError,
    OutOfMemoryError,
    ReadOnlyError,
    RedisClusterException,
    RedisError,
    ResponseError,
)

from proxy.cache.redis_scripts import SCRIPTS, Command, Script
from proxy.cache.redis_settings import RedisAddress, RedisSettings
from proxy.errors import CacheStoreError
from proxy.patience import patient_timeout

Reply: TypeAlias = Any
"""What a command gave: bytes, int, None, a list of these, or a CacheStoreError in its place."""

NOBODY_THERE: Final = frozenset({"refused", "auth", "loading"})
"""Failures that the next attempt will meet again."""

READ_BYTES: Final = 256 * 1024
CONNECT_TIMEOUT_S: Final = 1.0


class RedisClient:
    """Runs commands, several in one round trip. Nothing is tried again here: a second attempt would come too late.

    `scripts` are those that commands call.
    """

    def __init__(self, settings: RedisSettings, scripts: Sequence[Script] = SCRIPTS) -> None:
        self._settings, self._scripts = settings, scripts
        self._address = RedisAddress.parse(settings.url)
        self._client: Redis | RedisCluster | None = None
        self._sentinel: Sentinel | None = None

    async def reopen(self) -> None:
        """Forget all connections and what was known of nodes; commands connect anew. Raises CacheStoreError."""
        await self.close()
        try:
            self._open()
        except Exception as error:
            raise _mapped(error) from error

    def _open(self) -> None:
        options = self._options()
        if self._address.kind == "sentinel":
            self._sentinel = Sentinel(  # type: ignore[no-untyped-call]
                self._address.hosts, sentinel_kwargs=self._sentinel_options(), **self._ssl_flag(), **options
            )
            self._client = self._sentinel.master_for(self._address.service)
        elif self._address.kind == "cluster":
            nodes = [ClusterNode(host, port) for host, port in self._address.hosts]
            del options["db"]
            self._client = RedisCluster(startup_nodes=nodes, **self._ssl_flag(), **options)
        elif self._address.path is not None:
            self._client = Redis(unix_socket_path=self._address.path, **options)
        else:
            host, port = self._address.hosts[0]
            self._client = Redis(host=host, port=port, **self._ssl_flag(), **options)

    async def close(self) -> None:
        """Close all connections, whatever state they are in."""
        client, self._client = self._client, None
        sentinel, self._sentinel = self._sentinel, None
        for each in (client, sentinel):
            if each is not None:
                with contextlib.suppress(Exception):  # It is gone either way.
                    await each.aclose()

    async def run(self, commands: Sequence[Command], within_s: float) -> list[Reply]:
        """Return each command's reply, or its CacheStoreError; raises CacheStoreError where there are no replies."""
        try:
            async with patient_timeout(within_s):
                return await self._run(commands)
        except Exception as error:
            raise _mapped(error) from error

    async def load_scripts(self, within_s: float) -> None:
        """Give every script to the server, which forgets them when it restarts."""
        try:
            async with asyncio.timeout(within_s):
                await self._load_scripts()
        except Exception as error:
            raise _mapped(error) from error

    async def _run(self, commands: Sequence[Command]) -> list[Reply]:
        replies = await self._pipeline(commands)
        unknown = [place for place, reply in enumerate(replies) if isinstance(reply, NoScriptError)]
        if unknown:
            await self._load_scripts()
            again = await self._pipeline([commands[place] for place in unknown])
            for place, reply in zip(unknown, again, strict=True):
                replies[place] = reply
        return [_mapped(reply) if isinstance(reply, Exception) else reply for reply in replies]

    async def _pipeline(self, commands: Sequence[Command]) -> list[Any]:
        if self._client is None:
            raise ConnectionError("closed")
        pipeline: Any = self._client.pipeline(transaction=False)
        for command in commands:
            pipeline.execute_command(*command)
        replies: list[Any] = await pipeline.execute(raise_on_error=False)
        return replies

    async def _load_scripts(self) -> None:
        client: Any = self._client
        for script in self._scripts:
            await client.execute_command("SCRIPT LOAD", script.source)

    def _options(self) -> dict[str, Any]:
        """Return what every connection is made with.

        RESP2 has all that is needed; without `driver_info` a connection saves its first two commands. Deadlines
        are kept here, for a whole round trip, where the library would set a timer for each reply.
        """
        address, settings = self._address, self._settings
        options: dict[str, Any] = {
            "username": address.username,
            "password": address.password,
            "db": address.database,
            "protocol": 2,
            "driver_info": None,
            "socket_timeout": None,
            "socket_connect_timeout": CONNECT_TIMEOUT_S,
            "socket_read_size": READ_BYTES,
            "retry": Retry(NoBackoff(), 0),
        }
        if address.tls:
            options |= {
                "ssl_ca_certs": settings.ca,
                "ssl_certfile": settings.cert,
                "ssl_keyfile": settings.key,
                "ssl_cert_reqs": "required",
                "ssl_check_hostname": True,
            }
        return options

    def _ssl_flag(self) -> dict[str, Any]:
        return {"ssl": True} if self._address.tls else {}

    def _sentinel_options(self) -> dict[str, Any]:
        """Return the options for the Sentinels, which know neither the servers' passwords nor databases."""
        servers_own = ("username", "password", "db")
        options = {name: value for name, value in self._options().items() if name not in servers_own}
        return {**options, **self._ssl_flag()}


def _mapped(error: Exception) -> CacheStoreError:
    """Turn whatever the library raised into our own; its text may quote arguments, so only its kind is told."""
    return CacheStoreError(f"{type(error).__name__} from the shared tier", reason=_reason(error))


def _reason(error: Exception) -> str:
    if isinstance(error, AuthenticationError | AuthorizationError | NoPermissionError) or "NOAUTH" in str(error):
        return "auth"
    if isinstance(error, BusyLoadingError):
        return "loading"
    if isinstance(error, OutOfMemoryError) or "-OOM " in str(error):  # Redis 6 wraps what a script's command says.
        return "out_of_memory"
    if isinstance(error, MasterNotFoundError) or _was_refused(error):
        return "refused"
    if isinstance(error, ReadOnlyError):
        return "read_only"
    if isinstance(error, ResponseError):
        return "rejected"
    if isinstance(error, TimeoutError):
        return "timeout"
    return "connection" if isinstance(error, RedisError | RedisClusterException | OSError) else "client"


def _was_refused(error: BaseException | None) -> bool:
    """Tell whether nobody listens there, which the library hides behind an exception of its own."""
    while error is not None:
        if isinstance(error, ConnectionRefusedError | FileNotFoundError):
            return True
        error = error.__cause__ or error.__context__
    return False
