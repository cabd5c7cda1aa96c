"""The numbers of the http-wasm ABI; plain ones, for they are compared in every call."""

from __future__ import annotations

from typing import Final

REQUEST: Final = 0
RESPONSE: Final = 1
"""What a body or the fields (the ABI: a header kind) belong to."""
REQUEST_TRAILERS: Final = 2
RESPONSE_TRAILERS: Final = 3

BUFFER_REQUEST: Final = 1
BUFFER_RESPONSE: Final = 2
SUPPORTED: Final = BUFFER_REQUEST | BUFFER_RESPONSE
"""Features that a guest may ask for; trailers (4) are bounded and discarded by the data plane."""

LOG_LEVELS: Final = {-1: 1, 0: 2, 1: 3, 2: 4}
"""Debug, info, warn, error, as wasm_host/log_lines.py numbers them; the ABI's 3 is silence."""
