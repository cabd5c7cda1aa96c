"""The worker process: `python -m config.worker FILE`, started by the supervisor with inherited sockets."""

from __future__ import annotations

import pathlib
import sys

from config.build import build
from config.guest_lines import print_guest_lines
from config.load import import_from, read
from config.problems import located
from proxy.errors import StartError
from proxy.listener import Graph
from proxy.metrics import Registry
from proxy.worker import run


def graph(file: pathlib.Path, registry: Registry) -> Graph:
    """Read the file anew: it may have changed since the supervisor checked it. Raises StartError if it is faulty."""
    import_from(file.parent)
    report = read(file)
    if report.configuration is None:
        raise StartError(located(file, report.errors[0]))
    return build(report.configuration, registry)


def main() -> int:
    file = pathlib.Path(sys.argv[1])
    print_guest_lines()
    return run(lambda registry: graph(file, registry))


if __name__ == "__main__":
    sys.exit(main())
