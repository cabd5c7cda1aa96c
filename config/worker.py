"""The worker process: `python -m config.worker`, started by the supervisor with inherited sockets."""

from __future__ import annotations

import os
import pathlib
import sys
from collections.abc import Mapping

from config.build import build
from config.configuration import Configuration
from config.guest_lines import print_guest_lines
from config.load import check
from config.own_modules import import_from, renewed
from config.problems import located
from proxy.errors import StartError
from proxy.listener import Graph
from proxy.metrics import Registry
from proxy.worker import run


def read(order: Mapping[str, str]) -> Configuration:
    """Read the `text` that the supervisor has read and checked, whatever the `file` says by now; raises StartError.

    What is around it is not judged again, by each worker: the build will find it as it is then.
    """
    file = pathlib.Path(order["file"])
    import_from(file.parent)
    report = check(order["text"], file.parent, os.environ, _nothing)
    if report.configuration is None:
        raise StartError("\n".join(located(file, error) for error in report.errors))
    return report.configuration


def _nothing(_: Configuration) -> tuple[()]:
    return ()


def graph(configuration: Configuration, registry: Registry, previous: Graph | None) -> Graph:
    """Build, with modules of `python` filters as they are now; raises StartError."""
    with renewed(configuration.directory):
        return build(configuration, registry, previous)


def main() -> int:
    print_guest_lines()
    return run(graph, read)


if __name__ == "__main__":
    sys.exit(main())
