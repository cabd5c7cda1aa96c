"""Squid as an accelerator, its cache in memory, with the lifetimes of the configuration that it is delivered with."""

from __future__ import annotations

from pathlib import Path

from bench.cache_suite.servers.server import Place, Server
from bench.peers.peer import find_command, first_line

CONFIG = """\
http_port 127.0.0.1:{port} accel defaultsite=localhost no-vhost
cache_peer 127.0.0.1 parent {origin_port} 0 no-query no-digest originserver default name=origin
cache_peer_access origin allow all
http_access allow all
connect_retries 3
shutdown_lifetime 1 second
visible_hostname localhost
access_log none
cache_log {directory}/log/squid.log
coredump_dir {directory}/log
netdb_filename none
pid_filename none
pinger_enable off
refresh_pattern -i (/cgi-bin/|\\?) 0 0% 0
refresh_pattern . 0 20% 4320
"""


class Squid(Server):
    name = "squid"
    title = "Squid"
    directories = ("log",)

    def find(self) -> Path:
        return find_command("squid", "Debian: apt install squid")

    def version(self) -> str:
        return first_line([self.find(), "-v"]).rpartition(" ")[2]

    def files(self, place: Place) -> dict[str, str]:
        ports = {"port": place.port, "origin_port": place.origin_port}
        return {"squid.conf": CONFIG.format(directory=place.directory, **ports)}

    def command(self, place: Place) -> list[str | Path]:
        return [self.find(), "-N", "-f", place.directory / "squid.conf"]
