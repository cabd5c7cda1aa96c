"""wrk's part: a script for each kind of traffic, and a run of it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from bench.process import BenchError, Process
from bench.waf.cost.traffic import NUMBER, Traffic
from bench.wrk import DONE, Load, lua, run

CONNECTIONS: Final = 8
"""Few, for what waits in them when wrk ends costs the server CPU time for no answer."""

FIRST: Final = 10_000_000
"""Numbers start here, so that all requests are of one length."""

# wrk would send a Content-Length with an empty body, too.
MAKE: Final = """
local n = %d
local function number()
  n = n + 1
  return tostring(n)
end
local function fill(text)
  return (text:gsub("{n}", number))
end
local function make()
  local own = {}
  for name, value in pairs(headers) do own[name] = fill(value) end
  return wrk.format(method, fill(target), own, body ~= "" and fill(body) or nil)
end
"""
VARIED: Final = """
function request()
  return make()
end
"""
SAME: Final = """
local made
function request()
  made = made or make()
  return made
end
"""


def script(traffic: Traffic) -> str:
    """Write the traffic in wrk's Lua."""
    headers = ", ".join(f"[{lua(name)}] = {lua(value)}" for name, value in traffic.headers)
    texts = {"method": traffic.method, "target": traffic.target, "body": traffic.body}
    lines = [f"local {name} = {lua(text)}" for name, text in texts.items()]
    lines.append(f"local headers = {{{headers}}}")
    return "\n".join(lines) + MAKE % FIRST + (VARIED if traffic.varies else SAME) + DONE


def one_request(traffic: Traffic) -> tuple[str, dict[str, str], bytes]:
    """Return target, headers and body as the first request has them, but for which number stands where."""
    target, body, *values = (
        text.replace(NUMBER, str(FIRST)) for text in (traffic.target, traffic.body, *dict(traffic.headers).values())
    )
    return target, dict(zip(dict(traffic.headers), values, strict=True)), body.encode()


def drive(server: Process, traffic: Traffic, directory: Path, seconds: float, cores: frozenset[int]) -> Load:
    """Load the server for some seconds; raises BenchError unless every request was answered with success."""
    path = directory / f"{traffic.name}.lua"
    path.write_text(script(traffic))
    load = run(path, f"http://{server.address}", CONNECTIONS, seconds, cores)
    if load.failed or not load.requests:
        raise BenchError(f"{server.name}, {traffic.name}: {load.failed} of {load.requests} requests failed")
    return load
