"""What the YAML may say of a `waf` filter, and the settings that its guest gets of that."""

from __future__ import annotations

import json
import re
from typing import Annotated, Any, Final, Literal, Self, TypeAlias

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from config.model import Model
from config.problems import nearest
from config.values import Duration, Size, Text
from config.wasm import MOST_MEMORY_BYTES, PAGE_BYTES
from filters.waf.seclang.tables import COLLECTIONS
from proxy.firewall import LONGEST_TEXT
from wasm_host.limits import GuestLimits

BUILTIN_RULES: Final = "builtin"
MIB: Final = 1024 * 1024
LARGEST_RULE: Final = 2**32 - 1
MOST_INSPECTED: Final = 1024 * MIB

_RULES: Final = re.compile(r"([0-9]{1,10})(?:\s*-\s*([0-9]{1,10}))?")
_VARIABLE: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")
_MEDIA_TYPE: Final = re.compile(r"[a-z0-9!#$&^_.+-]+/[a-z0-9!#$&^_.+-]+")
_OWN_OPTIONS: Final = {
    "paranoia_level": "paranoia",
    "executing_paranoia_level": "paranoia",
    "blocking_paranoia_level": "paranoia",
    "detection_paranoia_level": "paranoia",
    "inbound_anomaly_score_threshold": "thresholds: {inbound: …}",
    "outbound_anomaly_score_threshold": "thresholds: {outbound: …}",
}
"""The variables by which CRS 3 and CRS 4 are told what options of ours say."""


def parse_rules(value: object) -> str:
    """Accept the id of a rule, or the first and the last one of several."""
    found = _RULES.fullmatch(str(value)) if isinstance(value, str | int) and not isinstance(value, bool) else None
    if found is None:
        raise ValueError(f"{value!r} is no rule's id; write 942100, or '942200-942299'")
    first, last = int(found[1]), int(found[2] or found[1])
    if first > last:
        raise ValueError(f"{value!r} begins behind its end; did you mean '{last}-{first}'?")
    if last > LARGEST_RULE:
        raise ValueError(f"{value!r} is no rule's id: ids end at {LARGEST_RULE}")
    return str(first) if found[2] is None else f"{first}-{last}"


def parse_target(value: object) -> str:
    """Accept a collection of SecLang's, or one member of it; return the collection in upper case."""
    if not isinstance(value, str):
        raise ValueError(f"{value!r} is no target; write ARGS or ARGS:password")
    name, colon, member = value.partition(":")
    word = COLLECTIONS.get(name.lower())
    if word is None or not word.supported or word.flag:
        known = [each.name for each in COLLECTIONS.values() if each.supported and not each.flag]
        raise ValueError(f"there is no target {name!r}{nearest(name.upper(), known)}")
    if colon and not (word.members and member):
        raise ValueError(f"{value!r} names no member of {word.name}; write {word.name} for all of it")
    return word.name + colon + member


def parse_variable(value: object) -> str:
    """Accept the name of a TX variable, less its `tx.`; return it in lower case, for SecLang doesn't care."""
    name = value.lower() if isinstance(value, str) else ""
    if not _VARIABLE.fullmatch(name):
        raise ValueError(f"{value!r} is no name of a variable; write allowed_methods for tx.allowed_methods")
    if name in _OWN_OPTIONS:
        raise ValueError(f"{name} is an option of its own: {_OWN_OPTIONS[name]}")
    return name


def parse_variable_value(value: object) -> str:
    if isinstance(value, str | int) and not isinstance(value, bool):
        return str(value)
    raise ValueError(f"{value!r} is neither a text nor a whole number")


def parse_media_type(value: object) -> str:
    """Accept a media type without parameters; return it in lower case."""
    text = value.lower() if isinstance(value, str) else ""
    if not _MEDIA_TYPE.fullmatch(text):
        raise ValueError(f"{value!r} is no media type; write text/html")
    return text


