"""An admin with tokens, of `penstock run`: probes, a reload by command, and what is written down of it."""

from __future__ import annotations

import asyncio
import json
import os
import pathlib
import signal
import sys

import pytest
from kit.running import PATIENCE_S, Run, running
from kit.supervised import eventually

READ, WRITE = "read-q7-0123456789Zx", "write-q7-0123456789Zx"
CONFIGURATION = {
    "version": 1,
    "workers": 2,
    "listeners": [{"name": "public", "address": "127.0.0.1:0"}],
    "routes": [{"name": "all", "filters": [{"type": "respond", "status": 204}]}],
    "admin": {
        "address": "127.0.0.1:0",
        "tokens": [
            {"name": "ops", "token": "file:token", "role": "write"},
            {"name": "graphs", "token": READ, "role": "read"},
        ],
        "audit_log": "audit.log",
    },
}


async def penstock(run: Run, *arguments: str, token: str) -> tuple[int, str]:
    """Run a command against the admin; returns its exit status and all that it printed."""
    program = "import sys; from config.cli import main; sys.exit(main())"
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-c", program, *arguments, "--admin", run.admin),
        env=os.environ | {"PYTHONPATH": str(pathlib.Path(__file__).parents[2]), "PENSTOCK_ADMIN_TOKEN": token},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    async with asyncio.timeout(PATIENCE_S):
        printed, _ = await process.communicate()
    return process.returncode or 0, printed.decode()


def audited(file: pathlib.Path) -> list[tuple[str, str, str]]:
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    return [(line["who"], line["path"], line["outcome"]) for line in lines]


async def got(run: Run, path: str, token: str | None = None) -> tuple[int, str]:
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    async with run.session.get(run.admin + path, headers=headers) as response:
        return response.status, await response.text()


@pytest.mark.timeout(180)
async def test_tokens_rule_what_may_be_done_and_changes_are_written_down(tmp_path: pathlib.Path) -> None:
    (tmp_path / "token").write_text(WRITE + "\n")
    file, audit = tmp_path / "penstock.yaml", tmp_path / "audit.log"
    file.write_text(json.dumps(CONFIGURATION))
    async with running(tmp_path) as run:
        assert await got(run, "healthz") == (200, '{\n  "status": "ok"\n}\n')
        assert (await got(run, "metrics"))[0] == 401
        status, shown = await got(run, "config", READ)
        assert status == 200

        file.write_text(json.dumps({**CONFIGURATION, "drain_timeout": "5s"}))
        refused = await penstock(run, "reload", token=READ)
        assert refused == (
            1,
            f"Error: the admin at {run.admin} refuses: graphs may only read; this takes the role write\n",
        )
        assert (await penstock(run, "reload", token=WRITE))[0] == 0
        assert '"drain_timeout": "5s"' in (await got(run, "config", READ))[1]
        assert audited(audit) == [("graphs", "/reload", "denied"), ("ops", "/reload", "done")]

        audit.rename(tmp_path / "audit.log.1")
        run.process.send_signal(signal.SIGUSR1)
        await eventually(lambda: asyncio.to_thread(audit.exists), "the audit log to be opened anew")
        assert (await penstock(run, "reload", token=WRITE))[0] == 0
        assert audited(audit) == [("ops", "/reload", "done")]
        shown += (await got(run, "metrics", READ))[1] + (await got(run, "", READ))[1]
    everything = shown + "\n".join(run.lines) + audit.read_text() + (tmp_path / "audit.log.1").read_text()
    assert READ not in everything
    assert WRITE not in everything
