"""What is compared with whom: proxying, and answering from a cache; each has a result of its own."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from bench.peers import PEERS, Peer
from bench.works import HITS, PROXYING, Work


@dataclass(frozen=True)
class Comparison:
    """Some works and the peers that do at least one of them; its result is kept as bench/results/<file>.*."""

    name: str
    file: str
    works: Sequence[Work]
    peers: Sequence[Peer]

    @classmethod
    def of(cls, name: str, file: str, works: Sequence[Work]) -> Comparison:
        able = [peer for peer in PEERS if any(not peer.lacks(work) for work in works)]
        return cls(name, file, works, able)

    def narrowed(self, peers: Collection[str], works: Collection[str]) -> Comparison:
        """Leave out what is not named."""
        return replace(
            self,
            works=[work for work in self.works if work.name in works],
            peers=[peer for peer in self.peers if peer.name in peers],
        )


COMPARISONS = (
    Comparison.of("proxy", "latest", list(PROXYING)),
    Comparison.of("cache", "cache", list(HITS)),
)
