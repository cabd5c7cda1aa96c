"""The proxies that are compared, each in its own file."""

from bench.peers.envoy import Envoy
from bench.peers.haproxy import HAProxy
from bench.peers.nginx import Nginx, NginxOpenFiles
from bench.peers.peer import Missing, Peer, Place
from bench.peers.penstock import Penstock
from bench.peers.varnish import Varnish

PEERS: tuple[Peer, ...] = (Penstock(), Nginx(), NginxOpenFiles(), HAProxy(), Varnish(), Envoy())

__all__ = ["PEERS", "Envoy", "HAProxy", "Missing", "Nginx", "NginxOpenFiles", "Peer", "Penstock", "Place", "Varnish"]
