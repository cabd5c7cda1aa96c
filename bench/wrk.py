"""The load generator: a Lua script for each work, and what wrk says at the end."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from bench.process import BenchError, Process, on_cores
from bench.works import CONNECTIONS, Work

RESULT_MARK = "result: "

DONE = """
function done(summary, latency, requests)
  local errors = summary.errors
  io.write(string.format(
    'result: {"requests": %d, "duration_us": %d, "p50_us": %d, "p99_us": %d, "failed": %d}\\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
    errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
"""

HOST = '"{path}", {{["Host"] = "h" .. (i - 1) .. ".example"}}'
URL = '"{path}?n=" .. i'

IN_TURN = """
local requests, at = {}, 0
function init(args)
  for i = 1, %d do
    requests[i] = wrk.format("GET", %s)
  end
end
function request()
  at = at %% #requests + 1
  return requests[at]
end
"""

PAUSES = """
function delay()
  return math.random(0, %d)
end
"""

NEW_COOKIES = """
local n = 0
function request()
  n = n + 1
  wrk.headers["Cookie"] = string.format("session=%032d; theme=dark", n)
  return wrk.format()
end
"""


@dataclass(frozen=True)
class Load:
    """What one run of wrk did; `failed` counts socket errors and every status over 399."""

    requests: int
    duration_us: int
    p50_us: int
    p99_us: int
    failed: int

    @property
    def per_second(self) -> float:
        return self.requests / self.duration_us * 1e6


def script(work: Work) -> str:
    """Write the work in wrk's Lua: without a `request` function wrk builds its request once."""
    lines = [f'wrk.method = "{work.method}"']
    lines += [f"wrk.headers[{lua(name)}] = {lua(value)}" for name, value in work.headers]
    if work.upload_bytes:
        lines.append(f'wrk.body = string.rep("u", {work.upload_bytes})')
    return "\n".join(lines) + "\n" + requests(work) + pauses(work) + DONE


def requests(work: Work) -> str:
    """Write the function that makes each request, where they differ."""
    if work.new_cookies:
        return NEW_COOKIES
    if work.hosts or work.urls:
        return IN_TURN % (work.hosts or work.urls, (HOST if work.hosts else URL).format(path=work.path))
    return ""


def pauses(work: Work) -> str:
    """Let each connection wait between its requests, in the mean so long that all together keep to the rate."""
    return PAUSES % (2000 * CONNECTIONS // work.per_second) if work.per_second else ""


def lua(text: str) -> str:
    """Quote a string for Lua, which reads JSON's escapes for quotes and backslashes alike."""
    return json.dumps(text, ensure_ascii=True)


def find_wrk() -> str:
    found = shutil.which("wrk")
    if found is None:
        raise BenchError("wrk is not installed (Debian: apt install wrk)")
    return found


def drive(server: Process, work: Work, directory: Path, seconds: float, cores: frozenset[int]) -> Load:
    """Load the server for some seconds over 32 kept connections."""
    path = directory / f"{work.name}.lua"
    path.write_text(script(work))
    return run(path, f"http://{server.address}{work.path}", CONNECTIONS, seconds, cores)


def run(script: Path, url: str, connections: int, seconds: float, cores: frozenset[int]) -> Load:
    """Have wrk drive a server by a script that ends with DONE; raises BenchError where wrk fails."""
    command = [find_wrk(), "-t1", f"-c{connections}", f"-d{max(1, round(seconds))}s", "--timeout", "20s"]
    with on_cores(cores):
        done = subprocess.run(
            [*command, "-s", str(script), url],
            capture_output=True,
            text=True,
            timeout=seconds + 60,
            check=False,
        )
    if done.returncode:
        raise BenchError(f"wrk ended with status {done.returncode}: {done.stderr.strip()}")
    return parse(done.stdout)


def parse(output: str) -> Load:
    """Read the line that the script's `done` printed."""
    for line in output.splitlines():
        if line.startswith(RESULT_MARK):
            return Load(**json.loads(line.removeprefix(RESULT_MARK)))
    raise BenchError(f"wrk printed no result:\n{output}")
