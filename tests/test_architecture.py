"""The house's walls: which way imports run, how large a file may be, and that each file has its tests."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("proxy", "filters", "wasm_host", "config")
MAY_IMPORT = {
    "proxy": {"proxy"},
    "filters": {"filters", "proxy"},
    "wasm_host": {"wasm_host", "proxy"},
    "config": {"config", "filters", "wasm_host", "proxy"},
}
PURE = [
    "config/differences.py",
    "config/stock.py",
    "proxy/admin/access.py",
    "proxy/admin/bearer.py",
    "proxy/admin/edge_endpoints.py",
    "proxy/admin/endpoint.py",
    "proxy/admin/endpoints.py",
    "proxy/admin/function_metrics.py",
    "proxy/admin/hosts.py",
    "proxy/admin/openapi.py",
    "proxy/admin/schemas.py",
    "proxy/authority.py",
    "proxy/cache/admission.py",
    "proxy/cache/asked.py",
    "proxy/cache/breaker.py",
    "proxy/cache/choice.py",
    "proxy/cache/dates.py",
    "proxy/cache/directives.py",
    "proxy/cache/fields.py",
    "proxy/cache/freshness.py",
    "proxy/cache/invalidation.py",
    "proxy/cache/key.py",
    "proxy/cache/memory.py",
    "proxy/cache/passing.py",
    "proxy/cache/policy.py",
    "proxy/cache/purge.py",
    "proxy/cache/purges.py",
    "proxy/cache/query.py",
    "proxy/cache/ranges.py",
    "proxy/cache/redis_layout.py",
    "proxy/cache/reuse.py",
    "proxy/cache/rfc9111.py",
    "proxy/cache/s3fifo.py",
    "proxy/cache/selection.py",
    "proxy/cache/status.py",
    "proxy/cache/stored.py",
    "proxy/cache/storing.py",
    "proxy/cache/targeted.py",
    "proxy/cache/times.py",
    "proxy/cache/unkeyed.py",
    "proxy/cache/validation.py",
    "proxy/cache/variants.py",
    "proxy/cache/varying.py",
    "proxy/cache/verdict.py",
    "proxy/errors.py",
    "proxy/firewall.py",
    "proxy/forwarded.py",
    "proxy/http1/framing.py",
    "proxy/http1/target.py",
    "proxy/limits.py",
    "proxy/match.py",
    "proxy/messages.py",
    "proxy/path.py",
    "proxy/proxy_protocol.py",
    "proxy/redirection.py",
    "proxy/route.py",
    "proxy/upstream/balancer.py",
    "wasm_host/functions/network/addresses.py",
    "wasm_host/functions/network/hosts.py",
    "wasm_host/functions/network/redirects.py",
    "wasm_host/functions/network/request_fields.py",
    "wasm_host/functions/network/subexchange.py",
    "wasm_host/functions/network/target.py",
    "wasm_host/functions/stores/integers.py",
    "wasm_host/functions/stores/memory.py",
    "wasm_host/functions/stores/scope.py",
    "wasm_host/functions/stores/windows.py",
]
IMPURE_MODULES = {"asyncio", "socket", "ssl", "time", "uvloop", "aiohttp", "threading", "subprocess"}
LONGEST_FILE_LINES = 400

END_TO_END = {
    "proxy/http1/codec.py": "proxy/http1/test_malformed_requests.py",
    "proxy/http1/downstream.py": "proxy/http1/test_life_cycle.py",
    "proxy/http1/intake.py": "proxy/http1/test_malformed_requests.py",
    "proxy/http1/request_body.py": "proxy/test_limits.py",
    "proxy/http1/sending.py": "proxy/http1/test_streaming.py",
    "proxy/http1/tunnel.py": "proxy/http1/test_tunnel.py",
    "proxy/http1/upstream.py": "proxy/http1/test_misbehaving_origins.py",
    "proxy/http1/writing.py": "proxy/test_real_clients.py",
    "proxy/forwarded.py": "proxy/http1/test_forwarded_fields.py",
    "proxy/pipeline.py": "proxy/test_cancellation.py",
    "proxy/upstream/endpoint.py": "proxy/http1/test_misbehaving_origins.py",
    "proxy/upstream/upstream.py": "proxy/http1/test_life_cycle.py",
    "proxy/outbox.py": "proxy/http1/test_life_cycle.py",
}
"""Files of the data plane that real sockets test better than calls would."""

FILES = [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]
TESTS = sorted((ROOT / "tests").rglob("*.py"))
KNOWN_TO_TESTS: set[str] = set()
every_file = pytest.mark.parametrize("path", FILES, ids=[str(path.relative_to(ROOT)) for path in FILES])


def imported(path: Path) -> Iterator[str]:
    """Name the modules that a file imports anywhere, but for types alone."""
    tree = ast.parse(path.read_text())
    for_types = {
        id(node)
        for block in ast.walk(tree)
        if isinstance(block, ast.If) and ast.unparse(block.test) == "TYPE_CHECKING"
        for statement in block.body
        for node in ast.walk(statement)
    }
    for node in ast.walk(tree):
        if id(node) in for_types:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            yield node.module


KNOWN_TO_TESTS.update(module for test in TESTS for module in imported(test))


@every_file
def test_imports_run_one_way(path: Path) -> None:
    package = path.relative_to(ROOT).parts[0]
    tree = ast.parse(path.read_text())
    named = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module}
    named |= {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    tops = {name.split(".")[0] for name in named}
    assert tops & {*PACKAGES, "tests", "kit", "bench"} <= MAY_IMPORT[package]


@every_file
def test_only_the_codec_knows_httptools(path: Path) -> None:
    knows = any(name.split(".")[0] == "httptools" for name in imported(path))
    assert knows == (path == ROOT / "proxy/http1/codec.py")


@pytest.mark.parametrize("path", [*FILES, *TESTS], ids=lambda path: str(path.relative_to(ROOT)))
def test_no_file_is_too_long(path: Path) -> None:
    lines = len(path.read_text().splitlines())
    assert lines <= LONGEST_FILE_LINES, f"{lines} lines are two files"


@pytest.mark.parametrize("name", PURE)
def test_pure_files_import_no_clock_and_no_io(name: str) -> None:
    tops = {module.split(".")[0] for module in imported(ROOT / name)}
    assert not tops & IMPURE_MODULES
    assert "proxy.runtime" not in set(imported(ROOT / name))


@every_file
def test_every_file_begins_with_its_docstring(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text()))


@every_file
def test_every_file_has_its_tests(path: Path) -> None:
    """A test file of its name, one that imports it, or the one named above that exercises it end to end."""
    if path.name == "__init__.py":
        return
    relative = path.relative_to(ROOT)
    own = ROOT / "tests" / END_TO_END.get(str(relative), str(relative.parent / f"test_{relative.name}"))
    assert own.exists() or ".".join(relative.with_suffix("").parts) in KNOWN_TO_TESTS, f"no test knows {relative}"


@pytest.mark.parametrize("name", END_TO_END)
def test_no_file_is_named_as_tested_elsewhere_that_is_gone(name: str) -> None:
    assert (ROOT / name).exists()


def test_package_lists_name_every_package() -> None:
    listed = (ROOT / "pyproject.toml").read_text()
    for package in {path.parent for path in FILES}:
        if (package / "__init__.py").exists():
            assert f'"{".".join(package.relative_to(ROOT).parts)}"' in listed
