"""Files, includes, and all errors at once."""

from __future__ import annotations

import pathlib
from collections.abc import Callable, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filters.waf.rule import Directive, Marker, Place, Rule, Source
from filters.waf.seclang.faults import SecLangError, SecLangErrors
from filters.waf.seclang.reader import DEEPEST_INCLUDE, read

Files = Callable[[Mapping[str, str]], pathlib.Path]


def markers(source: Source) -> list[str]:
    return [each.name for each in source.statements if isinstance(each, Marker)]


def errors_of(*paths: pathlib.Path) -> list[str]:
    with pytest.raises(SecLangErrors) as raised:
        read(paths)
    return [
        f"{pathlib.Path(error.place.file).name}:{error.place.line}: {error.message}" for error in raised.value.errors
    ]


def test_statements_come_in_order_with_their_places(files: Files) -> None:
    path = files({"a.conf": '# first\nSecMarker A\n\nSecAction \\\n "id:1,pass"\nSecRuleEngine On\n'}) / "a.conf"
    statements = read([path]).statements
    assert [each.place for each in statements] == [Place(str(path), line) for line in (2, 4, 6)]
    assert [type(each) for each in statements] == [Marker, Rule, Directive]


def test_paths_are_read_in_the_order_given(files: Files) -> None:
    directory = files({"b.conf": "SecMarker B", "a.conf": "SecMarker A", "more/c.conf": "SecMarker C"})
    assert markers(read([directory / "b.conf", directory / "more", directory / "a.conf"])) == ["B", "C", "A"]


def test_chain_is_one_rule(files: Files) -> None:
    path = files({"a.conf": 'SecRule ARGS x "id:1,chain"\n  SecRule ARGS y "chain"\n    SecRule ARGS z\n'}) / "a.conf"
    (rule,) = read([path]).statements
    assert isinstance(rule, Rule)
    assert [each.operator and each.operator.argument for each in rule.chained] == ["y", "z"]


def test_included_files_come_where_they_are_included_by_name(files: Files) -> None:
    directory = files(
        {
            "a.conf": "SecMarker 1\nInclude more/*.conf\nSecMarker 2",
            "more/c.conf": "SecMarker C",
            "more/b.conf": "include d.inc",
            "more/d.inc": "SecMarker D",
        }
    )
    assert markers(read([directory / "a.conf"])) == ["1", "D", "C", "2"]


def test_absolute_paths_can_be_included(files: Files) -> None:
    directory = files({"b.conf": "SecMarker B"})
    files({"a.conf": f'Include "{directory}/b.conf"'})
    assert markers(read([directory / "a.conf"])) == ["B"]


def test_missing_file_is_reported_unless_it_is_optional(files: Files) -> None:
    directory = files({"a.conf": "IncludeOptional none/*.conf\nInclude none.conf\n"})
    (error,) = errors_of(directory / "a.conf")
    assert error.startswith("a.conf:2: there is no ")
    assert error.endswith("none.conf; write IncludeOptional if it may be missing")


def test_file_that_includes_itself_is_reported(files: Files) -> None:
    directory = files({"a.conf": "SecMarker A\nInclude b.conf", "b.conf": "\nInclude a.conf"})
    (error,) = errors_of(directory / "a.conf")
    assert error.startswith("b.conf:2: ")
    assert "a file cannot include itself" in error


def test_file_may_be_included_twice(files: Files) -> None:
    directory = files({"a.conf": "Include b.conf\nInclude b.conf", "b.conf": "SecMarker B"})
    assert markers(read([directory / "a.conf"])) == ["B", "B"]


def test_including_ever_deeper_is_reported(files: Files) -> None:
    deep = DEEPEST_INCLUDE + 1
    directory = files({f"{number}.conf": f"Include {number + 1}.conf" for number in range(deep)} | {f"{deep}.conf": ""})
    (error,) = errors_of(directory / "0.conf")
    assert f"{DEEPEST_INCLUDE}.conf is the {deep}th file in one another" in error


