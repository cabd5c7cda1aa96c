"""The reference: nginx with ModSecurity 3 (libmodsecurity and its connector) and the rule set as it comes."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Final

from bench.cache_suite.servers.server import Place
from bench.peers.nginx import Nginx as NginxPeer
from bench.peers.peer import Missing, find_command
from bench.waf.rules import Rules
from bench.waf.servers.waf import Waf
from filters.waf.library import BASE

PEER: Final = NginxPeer()
MODULE: Final = Path("/usr/lib/nginx/modules/ngx_http_modsecurity_module.so")
PACKAGES: Final = ("libmodsecurity3", "libnginx-mod-http-modsecurity")

# The limits are those of ModSecurity's recommended file and, for its regexes, of CRS's own containers: at the low ones
# of the former, rules give up in silence. Which body processor reads which type is no part of CRS. What Penstock adds
# to every rule set (filters/waf/base.conf) is added here too, so that both judge by the same rules.
ENGINE: Final = """\
SecRuleEngine On
SecRequestBodyAccess On
SecRequestBodyLimit 13107200
SecRequestBodyNoFilesLimit 131072
SecRequestBodyLimitAction Reject
SecRequestBodyJsonDepthLimit 512
SecArgumentsLimit 1000
SecPcreMatchLimit 100000
SecPcreMatchLimitRecursion 100000
SecRule REQUEST_HEADERS:Content-Type "^(?:application(?:/soap\\+|/)|text/)xml" \
    "id:200000,phase:1,pass,nolog,t:lowercase,ctl:requestBodyProcessor=XML"
SecRule REQUEST_HEADERS:Content-Type "^application/(?:[a-z0-9.-]+\\+)?json" \
    "id:200001,phase:1,pass,nolog,t:lowercase,ctl:requestBodyProcessor=JSON"
SecResponseBodyAccess On
SecResponseBodyMimeType text/plain text/html text/xml
SecResponseBodyLimit 524288
SecResponseBodyLimitAction ProcessPartial
SecAuditEngine Off
SecTmpDir {directory}/body
SecDataDir {directory}/body
Include {base}
Include {directory}/crs/crs-setup.conf
Include {directory}/crs/rules/*.conf
"""

# nginx would hide fields with odd names from its modules, and so from the WAF.
CONFIG: Final = """\
daemon off;
pid {directory}/nginx.pid;
worker_processes 1;
load_module {module};
error_log {directory}/nginx-error.log {log_level};
events {{ worker_connections 4096; }}
http {{
    access_log off;
    keepalive_timeout 300s;
    keepalive_requests 100000000;
    client_max_body_size 0;
    client_body_buffer_size 256k;
    ignore_invalid_headers off;
    underscores_in_headers on;
    client_body_temp_path {directory}/body;
    proxy_temp_path {directory}/proxy;
    fastcgi_temp_path {directory}/fastcgi;
    uwsgi_temp_path {directory}/uwsgi;
    scgi_temp_path {directory}/scgi;

    upstream origin {{ server 127.0.0.1:{origin_port} max_fails=0; keepalive 64; keepalive_requests 100000000; }}

    server {{
        listen 127.0.0.1:{port} default_server;
        modsecurity on;
        modsecurity_rules_file {directory}/modsecurity.conf;
        location / {{
            proxy_pass http://origin;
            proxy_http_version 1.1;
            proxy_max_temp_file_size 0;
            proxy_set_header Connection "";
            proxy_set_header Host $http_host;
            proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
            proxy_set_header X-Forwarded-Proto $scheme;
        }}
    }}
}}
"""


class ModSecurity(Waf):
    """`tells_rules`: its error log names each rule that matched, which takes time."""

    name = "modsecurity"
    title = "nginx + ModSecurity"
    directories = ("body",)

    def __init__(self, rules: Rules, tells_rules: bool = False) -> None:
        super().__init__(rules)
        self._log_level = "info" if tells_rules else "error"

    def find(self) -> Path:
        if not MODULE.exists():
            raise Missing("nginx's ModSecurity module is not installed (Debian: apt install " + PACKAGES[1] + ")")
        return PEER.find()

    def version(self) -> str:
        return f"{PEER.version()} + {', '.join(f'{package} {packaged(package)}' for package in PACKAGES)}"

    def files(self, place: Place) -> dict[str, str]:
        ports = {"port": place.port, "origin_port": place.origin_port}
        config = CONFIG.format(directory=place.directory, module=MODULE, log_level=self._log_level, **ports)
        return {"nginx.conf": config, "modsecurity.conf": ENGINE.format(directory=place.directory, base=BASE)}

    def command(self, place: Place) -> list[str | Path]:
        directory = place.directory
        return [self.find(), "-p", directory, "-e", directory / "nginx-error.log", "-c", directory / "nginx.conf"]


def packaged(name: str) -> str:
    """Return a Debian package's version without its revision."""
    query: list[str | Path] = [find_command("dpkg-query", "Debian has it"), "-W", "-f", "${Version}", name]
    done = subprocess.run(query, capture_output=True, text=True, timeout=30, check=False)
    return done.stdout.partition("-")[0] or "unknown"
