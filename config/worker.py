"""The worker process: `python -m config.worker`, started by the supervisor with inherited sockets."""

from __future__ import annotations

import sys
from contextlib import nullcontext

from config.build import build, is_known
from config.deployed import Deployed
from config.guest_lines import print_guest_lines
from config.order import Reader, Reading
from config.own_modules import renewed
from proxy.listener import Graph
from proxy.metrics import Registry
from proxy.worker import run


def graph(reading: Reading, registry: Registry, previous: Graph | None) -> Graph:
    """Build, with modules of `python` filters as they are now; raises StartError.

    After a deploy of functions they are as they were: nobody has looked at the files since.
    """
    configuration, deployed = reading.configuration, Deployed(reading.functions, reading.changed)
    with nullcontext() if is_known(configuration, previous) else renewed(configuration.directory):
        return build(configuration, registry, previous, deployed)


def main() -> int:
    print_guest_lines()
    return run(graph, Reader())


if __name__ == "__main__":
    sys.exit(main())
