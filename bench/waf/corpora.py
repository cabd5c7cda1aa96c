"""Other public corpora, kept aside so that nothing is tuned to CRS's own tests: files of JSON lines, outside of here.

A line has `method`, `target`, `headers`, `body` and `label` ("attack" or "benign"); all but `target` may be left out.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from bench.process import BenchError
from bench.waf.probe import Probe
from bench.waf.request import wire

ORDINARY = {"Host": "shop.example", "User-Agent": "Mozilla/5.0 (X11; Linux x86_64)", "Accept": "*/*"}
"""What a line's own headers go on top of, so that it is judged for what it brings."""


def load(directory: Path) -> list[Probe]:
    """Read every *.jsonl file of a directory; raises BenchError where there is none."""
    probes = [probe for path in sorted(directory.glob("*.jsonl")) for probe in probes_of(path)]
    if not probes:
        raise BenchError(f"no *.jsonl in {directory}")
    return probes


def probes_of(path: Path) -> Iterator[Probe]:
    for number, line in enumerate(path.read_text(encoding="utf-8").rstrip("\n").split("\n"), 1):
        said = json.loads(line)
        request = wire(
            {
                "method": said.get("method", "GET"),
                "uri": said["target"],
                "headers": {**ORDINARY, **said.get("headers", {})},
                "data": said.get("body", ""),
            }
        )
        yield Probe(group=path.stem, title=f"{path.stem}:{number}", requests=(request,), label=said.get("label", ""))
