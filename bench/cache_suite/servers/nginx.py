"""nginx with proxy_cache, validating what went stale."""

from __future__ import annotations

from pathlib import Path

from bench.cache_suite.servers.server import Place, Server
from bench.peers.nginx import Nginx as NginxPeer

PEER = NginxPeer()

CONFIG = """\
daemon off;
pid {directory}/nginx.pid;
worker_processes 1;
error_log {directory}/nginx-error.log;
events {{ worker_connections 2048; }}
http {{
    access_log off;
    client_body_temp_path {directory}/body;
    proxy_temp_path {directory}/proxy;
    fastcgi_temp_path {directory}/fastcgi;
    uwsgi_temp_path {directory}/uwsgi;
    scgi_temp_path {directory}/scgi;
    proxy_cache_path {directory}/cache levels=1:2 keys_zone=suite:8m max_size=1000m inactive=600m;

    server {{
        listen 127.0.0.1:{port};
        location / {{
            proxy_pass http://127.0.0.1:{origin_port};
            proxy_http_version 1.1;
            proxy_cache suite;
            proxy_cache_revalidate on;
        }}
    }}
}}
"""


class Nginx(Server):
    name = "nginx"
    title = "nginx"

    def find(self) -> Path:
        return PEER.find()

    def version(self) -> str:
        return PEER.version()

    def files(self, place: Place) -> dict[str, str]:
        ports = {"port": place.port, "origin_port": place.origin_port}
        return {"nginx.conf": CONFIG.format(directory=place.directory, **ports)}

    def command(self, place: Place) -> list[str | Path]:
        directory = place.directory
        return [self.find(), "-p", directory, "-e", directory / "nginx-error.log", "-c", directory / "nginx.conf"]
