"""The admin's front page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from string import Template
from typing import Any, Final

_PAGE: Final = Template("""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<link rel="icon" href="data:,">
<title>Penstock admin</title>
<style>
:root { color-scheme: light dark; --accent: light-dark(#0b6a88, #6cc5e0); }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 44rem; margin: 3rem auto; padding: 0 1rem; }
h1 { font-weight: 600; margin-bottom: 0; }
h2 { font-size: 1.1rem; margin-top: 2rem; }
th { font-weight: 500; }
a { color: var(--accent); font: .875rem ui-monospace, monospace; }
table { border-collapse: collapse; width: 100%; }
td, th { text-align: left; padding: .35rem 1rem .35rem 0; border-bottom: 1px solid #8884; }
</style>
</head>
<body>
<h1>Penstock</h1>
<p>$state</p>
<h2>Pages</h2>
<table>$pages</table>
<h2>Workers</h2>
<table><tr><th>worker</th><th>pid</th><th>state</th><th>up for</th><th>loop lag</th></tr>$workers</table>
</body>
</html>
""")


def index_page(pages: Mapping[str, str], why_not_ready: str | None, workers: Sequence[Mapping[str, Any]]) -> str:
    """Return the page as HTML; `workers` as the supervisor describes them."""
    return _PAGE.substitute(
        state="Ready." if why_not_ready is None else f"Not ready: {escape(why_not_ready)}.",
        pages="".join(_row(f'<a href="{path}">{path}</a>', escape(text)) for path, text in pages.items()),
        workers="".join(_worker(worker) for worker in workers),
    )


def _worker(worker: Mapping[str, Any]) -> str:
    return _row(
        str(worker["worker"]),
        str(worker["pid"]),
        "ready" if worker["ready"] else "not ready",
        f"{worker['uptime_s']:.0f} s",
        f"{worker['loop_lag_s'] * 1000:.1f} ms",
    )


def _row(*cells: str) -> str:
    return "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"
