"""Where a copy of the OWASP Core Rule Set is, which stays outside of this repository: its setup and its rules."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.process import BenchError

PACKAGED: Final = Path("/usr/share/modsecurity-crs")
PACKAGED_SETUP: Final = Path("/etc/modsecurity/crs/crs-setup.conf")
"""Where Debian's package modsecurity-crs has them."""

SIGNATURE: Final = re.compile(r'^SecComponentSignature\s+"OWASP_CRS/(\d+)\.([\w.-]+)"', re.MULTILINE)


@dataclass(frozen=True)
class Rules:
    """`directory` has rules and their word lists; `version` is theirs, as in "4.28.0"."""

    setup: Path
    directory: Path
    version: str

    @property
    def name(self) -> str:
        """Return what the results of this generation of rules are kept under."""
        return f"crs{self.version.partition('.')[0]}"

    @property
    def title(self) -> str:
        return f"OWASP CRS {self.version}"

    def stage(self, directory: Path) -> Path:
        """Lay the rules out in one form, for all servers the same: crs-setup.conf, and rules/ beside it."""
        staged = directory / "crs"
        (staged / "rules").mkdir(parents=True)
        shutil.copyfile(self.setup, staged / "crs-setup.conf")
        for path in sorted([*self.directory.glob("*.conf"), *self.directory.glob("*.data")]):
            shutil.copyfile(path, staged / "rules" / path.name)
        return staged


def find_rules(name: str) -> Rules:
    """Find "crs3", Debian's package; "crs4", what CRS_DIR names; or the rules in a directory of this name."""
    if name == "crs3":
        return rules_in(PACKAGED, [PACKAGED_SETUP], "apt install modsecurity-crs")
    return rules_in(named_by("CRS_DIR") if name == "crs4" else Path(name))


def rules_in(root: Path, setups: Sequence[Path] = (), hint: str = "a checkout of CRS has them") -> Rules:
    """Read which rules a directory has, a checkout of the rule set's repository or alike; raises BenchError."""
    setup = next((path for path in [*setups, *setups_in(root)] if path.exists()), None)
    if setup is None or not (root / "rules").is_dir():
        raise BenchError(f"no rules in {root} ({hint})")
    for path in sorted((root / "rules").glob("*.conf")):
        if found := SIGNATURE.search(path.read_text()):
            return Rules(setup, root / "rules", f"{found[1]}.{found[2]}")
    raise BenchError(f"the rules in {root} do not say which version they are")


def setups_in(root: Path) -> list[Path]:
    return [root / "crs-setup.conf", root / "crs-setup.conf.example"]


def named_by(variable: str) -> Path:
    """Return the directory that the environment names; raises BenchError where it names none."""
    if not os.environ.get(variable):
        raise BenchError(f"{variable} names no directory")
    return Path(os.environ[variable])
