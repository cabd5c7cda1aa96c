"""One ticket key in all workers, so that any of them resumes a session that another began (RFC 5077, RFC 8446 §4.6.1).

Python's ssl has no call for it, so OpenSSL's own is made by ctypes, SSL_CTX_ctrl with SSL_CTRL_SET_TLSEXT_TICKET_KEYS
(openssl/ssl.h). The SSL_CTX's pointer is the first thing in _ssl._SSLContext after the object's header; the pointer is
used only after what it points to was read through the kernel, which reports a wild address where a plain read would
crash, and was seen to hold the method table of TLS servers. Where anything is otherwise, each worker keeps the key that
OpenSSL made for it: a client that meets another worker makes a full handshake.
"""

from __future__ import annotations

import _ssl
import ctypes
import hashlib
import os
import ssl
import struct
import sysconfig
from typing import Any, Final

from proxy.tls.settings import TlsServer

KEY_BYTES: Final = 80
"""A name of 16 bytes, and 32 each for HMAC-SHA-256 and AES-256, as OpenSSL has had them since 1.1.0."""

_GET_KEYS: Final = 58
_SET_KEYS: Final = 59
_POINTER: Final = struct.calcsize("P")


def new_ticket_key() -> bytes:
    """Make a key for all workers; whoever learns it can read what was sent in sessions that its tickets resumed."""
    return os.urandom(KEY_BYTES)


def listener_key(ticket_key: bytes, tls: TlsServer) -> bytes:
    """Derive a listener's own key, of what its sessions vouch for.

    A resumed session is not verified again, so a ticket must be worth nothing at a listener that shows other
    certificates or trusts other clients. A certificate that is renewed in place leaves sessions be.
    """
    shown = [each.cert for each in tls.certificates]
    asked = None if tls.client is None else (tls.client.ca, tls.client.digest, tls.client.mode)
    purpose = repr((shown, asked, tls.min_version, tls.unknown_names)).encode()
    return hashlib.shake_256(ticket_key + purpose).digest(KEY_BYTES)


def share_tickets(context: ssl.SSLContext, key: bytes) -> bool:
    """Let a context make and take tickets of this key; False where this Python does not let us, and nothing is done."""
    if len(key) != KEY_BYTES:
        raise ValueError(f"a ticket key has {KEY_BYTES} bytes, not {len(key)}")
    try:
        library = _own_library()
        pointer = _context_pointer(context, library)
    except (OSError, AttributeError):
        return False
    if pointer is None or library.SSL_CTX_ctrl(pointer, _SET_KEYS, KEY_BYTES, key) != 1:
        return False
    return _key_of(library, pointer) == key


def _key_of(library: Any, pointer: int) -> bytes | None:
    read = ctypes.create_string_buffer(KEY_BYTES)
    return read.raw if library.SSL_CTX_ctrl(pointer, _GET_KEYS, KEY_BYTES, read) == 1 else None


def _own_library() -> Any:
    """Return the OpenSSL that Python's ssl is linked with, found through its own module: another may be loaded too.

    Raises OSError or AttributeError where its functions cannot be reached.
    """
    library = ctypes.CDLL(getattr(_ssl, "__file__", None))
    library.SSL_CTX_ctrl.restype = ctypes.c_long
    library.SSL_CTX_ctrl.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_long, ctypes.c_void_p]
    library.TLS_server_method.restype = ctypes.c_void_p
    return library


def _context_pointer(context: ssl.SSLContext, library: Any) -> int | None:
    """Return the SSL_CTX of a server's context, None where what would be it is not seen to be one.

    Raises OSError for an address that cannot be read.
    """
    header = object.__basicsize__
    if sysconfig.get_config_var("Py_GIL_DISABLED") or _ssl._SSLContext.__basicsize__ < header + _POINTER:
        return None
    pointer = ctypes.c_void_p.from_address(id(context) + header).value
    if not pointer:
        return None
    # An SSL_CTX begins with its SSL_METHOD; from OpenSSL 3.0 on after its OSSL_LIB_CTX.
    return pointer if library.TLS_server_method() in _words_at(pointer, 2) else None


def _words_at(address: int, count: int) -> tuple[int, ...]:
    """Read words of this process's memory; raises OSError where there is none (proc(5))."""
    with open("/proc/self/mem", "rb", buffering=0) as memory:
        try:
            found = os.pread(memory.fileno(), count * _POINTER, address)
        except OverflowError as error:  # The upper half of all addresses is no offset, and the kernel's own.
            raise OSError(f"no address of a process: {address:#x}") from error
    return struct.unpack(f"{count}P", found) if len(found) == count * _POINTER else ()
