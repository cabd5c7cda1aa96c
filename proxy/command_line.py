"""How this process was started, so that it can be started anew: by the version that is installed then."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence


def command_line(given: Sequence[str] = sys.orig_argv, arguments: Sequence[str] = sys.argv) -> list[str]:
    """Return the command that starts this program anew, from how Python was started and what the program was told.

    Paths stay as they were given, symbolic links unresolved, for a link may lead to a newer version by now. And a
    script that is a program of its own is run as one: its first line names the Python that it is for, while the one
    that runs now belongs to the version that was started.
    """
    place = len(given) - len(arguments)
    options, script = list(given[1:place]), given[place]
    return [script, *arguments[1:]] if _is_program(script, options) else list(given)


def _is_program(script: str, options: list[str]) -> bool:
    """Tell whether a file runs by its first line, with all options that Python was given."""
    if not (os.path.isfile(script) and os.access(script, os.X_OK)):
        return False
    with open(script, "rb") as file:
        first = file.readline().decode(errors="replace")
    return first.startswith("#!") and (not options or first.split()[1:] == options)
