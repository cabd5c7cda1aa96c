"""Micro-benchmarks of the WASM host: `python -m bench.guest_calls`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path

import click

from bench.guest_cases import CALLS, PUBLIC_CALL, PYTHON_CALL, cases
from bench.machine import describe
from bench.table import as_markdown, as_text
from bench.timing import Timing, measure

RESULTS = Path(__file__).parent / "results"
ROUNDS = 25
QUICK_ROUNDS = 3
REFERENCES = {"× Python call": PYTHON_CALL, "× public call": PUBLIC_CALL}

HOW = (
    f"Medians of {ROUNDS} rounds over all rows; ratios are medians of the rounds' ratios, and hold where microseconds "
    f"drift. A host function's time is a {CALLS}th of a call in which the guest calls it {CALLS} times, an exchange's "
    "is without the making of its request and response."
)


def grid(timings: Sequence[Timing]) -> list[list[str]]:
    heading = ["", "µs", *REFERENCES, "asked"]
    return [heading, *(line(timing) for timing in timings)]


def line(timing: Timing) -> list[str]:
    ratios = [f"{timing.ratios[label]:.2f}" for label in REFERENCES]
    return [timing.title, f"{timing.us:.2f}", *ratios, "" if timing.limit_us is None else f"≤ {timing.limit_us:g}"]


def conditions() -> dict[str, str | int]:
    return {**describe(), "wasmtime": version("wasmtime")}


def store(timings: Sequence[Timing], directory: Path) -> None:
    """Keep the result as guest_calls.json and guest_calls.md."""
    directory.mkdir(exist_ok=True)
    where = conditions()
    kept = {"timings": [asdict(timing) for timing in timings], "machine": where}
    said = f"wasmtime {where['wasmtime']}, Python {where['python']} · {where['cpu']}, Linux {where['kernel']}."
    (directory / "guest_calls.json").write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n")
    (directory / "guest_calls.md").write_text(f"{as_markdown(grid(timings), left=1)}\n\n{HOW} {said}\n")


@click.command()
@click.option("--quick", is_flag=True, help=f"{QUICK_ROUNDS} rounds, and nothing is kept.")
def main(quick: bool) -> None:
    """Time calls into WASM guests and out of them, and what a filter adds to an exchange."""
    timings = measure(cases(), REFERENCES, QUICK_ROUNDS if quick else ROUNDS)
    click.echo(as_text(grid(timings), left=1))
    if not quick:
        store(timings, RESULTS)
        click.echo("kept as bench/results/guest_calls.*")


if __name__ == "__main__":
    main()
