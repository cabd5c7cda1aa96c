"""The admin's front page."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Mapping, Sequence
from html import escape
from string import Template
from typing import Any, Final
from urllib.parse import quote

from proxy.admin.edge_endpoints import EDGE
from proxy.admin.endpoints import ORDERS, PAGES

_STYLE: Final = """
:root { color-scheme: light dark; --accent: light-dark(#0b6a88, #6cc5e0); --line: light-dark(#d9dee2, #3a4046);
  --good: light-dark(#1d7a3c, #6fd08f); --bad: light-dark(#b3261e, #ff9b91); --soft: light-dark(#5b656d, #9aa5ad); }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 50rem; margin: 3rem auto; padding: 0 1rem; }
h1 { font-weight: 600; margin: 0; }
h2 { font-size: 1.1rem; margin: 2.25rem 0 .5rem; }
p { margin: .25rem 0; }
th { font-weight: 500; color: var(--soft); font-size: .875rem; }
a, code { font: .875rem ui-monospace, monospace; }
a { color: var(--accent); }
table { border-collapse: collapse; width: 100%; }
td, th { text-align: left; vertical-align: baseline; padding: .35rem 1rem .35rem 0;
  border-bottom: 1px solid var(--line); }
td:first-child { white-space: nowrap; }
.good::before, .bad::before { content: "●"; margin-right: .5rem; }
.good::before { color: var(--good); }
.bad::before { color: var(--bad); }
.soft { color: var(--soft); }
pre { font: .8125rem/1.5 ui-monospace, monospace; white-space: pre-wrap; overflow-wrap: anywhere;
  border-left: 3px solid var(--bad); margin: .5rem 0 0; padding: .25rem 0 .25rem .75rem; }
"""

_PAGE: Final = Template(f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<link rel="icon" href="data:,">
<title>Penstock admin</title>
<style>{_STYLE}</style>
</head>
<body>
<h1>Penstock</h1>
$ready
$configuration
$functions
<h2>Pages</h2>
<table>$pages</table>
<h2>What it can be told to do</h2>
<table>$orders</table>
<h2>Workers</h2>
<table><tr><th>worker</th><th>pid</th><th>state</th><th>up for</th><th>loop lag</th></tr>$workers</table>
</body>
</html>
""")

POLICY: Final = (
    f"default-src 'none'; style-src 'sha256-{b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()}'; "
    "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""The page's Content-Security-Policy: its one style sheet, its empty icon, and nothing else."""


def index_page(
    why_not_ready: str | None,
    workers: Sequence[Mapping[str, Any]],
    reloads: Mapping[str, Any],
    functions: Sequence[Mapping[str, Any]] = (),
) -> str:
    """Return the page as HTML; workers and reloads as the supervisor describes them, functions as the desk does."""
    return _PAGE.substitute(
        ready=_line("good", "Ready.") if why_not_ready is None else _line("bad", f"Not ready: {why_not_ready}."),
        configuration=_configuration(reloads["generation"], reloads["last"]),
        functions=_functions(functions) if functions else "",
        pages="".join(_row(f'<a href="{path}">{path}</a>', escape(text)) for path, text in PAGES.items()),
        orders="".join(_row(f"<code>{escape(call)}</code>", escape(text)) for call, text in ORDERS.items()),
        workers="".join(_worker(worker) for worker in workers),
    )


def _functions(functions: Sequence[Mapping[str, Any]]) -> str:
    head = "<tr><th>function</th><th>live</th><th>more</th></tr>"
    return f"<h2>Functions</h2>\n<table>{head}{''.join(_function(**each) for each in functions)}</table>"


def _function(name: str, aliases: Mapping[str, Any], **_: object) -> str:
    place = f"{EDGE}/{quote(name, safe='')}"
    live = ", ".join(f"{each['version']} {each['percent']} %" for each in aliases.get("live", {}).get("versions", ()))
    more = " ".join(f'<a href="{place}/{page}">{page}</a>' for page in ("versions", "aliases", "logs", "metrics"))
    return _row(f'<a href="{place}">{escape(name)}</a>', f"<code>{escape(live)}</code>", more)


def _configuration(generation: int, last: Mapping[str, Any] | None) -> str:
    runs = f"Configuration {generation} runs"
    if last is None:
        return _line("good", f"{runs}; it was not reloaded yet.")
    if last["outcome"] == "reloaded":
        return _line("good", f"{runs}, since {_time(last['at'])}.")
    errors = escape("\n".join(last["errors"]))
    return _line("bad", f"{runs} on: a reload was refused at {_time(last['at'])}.") + f"<pre>{errors}</pre>"


def _time(at: str) -> str:
    return at.replace("T", " ").replace("+00:00", " UTC")


def _line(kind: str, text: str) -> str:
    return f'<p class="{kind}">{escape(text)}</p>'


def _worker(worker: Mapping[str, Any]) -> str:
    state = "ready" if worker["ready"] else "not ready"
    return _row(
        str(worker["worker"]),
        str(worker["pid"]),
        f'<span class="{"good" if worker["ready"] else "bad"}">{state}</span>',
        f"{worker['uptime_s']:.0f} s",
        f"{worker['loop_lag_s'] * 1000:.1f} ms",
    )


def _row(*cells: str) -> str:
    return "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"
