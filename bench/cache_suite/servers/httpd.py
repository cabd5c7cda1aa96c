"""Apache httpd with mod_cache on disk."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from bench.cache_suite.servers.server import Place, Server
from bench.peers.peer import find_command, first_line

MODULES: Final = "/usr/lib/apache2/modules"
LOADED: Final = ("mpm_event", "authz_core", "negotiation", "cache", "cache_disk", "proxy", "proxy_http")

CONFIG = """\
ServerName localhost
ServerRoot {directory}
DefaultRuntimeDir {directory}
PidFile {directory}/httpd.pid
ErrorLog {directory}/httpd-error.log
Mutex sem
User www-data
Group www-data
Listen 127.0.0.1:{port}
{modules}
ProxyPass "/" "http://127.0.0.1:{origin_port}/"
CacheRoot {directory}/cache
CacheEnable disk /
CacheDirLevels 5
CacheDirLength 3
CacheDefaultExpire 0
CacheIgnoreNoLastMod On
CacheStoreExpired On
CacheNegotiatedDocs On
CacheHeader On
CacheDetailHeader On
UseCanonicalName On
"""


class Httpd(Server):
    name = "httpd"
    title = "Apache httpd"
    directories = ("cache",)

    def find(self) -> Path:
        return find_command("apache2", "Debian: apt install apache2-bin")

    def version(self) -> str:
        return first_line([self.find(), "-v"]).partition("/")[2].split()[0]

    def files(self, place: Place) -> dict[str, str]:
        modules = "\n".join(f"LoadModule {name}_module {MODULES}/mod_{name}.so" for name in LOADED)
        ports = {"port": place.port, "origin_port": place.origin_port}
        return {"httpd.conf": CONFIG.format(directory=place.directory, modules=modules, **ports)}

    def command(self, place: Place) -> list[str | Path]:
        return [self.find(), "-DFOREGROUND", "-f", place.directory / "httpd.conf"]
