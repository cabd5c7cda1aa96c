"""Where Penstock's time goes: the sampler in each of its processes, under the load of one work."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from bench.check import check
from bench.origin import start_origin
from bench.peers.penstock import Penstock
from bench.process import share_cores
from bench.table import as_text
from bench.works import Work
from bench.wrk import drive

ROOT = Path(__file__).parent.parent

# Python imports a module of this name at its start, wherever it comes first on the path.
SITECUSTOMIZE = """\
from pathlib import Path
from bench.sampler import Sampler
Sampler(Path({directory!r})).start()
"""


def profile(work: Work, seconds: float, top: int) -> str:
    """Load Penstock for some seconds; returns its busiest process's functions by their own share of the time."""
    cores = share_cores()
    with tempfile.TemporaryDirectory(prefix="penstock-profile-") as name:
        directory = Path(name)
        directory.chmod(0o755)
        (directory / "sitecustomize.py").write_text(SITECUSTOMIZE.format(directory=name))
        environment = {"PYTHONPATH": f"{directory}:{ROOT}"}
        with (
            start_origin(directory, cores) as origin,
            Penstock().start(directory / "penstock", work, origin.port, cores, environment) as server,
        ):
            check(server, work)
            load = drive(server, work, directory, seconds, cores.others)
        counts = [json.loads(path.read_text()) for path in directory.glob("*.profile")]
    busiest = max(counts, key=lambda count: sum(count["own"].values()))
    return f"{as_text(lines(busiest, top), left=1)}\n\n{load.per_second:.0f} requests/s while sampled"


def lines(count: dict[str, dict[str, int]], top: int) -> list[list[str]]:
    total = sum(count["own"].values())
    busiest = sorted(count["own"].items(), key=lambda item: -item[1])[:top]
    heading = [[f"function ({total} samples)", "own", "with calls"]]
    return heading + [[name, f"{own / total:.1%}", f"{count['all'][name] / total:.1%}"] for name, own in busiest]
