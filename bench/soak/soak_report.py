"""The soak's result: what grew, what failed, and whether it is good."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from bench.machine import describe
from bench.soak.samples import Trend, trends
from bench.soak.soak import Soaked
from bench.table import Grid, as_markdown, as_text

MIB: Final = 1024 * 1024
KIB: Final = 1024
WARM_SHARE: Final = 0.5
OWN_WARM_SHARE: Final = 0.1
LEAST_S: Final = 300.0
"""A shorter time tells nothing of growth."""

MOST_MEMORY_SHARE: Final = 0.03
MOST_DESCRIPTORS_SHARE: Final = 0.2
"""In an hour. Descriptors come and go with clients: the line through some dozens of them is never quite flat."""

HOW: Final = (
    "Two workers with everything on: TLS, TLS with client certificates, caches in memory and in Redis, the WAF in "
    "`enforce`, the WASM filters `auth` and `ab`, rate limits, compression, an access log that is rotated, and an "
    "admin that is asked for all its pages every five seconds. Clients of each kind below ask over kept and new "
    "connections; nothing is tried twice. Before the time begins 30 reloads are made, and workers are replaced in the "
    "run's first quarter: both move memory about that is not growth. A line is fitted to what each process held in the "
    "second half, a replaced worker's successor given time to become warm: ± is its standard error. Growth counts "
    f"where it is more than {MOST_MEMORY_SHARE:.0%} of the memory in an hour ({MOST_DESCRIPTORS_SHARE:.0%} of the "
    "descriptors) and more than twice that error."
)


@dataclass(frozen=True)
class Report:
    seconds: float
    trends: Sequence[Trend]
    asked: Mapping[str, int]
    failed: Mapping[str, int]
    failures: Sequence[str]
    complaints: Sequence[str]
    happened: Mapping[str, int]
    busy: Mapping[str, float]
    series: Sequence[Sequence[float]]
    machine: Mapping[str, str | int]
    date: str

    @classmethod
    def of(cls, soaked: Soaked) -> Report:
        return cls(
            seconds=soaked.seconds,
            trends=trends(soaked.samples, soaked.seconds * WARM_SHARE, soaked.seconds * OWN_WARM_SHARE),
            asked=dict(soaked.asked),
            failed={kind: count - soaked.answered[kind] for kind, count in soaked.asked.items()},
            failures=[str(each) for each in soaked.failures],
            complaints=soaked.complaints,
            happened={
                "reloads": soaked.reloads,
                "of them with new certificates": soaked.renewals,
                "workers replaced": len(soaked.replaced),
                "scrapes": soaked.scrapes,
            },
            busy=soaked.busy,
            series=[
                (round(each.at_s, 1), each.pid, each.rss_bytes, each.pss_bytes, each.descriptors, each.threads)
                for each in soaked.samples
            ],
            machine=describe(),
            date=datetime.now(UTC).date().isoformat(),
        )

    def faults(self) -> list[str]:
        """Say what is not as it has to be."""
        found = [f"{kind}: {count} failed" for kind, count in self.failed.items() if count]
        found += [f"said: {line}" for line in self.complaints]
        for each in self._judged():
            for name, slope, most in (
                ("memory", each.rss, MOST_MEMORY_SHARE),
                ("descriptors", each.descriptors, MOST_DESCRIPTORS_SHARE),
            ):
                if slope.grows(most):
                    found.append(f"{each.role} {each.pid}: {name} grow by {slope.share_per_hour:.1%} an hour")
        return found

    def _judged(self) -> list[Trend]:
        return [each for each in self.trends if each.to_s - each.from_s >= LEAST_S]

    def text(self) -> str:
        tables = [as_text(self._growth()), "", as_text(self._requests(), left=1), ""]
        return "\n".join([*tables, *self._conditions(), "", self._verdict()])

    def markdown(self) -> str:
        told = " ".join(f"{line}." for line in self._conditions())
        tables = [as_markdown(self._growth()), as_markdown(self._requests(), left=1)]
        return "\n\n".join(["# The soak", self._verdict(), HOW, *tables, told]) + "\n"

    def json(self) -> str:
        return json.dumps({**asdict(self), "faults": self.faults()}, indent=None, ensure_ascii=False) + "\n"

    def _verdict(self) -> str:
        faults = self.faults()
        if faults:
            return f"Not good: {'; '.join(faults)}."
        return "Nothing grew, nothing failed." if self._judged() else "Nothing failed; too short to tell what grows."

    def _growth(self) -> Grid:
        heading = [
            "process",
            "minutes",
            "RSS MiB",
            "KiB/min",
            "an hour",
            "PSS MiB",
            "KiB/min",
            "descriptors",
            "an hour",
        ]
        return [heading, *(line(each) for each in self.trends)]

    def _requests(self) -> Grid:
        lines = [[kind, f"{count:,}", str(self.failed[kind])] for kind, count in self.asked.items()]
        total = ["all", f"{sum(self.asked.values()):,}", str(sum(self.failed.values()))]
        return [["requests", "asked", "failed"], *lines, total]

    def _conditions(self) -> list[str]:
        happened = ", ".join(f"{count} {what}" for what, count in self.happened.items())
        busy = ", ".join(f"{name} {share:.0%}" for name, share in self.busy.items())
        rate = sum(self.asked.values()) / self.seconds
        machine = f"{self.machine['cpu']}, {self.machine['cores']} cores, Linux {self.machine['kernel']}"
        return [
            f"{self.seconds / 60:.0f} minutes, {rate:.0f} requests a second; {happened}; of all cores used: {busy}",
            f"Python {self.machine['python']} · {machine} · {self.date}",
        ]


def line(trend: Trend) -> list[str]:
    rss, pss, descriptors = trend.rss, trend.pss, trend.descriptors
    return [
        trend.role,
        f"{trend.from_s / 60:.0f}–{trend.to_s / 60:.0f}",
        f"{rss.mean / MIB:.1f}",
        f"{rss.per_s * 60 / KIB:+.1f} ± {rss.error_per_s * 60 / KIB:.1f}",
        f"{rss.share_per_hour:+.1%}",
        f"{pss.mean / MIB:.1f}",
        f"{pss.per_s * 60 / KIB:+.1f} ± {pss.error_per_s * 60 / KIB:.1f}",
        f"{descriptors.mean:.1f}",
        f"{descriptors.per_s * 3600:+.1f} ± {descriptors.error_per_s * 3600:.1f}",
    ]


def store(report: Report, directory: Path) -> None:
    """Keep the result as soak.json and soak.md."""
    directory.mkdir(exist_ok=True)
    (directory / "soak.json").write_text(report.json())
    (directory / "soak.md").write_text(report.markdown())
