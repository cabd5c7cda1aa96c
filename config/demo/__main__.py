"""`python -m config.demo [ADDRESS]`: the demo origin alone."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from config.demo.origin import application
from config.demo.serving import serve
from proxy.errors import StartError


def main(arguments: Sequence[str]) -> None:
    try:
        serve(arguments[0] if arguments else "127.0.0.1:9000", application())
    except (StartError, ValueError) as error:
        sys.exit(f"demo: {error}")


if __name__ == "__main__":
    main(sys.argv[1:])
