"""`python -m bench.waf`: judge the WAF by CRS's own regression tests, or by other corpora, beside ModSecurity."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import click

from bench.process import BenchError
from bench.waf import corpora, regression
from bench.waf.judge import judge, refer
from bench.waf.probe import Probe
from bench.waf.report import Report, store
from bench.waf.rules import Rules, find_rules, named_by, rules_in
from bench.waf.servers import ModSecurity, Penstock

RESULTS: Final = Path(__file__).parents[1] / "results"


@click.command()
@click.option("--rules", "named", default="crs3", show_default=True, help="crs3, crs4 or a directory.")
@click.option("--corpora", "other", is_flag=True, help="Judge by the files in WAF_CORPORA.")
@click.option("--drop", default="", metavar="HEADER", help="Leave a header out of every request.")
@click.option("--reference-only", is_flag=True, help="Ask the reference alone.")
@click.option("--keep", is_flag=True, help="Keep the result in bench/results.")
def main(named: str, other: bool, drop: str, reference_only: bool, keep: bool) -> None:
    """Judge Penstock's WAF from outside, beside nginx with ModSecurity 3 and the same rules.

    crs3 are the rules of Debian's package modsecurity-crs, crs4 those that CRS_DIR names. CRS_TESTS names a checkout
    of CRS's repository, of the same generation, for its regression tests. Many of CRS 3's tests carry an
    Accept-Charset, for which alone its rules block them: with --drop they are judged by what they test.
    """
    try:
        rules = find_rules(named)
        probes, name, title = chosen(rules, other)
        if drop:
            probes = [probe.without(drop) for probe in probes]
            name, title = f"{name}_without_{drop.lower()}", f"{title}, without {drop}"
        good = ask_reference(rules, probes) if reference_only else run(rules, probes, name, title, keep)
    except BenchError as error:
        click.echo(f"waf: {error}", err=True)
        sys.exit(1)
    sys.exit(not good)


def chosen(rules: Rules, other: bool) -> tuple[list[Probe], str, str]:
    """Return what is sent, the name of its result and its title."""
    if other:
        return corpora.load(named_by("WAF_CORPORA")), f"waf_corpora_{rules.name}", f"Other corpora, {rules.title}"
    tests = rules_in(named_by("CRS_TESTS"))
    if tests.name != rules.name:
        raise BenchError(f"the tests in CRS_TESTS are those of {tests.title}, the rules are {rules.title}")
    title = f"CRS's regression tests ({tests.version}), {rules.title}"
    return regression.load(tests.directory.parent), f"waf_{rules.name}", title


def ask_reference(rules: Rules, probes: Sequence[Probe]) -> bool:
    """Print what becomes of the probes at the reference, in all and by group."""
    outcomes = [(probe.group, found.outcome) for probe, found in zip(probes, refer(rules, probes), strict=True)]
    for group, count in Counter(outcomes).items():
        click.echo(f"{group[0]}: {group[1]} {count}")
    click.echo(f"{rules.title}: {dict(Counter(outcome for _, outcome in outcomes))} of {len(probes)}")
    return True


def run(rules: Rules, probes: Sequence[Probe], name: str, title: str, keep: bool) -> bool:
    """Judge, print, and keep where that is wanted; tells whether the result is good enough."""
    versions = {server.title: server.version() for server in (ModSecurity(rules), Penstock(rules))}
    report = Report.of(name, title, versions, judge(rules, probes))
    click.echo(report.text())
    if keep:
        store(report, RESULTS)
        click.echo(f"kept as bench/results/{name}.*")
    return report.total.good


if __name__ == "__main__":
    main()
