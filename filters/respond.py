"""Answers every request itself."""

from __future__ import annotations

import html
import json
from collections.abc import Callable
from typing import Annotated, ClassVar

from pydantic import Field, model_validator

from filters.options import FieldName, RequestTemplate, RequestValue, Strict, prepared
from filters.template import Template
from proxy.exchange import Exchange
from proxy.filter import Filter
from proxy.messages import Headers, Response, field_line


class RespondFilter(Filter):
    """Answers from memory; a variable's value is escaped for the content type that it stands in."""

    type_name: ClassVar[str] = "respond"

    class Options(Strict):
        status: Annotated[int, Field(ge=200, le=599)] = 200
        body: RequestTemplate = ""
        content_type: str = "text/plain; charset=utf-8"
        headers: dict[FieldName, RequestValue] = Field(default_factory=dict)

        @model_validator(mode="after")
        def _consistent(self) -> RespondFilter.Options:
            if self.body and self.status in {204, 205, 304}:
                raise ValueError(f"an answer of status {self.status} has no body")
            if any(name.lower() == "content-type" for name in self.headers):
                raise ValueError("Content-Type goes to `content_type`, by which the body's variables are escaped")
            prepared("Content-Type", self.content_type)
            return self

    def __init__(self, name: str, options: Options) -> None:
        self.name = name
        self._status = options.status
        self._body = Template(options.body, escape=_escape_for(options.content_type))
        self._whole = None if self._body.constant is None else self._body.constant.encode()
        fields = [(field, Template(value)) for field, value in options.headers.items()]
        self._rendered = [(field, value) for field, value in fields if value.constant is None]
        self._lines = [field_line(field, value.constant) for field, value in fields if value.constant is not None]
        if options.body:
            self._lines.insert(0, field_line("Content-Type", options.content_type))

    def on_request(self, exchange: Exchange) -> Response:
        exchange.decide(self.name, "answer", "respond")
        headers = Headers(self._lines.copy())
        for name, template in self._rendered:
            headers.add(name, template.render(exchange))
        body = self._whole
        return Response(self._status, headers, self._body.render(exchange).encode() if body is None else body)


def _escape_for(content_type: str) -> Callable[[str], str]:
    """Choose the escape that keeps a client's text from becoming markup."""
    media_type = content_type.partition(";")[0].strip().lower()
    if media_type.endswith(("/json", "+json")):
        return lambda value: json.dumps(value)[1:-1]
    if media_type.endswith(("/html", "/xml", "+xml")):
        return html.escape
    return str
