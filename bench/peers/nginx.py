"""nginx as a proxy: kept upstream connections, stub_status on, bodies streamed."""

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
            proxy_set_header X-Forwarded-Proto $scheme;{headers}
        }}
    }}"""

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
        ports = {"origin_port": place.origin_port, "admin_port": place.admin_port}
        return {"nginx.conf": CONFIG.format(directory=place.directory, servers="\n".join(servers), **ports)}

    def _server(self, port: int, work: Work, name: str | None = None) -> str:
        headers = "".join(
            f"\n            proxy_set_header X-Bench-{i} v{i};\n            add_header X-Answer-{i} v{i};"
            for i in range(1, work.header_filters + 1)
        )
        default = "" if name else " default_server"
        server_name = f"\n        server_name {name};" if name else ""
        return SERVER.format(port=port, default=default, server_name=server_name, headers=headers)

    def command(self, place: Place) -> list[str | Path]:
        directory = place.directory
        return [self.find(), "-p", directory, "-e", directory / "nginx-error.log", "-c", directory / "nginx.conf"]
