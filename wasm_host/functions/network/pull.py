"""Modules that a deploy names by URL and SHA-256: fetched from the hosts that the operator allows, and no others."""

from __future__ import annotations

import re
import ssl
from hashlib import sha256
from typing import Final

from proxy.upstream.resolver import Lookup, system_lookup
from wasm_host.functions.allowance import HttpAllowance
from wasm_host.functions.hostcall import HostcallFailed
from wasm_host.functions.network.client import FunctionHttp
from wasm_host.functions.network.pools import HttpPools
from wasm_host.functions.services import HttpAsk
from wasm_host.functions.settings import MIB, FunctionLimits

MOST_MODULE_BYTES: Final = 64 * MIB
MOST_S: Final = 60.0

_DIGEST: Final = re.compile(r"[0-9a-f]{64}")


class Pull:
    """Raises ValueError for an allowance that can't be read. `tls` verifies servers, as for HttpPools."""

    def __init__(self, allowance: HttpAllowance, tls: ssl.SSLContext, lookup: Lookup = system_lookup) -> None:
        self._allowance, self._tls, self._lookup = allowance, tls, lookup
        self._limits = FunctionLimits(http_s=MOST_S, http_bytes=MOST_MODULE_BYTES)

    async def fetch(self, url: str, digest: str) -> bytes:
        """Return the module whose SHA-256, in hexadecimal, is `digest`; raises HostcallFailed."""
        if not _DIGEST.fullmatch(digest.lower()):
            raise HostcallFailed("invalid", "sha256 is 64 hexadecimal digits")
        module = await self._download(url)
        found = sha256(module).hexdigest()
        if found != digest.lower():
            raise HostcallFailed("failed", f"the module's SHA-256 is {found}, not {digest.lower()}")
        return module

    async def _download(self, url: str) -> bytes:
        http = FunctionHttp("a deploy", self._allowance, self._limits, HttpPools(self._tls, self._lookup))
        try:
            answer = await http.fetch(HttpAsk("GET", url))
        finally:
            await http.close()
        if answer.status != 200:
            raise HostcallFailed("failed", f"the answer is {answer.status}")
        return answer.body
