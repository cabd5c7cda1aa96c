"""The pages that the playhouse's visitors see; each content in `html/` stands in the same frame."""

from __future__ import annotations

from pathlib import Path
from string import Template

_HTML = Path(__file__).parent / "html"
_FRAME = Template((_HTML / "frame.html").read_text())
_FILES = {
    "/": "home",
    "/login": "login",
    "/register": "register",
    "/search": "search",
    "/plays": "plays",
    "/reviews": "reviews",
    "/editor": "editor",
    "/upload": "upload",
    "/account": "account",
    "/help/sql": "help-sql",
}


def paths() -> tuple[str, ...]:
    return tuple(_FILES)


def page(path: str) -> str:
    title = path.strip("/").replace("/", " ").capitalize() or "Welcome"
    return _FRAME.substitute(title=title, content=(_HTML / f"{_FILES[path]}.html").read_text())
