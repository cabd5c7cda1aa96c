"""Trees in the syntax of Rust's regex."""

from __future__ import annotations

import pytest

from filters.waf.pcre.parser import parse
from filters.waf.pcre.writer import written


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("abc", "(?s-u)abc"),
        ("a|b", "(?s-u)a|b"),
        ("x(?:a|b)y", "(?s-u)x(?:a|b)y"),
        ("(a|b)*?", "(?s-u)(a|b)*?"),
        ("(?:ab){2,5}", "(?s-u)(?:ab){2,5}"),
        ("a{3}b{3,}", "(?s-u)a{3}b{3,}"),
        ("a?b+c*", "(?s-u)a?b+c*"),
        ("(?:a*)*", "(?s-u)(?:a*)*"),
        (r"\x{41}\/\x22", '(?s-u)A/"'),
        ("é", r"(?s-u)\xC3\xA9"),
        (r"[\w\-.]\W\d\s.", r"(?s-u)[\-.0-9A-Z_a-z]\W\d\s."),
        ("(?i)select[a-z]1", "(?is-u)select[A-Za-z]1"),
        ("(?i:a)b", "(?s-u)[Aa]b"),
        ("(?i)[0-9]", r"(?s-u)\d"),
        ("^a$", "(?s-u)(?m:^)a(?m:$)"),
        (r"\Aa\b\z", r"(?s-u)\Aa\b\z"),
        ("(?i)&&[a&&b]", r"(?s-u)\&\&[\&ABab]"),
        ("", "(?s-u)"),
        ("(|a)", "(?s-u)(|a)"),
    ],
)
def test_a_tree_is_written_with_the_flags_it_needs(pattern: str, text: str) -> None:
    assert written(parse(pattern.encode())) == text