RuleIds = Annotated[
    str,
    BeforeValidator(parse_rules),
    WithJsonSchema({"type": ["integer", "string"], "description": "a rule's id, or '942200-942299'"}),
]
Target = Annotated[
    str, BeforeValidator(parse_target), WithJsonSchema({"type": "string", "examples": ["ARGS:password"]})
]
VariableName = Annotated[str, BeforeValidator(parse_variable)]
VariableValue = Annotated[str, BeforeValidator(parse_variable_value), WithJsonSchema({"type": ["string", "integer"]})]
MediaType = Annotated[
    str, BeforeValidator(parse_media_type), WithJsonSchema({"type": "string", "examples": ["text/html"]})
]
Threshold = Annotated[int, Field(ge=1, le=1_000_000, strict=True)]
Inspected = Annotated[Size, Field(le=MOST_INSPECTED)]
OnOverflow: TypeAlias = Literal["reject", "pass"]


class Thresholds(Model):
    """The anomaly scores from which on something is blocked."""

    inbound: Threshold = 5
    outbound: Threshold = 4


class Exclusion(Model):
    """Rules to leave out, by id or tag; with targets, only these are left out of them, or of all rules."""

    rules: tuple[RuleIds, ...] = ()
    tags: tuple[Text, ...] = ()
    targets: tuple[Target, ...] = ()

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not (self.rules or self.tags or self.targets):
            raise ValueError("excludes nothing; give rules, tags or targets")
        return self


class Request(Model):
    """How much of a request is inspected: bytes of names and values, how many arguments, levels of JSON and XML.

    Without `inspect` its body goes on as it comes, unseen; its head is always judged.
    """

    inspect: Annotated[bool, Field(strict=True)] = True
    body: Inspected = 128 * 1024
    arguments: Annotated[int, Field(ge=1, le=1_000_000, strict=True)] = 1000
    depth: Annotated[int, Field(ge=1, le=10_000, strict=True)] = 64
    overflow: OnOverflow = "reject"


class Response(Model):
    inspect: Annotated[bool, Field(strict=True)] = True
    body: Inspected = 512 * 1024
    types: Annotated[tuple[MediaType, ...], Field(min_length=1)] = (
        "text/html",
        "text/plain",
        "text/xml",
        "application/json",
    )
    overflow: OnOverflow = "pass"


class Shown(Model):
    """How much is told of what matched, in bytes; it is masked as well."""

    matched: Annotated[int, Field(ge=0, le=LONGEST_TEXT, strict=True)] = 80


class Limits(Model):
    """What the guest may use; wasm_host/limits.py says what each one means."""

    memory: Annotated[Size, Field(ge=PAGE_BYTES, le=MOST_MEMORY_BYTES)] = 256 * MIB
    start_time: Duration = 10.0
    call_time: Duration = 0.2
    request_time: Duration = 0.5
    body: Size = 10 * MIB

    def of_guests(self) -> GuestLimits:
        return GuestLimits(
            memory_bytes=self.memory,
            start_time_s=self.start_time,
            call_time_s=self.call_time,
            request_time_s=self.request_time,
            body_bytes=self.body,
        )


class WafOptions(Model):
    """`rules` is `builtin`, or the path of a blob; `audit_log` is `stdout`, or a path."""

    rules: Text = BUILTIN_RULES
    mode: Literal["enforce", "detect"] = "enforce"
    paranoia: Annotated[int, Field(ge=1, le=4, strict=True)] = 1
    thresholds: Thresholds = Thresholds()
    variables: dict[VariableName, VariableValue] = Field(default_factory=dict)
    exclusions: tuple[Exclusion, ...] = ()
    request: Request = Request()
    response: Response = Response()
    report: Shown = Shown()
    audit_log: Text | None = None
    limits: Limits = Limits()

    def settings(self) -> bytes:
        """Return what the guest is configured with: all but what the host itself heeds."""
        told: dict[str, Any] = self.model_dump(mode="json", exclude={"rules", "audit_log", "limits"})
        return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()
