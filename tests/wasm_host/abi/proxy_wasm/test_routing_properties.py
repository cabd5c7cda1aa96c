"""What guests may ask about connections, routes and upstreams. Encodings and presence are those of a live Envoy."""

import pytest
from kit.asked_properties import AView, answered, ask, number, through, under_way, upstream
from kit.exchanges import make_exchange

from proxy.exchange import Client


@pytest.fixture
def view() -> AView:
    """Return a request under way."""
    return under_way()


@pytest.fixture
def late() -> AView:
    """Return the same once it was answered."""
    return answered()


def test_addresses_carry_their_ports(view: AView) -> None:
    view.exchange.client = Client("192.0.2.1", 51000, "public", local_address="192.0.2.9", local_port=80)
    assert ask(view, "source", "address") == b"192.0.2.1:51000"
    assert number(view, "source", "port") == 51000
    assert ask(view, "destination", "address") == b"192.0.2.9:80"
    assert number(view, "destination", "port") == 80


def test_an_ipv6_address_stands_in_brackets(view: AView) -> None:
    view.exchange.client = Client("::1", 51000, "public")
    assert ask(view, "source", "address") == b"[::1]:51000"


def test_a_connection_has_an_id_that_others_do_not_share(view: AView) -> None:
    mine = number(view, "connection", "id")
    assert mine == number(view, "connection_id") >= 0
    view.exchange.client = Client("192.0.2.1", 51001, "public")
    assert number(view, "connection", "id") != mine


def test_the_upstreams_address_is_known_once_one_was_tried(view: AView, late: AView) -> None:
    assert ask(AView(make_exchange()), "upstream", "address") is None
    assert ask(AView(make_exchange()), "upstream", "port") is None
    assert ask(late, "upstream", "address") == b"10.0.0.1:8080"
    assert number(late, "upstream", "port") == 8080


def test_a_unix_socket_has_no_port(late: AView) -> None:
    late.exchange.endpoint = "unix:/run/api.sock"
    assert ask(late, "upstream", "address") == b"unix:/run/api.sock"
    assert ask(late, "upstream", "port") is None


def test_attempts_and_endpoints_are_counted(view: AView) -> None:
    through(upstream("10.0.0.1:80", "10.0.0.2:80"), view)
    assert number(view, "upstream", "request_attempt_count") == 0
    assert number(view, "upstream", "num_endpoints") == 2
    view.exchange.attempts = 1
    assert number(view, "upstream", "request_attempt_count") == 1


@pytest.mark.parametrize("path", [("cluster_name",), ("xds", "cluster_name"), ("penstock", "upstream")])
def test_the_upstreams_name_is_the_routes_the_chosen_ones_and_at_last_the_tried_ones(
    view: AView, path: tuple[str, ...]
) -> None:
    assert ask(view, *path) is None
    through(upstream("10.0.0.1:80"), view)
    assert ask(view, *path) == b"api"
    view.exchange.origin = upstream(name="chosen")
    assert ask(view, *path) == b"chosen"
    view.exchange.upstream_name = "tried"
    assert ask(view, *path) == b"tried"


def test_the_route_has_its_newer_and_its_older_names(view: AView) -> None:
    assert ask(view, "xds", "route_name") == ask(view, "route_name") == b"api"
    assert ask(view, "xds", "virtual_host_name") == b"public"


@pytest.mark.parametrize(
    "path",
    [
        "route_metadata",
        "xds\0route_metadata",
        "cluster_metadata",
        "listener_metadata",
        "xds\0listener_metadata",
        "node",
    ],
)
def test_metadata_is_a_message_without_fields(view: AView, path: str) -> None:
    assert ask(view, path) == b""


@pytest.mark.parametrize("path", ["listener_direction", "xds\0listener_direction"])
def test_a_listener_has_no_direction(view: AView, path: str) -> None:
    assert number(view, path) == 0
