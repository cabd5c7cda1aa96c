"""`python -m config.demo [ADDRESS]`: the demo origin alone."""

from __future__ import annotations

import sys

from config.demo.serving import serve
from proxy.errors import StartError

if __name__ == "__main__":
    try:
        serve(sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1:9000")
    except (StartError, ValueError) as error:
        sys.exit(f"demo: {error}")
