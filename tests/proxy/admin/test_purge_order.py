"""Orders to purge: what is understood, and what refusals say."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.admin.purge_order import FIELDS, BadOrder, PurgeOrder, read_order
from proxy.cache.purge import Purge

CACHES = ["default", "media"]


def read(**fields: Any) -> PurgeOrder:
    return read_order(json.dumps(fields).encode(), CACHES)


@pytest.mark.parametrize(
    ("fields", "purge"),
    [
        ({"url": "http://a.example/x?y=1"}, Purge("url", "http://a.example/x?y=1")),
        ({"tag": "news-7"}, Purge("tag", "news-7")),
        ({"prefix": "https://a.example/img/"}, Purge("prefix", "https://a.example/img/")),
        ({"all": True, "hard": True}, Purge("all", "", hard=True)),
    ],
)
def test_each_kind_is_understood(fields: dict[str, Any], purge: Purge) -> None:
    assert read(**fields) == PurgeOrder(purge)


@pytest.mark.parametrize(
    ("written", "spelled"),
    [
        ("HTTP://A.Example:80/a/../b", "http://a.example/b"),
        ("https://a.example:443/%7Eb", "https://a.example/~b"),
        ("http://a.example:8080", "http://a.example:8080/"),
        ("http://[::0:1]/?", "http://[::1]/?"),
        ("http://a.example/b%2fc", "http://a.example/b%2Fc"),
    ],
)
def test_a_url_is_spelled_as_those_of_requests_are(written: str, spelled: str) -> None:
    assert read(url=written).purge.value == spelled


def test_one_cache_can_be_named() -> None:
    assert read(all=True, cache="media").message() == {"cache": "media", "kind": "all", "value": "", "hard": False}


@pytest.mark.parametrize(
    ("fields", "field", "says"),
    [
        ({}, None, 'give one of url, tag, prefix, all, such as {"url": "http://example.com/path"}'),
        ({"url": "http://a/", "tag": "b"}, "tag", "give one of url, tag, prefix, all, not url and tag"),
        ({"url": 5}, "url", "url must be text, and not empty"),
        ({"url": "/x"}, "url", "url must be a whole URL; write http://host/x"),
        ({"url": "ftp://a/"}, "url", "write http://host/path"),
        ({"url": "http://a/ b"}, "url", "write http://host/path"),
        ({"url": "http://a/#b"}, "url", "write http://host/path"),
        ({"prefix": ""}, "prefix", "prefix must be text, and not empty"),
        ({"tag": "a, b"}, "tag", "tag must be one tag, as it stands in Surrogate-Key or Cache-Tag"),
        ({"tag": "a\n"}, "tag", "tag must be one tag"),
        ({"all": False}, "all", "all must be true"),
        ({"all": True, "hard": "yes"}, "hard", "hard must be true or false"),
        ({"all": True, "cache": "medea"}, "cache", "there is no cache medea; there is media"),
        ({"all": True, "cache": 5}, "cache", "there is no cache 5"),
        ({"all": True, "sotf": True}, "sotf", "unknown field sotf"),
        ({"urls": "http://a/"}, "urls", "unknown field urls; there is url"),
    ],
)
def test_a_refusal_names_the_field_and_what_to_write(fields: dict[str, Any], field: str | None, says: str) -> None:
    with pytest.raises(BadOrder) as refusal:
        read(**fields)
    assert refusal.value.field == field
    assert says in str(refusal.value)


@pytest.mark.parametrize("text", [b"", b"url=x", b"\xff", b"[]", b'"all"'])
def test_what_is_no_object_is_refused_with_an_example(text: bytes) -> None:
    with pytest.raises(BadOrder, match=r'; send \{"url": "http://example\.com/path"\}$'):
        read_order(text, CACHES)


def test_without_caches_there_is_nothing_to_purge() -> None:
    with pytest.raises(BadOrder, match="no cache is configured"):
        read_order(b'{"all": true}', [])


@given(
    fields=st.dictionaries(
        st.sampled_from(FIELDS), st.one_of(st.none(), st.booleans(), st.integers(), st.text(), st.lists(st.text()))
    )
)
def test_any_order_is_understood_or_refused(fields: dict[str, Any]) -> None:
    with contextlib.suppress(BadOrder):
        message = read(**fields).message()
        assert json.loads(json.dumps(message)) == message
