"""README and docs/architecture.md speak of what is there, and README's filter does what README says."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from kit import FakeOrigin, Proxy, answering

from config.demo import quickstart
from config.registry import TYPES
from proxy.filter import Filter

ROOT = Path(__file__).parent.parent
PAGES = [
    "README.md",
    "docs/architecture.md",
    "docs/wasm-filters.md",
    "docs/edge-functions.md",
    "docs/caching.md",
    "docs/deploying.md",
    "docs/operations.md",
]
MEASURED = "bench/results/"
"""Made by `make bench`."""


def read(name: str) -> str:
    return (ROOT / name).read_text()


def block(text: str, language: str) -> str:
    """Return the first fenced block in a language."""
    found = re.search(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    assert found
    return found[1]


def named_paths() -> Iterator[tuple[str, str]]:
    for page in PAGES:
        text = read(page)
        for name in re.findall(r"(?:proxy|filters|wasm_host|config|bench|tests|docs|deploy)/[\w./-]*\w", text):
            yield page, name


@pytest.mark.parametrize(("page", "name"), sorted(set(named_paths())))
def test_every_file_that_is_named_is_there(page: str, name: str) -> None:
    assert (ROOT / name).exists() or name.startswith(MEASURED)


@pytest.mark.parametrize("target", sorted(set(re.findall(r"`(?:\$ )?make ([a-z-]+)", read("README.md")))))
def test_every_make_target_that_is_named_is_there(target: str) -> None:
    assert re.search(rf"^{target}:", read("Makefile"), re.MULTILINE)


def test_the_readme_names_every_filter_type_and_every_hook() -> None:
    hooks = [name for name in vars(Filter) if name.startswith("on_")]
    assert [name for name in (*TYPES, *hooks) if f"`{name}" not in read("README.md")] == []


def test_what_the_readme_shows_of_the_invitation_is_what_it_says() -> None:
    asked = set(re.findall(r"http://127\.0\.0\.1:8080(/[\w/?.\[\]-]*)", read("README.md")))
    offered = quickstart.what_to_try("127.0.0.1:8080", "127.0.0.1:9901", "127.0.0.1:9000")
    assert asked >= {"/hello", "/", "/api/v1/things?[1-6]"}
    assert all(f"127.0.0.1:8080{path}" in offered for path in ("/hello", "/", "/api/v1/things?[1-6]"))


async def test_the_filter_of_the_readme_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = read("README.md")
    (tmp_path / "own.py").write_text(block(text, "python"))
    monkeypatch.syspath_prepend(tmp_path)
    async with FakeOrigin(answering()) as origin:
        configuration = yaml.safe_load(block(text, "yaml"))
        configuration["listeners"][0]["address"] = "127.0.0.1:0"
        configuration["upstreams"]["site"]["endpoints"] = [origin.address]
        del configuration["access_log"]
        async with Proxy(json.dumps(configuration)) as proxy:
            client = await proxy.connect()
            await client.send(b"GET / HTTP/1.1\r\nHost: a.test\r\nUser-Agent: Wget/1.21\r\n\r\n")
            refusal = await client.expect_response(403, body=b"Please ask our API instead.\n")
            assert "total;dur=" in (refusal.get("server-timing") or "")
            await client.send(b"GET / HTTP/1.1\r\nHost: a.test\r\nUser-Agent: curl/8\r\n\r\n")
            await client.expect_response(200, body=b"ok")
