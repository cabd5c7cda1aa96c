"""Varnish: a cache first and last, so it takes part only where answers may be stored."""

from __future__ import annotations

from pathlib import Path

from bench.peers.peer import Peer, Place, find_command, first_line
from bench.works import Work

# Its built-in rules pass what comes with a cookie; who lets it store then removes those, as here.
VCL = """\
vcl 4.1;

backend origin {{ .host = "127.0.0.1"; .port = "{origin_port}"; }}

sub vcl_recv {{
    if (req.url ~ "^/fresh/") {{ unset req.http.Cookie; }}
    set req.http.X-Forwarded-Proto = "http";
}}
"""


class Varnish(Peer):
    name = "varnish"
    title = "Varnish"
    metrics_path = ""
    runs_wasm = False
    only_stores = True

    def find(self) -> Path:
        return find_command("varnishd", "Debian: apt install varnish")

    def version(self) -> str:
        return first_line([self.find(), "-V"]).partition("varnish-")[2].split()[0]

    def files(self, work: Work, place: Place) -> dict[str, str]:
        return {"bench.vcl": VCL.format(origin_port=place.origin_port)}

    def command(self, place: Place) -> list[str | Path]:
        directory = place.directory
        address = f"127.0.0.1:{place.port}"
        files: list[str | Path] = ["-n", directory / "varnish", "-f", directory / "bench.vcl"]
        return [self.find(), "-F", "-j", "none", "-a", address, *files, "-s", "malloc,256M", "-p", "default_ttl=0"]
