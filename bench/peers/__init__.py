"""The proxies that are compared, each in its own file."""

from bench.peers.envoy import Envoy
from bench.peers.haproxy import HAProxy
from bench.peers.nginx import Nginx
from bench.peers.peer import Missing, Peer, Place
from bench.peers.penstock import Penstock

PEERS: tuple[Peer, ...] = (Penstock(), Nginx(), HAProxy(), Envoy())

__all__ = ["PEERS", "Envoy", "HAProxy", "Missing", "Nginx", "Peer", "Penstock", "Place"]
