"""Apache Traffic Server: a response needs a lifetime of its own to be stored, a client's max-age is not listened to."""

from __future__ import annotations

from pathlib import Path

from bench.cache_suite.servers.server import Place, Server
from bench.peers.peer import find_command, first_line

# Its layout has every directory named; those that it only reads are the package's.
LAYOUT = """\
prefix: {directory}
sysconfdir: {directory}/etc
localstatedir: {directory}/run
runtimedir: {directory}/run
logdir: {directory}/log
cachedir: {directory}/cache
bindir: /usr/bin
sbindir: /usr/sbin
libexecdir: /usr/lib/trafficserver/modules
"""

RECORDS = """\
CONFIG proxy.config.http.server_ports STRING {port}:ip-in=127.0.0.1
CONFIG proxy.config.admin.user_id STRING #-1
CONFIG proxy.config.http.cache.http INT 1
CONFIG proxy.config.http.cache.ignore_client_cc_max_age INT 1
CONFIG proxy.config.http.cache.cache_responses_to_cookies INT 1
CONFIG proxy.config.http.cache.cache_urls_that_look_dynamic INT 1
CONFIG proxy.config.http.cache.when_to_revalidate INT 0
CONFIG proxy.config.http.cache.required_headers INT 2
CONFIG proxy.config.http.cache.heuristic_min_lifetime INT 3600
CONFIG proxy.config.http.cache.heuristic_max_lifetime INT 86400
CONFIG proxy.config.http.cache.heuristic_lm_factor FLOAT 0.10
CONFIG proxy.config.http.negative_caching_enabled INT 0
CONFIG proxy.config.http.normalize_ae INT 1
CONFIG proxy.config.http.insert_response_via_str INT 0
CONFIG proxy.config.url_remap.remap_required INT 1
CONFIG proxy.config.url_remap.pristine_host_hdr INT 1
CONFIG proxy.config.reverse_proxy.enabled INT 1
CONFIG proxy.config.cache.limits.http.max_alts INT 5
CONFIG proxy.config.exec_thread.autoconfig INT 0
CONFIG proxy.config.exec_thread.limit INT 2
CONFIG proxy.config.log.logging_enabled INT 0
"""


class TrafficServer(Server):
    name = "trafficserver"
    title = "Apache Traffic Server"
    directories = ("cache", "log", "run")

    def find(self) -> Path:
        return find_command("traffic_server", "Debian: apt install trafficserver")

    def version(self) -> str:
        return first_line([self.find(), "--version"]).split()[2]

    def files(self, place: Place) -> dict[str, str]:
        return {
            "runroot.yaml": LAYOUT.format(directory=place.directory),
            "etc/records.config": RECORDS.format(port=place.port),
            "etc/remap.config": f"map / http://127.0.0.1:{place.origin_port}/\n",
            "etc/storage.config": f"{place.directory}/cache 64M\n",
            "etc/ip_allow.yaml": "ip_allow: [{apply: in, ip_addrs: 0/0, action: allow, methods: ALL}]\n",
        }

    def command(self, place: Place) -> list[str | Path]:
        return [self.find(), f"--run-root={place.directory}/runroot.yaml"]
