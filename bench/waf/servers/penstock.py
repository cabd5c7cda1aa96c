"""Penstock as this checkout has it, with the rule set compiled by it."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any, Final

import yaml

from bench.cache_suite.servers.server import Place
from bench.peers.penstock import Penstock as PenstockPeer
from bench.process import BenchError
from bench.waf.servers.waf import Waf

PEER: Final = PenstockPeer()
BLOB: Final = "crs.blob"


class Penstock(Waf):
    name = "penstock"
    title = "Penstock"

    def find(self) -> Path:
        return PEER.find()

    def version(self) -> str:
        return PEER.version()

    def prepare(self, staged: Path) -> None:
        """Compile the rules beside the configuration."""
        # CRS 3 has three rules that cannot be taken (docs/waf.md); what they catch is missed, and shows.
        compiling: list[str | Path] = [self.find(), "waf", "compile", "--allow-skipped"]
        command = [*compiling, staged, "-o", staged.with_name(BLOB)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
        if done.returncode:
            raise BenchError(f"penstock waf compile ended with status {done.returncode}:\n{done.stderr.strip()}")

    def files(self, place: Place) -> dict[str, str]:
        return {"penstock.yaml": yaml.safe_dump(configuration(place), sort_keys=False)}

    def command(self, place: Place) -> list[str | Path]:
        return [self.find(), "run", place.directory / "penstock.yaml"]


def configuration(place: Place) -> dict[str, Any]:
    waf = {"type": "waf", "rules": str(place.directory / BLOB), "mode": "enforce", "paranoia": 1}
    return {
        "version": 1,
        "workers": 1,
        "listeners": [{"name": "public", "address": f"127.0.0.1:{place.port}"}],
        "upstreams": {"origin": {"endpoints": [{"address": f"127.0.0.1:{place.origin_port}"}]}},
        "filters": {"waf": waf},
        "routes": [{"name": "all", "filters": ["waf"], "upstream": "origin"}],
    }
