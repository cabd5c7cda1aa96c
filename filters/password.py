"""Hashed secrets in the PHC string format, by what Python's own hashlib has: scrypt and PBKDF2-HMAC-SHA256.

    $scrypt$ln=14,r=8,p=5$<salt>$<digest>        $pbkdf2-sha256$i=600000$<salt>$<digest>

Salt and digest are base64 without padding.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from dataclasses import dataclass
from typing import Final

_PHC = re.compile(r"\$(scrypt|pbkdf2-sha256)\$([a-z0-9=,]+)\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)")
_SCRYPT = re.compile(r"ln=([0-9]{1,2}),r=([0-9]{1,2}),p=([0-9]{1,2})")
_PBKDF2 = re.compile(r"i=([0-9]{1,8})")
_SALT_BYTES: Final = 16
_DIGEST_BYTES: Final = 32
_LARGEST_SCRYPT_BYTES: Final = 256 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Scrypt:
    """scrypt's cost (RFC 7914 §2): 2^ln rounds over blocks of 128 r bytes, p times.

    The default is the one of OWASP's equally strong choices (Password Storage Cheat Sheet) that needs the least
    memory, 16 MiB, for a proxy may check several at once.
    """

    ln: int = 14
    r: int = 8
    p: int = 5

    def __post_init__(self) -> None:
        if not (self.ln and self.r and self.p) or self._memory_bytes > _LARGEST_SCRYPT_BYTES:
            raise ValueError(f"scrypt's cost ln={self.ln},r={self.r},p={self.p} is nothing, or over 256 MiB")

    @property
    def _memory_bytes(self) -> int:
        return 128 * self.r * ((1 << self.ln) + self.p + 2)

    def digest(self, password: bytes, salt: bytes, length: int) -> bytes:
        return hashlib.scrypt(
            password, salt=salt, n=1 << self.ln, r=self.r, p=self.p, maxmem=2 * self._memory_bytes, dklen=length
        )

    def __str__(self) -> str:
        return f"scrypt$ln={self.ln},r={self.r},p={self.p}"


@dataclass(frozen=True, slots=True)
class Pbkdf2:
    """PBKDF2-HMAC-SHA256 (RFC 8018 §5.2) with so many iterations."""

    iterations: int

    def __post_init__(self) -> None:
        if not self.iterations:
            raise ValueError("PBKDF2 with i=0 hashes nothing")

    def digest(self, password: bytes, salt: bytes, length: int) -> bytes:
        return hashlib.pbkdf2_hmac("sha256", password, salt, self.iterations, length)

    def __str__(self) -> str:
        return f"pbkdf2-sha256$i={self.iterations}"


@dataclass(frozen=True, slots=True)
class Secret:
    """What is kept of a password."""

    cost: Scrypt | Pbkdf2
    salt: bytes
    digest: bytes

    def matches(self, password: bytes) -> bool:
        """Compare in constant time; takes as long as the cost says, so never on the event loop.

        A NUL is in no password (RFC 7617 §2), and HMAC, below both functions, takes one at the end for none at all.
        """
        if b"\0" in password:
            return False
        return hmac.compare_digest(self.cost.digest(password, self.salt, len(self.digest)), self.digest)

    def __str__(self) -> str:
        return f"${self.cost}${_base64(self.salt)}${_base64(self.digest)}"


def parse_secret(text: str) -> Secret:
    """Read a PHC string; raises ValueError, which never quotes it."""
    found = _PHC.fullmatch(text)
    if found is None:
        raise ValueError(
            "not a hashed secret: write what `penstock hash-secret` prints ($scrypt$… or $pbkdf2-sha256$…)"
        )
    cost = _cost(found[1], found[2])
    try:
        salt, digest = _unpadded(found[3]), _unpadded(found[4])
    except Base64Error:
        raise ValueError("the salt or the digest of a hashed secret is not base64") from None
    if len(digest) < 16:
        raise ValueError("the digest of a hashed secret is shorter than 16 bytes")
    return Secret(cost, salt, digest)


def _cost(algorithm: str, parameters: str) -> Scrypt | Pbkdf2:
    if algorithm == "scrypt" and (found := _SCRYPT.fullmatch(parameters)):
        return Scrypt(*(int(number) for number in found.groups()))
    if algorithm == "pbkdf2-sha256" and (found := _PBKDF2.fullmatch(parameters)):
        return Pbkdf2(int(found[1]))
    raise ValueError(f"a {algorithm} secret has no parameters such as {parameters!r}")


def hash_secret(password: str, cost: Scrypt | Pbkdf2 | None = None) -> str:
    """Return a PHC string for a new password, with a random salt; raises ValueError for one with a NUL."""
    if "\0" in password:
        raise ValueError("a password holds no NUL")
    cost = cost or Scrypt()
    salt = os.urandom(_SALT_BYTES)
    return str(Secret(cost, salt, cost.digest(password.encode(), salt, _DIGEST_BYTES)))


def _base64(raw: bytes) -> str:
    return b64encode(raw).rstrip(b"=").decode()


def _unpadded(text: str) -> bytes:
    return b64decode(text + "=" * (-len(text) % 4), validate=True)
