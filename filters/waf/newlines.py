"""Where a value cannot have a newline, so that a pattern's `^` and `$` are the ends of the whole."""

from __future__ import annotations

from typing import Final

from filters.waf.rule import Rule

_ONE_LINE: Final = frozenset(
    (
        "REMOTE_ADDR",
        "REMOTE_PORT",
        "REQUEST_HEADERS",
        "REQUEST_HEADERS_NAMES",
        "REQUEST_LINE",
        "REQUEST_METHOD",
        "REQUEST_PROTOCOL",
        "REQUEST_URI_RAW",
        "RESPONSE_HEADERS",
        "RESPONSE_HEADERS_NAMES",
        "RESPONSE_PROTOCOL",
        "RESPONSE_STATUS",
        "SERVER_ADDR",
    )
)
"""The proxy's parser lets no line break into these (RFC 9112), and nothing is decoded on the way."""
_NO_NEWLINES_MADE: Final = frozenset(
    (
        "lowercase",
        "uppercase",
        "trim",
        "trimleft",
        "trimright",
        "compresswhitespace",
        "removewhitespace",
        "removenulls",
        "normalisepath",
        "normalizepath",
        "normalisepathwin",
        "normalizepathwin",
        "cmdline",
        "length",
    )
)


def may_have_newlines(rule: Rule) -> bool:
    """Say whether a value that the rule looks at may have a newline when its operator gets it."""
    counted_or_one_line = (each.count or each.collection in _ONE_LINE for each in rule.variables)
    return not (all(counted_or_one_line) and _NO_NEWLINES_MADE.issuperset(rule.transformations))
