"""What the filters' options share: strictness, and the types of their values."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict

from filters.template import Template
from proxy.http1.codec import Kind, kind_of
from proxy.messages import field_line

Line = tuple[bytes, bytes]
"""A field's name in lower case and its whole line, checked: what `Headers.put` and `Headers.append` take."""


class Strict(BaseModel):
    """Options that refuse unknown keys and never change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def prepared(name: str, value: str) -> Line:
    """Write a field's line; raises ValueError for what may not stand in its line."""
    line = field_line(name, value)
    return name.lower().encode(), line


def _field_name(name: str) -> str:
    """Refuse the fields that belong to a connection: the proxy writes them itself, whatever a filter says."""
    kind = kind_of(prepared(name, "")[0])
    if kind is Kind.HOST:
        raise ValueError("Host follows the request's authority: use a rewrite filter's `host`")
    if Kind.PLAIN < kind < Kind.FORWARDED:
        raise ValueError(f"{name} belongs to the connection; only the proxy writes it")
    return name


def _field_value(value: str) -> str:
    prepared("X-Any", value)
    return value


def _request_template(text: str) -> str:
    Template(text)
    return text


def _response_template(text: str) -> str:
    Template(text, on_response=True)
    return text


FieldName = Annotated[str, AfterValidator(_field_name)]
RequestTemplate = Annotated[str, AfterValidator(_request_template)]
ResponseTemplate = Annotated[str, AfterValidator(_response_template)]
RequestValue = Annotated[RequestTemplate, AfterValidator(_field_value)]
ResponseValue = Annotated[ResponseTemplate, AfterValidator(_field_value)]
