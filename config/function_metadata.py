"""What the admin is sent about functions: the metadata of a deploy, and what an alias is to point at."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal, Self

from pydantic import BeforeValidator, Field, StringConstraints, model_validator

from config.function_allow import Allow
from config.function_limits import FunctionLimits
from config.function_options import Alias, FunctionName
from config.guest_options import HandedOver, LogLevel, Sha256
from config.hash_by import HashBy
from config.model import Model
from config.values import FieldName, Method, Name, Text
from wasm_host.functions.registry.names import LIVE
from wasm_host.functions.registry.trust import checked_signature

MOST_TESTS: Final = 32

Percent = Annotated[int, Field(ge=1, le=100, strict=True)]
Reference = Annotated[Text, StringConstraints(min_length=1, max_length=64)] | Annotated[int, Field(ge=1, strict=True)]
"""A version's id, the beginning of one, or its number."""


class Source(Model):
    """Where a module is pulled from that is not sent along."""

    url: Text
    sha256: Sha256


class Signed(Model):
    key: Name
    value: Annotated[str, BeforeValidator(checked_signature)]


class TrialRequest(Model):
    method: Method = "GET"
    uri: Annotated[Text, StringConstraints(pattern=r"^/[!-\"$-~]*$")] = "/"
    headers: dict[FieldName, Text] = Field(default_factory=dict)
    body: Text = ""


class TrialAnswer(Model):
    """What the answer must be like; anything will do where nothing is said."""

    status: Annotated[int, Field(ge=200, le=599, strict=True)] | None = None
    body_contains: Text | None = None


class SelfTest(Model):
    """A request that a new version is tried with, where it reaches no store and no network."""

    request: TrialRequest = TrialRequest()
    expect: TrialAnswer = TrialAnswer()


class Deployment(Model):
    """A deploy's metadata: those of the version, where its module is, and which alias is to point at it."""

    name: FunctionName
    description: Annotated[Text, StringConstraints(max_length=1000)] = ""
    source: Source | None = None
    signature: Signed | None = None
    alias: Alias = LIVE
    percent: Percent = 100
    sticky: HashBy | None = None
    tests: Annotated[tuple[SelfTest, ...], Field(max_length=MOST_TESTS)] = ()
    entry: Text | None = None
    form: Literal["packed", "pointer", "call"] | None = None
    input: Literal["request", "body"] = "request"
    allow: Allow | None = None
    limits: FunctionLimits = FunctionLimits()
    config: HandedOver = b""
    log_level: LogLevel = "info"

    @model_validator(mode="after")
    def _sticky_where_split(self) -> Self:
        if self.sticky is not None and self.percent == 100:
            raise ValueError("sticky keeps clients on one of two versions; give a percent below 100")
        return self


class PointedShare(Model):
    version: Reference
    percent: Percent


class Pointing(Model):
    """One version, all of it or by percent beside what was there, or two with their percents."""

    version: Reference | None = None
    percent: Percent = 100
    versions: Annotated[tuple[PointedShare, ...], Field(min_length=1, max_length=2)] | None = None
    sticky: HashBy | None = None

    @model_validator(mode="after")
    def _one_way_to_say_it(self) -> Self:
        if (self.version is None) == (self.versions is None):
            raise ValueError("give either version or versions")
        if self.versions is not None and "percent" in self.model_fields_set:
            raise ValueError("percent goes with version; of versions each has its own")
        return self


class Rollback(Model):
    version: Reference | None = None
    alias: Alias = LIVE


def sticky_of(given: HashBy | None) -> dict[str, Any] | None:
    """Return a sticky key as the registry has it."""
    return None if given is None else given.model_dump(exclude_none=True)
