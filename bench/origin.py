"""The origin behind every peer: nginx with fixed answers, cheap enough not to be the bottleneck."""

from __future__ import annotations

from pathlib import Path

from bench.peers.nginx import find_nginx
from bench.process import Cores, Process, free_port
from bench.works import LARGE_ANSWER_BYTES, SMALL_ANSWER

LARGE_ANSWER = (b"0123456789abcde\n" * (LARGE_ANSWER_BYTES // 16))[:LARGE_ANSWER_BYTES]

ECHO = (
    "host=$http_host|for=$http_x_forwarded_for|proto=$http_x_forwarded_proto|agent=$http_user_agent"
    "|cookie=$http_cookie|x=$http_x_bench_1,$http_x_bench_2,$http_x_bench_3|wasm=$http_x_bench_wasm"
)

MADE = "X-Made"
"""The response header that tells one making of a fresh answer from the next."""

FRESH = f"add_header Cache-Control max-age=86400; add_header {MADE} $request_id;"

# An upload is read whole into memory before it is "proxied", without its body, to the sink that counts it: nginx
# answers a plain `return` before it has read the body.
CONFIG = """\
daemon off;
pid {directory}/origin.pid;
worker_processes 1;
error_log {directory}/origin-error.log;
events {{ worker_connections 4096; }}
http {{
    access_log off;
    default_type text/plain;
    sendfile on;
    tcp_nopush on;
    keepalive_timeout 300s;
    keepalive_requests 100000000;
    open_file_cache max=16;
    client_body_temp_path {directory}/origin-body;
    proxy_temp_path {directory}/origin-proxy;
    fastcgi_temp_path {directory}/origin-fastcgi;
    uwsgi_temp_path {directory}/origin-uwsgi;
    scgi_temp_path {directory}/origin-scgi;

    upstream sink {{ server unix:{directory}/sink.sock; keepalive 64; keepalive_requests 100000000; }}

    server {{
        listen unix:{directory}/sink.sock;
        location / {{ return 200 "$http_x_received"; }}
    }}
    server {{
        listen 127.0.0.1:{port};
        location = /small {{ return 200 "{small}"; }}
        location = /large {{ alias {directory}/large; }}
        location = /fresh/small {{ {fresh} return 200 "{small}"; }}
        location = /fresh/large {{ {fresh} alias {directory}/large; }}
        location = /echo {{ return 200 "{echo}"; }}
        location = /upload {{
            client_max_body_size 0;
            client_body_buffer_size 2m;
            proxy_pass_request_body off;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_set_header Content-Length "";
            proxy_set_header X-Received $request_length;
            proxy_pass http://sink;
        }}
    }}
}}
"""


def config(directory: Path, port: int) -> str:
    small = SMALL_ANSWER.decode().replace("\n", "\\n")
    return CONFIG.format(directory=directory, port=port, small=small, fresh=FRESH, echo=ECHO)


def start_origin(directory: Path, cores: Cores) -> Process:
    """Start nginx with one worker on the cores that it shares with the load generator."""
    port = free_port()
    path = directory / "origin.conf"
    path.write_text(config(directory, port))
    (directory / "large").write_bytes(LARGE_ANSWER)
    command: list[str | Path] = [find_nginx(), "-p", directory, "-e", directory / "origin-error.log", "-c", path]
    process = Process("origin", command, directory, port, cores.others)
    process.wait_until_listening()
    return process
