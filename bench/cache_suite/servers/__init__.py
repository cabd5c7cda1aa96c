"""The caches that the suite is run behind, each in its own file."""

from bench.cache_suite.servers.httpd import Httpd
from bench.cache_suite.servers.nginx import Nginx
from bench.cache_suite.servers.penstock import Penstock
from bench.cache_suite.servers.server import Server
from bench.cache_suite.servers.squid import Squid
from bench.cache_suite.servers.trafficserver import TrafficServer
from bench.cache_suite.servers.varnish import Varnish

SERVERS: tuple[Server, ...] = (
    Penstock("penstock", "Penstock, memory"),
    Penstock("penstock-redis", "Penstock, memory and Redis", redis=True),
    Penstock("penstock-redis-alone", "Penstock, Redis alone", redis=True, memory="4KiB"),
    TrafficServer(),
    Httpd(),
    Squid(),
    Varnish(),
    Nginx(),
)

__all__ = ["SERVERS", "Httpd", "Nginx", "Penstock", "Server", "Squid", "TrafficServer", "Varnish"]
