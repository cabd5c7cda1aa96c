"""Reads YAML into plain data that remembers the line and column of every key and value.

Scalars follow YAML 1.2's core schema: `on`, `yes`, `010` and `12:30` are text, and so are all keys. `${NAME}` and
`${NAME:-default}` in a value are replaced from the environment (`$${` is a plain `${`); what the environment
brought is remembered, so that nobody prints it. Depth and size are bounded: aliases multiply.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, NamedTuple, TypeAlias

import yaml

from config.paths import Path
from proxy.errors import ConfigError

MAX_DEPTH = 64
MAX_VALUES = 200_000
"""1,000 elaborate routes are some 30,000 values."""

_EVENTS_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml's is ten times as fast
_VARIABLE = re.compile(r"\$(\$\{)|\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}")
_INTEGER = re.compile(r"[-+]?[0-9]{1,18}")
_FLOAT = re.compile(r"[-+]?((\.[0-9]+|[0-9]+\.[0-9]*)([eE][-+]?[0-9]{1,3})?|[0-9]+[eE][-+]?[0-9]{1,3})")
_CONSTANTS: Final = {"": None, "~": None} | {
    spelling: value
    for word, value in (("null", None), ("true", True), ("false", False))
    for spelling in (word, word.title(), word.upper())
}
_TAG_PREFIX: Final = "tag:yaml.org,2002:"
_TAGS: Final = {"scalar": {"str", "int", "float", "bool", "null"}, "sequence": {"seq"}, "mapping": {"map"}}

Kind: TypeAlias = Literal["scalar", "sequence", "mapping"]


class Position(NamedTuple):
    """A place in the file, both counted from 1; line 0 is the file as a whole."""

    line: int
    column: int


@dataclass(slots=True)
class Node:
    """A node as written; `text` is a scalar's, `items` a sequence's, `pairs` a mapping's."""

    kind: Kind
    position: Position
    text: str = ""
    is_text: bool = False
    items: list[Node] = field(default_factory=list)
    pairs: list[tuple[Node, Node]] = field(default_factory=list)


@dataclass(slots=True)
class Document:
    """The data of one file, and its text. `written` has the spelling of each value that the environment had a part in.

    `scrub` takes out of a text about the value at a path what must not be shown (config/secrets.py).
    """

    data: Any = None
    values: dict[Path, Position] = field(default_factory=dict)
    keys: dict[Path, Position] = field(default_factory=dict)
    written: dict[Path, str] = field(default_factory=dict)
    scrub: Callable[[str, Path], str] = lambda text, _: text
    text: str = ""

    def error(self, path: Path, message: str, *, at_key: bool = False) -> ConfigError:
        """Make an error about the value at a path, or about its key; a path not in the file means its parent."""
        places = self.keys if at_key else self.values
        at = path
        while at and at not in places and at not in self.values:
            at = at[:-1]
        position = places.get(at) or self.values.get(at) or Position(0, 0)
        return ConfigError(path.spelled(), self.scrub(message, path), position.line, position.column)


def parse(text: str, environ: Mapping[str, str]) -> tuple[Document, list[ConfigError]]:
    """Read one YAML document; faults in the syntax leave the data None."""
    try:
        root = _Composer(text).document()
    except yaml.MarkedYAMLError as error:
        return Document(), [_syntax_error(error)]
    except yaml.YAMLError as error:
        return Document(), [ConfigError("", f"not YAML: {error}".splitlines()[0])]
    except ConfigError as error:
        return Document(), [error]
    if root is None:
        return Document(), []
    construction = _Construction(environ)
    construction.document.text = text
    try:
        construction.document.data = construction.build(root, Path())
    except ConfigError as error:
        return Document(), [error]
    return construction.document, construction.errors


def _syntax_error(error: yaml.MarkedYAMLError) -> ConfigError:
    mark = error.problem_mark or error.context_mark
    line, column = (mark.line + 1, mark.column + 1) if mark is not None else (0, 0)
    context = f" ({error.context})" if error.context else ""
    return ConfigError("", f"not YAML: {error.problem}{context}", line, column)


class _Composer:
    """Makes nodes of the parser's events; an alias is the same node once more."""

    def __init__(self, text: str) -> None:
        self._events: Iterator[Any] = iter(yaml.parse(text, Loader=_EVENTS_LOADER))
        self._anchors: dict[str, Node] = {}

    def document(self) -> Node | None:
        """Return the root, None for an empty stream; raises ConfigError for a second document."""
        root: Node | None = None
        for event in self._events:
            if isinstance(event, yaml.DocumentStartEvent):
                if root is not None:
                    raise ConfigError("", "a second document begins here; one file holds one", *_position(event))
                root = self._node(next(self._events), depth=1)
        return root

    def _node(self, event: Any, depth: int) -> Node:
        if depth > MAX_DEPTH:
            raise ConfigError("", f"nested more than {MAX_DEPTH} levels deep", *_position(event))
        if isinstance(event, yaml.AliasEvent):
            return self._anchored(event)
        node = self._new(event, depth)
        if event.anchor is not None:
            self._anchors[event.anchor] = node
        return node

    def _anchored(self, event: Any) -> Node:
        node = self._anchors.get(event.anchor)
        if node is None:
            raise ConfigError("", f"alias '*{event.anchor}' stands before the end of its anchor", *_position(event))
        return node

    def _new(self, event: Any, depth: int) -> Node:
        position = _position(event)
        if isinstance(event, yaml.ScalarEvent):
            return Node("scalar", position, event.value, _is_text(event))
        if isinstance(event, yaml.SequenceStartEvent):
            _check_tag(event, "sequence")
            return Node("sequence", position, items=list(self._children(yaml.SequenceEndEvent, depth)))
        _check_tag(event, "mapping")
        children = list(self._children(yaml.MappingEndEvent, depth))
        return Node("mapping", position, pairs=list(zip(children[::2], children[1::2], strict=True)))

    def _children(self, end: type, depth: int) -> Iterator[Node]:
        while not isinstance(event := next(self._events), end):
            yield self._node(event, depth + 1)


