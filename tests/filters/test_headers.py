"""The headers filter."""

from typing import Any

import pytest
from kit.exchanges import make_exchange, make_filter, make_response

from filters.headers import HeadersFilter
from proxy.chain import Chain
from proxy.hook import Step
from proxy.messages import Headers


def request_after(fields: list[tuple[str, str]], **edits: Any) -> list[tuple[str, str]]:
    exchange = make_exchange(fields=fields)
    make_filter(HeadersFilter, request=edits).on_request(exchange)
    return list(exchange.request.headers.items())


def response_after(fields: list[tuple[str, str]], **edits: Any) -> list[tuple[str, str]]:
    exchange, response = make_exchange(target="/p"), make_response(404, fields)
    make_filter(HeadersFilter, response=edits).on_response(exchange, response)
    return list(response.headers.items())


def test_set_replaces_every_line_in_the_place_of_the_first() -> None:
    fields = [("A", "1"), ("b", "2"), ("a", "3")]
    assert request_after(fields, set={"A": "new"}) == [("A", "new"), ("b", "2")]


def test_add_keeps_the_lines_there_are() -> None:
    assert request_after([("A", "1")], add={"A": "2"}) == [("A", "1"), ("A", "2")]


def test_add_takes_several_values() -> None:
    assert response_after([], add={"Link": ["</a>", "</b>"]}) == [("Link", "</a>"), ("Link", "</b>")]


def test_remove_goes_by_name_without_case() -> None:
    assert response_after([("Server", "x"), ("SERVER", "y"), ("B", "z")], remove=["server"]) == [("B", "z")]


def test_remove_comes_before_set_and_add() -> None:
    assert request_after([("A", "1"), ("B", "2")], remove=["A"], add={"A": "3"}) == [("B", "2"), ("A", "3")]


def test_values_hold_variables() -> None:
    assert request_after([], set={"X-Real-IP": "{client_ip}"}) == [("X-Real-IP", "192.0.2.1")]
    assert response_after([], add={"X-Was": "{method} {path} {status}"}) == [("X-Was", "GET /p 404")]


def test_a_shared_filter_never_changes_with_the_exchanges() -> None:
    it = make_filter(HeadersFilter, request={"add": {"A": "1"}})
    for _ in range(2):
        exchange = make_exchange()
        it.on_request(exchange)
        exchange.request.headers.add("B", "2")
        assert list(exchange.request.headers.items()) == [("A", "1"), ("B", "2")]


@pytest.mark.parametrize(
    ("options", "hooks"),
    [
        ({"request": {"set": {"A": "1"}}}, (1, 0)),
        ({"response": {"set": {"A": "1"}}}, (0, 1)),
        ({"request": {"remove": ["A"]}, "response": {"add": {"A": "1"}}}, (1, 1)),
    ],
)
def test_only_the_hooks_that_are_needed_run(options: dict[str, Any], hooks: tuple[int, int]) -> None:
    chain = Chain([Step(make_filter(HeadersFilter, **options))])
    assert (len(chain.request_hooks), len(chain.response_hooks)) == hooks
    assert chain.plain


@pytest.mark.parametrize(
    "name",
    [
        "Connection",
        "transfer-encoding",
        "Content-Length",
        "Keep-Alive",
        "TE",
        "Trailer",
        "Upgrade",
        "Proxy-Connection",
    ],
)
@pytest.mark.parametrize("side", ["request", "response"])
def test_fields_of_the_connection_are_refused(side: str, name: str) -> None:
    for edits in ({"set": {name: "x"}}, {"add": {name: "x"}}, {"remove": [name]}):
        with pytest.raises(ValueError, match="only the proxy writes it"):
            make_filter(HeadersFilter, **{side: edits})


def test_host_is_refused_with_a_hint() -> None:
    with pytest.raises(ValueError, match="use a rewrite filter's `host`"):
        make_filter(HeadersFilter, request={"set": {"Host": "x"}})


def test_status_is_refused_on_requests() -> None:
    with pytest.raises(ValueError, match="only where a response is edited"):
        make_filter(HeadersFilter, request={"set": {"A": "{status}"}})


@pytest.mark.parametrize("edits", [{"set": {"A": "x\r\nB: y"}}, {"add": {"A B": "x"}}, {"add": {"A": ["\0"]}}])
def test_what_may_not_stand_in_a_field_line_is_refused(edits: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"control character|not a field name"):
        make_filter(HeadersFilter, response=edits)


def test_a_filter_that_edits_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="nothing is edited"):
        make_filter(HeadersFilter, request={})


def test_a_client_s_value_never_starts_a_line() -> None:
    exchange = make_exchange()
    exchange.request.headers = Headers([b"X-In: a\r\nEvil: 1"])
    with pytest.raises(ValueError, match="control character"):
        make_filter(HeadersFilter, request={"set": {"X-Out": "{header.x-in}"}}).on_request(exchange)
