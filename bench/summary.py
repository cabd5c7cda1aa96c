"""What the samples say: medians, spread, and ratios to the peers of the same round."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from bench.measure import Sample
from bench.works import Work

REFERENCES = ("nginx", "nginx-open", "varnish", "envoy")


@dataclass(frozen=True)
class Row:
    """One peer at one work, medians over the rounds. `ratios` are of CPU time, by reference peer."""

    work: str
    peer: str
    cpu_us: float
    cpu_low_us: float
    cpu_high_us: float
    ratios: dict[str, float]
    per_second: float
    p50_ms: float
    p99_ms: float
    peak_mib: float
    busy: float


@dataclass(frozen=True)
class Addition:
    """What a work adds to its base's CPU time with one peer: the median of the rounds' differences."""

    work: str
    base: str
    peer: str
    cpu_us: float


def additions(samples: Sequence[Sample], works: Iterable[Work]) -> list[Addition]:
    """Return what each work with a base adds to it, for each peer that did both."""
    peers = dict.fromkeys(sample.peer for sample in samples)
    found = []
    for work in works:
        for peer in peers:
            own, base = rounds(samples, work.name, peer), rounds(samples, work.base, peer)
            if shared := own.keys() & base.keys():
                added_us = median(own[at].cpu_us - base[at].cpu_us for at in shared)
                found.append(Addition(work.name, work.base, peer, added_us))
    return found


def summarise(samples: Sequence[Sample]) -> list[Row]:
    """Make a row for each work and peer, in the order of their first appearance."""
    pairs = dict.fromkeys((sample.work, sample.peer) for sample in samples)
    return [row(samples, work, peer) for work, peer in sorted(pairs, key=lambda pair: _first(samples, pair[0]))]


def _first(samples: Sequence[Sample], work: str) -> int:
    return next(at for at, sample in enumerate(samples) if sample.work == work)


def row(samples: Sequence[Sample], work: str, peer: str) -> Row:
    own = rounds(samples, work, peer)
    cpu = [sample.cpu_us for sample in own.values()]
    ratios = {name: ratio(own, rounds(samples, work, name)) for name in REFERENCES}
    return Row(
        work=work,
        peer=peer,
        cpu_us=median(cpu),
        cpu_low_us=min(cpu),
        cpu_high_us=max(cpu),
        ratios={name: value for name, value in ratios.items() if value is not None},
        per_second=median(sample.per_second for sample in own.values()),
        p50_ms=median(sample.p50_ms for sample in own.values()),
        p99_ms=median(sample.p99_ms for sample in own.values()),
        peak_mib=max(sample.peak_mib for sample in own.values()),
        busy=median(sample.busy for sample in own.values()),
    )


def rounds(samples: Iterable[Sample], work: str, peer: str) -> dict[int, Sample]:
    return {sample.round: sample for sample in samples if sample.work == work and sample.peer == peer}


def ratio(own: dict[int, Sample], reference: dict[int, Sample]) -> float | None:
    """Return the median of the rounds' CPU ratios: what drifts between rounds cancels within one."""
    shared = own.keys() & reference.keys()
    return median(own[at].cpu_us / reference[at].cpu_us for at in shared) if shared else None
