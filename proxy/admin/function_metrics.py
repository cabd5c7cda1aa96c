"""What was measured of one edge function, as JSON."""

from __future__ import annotations

from itertools import accumulate
from typing import Any

from proxy.metrics import PREFIX, SPECS, Sample, Snapshot, Spec


def metrics_of(name: str, snapshot: Snapshot) -> dict[str, Any]:
    """Return the families with samples of this function: `kind`, `help`, and `samples` with their other labels.

    Buckets count what is up to their bound, as Prometheus' do.
    """
    families = {}
    for spec in SPECS.values():
        if samples := _samples(name, spec, snapshot.get(spec.name, [])):
            families[PREFIX + spec.name] = {"kind": spec.kind, "help": spec.help, "samples": samples}
    return families


def _owner(spec: Spec) -> str | None:
    """Return the label that names the function: that of the guest, for `function` is a host function then."""
    guest = "filter" if spec.name.startswith("wasm_") else "function"
    return guest if guest in spec.labels else None


def _samples(name: str, spec: Spec, samples: list[Sample]) -> list[dict[str, Any]]:
    owner = _owner(spec)
    found = ((dict(zip(spec.labels, labels, strict=True)), value) for labels, value in samples)
    return [
        {"labels": {key: text for key, text in labels.items() if key != owner}, **_told(spec, value)}
        for labels, value in found
        if owner is not None and labels[owner] == name
    ]


def _told(spec: Spec, value: float | list[float]) -> dict[str, Any]:
    if not isinstance(value, list):
        return {"value": value}
    total, *counts = value
    bounds = [*map(str, spec.bounds), "+Inf"]
    return {
        "count": int(sum(counts)),
        "sum": total,
        "buckets": dict(zip(bounds, map(int, accumulate(counts)), strict=True)),
    }
