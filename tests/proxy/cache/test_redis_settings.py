import pytest

from proxy.cache.redis_settings import RedisAddress


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("redis://localhost", RedisAddress("server", (("localhost", 6379),))),
        ("redis://localhost:7000/3", RedisAddress("server", (("localhost", 7000),), database=3)),
        ("redis://[::1]:7000/", RedisAddress("server", (("::1", 7000),))),
        ("rediss://:p%40ss@a.test/1", RedisAddress("server", (("a.test", 6379),), None, True, None, "p@ss", 1)),
        ("redis://us%3Aer:pa%2Fss@a.test", RedisAddress("server", (("a.test", 6379),), None, False, "us:er", "pa/ss")),
        ("unix:///run/redis.sock?db=2", RedisAddress("server", (), "/run/redis.sock", database=2)),
        ("unix://me:secret@/r.sock", RedisAddress("server", (), "/r.sock", False, "me", "secret")),
        (
            "redis+sentinel://a.test,b.test:7001/main/2",
            RedisAddress("sentinel", (("a.test", 26379), ("b.test", 7001)), database=2, service="main"),
        ),
        (
            "rediss+cluster://u:p@a.test:1,b.test",
            RedisAddress("cluster", (("a.test", 1), ("b.test", 6379)), None, True, "u", "p"),
        ),
    ],
)
def test_a_url_tells_where_redis_is(url: str, expected: RedisAddress) -> None:
    assert RedisAddress.parse(url) == expected


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost",
        "redis+nonsense://localhost",
        "redis+sentinel://localhost",
        "redis://localhost/first",
        "redis://",
        "redis://localhost:port",
        "redis+cluster://a.test,,b.test",
    ],
)
def test_other_urls_are_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        RedisAddress.parse(url)


def test_a_refusal_does_not_tell_the_password() -> None:
    with pytest.raises(ValueError, match="scheme") as refused:
        RedisAddress.parse("http://me:secret@localhost")
    assert "secret" not in str(refused.value)
