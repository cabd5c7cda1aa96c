"""Varnish with its built-in VCL: no lifetime or grace of its own, stale responses kept to be validated."""

from __future__ import annotations

from pathlib import Path

from bench.cache_suite.servers.server import Place, Server
from bench.peers.varnish import Varnish as VarnishPeer

PEER = VarnishPeer()

VCL = """\
vcl 4.1;
backend origin {{ .host = "127.0.0.1"; .port = "{origin_port}"; }}
"""


class Varnish(Server):
    name = "varnish"
    title = "Varnish"

    def find(self) -> Path:
        return PEER.find()

    def version(self) -> str:
        return PEER.version()

    def files(self, place: Place) -> dict[str, str]:
        return {"suite.vcl": VCL.format(origin_port=place.origin_port)}

    def command(self, place: Place) -> list[str | Path]:
        directory = place.directory
        lifetimes = ["-p", "default_ttl=0", "-p", "default_grace=0", "-p", "default_keep=3600"]
        files: list[str | Path] = ["-n", directory / "varnish", "-f", directory / "suite.vcl"]
        address = f"127.0.0.1:{place.port}"
        return [self.find(), "-F", "-j", "none", "-a", address, *files, *lifetimes, "-s", "malloc,64M"]
