"""The suite itself: a copy outside of this repository at a fixed commit, run against one address."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from bench.cache_suite.case import Case
from bench.process import BenchError, Process, free_port

REPOSITORY: Final = "https://github.com/http-tests/cache-tests.git"
COMMIT: Final = "b55b8bda3dbb8c927c04e85bd8d496a8caa3e4ba"
FINGERPRINT: Final = "d277b82f366f7203"
"""Of the files that are run, at that commit."""
UNDICI: Final = "undici@7.30.2"
"""The one package that the engine imports, to see 1xx answers; package.json's others are for its web pages."""

PARTS: Final = ("test-engine", "tests")
LONGEST_RUN_S: Final = 900
JUDGE: Final = Path(__file__).with_name("judge.mjs")


class Suite:
    """The suite as it can be run: its engine and tests, with the package they import beside them."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory / "suite"
        self._directory.mkdir()
        source = suite_source()
        for part in PARTS:
            shutil.copytree(source / part, self._directory / part)
        # Node looks for packages in the directories above a module.
        (directory / "node_modules").symlink_to(packages())

    def origin(self, directory: Path) -> Process:
        """Start the suite's origin server."""
        port = free_port()
        settings = {"protocol": "http", "port": str(port), "pidfile": str(directory / "origin.pid")}
        command: list[str | Path] = [find_node(), self._directory / "test-engine/server/server.mjs"]
        origin = Process("origin", command, directory, port, environment=npm_config(settings))
        origin.wait_until_listening()
        return origin

    def run(self, base: str) -> list[Case]:
        """Run every case against a server and have them judged."""
        output = self._client(base, "")
        return self.judge(json.loads(output[output.index("{\n") :]))

    def show(self, base: str, case: str) -> str:
        """Run one case; returns its requests and responses as the suite prints them."""
        return self._client(base, case)

    def judge(self, results: Mapping[str, Any]) -> list[Case]:
        command = [find_node(), str(JUDGE), str(self._directory)]
        return [Case(**judged) for judged in json.loads(output_of(command, given=json.dumps(results)))]

    def fingerprint(self) -> str:
        """Name what is run by its content, whichever copy it came from."""
        digest = hashlib.sha256()
        for path in sorted(path for part in PARTS for path in (self._directory / part).rglob("*.mjs")):
            digest.update(path.relative_to(self._directory).as_posix().encode() + b"\0" + path.read_bytes())
        return digest.hexdigest()[:16]

    def _client(self, base: str, case: str) -> str:
        command = [find_node(), "--no-warnings", str(self._directory / "test-engine/cli.mjs")]
        return output_of(command, environment=npm_config({"base": base, "id": case}))


def npm_config(settings: Mapping[str, str]) -> dict[str, str]:
    """Hand settings over as npm would: the engine reads them from the environment."""
    return {f"npm_config_{name}": value for name, value in settings.items()} | {
        "npm_package_config_base": "",
        "npm_package_config_id": "",
    }


def suite_source() -> Path:
    """Return $CACHE_TESTS, or a clone at the fixed commit."""
    if given := os.environ.get("CACHE_TESTS"):
        if not (Path(given) / "test-engine/cli.mjs").exists():
            raise BenchError(f"CACHE_TESTS={given} holds no test-engine/cli.mjs")
        return Path(given)
    clone = cache_directory() / f"cache-tests-{COMMIT[:12]}"
    if not clone.exists():
        fetch(clone)
    return clone


def fetch(clone: Path) -> None:
    """Clone to a name of its own first: a clone that broke off is never taken for a whole one."""
    partial = clone.with_name(f"{clone.name}.{os.getpid()}")
    try:
        output_of(["git", "clone", "--quiet", REPOSITORY, str(partial)])
        output_of(["git", "-C", str(partial), "checkout", "--quiet", COMMIT])
    except BenchError as error:
        shutil.rmtree(partial, ignore_errors=True)
        raise BenchError(f"{error}\nOr name a copy: CACHE_TESTS=/path/to/cache-tests") from error
    partial.rename(clone)


def packages() -> Path:
    """Return a node_modules with what the engine imports; installed once."""
    directory = cache_directory() / UNDICI
    if not (directory / "node_modules/undici").exists():
        directory.mkdir(exist_ok=True)
        npm = shutil.which("npm") or missing("npm")
        quiet = ["--no-save", "--no-package-lock", "--no-audit", "--no-fund", "--loglevel=error"]
        output_of([npm, "install", "--prefix", str(directory), *quiet, UNDICI])
    return directory / "node_modules"


def cache_directory() -> Path:
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    directory = home / "penstock-conformance"
    directory.mkdir(parents=True, exist_ok=True)
    return directory


def find_node() -> str:
    return shutil.which("node") or missing("node")


def missing(command: str) -> str:
    raise BenchError(f"{command} is not installed (Node.js 20.18 or later with npm; Debian: apt install nodejs npm)")


def output_of(command: list[str], given: str = "", environment: Mapping[str, str] | None = None) -> str:
    """Run a command to its end and return what it printed."""
    try:
        done = subprocess.run(
            command,
            input=given,
            capture_output=True,
            text=True,
            timeout=LONGEST_RUN_S,
            check=False,
            env={**os.environ, **(environment or {})},
        )
    except FileNotFoundError as error:
        raise BenchError(f"{command[0]} is not installed") from error
    if done.returncode:
        raise BenchError(f"{' '.join(command)} ended with status {done.returncode}:\n{done.stderr.strip()[-2000:]}")
    return done.stdout
