"""docs/waf.md shows a configuration that works, every option, every metric, and the logs as they are."""

from __future__ import annotations

import json
import pathlib
import re

import pytest
from kit.exchanges import make_exchange
from kit.firewall import blob, judgement, stand_in_module

from config import waf
from config.load import check
from config.shape import keys_below
from config.waf_options import WafOptions
from proxy import firewall, firewall_book, log_fields
from proxy.audit_log import audit_line
from proxy.firewall import read_judgement
from proxy.messages import Response
from proxy.metrics import PREFIX, SPECS

GUIDE = (pathlib.Path(__file__).parents[1] / "docs/waf.md").read_text()


def section(title: str) -> str:
    found = re.search(rf"^(#+) {title}\n(.*?)(?=^\1 |\Z)", GUIDE, re.MULTILINE | re.DOTALL)
    assert found, f"no heading {title!r}"
    return found[2]


def block(language: str, text: str) -> str:
    found = re.search(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    assert found
    return found[1]


def test_the_configuration_has_no_errors(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waf, "MODULE", stand_in_module(tmp_path))
    (tmp_path / "crs.blob").write_bytes(blob())
    report = check(block("yaml", section("Configuration")), tmp_path, {})
    assert [str(each) for each in (*report.errors, *report.warnings)] == []


def test_every_option_is_shown() -> None:
    shown = block("yaml", section("Configuration"))
    assert [key for key in keys_below(WafOptions) if not re.search(rf"\b{key}:", shown)] == []


def test_the_audit_logs_line_has_the_keys_of_a_real_one() -> None:
    exchange = make_exchange()
    exchange.response = Response(403)
    real = json.loads(audit_line(exchange, read_judgement("waf", judgement().encode())))
    shown = json.loads(block("json", section("The audit log")))
    assert list(shown) == list(real)
    assert list(shown["matches"][0]) == list(real["matches"][0])


def test_every_metric_is_named() -> None:
    ours = {PREFIX + name for name in SPECS if name.startswith("waf_")}
    assert ours == set(re.findall(rf"^\| `({PREFIX}waf_\w+)` \|", section("Metrics"), re.MULTILINE))


def test_every_field_of_the_access_log_is_told() -> None:
    ours = {name for name in log_fields.FIELDS if name.startswith("waf")}
    assert ours == set(re.findall(r"^\| `(\w+)` \|", section("The access log"), re.MULTILINE))


def test_the_numbers_are_those_of_the_code() -> None:
    for told in (
        f"the first {log_fields.MOST_RULES} |",
        f"At most {firewall.MOST_MATCHES} matches are told, their texts cut at {firewall.LONGEST_TEXT} characters",
        f"beyond {firewall_book.MOST_RULES:,} different rules",
    ):
        assert told in GUIDE
