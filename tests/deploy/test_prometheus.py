from typing import Any

import pytest
import yaml
from kit.deployed import DEPLOY, run_tool, unknown_metrics

PROMETHEUS = DEPLOY / "compose" / "prometheus"


def alerts() -> list[dict[str, Any]]:
    groups = yaml.safe_load((PROMETHEUS / "alerts.yml").read_text())["groups"]
    return [rule for group in groups for rule in group["rules"]]


@pytest.mark.parametrize("alert", alerts(), ids=lambda alert: alert["alert"])
def test_an_alert_asks_for_metrics_that_there_are(alert: dict[str, Any]) -> None:
    assert unknown_metrics(alert["expr"]) == set()


@pytest.mark.parametrize("alert", alerts(), ids=lambda alert: alert["alert"])
def test_an_alert_says_what_is_wrong_and_where_to_look(alert: dict[str, Any]) -> None:
    assert alert["labels"]["severity"] in ("page", "ticket")
    assert set(alert["annotations"]) == {"summary", "description"}


def test_promtool_takes_the_rules() -> None:
    run_tool("promtool", "check", "rules", PROMETHEUS / "alerts.yml")


def test_promtool_takes_the_scrape_configuration() -> None:
    run_tool("promtool", "check", "config", "--syntax-only", PROMETHEUS / "prometheus.yml")


def test_alerts_fire_when_they_should() -> None:
    run_tool("promtool", "test", "rules", DEPLOY.parent / "tests" / "deploy" / "alerts_test.yml")
