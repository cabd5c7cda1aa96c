"""Reads PCRE's syntax (pcre2pattern(3)), as libmodsecurity compiles it: bytes, DOTALL and MULTILINE."""

from __future__ import annotations

import dataclasses
import re
from dataclasses import dataclass
from typing import Final

from filters.waf.pcre import byte_set
from filters.waf.pcre.brackets import bracketed
from filters.waf.pcre.cursor import Cursor
from filters.waf.pcre.escape import escaped, octal
from filters.waf.pcre.tree import (
    Assertion,
    Atomic,
    Choice,
    Group,
    Look,
    Node,
    OneOf,
    PatternError,
    Repeat,
    Sequence,
    choice,
    sequence,
)

DEEPEST: Final = 60
"""The most groups in one another; far from Python's limit on recursion, and from what rules have."""
_QUANTIFIER = re.compile(r"([*+?])|\{([0-9]+)(,?)([0-9]*)\}")
_MOST_REPEATS = 65535
_FLAGS = re.compile(r"(\^?)([a-zA-Z]*)(?:-([a-zA-Z]*))?([:)])")
_NAME = re.compile(r"(?:P?<|')[A-Za-z_][A-Za-z0-9_]*[>']")
_DIGITS = re.compile("[0-9]+")
_EXTENDED = re.compile(r"(?:[\t-\r ]|#[^\n]*(?:\n|$))+")
_MAY_BE_NONE: Final = ("\\", "(")
_LOOKS = {"=": (False, False), "!": (False, True), "<=": (True, False), "<!": (True, True)}
_SIMPLE: Final[dict[str, Node]] = {
    "A": Assertion.START,
    "z": Assertion.END,
    "b": Assertion.BOUNDARY,
    "B": Assertion.NO_BOUNDARY,
    "C": OneOf(byte_set.ALL),
    "N": OneOf(byte_set.inverted(byte_set.NEWLINE)),
    "R": Atomic(
        Choice((Sequence((OneOf(1 << 0x0D), OneOf(byte_set.NEWLINE))), OneOf(byte_set.VERTICAL))),
    ),
}
_REFUSED = {
    "X": "matches characters, not bytes",
    "p": "asks for Unicode properties",
    "P": "asks for Unicode properties",
    "G": "asks where the search began",
    "K": "moves the beginning of the match",
    "g": "refers back to a group",
    "k": "refers back to a group",
}


@dataclass(frozen=True, slots=True)
class _Flags:
    caseless: bool = False
    dot_all: bool = True
    multiline: bool = True
    extended: bool = False


_FLAG_NAMES = {"i": "caseless", "s": "dot_all", "m": "multiline", "x": "extended"}


def parse(pattern: bytes, *, lines: bool = True) -> Node:
    """Return a pattern's tree; raise PatternError for what is malformed, and for what no tree says.

    Without `lines`, the texts to search have no newline, and a line's ends are the text's.
    """
    parser = _Parser(pattern.decode("latin-1"), lines)
    node, _ = parser.alternatives(_Flags(), 0)
    if parser.cursor.peek():
        raise PatternError("a ')' has no '('")
    return node


