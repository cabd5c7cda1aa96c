"""What the YAML may say of edge functions: their stores, what they may reach, and which one a route ends in."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from typing import Annotated, Final, Literal, Self

from pydantic import BeforeValidator, Field, SecretStr, WithJsonSchema, model_validator

from config.caching import Redis
from config.function_allow import Allow, HttpAllow
from config.function_limits import FunctionLimits
from config.guest_options import HandedOver, LogLevel, ModuleFile
from config.hash_by import HashBy
from config.model import Model
from config.shorthand import under
from config.values import Name, Size, Text
from wasm_host.functions.registry.names import LIVE, checked_alias, checked_name

KEY_BYTES: Final = 32
"""Of an Ed25519 public key (RFC 8032 §5.1.5)."""


def parse_public_key(value: object) -> bytes:
    """Turn an Ed25519 public key in base64 into its bytes."""
    try:
        key = base64.b64decode(value, validate=True) if isinstance(value, str) else b""
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != KEY_BYTES:
        raise ValueError(f"not an Ed25519 public key; write its {KEY_BYTES} bytes in base64, 44 characters")
    return key


_NAMES: Final = WithJsonSchema({"type": "string", "pattern": "^[a-z][a-z0-9-]{0,62}$"})
FunctionName = Annotated[str, BeforeValidator(checked_name), _NAMES]
Alias = Annotated[str, BeforeValidator(checked_alias), _NAMES]
PublicKey = Annotated[
    bytes,
    BeforeValidator(parse_public_key),
    WithJsonSchema({"type": "string", "description": "an Ed25519 public key, 32 bytes in base64"}),
]


class KeyValues(Model):
    """Where functions keep what stays: a file of SQLite on this machine, or Redis for several."""

    path: Text | None = None
    redis: Annotated[Redis, under("url")] | None = None

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if (self.path is None) == (self.redis is None):
            raise ValueError("give either path or redis")
        return self


class FunctionCache(Model):
    """The functions' own cache: `memory` in each worker, and Redis behind it if there is one."""

    memory: Size = 64 * 1024**2
    redis: Annotated[Redis, under("url")] | None = None


class Trust(Model):
    """Whose signatures a deploy may have; with keys it must have one."""

    keys: Annotated[dict[Name, PublicKey], Field(min_length=1)]


class FunctionDefaults(Model):
    """What functions may reach and use that have no words of their own; deployed ones may ask for less, not more."""

    allow: Allow = Allow()
    limits: FunctionLimits = FunctionLimits()

    @model_validator(mode="after")
    def _no_common_secrets(self) -> Self:
        if self.allow.secrets:
            raise ValueError("secrets are one function's own; allow them where they are given, under named")
        return self


class NamedFunction(Model):
    """What is said of one function. With a `module` it is from that file, and cannot be deployed over.

    `config` is for deploys that bring none.
    """

    module: Annotated[ModuleFile, under("path")] | None = None
    entry: Text | None = None
    form: Literal["packed", "pointer", "call"] | None = None
    input: Literal["request", "body"] | None = None
    config: HandedOver | None = None
    secrets: dict[Name, SecretStr] = Field(default_factory=dict)
    log_level: LogLevel | None = None
    allow: Allow = Allow()
    limits: FunctionLimits = FunctionLimits()

    @model_validator(mode="after")
    def _said_where_the_module_is(self) -> Self:
        said = [key for key in ("entry", "form", "input", "log_level") if getattr(self, key) is not None]
        if self.module is None and said:
            raise ValueError(f"{said[0]} goes with the module: give the module here, or say it at the deploy")
        return self


UNNAMED: Final = NamedFunction()
"""For functions of which the file says nothing."""


class Functions(Model):
    """Edge functions. `store` is the directory that deployed ones are kept in; without it none can be deployed."""

    store: Text | None = None
    kv: KeyValues | None = None
    cache: FunctionCache = FunctionCache()
    trust: Trust | None = None
    pull: HttpAllow | None = None
    audit_log: Text = "stderr"
    defaults: FunctionDefaults = FunctionDefaults()
    named: dict[FunctionName, NamedFunction] = Field(default_factory=dict)

    def tiers(self) -> Iterator[tuple[str, Redis]]:
        """Yield where Redis is used, by the key that it stands under."""
        if self.kv is not None and self.kv.redis is not None:
            yield "kv", self.kv.redis
        if self.cache.redis is not None:
            yield "cache", self.cache.redis


class RouteFunction(Model):
    """The function that answers in a route, or stands in its chain.

    With `from_path` the segment behind the route's prefix names it. `sticky` goes before what the alias says.
    """

    name: FunctionName | None = None
    from_path: Literal[True] | None = None
    alias: Alias = LIVE
    sticky: HashBy | None = None

    @model_validator(mode="after")
    def _one_name(self) -> Self:
        if (self.name is None) == (self.from_path is None):
            raise ValueError("give the function's name, or from_path: true")
        return self


class FunctionFilterOptions(Model):
    """The options of a function that stands in a chain."""

    function: FunctionName
    alias: Alias = LIVE
    sticky: HashBy | None = None

    @property
    def called(self) -> RouteFunction:
        return RouteFunction(name=self.function, alias=self.alias, sticky=self.sticky)
