"""TLS in `penstock run`: sessions are resumed whichever worker a client meets, and the certificate's end is told."""

from __future__ import annotations

import asyncio
import json
import pathlib
import re
import socket
import ssl
from urllib.parse import urlsplit

import pytest
from click.testing import CliRunner
from kit.certificates import DAY, NOW, authority, client_context, issue
from kit.running import PATIENCE_S, Run, running

from config.cli import main

MET_BY = 16
"""Connections after which a worker that was met by none of them would be a wonder of 1 in 30,000."""


@pytest.fixture
def configured(tmp_path: pathlib.Path) -> pathlib.Path:
    """Write a configuration with two workers, and the authority's certificate beside it."""
    root = authority()
    issue("localhost", by=root).write(tmp_path, "site", root)
    (tmp_path / "ca.pem").write_bytes(root.pem)
    configuration = {
        "version": 1,
        "workers": 2,
        "listeners": [
            {
                "name": "public",
                "address": "127.0.0.1:0",
                "tls": {"certificates": [{"cert": "site.crt", "key": "site.key"}]},
            }
        ],
        "admin": {"address": "127.0.0.1:0"},
        "filters": {"hello": {"type": "respond", "status": 200}},
        "routes": [{"name": "all", "filters": ["hello"]}],
    }
    (tmp_path / "penstock.yaml").write_text(json.dumps(configuration))
    return tmp_path


def resumed(run: Run, client: ssl.SSLContext) -> list[bool]:
    """Connect again and again with the first connection's session; tell each time whether it was taken."""
    place = urlsplit(run.url)
    session: ssl.SSLSession | None = None
    taken = []
    for _ in range(MET_BY):
        with (
            socket.create_connection((place.hostname, place.port), timeout=PATIENCE_S) as plain,
            client.wrap_socket(plain, server_hostname="localhost", session=session) as end,
        ):
            end.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            assert end.recv(4096).startswith(b"HTTP/1.1 200")
            taken.append(bool(end.session_reused))
            session = session or end.session
    return taken


async def metric(run: Run, name: str) -> list[tuple[str, float]]:
    """Return the labels and values of a family."""
    async with run.session.get(f"{run.admin}metrics") as response:
        lines = (await response.text()).splitlines()
    found = [re.fullmatch(rf"penstock_{name}\{{(.*)\}} (\S+)", line) for line in lines]
    return [(each[1], float(each[2])) for each in found if each]


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
async def test_any_worker_resumes_a_session(configured: pathlib.Path, version: ssl.TLSVersion) -> None:
    client = client_context()
    client.load_verify_locations(configured / "ca.pem")
    client.maximum_version = version
    async with running(configured) as run:
        assert await asyncio.to_thread(resumed, run, client) == [False] + [True] * (MET_BY - 1)
        counted = await metric(run, "tls_handshakes_total")
        assert sum(value for _, value in counted) == MET_BY
        [(labels, ends)] = await metric(run, "tls_certificate_not_after_seconds")
        assert 'listener="public"' in labels
        assert "site.crt" in labels
        assert ends > 1e9


async def test_a_certificate_that_has_expired_stops_a_check_and_neither_a_start_nor_a_reload(
    configured: pathlib.Path,
) -> None:
    issue("localhost", begins=NOW - 9 * DAY, ends=NOW - DAY).write(configured, "site")
    checked = CliRunner().invoke(main, ["check", str(configured / "penstock.yaml")])
    assert checked.exit_code == 1
    assert "the certificate of localhost expired on" in checked.stderr
    warned = r".*: warning: .*site\.crt: the certificate of localhost expired on .* UTC; renew it"
    async with running(configured) as run:
        assert sum(re.fullmatch(warned, line) is not None for line in run.lines) == 1
        run.lines.clear()
        async with run.session.post(f"{run.admin}reload") as response:
            assert (await response.json())["outcome"] == "reloaded"
        await run.said(r".*site\.crt: the certificate of localhost expired on .* UTC; renew it")
