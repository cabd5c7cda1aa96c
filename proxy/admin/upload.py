"""What `POST /api/v1/edge/deploy` is sent: a form (RFC 7578) of metadata and a module, or metadata alone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from aiohttp import BodyPartReader, MultipartReader, hdrs, web
from aiohttp.http_exceptions import HttpProcessingError

from proxy.admin.answers import Refused
from proxy.admin.body import json_object, kind_of, read_object, receiving, too_large
from proxy.admin.edge_endpoints import LARGEST_METADATA_BYTES, LARGEST_MODULE_BYTES, METADATA, UPLOAD

TIMEOUT_S: Final = 120.0
PIECE_BYTES: Final = 256 * 1024

LARGEST: Final[Mapping[str, int]] = {
    "function": LARGEST_METADATA_BYTES,
    "signature": LARGEST_METADATA_BYTES,
    "wasm": LARGEST_MODULE_BYTES,
}
"""The form's parts, in bytes."""

AT_ONCE: Final = 4
"""So many modules at most are on their way into the supervisor's memory; who comes next waits with the body."""


@dataclass(frozen=True, slots=True)
class Upload:
    """Without `wasm` the metadata say where the module is."""

    metadata: dict[str, Any]
    wasm: bytes | None = None


class Uploads:
    """Reads them from calls."""

    def __init__(self) -> None:
        self._room = asyncio.Semaphore(AT_ONCE)

    async def read(self, request: web.Request) -> Upload:
        """Return what is to be deployed; raises Refused."""
        if kind_of(request, (UPLOAD, METADATA)) is METADATA:
            return Upload(await read_object(request, METADATA))
        if request.content_type not in UPLOAD.media_types:
            raise Refused(
                415,
                f"{request.content_type} is not taken here; send multipart/form-data with the parts function and wasm, "
                "or application/json with a source",
            )
        async with self._room:
            return _upload_of(await _parts(request))


def _upload_of(parts: dict[str, bytes]) -> Upload:
    for name in ("function", "wasm"):
        if name not in parts:
            raise Refused(400, f"the form has no part {name}; send function, which is JSON, and wasm, the module")
    metadata = json_object(parts["function"], "function")
    if "signature" in parts:
        if "signature" in metadata:
            raise Refused(400, "there are two signatures: send the part, or the field of function")
        metadata["signature"] = json_object(parts["signature"], "signature")
    return Upload(metadata, parts["wasm"])


async def _parts(request: web.Request) -> dict[str, bytes]:
    parts: dict[str, bytes] = {}
    async with receiving(request, UPLOAD, TIMEOUT_S):
        try:
            async for name, part in _named(await request.multipart()):
                if name in parts:
                    raise Refused(400, f"the form has two parts {name}; send one")
                parts[name] = await _read(name, part)
        except (ValueError, RuntimeError, AssertionError, HttpProcessingError) as error:  # whatever aiohttp raises
            raise Refused(400, f"the body is no well-formed form (RFC 7578): {error}") from None
    return parts


async def _named(form: MultipartReader) -> AsyncIterator[tuple[str, BodyPartReader]]:
    while (part := await form.next()) is not None:
        name = part.name if isinstance(part, BodyPartReader) else None
        if not isinstance(part, BodyPartReader) or name is None or name not in LARGEST:
            raise Refused(400, f"the form has a part {name!r}; send function, wasm, and signature if there is one")
        if part.headers.get(hdrs.CONTENT_TRANSFER_ENCODING, "binary").lower() not in ("binary", "8bit", "7bit"):
            raise Refused(400, f"send {name} as it is, without Content-Transfer-Encoding (RFC 7578 §4.7)")
        yield name, part


async def _read(name: str, part: BodyPartReader) -> bytes:
    content = bytearray()
    while piece := await part.read_chunk(PIECE_BYTES):
        content += piece
        if len(content) > LARGEST[name]:
            raise too_large(name, LARGEST[name])
    return bytes(content)