def _position(event: Any) -> Position:
    return Position(event.start_mark.line + 1, event.start_mark.column + 1)


def _check_tag(event: Any, kind: Kind) -> None:
    tag = event.tag
    if tag not in (None, "!") and tag.removeprefix(_TAG_PREFIX) not in _TAGS[kind]:
        raise ConfigError("", f"tag '{tag.replace(_TAG_PREFIX, '!!')}' is not supported", *_position(event))


def _is_text(event: Any) -> bool:
    """Tell whether a scalar is text whatever it looks like: quoted, a block, or tagged `!!str`."""
    _check_tag(event, "scalar")
    return bool(event.style) or event.tag in ("!", f"{_TAG_PREFIX}str")


class _Construction:
    """Makes data of nodes, path by path; collects the faults that do not stop it."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.document = Document()
        self.errors: list[ConfigError] = []
        self._environ = environ
        self._count = 0

    def build(self, node: Node, path: Path) -> Any:
        self._count_in(1, len(path))
        self.document.values[path] = node.position
        if node.kind == "scalar":
            return self._scalar(node, path)
        if node.kind == "sequence":
            return [self.build(item, path / at) for at, item in enumerate(node.items)]
        return self._mapping(node, path)

    def _mapping(self, node: Node, path: Path) -> dict[str, Any]:
        pairs: dict[str, tuple[Node, Node]] = {}
        for key, value in node.pairs:
            if _is_merge(key):
                continue
            name = self._key(key, path)
            if name in pairs:
                first = pairs[name][0].position.line
                self.errors.append(self._fault(path / name, key, f"duplicate key '{name}', first on line {first}"))
            else:
                pairs[name] = (key, value)
        for name, pair in self._merged(node, path):
            pairs.setdefault(name, pair)
        return {name: self._member(path / name, key, value) for name, (key, value) in pairs.items()}

    def _member(self, path: Path, key: Node, value: Node) -> Any:
        self.document.keys[path] = key.position
        return self.build(value, path)

    def _merged(self, node: Node, path: Path, depth: int = 1) -> Iterator[tuple[str, tuple[Node, Node]]]:
        """Yield what `<<` brings in; of several sources the first wins (yaml.org/type/merge)."""
        for key, value in node.pairs:
            if not _is_merge(key):
                continue
            for source in value.items if value.kind == "sequence" else [value]:
                if source.kind != "mapping":
                    raise self._fault(path, value, "'<<' takes a mapping, or a list of them")
                self._count_in(len(source.pairs), depth)
                for inner_key, inner in source.pairs:
                    if not _is_merge(inner_key):
                        yield self._key(inner_key, path), (inner_key, inner)
                yield from self._merged(source, path, depth + 1)

    def _count_in(self, values: int, depth: int) -> None:
        self._count += values
        if self._count > MAX_VALUES or depth > MAX_DEPTH:
            raise ConfigError("", f"too much: over {MAX_VALUES} values or {MAX_DEPTH} levels, aliases written out")

    def _key(self, key: Node, path: Path) -> str:
        if key.kind != "scalar":
            raise self._fault(path, key, "a key must be a word, not a list or a mapping")
        return key.text

    def _scalar(self, node: Node, path: Path) -> Any:
        text = node.text
        if "${" in text:
            text = _VARIABLE.sub(lambda found: self._variable(found, node, path), text)
        return text if node.is_text else _core_schema(text)

    def _variable(self, found: re.Match[str], node: Node, path: Path) -> str:
        escaped, name, default = found.groups()
        if escaped:
            return "${"
        if name in self._environ:
            self.document.written[path] = node.text
            return self._text(name, node, path)
        if default is None:
            hint = f"write ${{{name}:-default}} for a default"
            self.errors.append(self._fault(path, node, f"environment variable '{name}' is not set; {hint}"))
        return found[0] if default is None else default

    def _text(self, name: str, node: Node, path: Path) -> str:
        """Return a variable's value; Python has surrogates for bytes that are no UTF-8, and nothing can take those."""
        value = self._environ[name]
        if not value.isascii() and any("\ud800" <= character <= "\udfff" for character in value):
            self.errors.append(self._fault(path, node, f"environment variable '{name}' is not UTF-8"))
            return ""
        return value

    def _fault(self, path: Path, node: Node, message: str) -> ConfigError:
        return ConfigError(path.spelled(), message, node.position.line, node.position.column)


def _is_merge(key: Node) -> bool:
    return key.text == "<<" and not key.is_text


def _core_schema(text: str) -> Any:
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    if _FLOAT.fullmatch(text) and math.isfinite(number := float(text)):
        return number
    return text
