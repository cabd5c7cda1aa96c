"""Each server's configuration for the suite."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
import yaml

from bench.cache_suite.servers import SERVERS, Penstock, Server, Squid
from bench.cache_suite.servers.penstock import configuration
from bench.cache_suite.servers.server import Place

PLACE = Place(Path("/nowhere"), port=8080, origin_port=9000)


@pytest.mark.parametrize("server", SERVERS, ids=lambda server: server.name)
def test_a_server_listens_and_has_its_origin_where_it_is_told(server: Server, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(type(server), "find", lambda _: Path("/bin/server"))
    rendered = "\n".join([*server.files(PLACE).values(), *map(str, server.command(PLACE))])
    assert "8080" in rendered
    assert "9000" in rendered


def test_no_two_servers_share_a_name_or_title():
    assert len({server.name for server in SERVERS}) == len({server.title for server in SERVERS}) == len(SERVERS)


def test_penstock_has_redis_only_where_it_is_to():
    assert configuration(PLACE, "64MiB", None)["caches"] == {"default": {"memory": "64MiB"}}
    with_redis = configuration(PLACE, "4KiB", 6400)["caches"]["default"]
    assert with_redis == {"memory": "4KiB", "redis": {"url": "redis://127.0.0.1:6400/0", "timeout": "1s"}}


def test_penstock_goes_beyond_its_defaults_in_two_things_alone():
    (text,) = Penstock("penstock", "Penstock").files(PLACE).values()
    (route,) = yaml.safe_load(text)["routes"]
    assert route.keys() == {"name", "allow_methods", "cache", "upstream"}
    assert route["cache"] == {"use": "default", "stale_unreachable": "1h"}


def test_a_server_runs_in_a_directory_of_its_own_that_others_may_write_to(tmp_path: Path):
    class Listening(Squid):
        def find(self) -> Path:
            return Path("/bin/sh")

        def command(self, place: Place) -> list[str | Path]:
            return [sys.executable, "-m", "http.server", str(place.port), "--bind", "127.0.0.1"]

    with Listening().running(tmp_path, 9000) as process:
        assert (tmp_path / "log").stat().st_mode & 0o777 == 0o777
        assert "parent 9000" in (tmp_path / "squid.conf").read_text()
        assert process.address.startswith("127.0.0.1:")
