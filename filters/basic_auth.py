"""Asks for a name and a password (RFC 7617)."""

from __future__ import annotations

import asyncio
import hmac
import os
from base64 import b64decode
from concurrent.futures import ThreadPoolExecutor
from typing import Annotated, ClassVar, Final

from pydantic import AfterValidator, Field, SecretStr

from filters.options import FieldName, Strict, prepared
from filters.owned_field import OwnedField
from filters.password import Secret, parse_secret
from filters.recent import Recent
from filters.refusal import refuse
from filters.units import Seconds
from proxy.exchange import Exchange
from proxy.filter import Filter
from proxy.messages import Headers, Response
from proxy.runtime import monotonic

_AT_ONCE: Final = 2
"""Checks at a time: each takes a core for a while, and scrypt's memory."""

_THREADS: Final = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="password")
"""Apart from the loop's own threads, where names are resolved; a check whose client left still holds its thread."""

_WAITING: Final = 64
"""Checks that may wait for their turn. More are refused: guesses must not crowd out those who know their password."""

_REMEMBERED: Final = 10_000


def _user(name: str) -> str:
    if not name or ":" in name:
        raise ValueError("a user's name is not empty and holds no colon (RFC 7617 §2)")
    prepared("X-Any", name)
    return name


def _secret(secret: SecretStr) -> SecretStr:
    parse_secret(secret.get_secret_value())
    return secret


def _realm(realm: str) -> str:
    if not realm.isascii() or '"' in realm or "\\" in realm:
        raise ValueError("a realm is plain ASCII without quotes and backslashes")
    prepared("X-Any", realm)
    return realm


class BasicAuthFilter(Filter):
    """Answers 401 to whoever does not prove to be one of the users, and tells the origin who did.

    What a client sends for itself in the identity field never gets through. Authorization is taken off after the
    cache has seen it, because it is what keeps a shared cache from storing the answer (RFC 9111 §3.5).
    """

    type_name: ClassVar[str] = "basic_auth"

    class Options(Strict):
        users: Annotated[
            dict[Annotated[str, AfterValidator(_user)], Annotated[SecretStr, AfterValidator(_secret)]],
            Field(min_length=1),
        ]
        realm: Annotated[str, AfterValidator(_realm)] = "restricted"
        identity_header: FieldName = "X-Auth-User"
        remember: Seconds = 60.0
        pass_authorization: bool = False

    def __init__(self, name: str, options: Options) -> None:
        self.name = name
        self._directory = Directory(
            {user: parse_secret(each.get_secret_value()) for user, each in options.users.items()}
        )
        self._identities = {user: prepared(options.identity_header, user) for user in options.users}
        self._owned = OwnedField(options.identity_header)
        self._challenge = prepared("WWW-Authenticate", f'Basic realm="{options.realm}", charset="UTF-8"')
        self._remembered = Remembered(options.remember)
        self._pass_authorization = options.pass_authorization
        self._turns = asyncio.Semaphore(_AT_ONCE)
        self._waiting = 0

    async def on_request(self, exchange: Exchange) -> Response | None:
        headers = exchange.request.headers
        self._owned.strip(headers)
        given = _credentials(headers)
        if given is None:
            return self._refuse(exchange, "no credentials")
        user = self._remembered.user(given)
        if user is None:
            if self._waiting >= _WAITING:
                return refuse(exchange, self.name, 503, "overloaded", "too many passwords to check")
            user = await self._verify(given)
        if user is None:
            return self._refuse(exchange, "wrong credentials")
        headers.append(*self._identities[user])
        return None

    def on_upstream_request(self, exchange: Exchange) -> None:
        if not self._pass_authorization:
            exchange.request.headers.drop(b"authorization")

    async def _verify(self, given: bytes) -> str | None:
        """Check a password when its turn comes; by then another request may have proved the same one."""
        self._waiting += 1
        try:
            async with self._turns:
                user = self._remembered.user(given)
                if user is None:
                    loop = asyncio.get_running_loop()
                    user = await loop.run_in_executor(_THREADS, self._directory.authenticate, given)
        finally:
            self._waiting -= 1
        if user is not None:
            self._remembered.add(given, user)
        return user

    def _refuse(self, exchange: Exchange, detail: str) -> Response:
        answer = refuse(exchange, self.name, 401, "unauthorized", detail)
        answer.headers.append(*self._challenge)
        return answer


def _credentials(headers: Headers) -> bytes | None:
    """Return `user:password` in bytes, or None without exactly one well-formed Basic credential."""
    values = headers.getall("Authorization")
    if len(values) != 1:
        return None
    scheme, _, token = values[0].partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        given = b64decode(token.strip(" "), validate=True)
    except ValueError:  # binascii's error, or text that is not ASCII
        return None
    return given if b":" in given else None


class Directory:
    """The users' secrets."""

    def __init__(self, secrets: dict[str, Secret]) -> None:
        self._secrets = {user.encode(): (user, secret) for user, secret in secrets.items()}
        self._decoys = [secret for _, secret in self._secrets.values()]
        self._key = os.urandom(32)

    def authenticate(self, given: bytes) -> str | None:
        """Return the user whose password stands behind the colon, else None.

        An unknown name costs what one of the known does, always the same one, so time tells nothing about names.
        """
        name, _, password = given.partition(b":")
        user, secret = self._secrets.get(name) or ("", self._decoy(name))
        return user if secret.matches(password) and user else None

    def _decoy(self, name: bytes) -> Secret:
        digest = hmac.digest(self._key, name, "sha256")
        return self._decoys[int.from_bytes(digest[:8]) % len(self._decoys)]


class Remembered:
    """Credentials proved lately, as HMACs under a key that only this object has; neither names nor passwords."""

    def __init__(self, lifetime_s: float) -> None:
        self._lifetime_s = lifetime_s
        self._key = os.urandom(32)
        self._proved: Recent[bytes, tuple[str, float]] = Recent(_REMEMBERED, lifetime_s)

    def user(self, given: bytes) -> str | None:
        found = self._proved.get(self._digest(given))
        return found[0] if found is not None and monotonic() < found[1] else None

    def add(self, given: bytes, user: str) -> None:
        now_s = monotonic()
        self._proved.put(self._digest(given), (user, now_s + self._lifetime_s), now_s)

    def _digest(self, given: bytes) -> bytes:
        return hmac.digest(self._key, given, "sha256")
