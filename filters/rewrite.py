"""Rewrites what is asked of the origin: path, query, authority and method."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated, ClassVar

from pydantic import AfterValidator, Field, model_validator

from filters.options import RequestTemplate, Strict
from filters.query import QueryEdits, QueryOptions
from filters.refusal import refuse
from filters.template import Template
from filters.uri import path_text
from proxy.authority import parse_host
from proxy.errors import BadRequest
from proxy.exchange import Exchange
from proxy.filter import Filter
from proxy.messages import Response
from proxy.path import PathRules, normalise_path


def _path(path: str) -> str:
    try:
        return normalise_path(path)
    except BadRequest as error:
        raise ValueError(f"{path!r} is not a path: {error}") from None


def _authority(value: str) -> str:
    try:
        return parse_host(value.encode("latin-1", "replace")).authority
    except BadRequest as error:
        raise ValueError(str(error)) from None


def _pattern(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f"{text!r} is not a regular expression: {error}") from None
    return text


def _method(method: str) -> str:
    """Refuse methods that change how an answer is framed: the client would wait for a body, or for none."""
    if method in {"HEAD", "CONNECT", "TRACE"}:
        raise ValueError(f"a request cannot become {method}: its answer is framed in another way")
    return method


NormalPath = Annotated[str, AfterValidator(_path)]


class PathOptions(Strict):
    """Either `exact`, or any of the others: first `strip_prefix`, then `regex`, then `add_prefix`.

    A prefix is stripped by whole segments. `replacement` may hold `\\1` and `\\g<name>`.
    """

    exact: RequestTemplate | None = None
    strip_prefix: NormalPath | None = None
    regex: Annotated[str, AfterValidator(_pattern)] | None = None
    replacement: str | None = None
    add_prefix: NormalPath | None = None

    @model_validator(mode="after")
    def _consistent(self) -> PathOptions:
        if not self.model_fields_set:
            raise ValueError("give exact, strip_prefix, regex or add_prefix")
        if self.exact is not None and len(self.model_fields_set) > 1:
            raise ValueError("`exact` replaces the whole path, so nothing else can stand beside it")
        if self.exact is not None and not self.exact.startswith(("/", "{")):
            raise ValueError("a path starts with a slash")
        if (self.regex is None) != (self.replacement is None):
            raise ValueError("`regex` and `replacement` need each other")
        if self.regex is not None and self.replacement is not None:
            _check_replacement(self.regex, self.replacement)
        return self


def _check_replacement(regex: str, replacement: str) -> None:
    """Raise ValueError for a group that the pattern lacks; `sub` compiles its template even without a match."""
    if "?" in replacement or "#" in replacement:
        raise ValueError("a path holds no ? or #: use `query`")
    try:
        re.sub(regex, replacement, "")
    except (re.error, IndexError) as error:
        raise ValueError(f"{replacement!r} does not fit the regular expression: {error}") from None


class RewriteFilter(Filter):
    """Edits the request's line and authority, after the route was chosen and before the cache."""

    type_name: ClassVar[str] = "rewrite"

    class Options(Strict):
        path: PathOptions | None = None
        query: QueryOptions | None = None
        host: Annotated[str, AfterValidator(_authority)] | None = None
        method: Annotated[str, Field(pattern=r"^[!#$%&'*+\-.^_`|~0-9A-Z]+$"), AfterValidator(_method)] | None = None
        merge_slashes: bool = True

        @model_validator(mode="after")
        def _rewrite_something(self) -> RewriteFilter.Options:
            if not self.model_fields_set & {"path", "query", "host", "method"}:
                raise ValueError("nothing is rewritten: give path, query, host or method")
            return self

    def __init__(self, name: str, options: Options) -> None:
        self.name = name
        self._steps = () if options.path is None else _path_steps(options.path)
        # Encoded slashes are the listener's to refuse; what it let in may stay.
        self._rules = PathRules(encoded_slashes="keep", merge_slashes=options.merge_slashes)
        self._query = None if options.query is None else QueryEdits(options.query)
        self._host = None if options.host is None else parse_host(options.host.encode())
        self._method = options.method

    def on_request(self, exchange: Exchange) -> Response | None:
        request = exchange.request
        path = request.path
        if self._steps and path != "*":
            try:
                request.path = self._rewritten(path, exchange)
            except BadRequest as error:
                return refuse(exchange, self.name, 400, "bad_path", str(error))
        if self._query is not None:
            request.query = self._query.apply(request.query, exchange)
        if self._host is not None:
            request.authority = self._host.authority
        if self._method is not None and request.method != "HEAD":
            request.method = self._method
        return None

    def _rewritten(self, path: str, exchange: Exchange) -> str:
        for step in self._steps:
            path = step(path, exchange)
        return normalise_path(path, self._rules)


PathStep = Callable[[str, Exchange], str]


def _path_steps(options: PathOptions) -> tuple[PathStep, ...]:
    steps: list[PathStep] = []
    if options.exact is not None:
        steps.append(_exact(options.exact))
    if options.strip_prefix is not None:
        steps.append(_strip_prefix(options.strip_prefix))
    if options.regex is not None and options.replacement is not None:
        steps.append(_substitute(options.regex, options.replacement))
    if options.add_prefix is not None:
        steps.append(_add_prefix(options.add_prefix))
    return tuple(steps)


def _exact(text: str) -> PathStep:
    template = Template(text, escape=path_text)
    return lambda _, exchange: template.render(exchange)


def _strip_prefix(prefix: str) -> PathStep:
    whole = prefix.rstrip("/")
    inside = whole + "/"

    def strip(path: str, _: Exchange) -> str:
        return "/" + path[len(inside) :] if path.startswith(inside) or path == whole else path

    return strip


def _substitute(regex: str, replacement: str) -> PathStep:
    pattern = re.compile(regex)
    return lambda path, _: pattern.sub(replacement, path)


def _add_prefix(prefix: str) -> PathStep:
    whole = prefix.rstrip("/")
    return lambda path, _: whole + path