class _Parser:
    def __init__(self, text: str, lines: bool) -> None:
        self.cursor = Cursor(text)
        self.lines = lines
        self.groups = 0

    def alternatives(self, flags: _Flags, depth: int) -> tuple[Node, _Flags]:
        """Read up to the group's end; flags set within hold up to there, in later branches too."""
        if depth > DEEPEST:
            raise PatternError(f"groups nest deeper than {DEEPEST}")
        branches = []
        while True:
            branch, flags = self.branch(flags, depth)
            branches.append(branch)
            if not self.cursor.accept("|"):
                return choice(tuple(branches)), flags

    def branch(self, flags: _Flags, depth: int) -> tuple[Node, _Flags]:
        items: list[Node] = []
        while True:
            self.skip_what_is_no_pattern(flags)
            character = self.cursor.peek()
            if character in ("", "|", ")"):
                return sequence(tuple(items)), flags
            if self.cursor.accept(r"\Q"):
                items += self.quoted(flags)
                continue
            if self.cursor.accept("(?") and (changed := self.flags_alone(flags)) is not None:
                flags = changed
                continue
            self.cursor.take()
            atom = self.atom(character, flags, depth)
            self.skip_what_is_no_pattern(flags)
            items.append(self.quantified(atom, grouped=character == "("))

    def skip_what_is_no_pattern(self, flags: _Flags) -> None:
        while (self.cursor.peek() in _MAY_BE_NONE or flags.extended) and (
            self.cursor.accept(r"\E") or self.comment() or (flags.extended and self.cursor.match(_EXTENDED) is not None)
        ):
            pass

    def comment(self) -> bool:
        if not self.cursor.accept("(?#"):
            return False
        if self.cursor.until(")") is None:
            raise PatternError("a comment has no ')'")
        return True

    def quoted(self, flags: _Flags) -> list[Node]:
        r"""Read up to `\E`; a quantifier after it is for the last character."""
        text = self.cursor.until(r"\E")
        if text is None:
            text, self.cursor.at = self.cursor.text[self.cursor.at :], len(self.cursor.text)
        nodes: list[Node] = [literal(1 << ord(each), flags) for each in text]
        return [*nodes[:-1], self.quantified(nodes[-1], grouped=False)] if nodes else []

    def flags_alone(self, flags: _Flags) -> _Flags | None:
        """Read `(?i)` behind its `(?`; otherwise step back before it."""
        mark = self.cursor.at
        found = self.cursor.match(_FLAGS)
        if found is not None and found[4] == ")":
            return changed(flags, found)
        self.cursor.at = mark - 2
        return None

    def atom(self, character: str, flags: _Flags, depth: int) -> Node:
        if character == "\\":
            return self.escape(flags)
        if character == "[":
            return OneOf(bracketed(self.cursor, flags.caseless))
        if character == "(":
            return self.group(flags, depth)
        if character == ".":
            return OneOf(byte_set.ALL if flags.dot_all else byte_set.inverted(byte_set.NEWLINE))
        if character == "^":
            return Assertion.LINE_START if flags.multiline and self.lines else Assertion.START
        if character == "$":
            return self.line_end(Assertion.LINE_END if flags.multiline else Assertion.LAST_LINE_END)
        self.cursor.at -= 1
        repeat = self.cursor.match(_QUANTIFIER)
        if repeat is not None:
            raise PatternError(f"'{repeat[0]}' has nothing to repeat")
        self.cursor.take()
        return literal(1 << ord(character), flags)

    def line_end(self, assertion: Assertion) -> Assertion:
        return assertion if self.lines else Assertion.END

    def escape(self, flags: _Flags) -> Node:
        name = self.cursor.peek()
        if name in _REFUSED:
            raise PatternError(f"'\\{name}' {_REFUSED[name]}")
        if name == "Z":
            self.cursor.take()
            return self.line_end(Assertion.LAST_LINE_END)
        if name in _SIMPLE:
            self.cursor.take()
            return _SIMPLE[name]
        if name in "123456789" and name:
            return literal(1 << self.numbered(), flags)
        return literal(escaped(self.cursor), flags)

    def numbered(self) -> int:
        r"""Read the byte that `\12` means in octal where there are fewer groups before it."""
        digits = self.cursor.text[self.cursor.at :]
        found = _DIGITS.match(digits)
        if found is None or int(found[0]) < 10 or found[0][0] in "89" or int(found[0]) <= self.groups:
            raise PatternError(f"'\\{found[0] if found else ''}' refers back to a group")
        return octal(self.cursor)

    def group(self, flags: _Flags, depth: int) -> Node:
        if self.cursor.peek() == "*":
            raise PatternError("verbs such as '(*SKIP)' are not supported")
        if not self.cursor.accept("?"):
            return self.captured(flags, depth)
        if self.cursor.accept(">"):
            return Atomic(self.inside(flags, depth))
        for mark, (behind, negated) in _LOOKS.items():
            if self.cursor.accept(mark):
                return Look(self.inside(flags, depth), behind, negated)
        if self.cursor.match(_NAME) is not None:
            return self.captured(flags, depth)
        found = self.cursor.match(_FLAGS)
        if found is None:
            raise PatternError(f"'(?{self.cursor.peek()}' is not supported")
        return self.inside(changed(flags, found), depth)

    def captured(self, flags: _Flags, depth: int) -> Node:
        self.groups += 1
        return Group(self.inside(flags, depth))

    def inside(self, flags: _Flags, depth: int) -> Node:
        node, _ = self.alternatives(flags, depth + 1)
        if not self.cursor.accept(")"):
            raise PatternError("a '(' has no ')'")
        return node

    def quantified(self, node: Node, *, grouped: bool) -> Node:
        found = self.cursor.match(_QUANTIFIER)
        if found is None:
            return node
        if isinstance(node, Look) or (isinstance(node, Assertion) and not grouped):
            raise PatternError(f"'{found[0]}' repeats what takes no bytes")
        least, most = bounds(found)
        if self.cursor.accept("+"):
            return Atomic(Repeat(node, least, most))
        return Repeat(node, least, most, lazy=self.cursor.accept("?"))


def literal(members: int, flags: _Flags) -> OneOf:
    """Return the place for a byte, or for its two cases."""
    return OneOf(byte_set.folded(members) if flags.caseless else members)


def bounds(quantifier: re.Match[str]) -> tuple[int, int | None]:
    """Return how often at least and at most."""
    sign, least, comma, most = quantifier.groups()
    if sign:
        return (1 if sign == "+" else 0), (1 if sign == "?" else None)
    low = int(least)
    high = (int(most) if most else None) if comma else low
    if (high is not None and high < low) or max(low, high or 0) > _MOST_REPEATS:
        raise PatternError(f"'{quantifier[0]}' is no quantifier")
    return low, high


def changed(flags: _Flags, found: re.Match[str]) -> _Flags:
    """Return the flags as `i-s` changes them; `^` puts all back to what PCRE has by itself."""
    back, on, off, _ = found.groups()
    if back:
        flags = _Flags(dot_all=False, multiline=False)
    for name in on + (off or ""):
        if name not in _FLAG_NAMES:
            raise PatternError(f"the flag '{name}' is not supported")
    switched = {_FLAG_NAMES[name]: True for name in on} | {_FLAG_NAMES[name]: False for name in off or ""}
    return dataclasses.replace(flags, **switched)
