"""HAProxy: one thread, connections to the origin shared, its Prometheus exporter on."""

from __future__ import annotations

from pathlib import Path

from bench.peers.peer import Peer, Place, find_command, first_line
from bench.works import Work, host

CONFIG = """\
global
    nbthread 1
    maxconn 4096

defaults
    mode http
    timeout connect 5s
    timeout client 300s
    timeout server 60s
    http-reuse always

{cache}frontend stats
    bind 127.0.0.1:{admin_port}
    http-request use-service prometheus-exporter if {{ path /metrics }}

frontend public
    bind 127.0.0.1:{port}
    option forwardfor
    http-request set-header X-Forwarded-Proto http
{headers}{routing}

backend origin
    server one 127.0.0.1:{origin_port} pool-max-conn 64
"""

CACHE = """\
cache bench
    total-max-size 256
    max-object-size 1000000
    max-age 86400

"""

CACHED = """\
    http-request cache-use bench
    http-response cache-store bench
"""

HEADER = """\
    http-request set-header X-Bench-{i} v{i}
    http-response set-header X-Answer-{i} v{i}
"""

BY_HOST = """\
    http-request return status 404 unless {{ req.hdr(host),host_only,lower,map_str({directory}/hosts.map) -m found }}
    use_backend %[req.hdr(host),host_only,lower,map_str({directory}/hosts.map)]"""


class HAProxy(Peer):
    name = "haproxy"
    title = "HAProxy"
    metrics_path = "/metrics"
    runs_wasm = False

    def find(self) -> Path:
        return find_command("haproxy", "Debian: apt install haproxy")

    def version(self) -> str:
        return first_line([self.find(), "-v"]).split()[2].partition("-")[0]

    def files(self, work: Work, place: Place) -> dict[str, str]:
        headers = "".join(HEADER.format(i=i) for i in range(1, work.header_filters + 1))
        cache = CACHE if work.stored else ""
        headers += CACHED if work.stored else ""
        routing = BY_HOST.format(directory=place.directory) if work.hosts else "    default_backend origin"
        ports = {"port": place.port, "admin_port": place.admin_port, "origin_port": place.origin_port}
        hosts = "".join(f"{host(i)} origin\n" for i in range(work.hosts))
        return {
            "haproxy.cfg": CONFIG.format(cache=cache, headers=headers, routing=routing, **ports),
            "hosts.map": hosts,
        }

    def command(self, place: Place) -> list[str | Path]:
        return [self.find(), "-db", "-f", place.directory / "haproxy.cfg"]
