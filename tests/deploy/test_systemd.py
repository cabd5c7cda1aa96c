import pathlib
import re
import shutil

from kit.deployed import DEPLOY, run_tool

from config.schema import Config

UNITS = DEPLOY / "systemd"
MOST_EXPOSED = 2.0
"""Of ten; 9.6 is a service without any of the settings."""


def with_a_program(directory: pathlib.Path) -> list[pathlib.Path]:
    """Copy the units, with a program in them that is there."""
    units = []
    for unit in sorted(UNITS.iterdir()):
        units.append(directory / unit.name)
        units[-1].write_text(unit.read_text().replace("/opt/penstock/bin/penstock", shutil.which("true") or ""))
    return units


def test_systemd_takes_the_units(tmp_path: pathlib.Path) -> None:
    run_tool("systemd-analyze", "verify", "--man=no", *with_a_program(tmp_path))


def test_the_service_is_exposed_little(tmp_path: pathlib.Path) -> None:
    service = next(unit for unit in with_a_program(tmp_path) if unit.suffix == ".service")
    said = run_tool("systemd-analyze", "security", "--offline=true", service)
    level = re.search(r"exposure level for penstock.service: ([\d.]+)", said)
    assert level
    assert float(level[1]) <= MOST_EXPOSED


def test_the_service_is_given_longer_to_stop_than_exchanges_are() -> None:
    stop = re.search(r"^TimeoutStopSec=(\d+)s$", (UNITS / "penstock.service").read_text(), re.MULTILINE)
    assert stop
    assert int(stop[1]) > Config.model_fields["drain_timeout"].default
