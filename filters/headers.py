"""Sets, adds and removes fields of requests and responses."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import ClassVar

from pydantic import Field, model_validator

from filters.options import FieldName, Line, RequestValue, ResponseValue, Strict, prepared
from filters.template import Template
from proxy.exchange import Exchange
from proxy.filter import Filter
from proxy.messages import Headers, Response, field_line


class RequestEdits(Strict):
    """What is done to a request: first `remove`, then `set`, then `add`."""

    set: dict[FieldName, RequestValue] = Field(default_factory=dict)
    add: dict[FieldName, RequestValue | list[RequestValue]] = Field(default_factory=dict)
    remove: tuple[FieldName, ...] = ()


class ResponseEdits(Strict):
    """What is done to a response; its values may hold `{status}`."""

    set: dict[FieldName, ResponseValue] = Field(default_factory=dict)
    add: dict[FieldName, ResponseValue | list[ResponseValue]] = Field(default_factory=dict)
    remove: tuple[FieldName, ...] = ()


class HeadersFilter(Filter):
    """Edits fields. `build` picks the subclass that overrides no more hooks than the options need."""

    type_name: ClassVar[str] = "headers"

    class Options(Strict):
        request: RequestEdits = RequestEdits()
        response: ResponseEdits = ResponseEdits()

        @model_validator(mode="after")
        def _edit_something(self) -> HeadersFilter.Options:
            if self.request == RequestEdits() and self.response == ResponseEdits():
                raise ValueError("nothing is edited: give `request` or `response` a set, add or remove")
            return self

    def __init__(self, name: str, options: Options) -> None:
        self.name = name
        self._request = Edits(options.request)
        self._response = Edits(options.response)

    @classmethod
    def build(cls, name: str, options: Options) -> HeadersFilter:
        if options.response == ResponseEdits():
            return RequestHeadersFilter(name, options)
        if options.request == RequestEdits():
            return ResponseHeadersFilter(name, options)
        return BothHeadersFilter(name, options)


class RequestHeadersFilter(HeadersFilter):
    """Edits requests only."""

    def on_request(self, exchange: Exchange) -> None:
        self._request.apply(exchange.request.headers, exchange, None)


class ResponseHeadersFilter(HeadersFilter):
    """Edits responses only."""

    def on_response(self, exchange: Exchange, response: Response) -> None:
        self._response.apply(response.headers, exchange, response)


class BothHeadersFilter(RequestHeadersFilter, ResponseHeadersFilter):
    """Edits requests and responses."""


Edit = Callable[[Headers, bytes, bytes], None]


class Edits:
    """Compiled edits: constant values are bytes already, only the others are rendered for each exchange."""

    __slots__ = ("_adds", "_drops", "_puts", "_rendered")

    def __init__(self, edits: RequestEdits | ResponseEdits) -> None:
        self._drops = tuple(name.lower().encode() for name in edits.remove)
        self._puts: list[Line] = []
        self._adds: list[Line] = []
        self._rendered: list[tuple[Edit, bytes, str, Template]] = []
        for name, value in edits.set.items():
            self._compile(name, value, self._puts, Headers.put)
        for name, value in _each_value(edits.add):
            self._compile(name, value, self._adds, Headers.append)

    def _compile(self, name: str, value: str, constants: list[Line], edit: Edit) -> None:
        template = Template(value, on_response=True)
        if template.constant is None:
            self._rendered.append((edit, name.lower().encode(), name, template))
        else:
            constants.append(prepared(name, template.constant))

    def apply(self, headers: Headers, exchange: Exchange, response: Response | None) -> None:
        for lower_name in self._drops:
            headers.drop(lower_name)
        for lower_name, line in self._puts:
            headers.put(lower_name, line)
        for lower_name, line in self._adds:
            headers.append(lower_name, line)
        for edit, lower_name, name, template in self._rendered:
            edit(headers, lower_name, field_line(name, template.render(exchange, response)))


def _each_value(fields: Mapping[str, str | list[str]]) -> Iterator[tuple[str, str]]:
    for name, values in fields.items():
        for value in [values] if isinstance(values, str) else values:
            yield name, value
