"""nginx as a proxy: kept upstream connections, stub_status on, bodies streamed; its cached files in the page cache."""

from __future__ import annotations

from pathlib import Path

from bench.peers.peer import Peer, Place, find_command, first_line
from bench.works import Work, host

CONFIG = """\
daemon off;
pid {directory}/nginx.pid;
worker_processes 1;
error_log {directory}/nginx-error.log;
events {{ worker_connections 4096; }}
http {{
    access_log off;
    keepalive_timeout 300s;
    keepalive_requests 100000000;
    client_max_body_size 0;
    server_names_hash_max_size 8192;
    server_names_hash_bucket_size 128;
    client_body_temp_path {directory}/body;
    proxy_temp_path {directory}/proxy;
    fastcgi_temp_path {directory}/fastcgi;
    uwsgi_temp_path {directory}/uwsgi;
    scgi_temp_path {directory}/scgi;

{cache}
    upstream origin {{ server 127.0.0.1:{origin_port}; keepalive 64; keepalive_requests 100000000; }}

    server {{
        listen 127.0.0.1:{admin_port};
        location = /status {{ stub_status; }}
    }}
{servers}
}}
"""

SERVER = """\
    server {{
        listen 127.0.0.1:{port}{default};{server_name}
        location / {{
            proxy_pass http://origin;
            proxy_http_version 1.1;
            proxy_request_buffering off;
            proxy_max_temp_file_size 0;
            proxy_set_header Connection "";
            proxy_set_header Host $http_host;
            proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
            proxy_set_header X-Forwarded-Proto $scheme;{cache}{headers}
        }}
    }}"""

CACHE = """\
    proxy_cache_path {directory}/cache levels=1:2 keys_zone=bench:16m max_size=256m inactive=1d use_temp_path=off;
"""

CACHED = "\n            proxy_cache bench;"

# Measured: the kernel's sendfile makes a small hit dearer by half and a large one cheaper by a fifth.
OPEN_FILES = """\
    open_file_cache max=4096 inactive=1d;
    open_file_cache_valid 1d;
    sendfile {sendfile};
"""

CATCH_ALL = "    server {{ listen 127.0.0.1:{port} default_server; return 404; }}"


def find_nginx() -> Path:
    return find_command("nginx", "Debian: apt install nginx-light")


class Nginx(Peer):
    name = "nginx"
    title = "nginx"
    metrics_path = "/status"
    runs_wasm = False

    def find(self) -> Path:
        return find_nginx()

    def version(self) -> str:
        return first_line([self.find(), "-v"]).rpartition("/")[2]

    def files(self, work: Work, place: Place) -> dict[str, str]:
        servers = [self._server(place.port, work)]
        if work.hosts:
            servers = [self._server(place.port, work, host(i)) for i in range(work.hosts)]
            servers.append(CATCH_ALL.format(port=place.port))
        cache = self._cache(work, place) if work.stored else ""
        ports = {"origin_port": place.origin_port, "admin_port": place.admin_port}
        return {
            "nginx.conf": CONFIG.format(directory=place.directory, cache=cache, servers="\n".join(servers), **ports)
        }

    def _cache(self, work: Work, place: Place) -> str:
        return CACHE.format(directory=place.directory)

    def _server(self, port: int, work: Work, name: str | None = None) -> str:
        headers = "".join(
            f"\n            proxy_set_header X-Bench-{i} v{i};\n            add_header X-Answer-{i} v{i};"
            for i in range(1, work.header_filters + 1)
        )
        default = "" if name else " default_server"
        server_name = f"\n        server_name {name};" if name else ""
        cache = CACHED if work.stored else ""
        return SERVER.format(port=port, default=default, server_name=server_name, cache=cache, headers=headers)

    def command(self, place: Place) -> list[str | Path]:
        directory = place.directory
        return [self.find(), "-p", directory, "-e", directory / "nginx-error.log", "-c", directory / "nginx.conf"]


class NginxOpenFiles(Nginx):
    """nginx told to make hits as cheap as it can: the cached files stay open."""

    name = "nginx-open"
    title = "nginx, open files"
    only_stores = True

    def _cache(self, work: Work, place: Place) -> str:
        large = work.path.endswith("/large")
        return super()._cache(work, place) + OPEN_FILES.format(sendfile="on" if large else "off")