def test_words_of_operators_are_read_from_beside_the_rule(files: Files) -> None:
    directory = files(
        {
            "a.conf": "Include rules/b.conf",
            "rules/b.conf": 'SecRule ARGS "@pmFromFile b.data" "id:1,deny"',
            "rules/b.data": "# words\nunion select\n",
        }
    )
    (rule,) = read([directory / "a.conf"]).statements
    assert isinstance(rule, Rule)
    assert rule.operator is not None
    assert rule.operator.phrases == ("union select",)


def test_errors_of_all_files_are_raised_at_once(files: Files) -> None:
    directory = files(
        {
            "a.conf": 'SecRule ARG x "id:1,denny"\nSecMarker A\nSecRulEngine On',
            "b.conf": 'SecRule ARGS "@pmFromFile none.data" "id:1"\nSecRule ARGS x "deny"\n',
        }
    )
    errors = errors_of(directory / "a.conf", directory / "b.conf", directory / "c.conf")
    assert [error.rpartition(";")[0] or error for error in errors[:3]] == [
        "a.conf:1: unknown variable 'ARG'",
        "a.conf:1: unknown action 'denny'",
        "a.conf:3: unknown directive 'SecRulEngine'",
    ]
    assert [error.split(": ")[0] for error in errors[3:]] == ["b.conf:1", "c.conf:1", "b.conf:1", "b.conf:2"]


def test_block_of_apache_is_one_error(files: Files) -> None:
    text = "<IfModule security2_module>\nSecMarker A\n</IfModule>\n"
    (error,) = errors_of(files({"a.conf": text}) / "a.conf")
    assert error.startswith("a.conf:1: '<IfModule' is a block of Apache's")


def test_unclosed_quote_is_one_error(files: Files) -> None:
    (error,) = errors_of(files({"a.conf": 'SecRule ARGS "@rx a id:1\nSecMarker A'}) / "a.conf")
    assert error.startswith("a.conf:1: nothing closes the quote before '@rx a id:1'")


def test_directory_without_rules_is_reported(files: Files) -> None:
    directory = files({"README.md": ""})
    with pytest.raises(SecLangErrors, match="the directory has no rules; name one that has"):
        read([directory])


@pytest.mark.parametrize(
    "rule",
    [
        'SecRule REMOTE_ADDR "@geoLookup" "id:1,pass"',
        'SecRule REMOTE_ADDR "@rbl dnsbl.test" "id:1,deny"',
        'SecRule FILES_TMPNAMES "@inspectFile x.lua" "id:1,deny"',
        'SecAction "id:1,exec:/bin/true"',
        'SecAction "id:1,initcol:ip=%{REMOTE_ADDR}"',
        "SecRuleScript x.lua deny",
    ],
)
def test_what_is_known_but_not_supported_is_left_to_the_compiler(files: Files, rule: str) -> None:
    assert len(read([files({"a.conf": rule}) / "a.conf"]).statements) == 1


PIECES = st.sampled_from(
    [
        "SecRule",
        "SecAction",
        "Include",
        "ARGS",
        "XML:/*",
        '"',
        "'",
        "\\",
        "\n",
        "\r\n",
        " ",
        "id:1",
        ",",
        "chain",
        "@rx",
        "@pmFromFile",
        "|",
        "#",
        "t:none",
        "*.conf",
        "<",
        "!",
        "&",
        ":",
        "/",
        "\0",
        "é",
        "\udce9",
    ]
)


@given(st.lists(PIECES | st.text(max_size=3).filter(lambda text: text.isprintable())).map("".join))
def test_any_file_is_read_or_its_errors_are_raised(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = tmp_path_factory.getbasetemp() / "any" / "any.conf"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    errors: tuple[SecLangError, ...] = ()
    try:
        read([path])
    except SecLangErrors as raised:
        errors = raised.errors
    assert all(error.place.line >= 1 for error in errors)
