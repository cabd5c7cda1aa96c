"""The result's forms: table, JSON, chart."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from bench.comparisons import COMPARISONS
from bench.measure import Plan, Sample
from bench.report import Report, store
from bench.table import as_markdown, as_text
from bench.works import WORKS

SVG = "{http://www.w3.org/2000/svg}"
CPU_US = {"penstock": 20.0, "nginx": 15.0, "haproxy": 15.5, "envoy": 45.0}
WITH_GUEST_US = {"penstock": 31.0, "envoy": 52.0}
MEASURED = {"small": CPU_US, "filters": CPU_US, "wasm": WITH_GUEST_US}


@pytest.fixture
def report() -> Report:
    samples = [
        Sample(work, peer, round_, 1000, 1e6 / cpu_us, cpu_us + round_, 0.99, 0.5, 1.5, 30.0)
        for work, measured in MEASURED.items()
        for round_ in range(3)
        for peer, cpu_us in measured.items()
    ]
    plan = Plan(COMPARISONS[0].peers, [work for work in WORKS if work.name in MEASURED], runs=3, seconds=4.0)
    return Report.of(samples, plan, {"Penstock": "0.1.0", "nginx": "1.22.1"}, {"Other": "not <installed>"})


def test_text_columns_are_aligned_numbers_to_the_right():
    assert as_text([["proxy", "µs"], ["nginx", "9.0"], ["Envoy", "45.0"]], left=1) == (
        "proxy    µs\nnginx   9.0\nEnvoy  45.0"
    )


def test_markdown_says_which_columns_are_numbers():
    assert as_markdown([["proxy", "µs"], ["nginx", "9.0"]], left=1) == "| proxy | µs |\n| --- | ---: |\n| nginx | 9.0 |"


def test_the_table_holds_medians_spread_and_ratios(report: Report):
    line = next(line for line in report.markdown().splitlines() if "| Penstock |" in line)
    cells = [cell.strip() for cell in line.strip("|").split("|")]
    assert cells == [
        "small answer (110 bytes)",
        "Penstock",
        "21.0",
        "20.0–22.0",
        "1.31",
        "0.46",
        "50,000",
        "0.50",
        "1.50",
        "30",
        "99%",
    ]


def test_only_references_that_took_part_have_a_column(report: Report):
    heading = report.markdown().splitlines()[0]
    assert "× nginx" in heading
    assert "× Varnish" not in heading


def test_a_peer_without_wasm_has_a_dash_and_its_reason(report: Report):
    works = report.markdown().split("| small answer + a Proxy-Wasm header filter |")
    lines = [line for line in works[1].splitlines() if line.startswith("|  |")]
    assert lines[1:] == [
        "|  | nginx | – (no WASM) | – | – | – | – | – | – | – | – |",
        "|  | HAProxy | – (no WASM) | – | – | – | – | – | – | – | – |",
    ]


def test_what_the_guest_adds_is_said_for_each_peer_that_ran_it(report: Report):
    assert "Work `wasm` adds to `small`: Penstock 11.0 µs, Envoy 7.0 µs of CPU time" in report.text()
    assert "Work `wasm` adds to `small`: Penstock 11.0 µs, Envoy 7.0 µs of CPU time." in report.markdown()


def test_what_could_not_be_measured_is_named_with_its_reason(report: Report):
    assert "Not measured: Other (not <installed>)" in report.text()
    assert "Not measured: Other (not <installed>)" in report.markdown()


def test_the_chart_is_xml_with_a_bar_for_each_row(report: Report):
    root = ElementTree.fromstring(report.svg())
    assert len(root.findall(f"{SVG}rect")) == len(report.rows) == 10


def test_bars_are_as_long_as_the_medians_of_their_panel(report: Report):
    bars = ElementTree.fromstring(report.svg()).findall(f"{SVG}rect")
    widths = [float(bar.get("width", 0)) for bar in bars[:4]]
    medians = [row.cpu_us for row in report.rows[:4]]
    assert [width / widths[0] for width in widths] == pytest.approx(
        [median / medians[0] for median in medians], rel=0.01
    )


def test_the_chart_stays_inside_its_frame(report: Report):
    root = ElementTree.fromstring(report.svg())
    _, _, width, height = (float(number) for number in root.get("viewBox", "").split())
    for bar in root.findall(f"{SVG}rect"):
        assert float(bar.get("x", 0)) + float(bar.get("width", 0)) < width
        assert float(bar.get("y", 0)) + float(bar.get("height", 0)) < height


def test_the_chart_knows_dark_and_light(report: Report):
    assert "prefers-color-scheme: dark" in report.svg()


def test_a_result_is_kept_in_three_forms(report: Report, tmp_path: Path):
    store(report, tmp_path, "latest")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["latest.json", "latest.md", "latest.svg"]
    kept = json.loads((tmp_path / "latest.json").read_text())
    assert len(kept["samples"]) == len(report.samples)
    assert kept["rows"][0]["ratios"]["nginx"] == pytest.approx(21 / 16)
    assert kept["additions"][0] == {"work": "wasm", "base": "small", "peer": "penstock", "cpu_us": 11.0}
