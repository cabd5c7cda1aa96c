"""URLs of the shared tier: what is accepted, and that no refusal shows a password."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.paths import Path
from config.redis_url import parse_redis_url, redis_url_paths
from proxy.cache.redis_settings import RedisAddress


@pytest.mark.parametrize(
    "url",
    [
        "redis://localhost",
        "redis://localhost:6379/0",
        "rediss://user:p%40ss@cache.example:6380/15",
        "redis://[::1]",
        "redis://[::1]:6379/",
        "redis+sentinel://:word@one,two:26379/service/0",
        "redis+sentinel://one/service",
        "rediss+cluster://one:6379,two:6379",
        "redis+cluster://one/0",
        "unix:///run/redis.sock",
        "unix://:word@/run/redis.sock?db=3",
    ],
)
def test_what_names_servers_is_accepted_and_can_be_read(url: str) -> None:
    assert parse_redis_url(url) == url
    assert RedisAddress.parse(url)


@pytest.mark.parametrize(
    ("url", "says"),
    [
        (5, "not a URL of Redis"),
        ("localhost:6379", "not a URL of Redis"),
        ("redis://host?db=1", "not a URL of Redis"),
        ("redis://:pa/ss@host", "in a password %2F for '/'"),
        ("reddis://host", "unknown scheme 'reddis'; did you mean 'redis'?"),
        ("http://host", "unknown scheme 'http'; there are 'redis', "),
        ("unix:/run/redis.sock", "not a URL of Redis"),
        ("redis://", "a host or its port is malformed"),
        ("redis://host:0", "a host or its port is malformed"),
        ("redis://host:65536", "a host or its port is malformed"),
        ("redis+cluster://one,,two", "a host or its port is malformed"),
        ("redis://host/cache", "the URL's path is no database"),
        ("redis://one,two", "redis:// is one server; several are 'redis+sentinel' and 'redis+cluster'"),
        ("redis+sentinel://one", "a Sentinel URL ends in the service"),
        ("redis+cluster://one/3", "a cluster has but one database"),
    ],
)
def test_what_does_not_is_refused_with_what_to_write(url: object, says: str) -> None:
    with pytest.raises(ValueError, match=re.escape(says)):
        parse_redis_url(url)


PASSWORDS = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=3).map(lambda text: f"zZ9{text}9Zz")


@given(password=PASSWORDS, form=st.sampled_from(["redis://:{}@host:x", "redis://{}", "redis://u:{}", "redis://{}@h/x"]))
def test_no_refusal_quotes_what_may_be_a_password(password: str, form: str) -> None:
    assert "zZ9" not in refusal(form.format(password))


def refusal(url: str) -> str:
    try:
        parse_redis_url(url)
    except ValueError as error:
        return str(error)
    return ""


def test_urls_are_found_in_raw_data_in_both_spellings() -> None:
    caches = {"a": {"redis": "redis://x"}, "b": {"redis": {"url": "file:x"}}, "c": {"redis": 5}, "d": 7}
    assert list(redis_url_paths({"caches": caches})) == [
        Path(("caches", "a", "redis")),
        Path(("caches", "b", "redis", "url")),
    ]


@pytest.mark.parametrize("caches", [None, [], "x"])
def test_what_is_no_mapping_of_caches_has_no_urls(caches: object) -> None:
    assert list(redis_url_paths({"caches": caches})) == []
