"""Ways out of the list of hosts, each closed: by the address, by DNS, by a redirect, by TLS."""

import ssl

import pytest
import trustme
from kit import FakeOrigin, Wire, answering
from kit.fetching import FakeDns, failure, fetching, refusal

from wasm_host.functions.network.client import FunctionHttp
from wasm_host.functions.network.redirects import MOST_REDIRECTS
from wasm_host.functions.services import HttpAnswer, HttpAsk


def port_of(origin: FakeOrigin) -> str:
    return origin.address.rpartition(":")[2]


def redirecting(location: str, status: int = 302) -> bytes:
    return f"HTTP/1.1 {status} Found\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n".encode()


async def got(http: FunctionHttp, url: str, *fields: tuple[str, str]) -> HttpAnswer:
    return await http.fetch(HttpAsk("GET", url, fields))


# -- the address


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "2130706433", "0x7f000001", "0177.0.0.1", "127.1", "0", "[::1]", "[::ffff:127.0.0.1]", "localhost",
     "[::ffff:7f00:1]", "[64:ff9b::7f00:1]", "\uff11\uff12\uff17.\uff10.\uff10.\uff11", "api.test@127.0.0.1",
     "127.0.0.1.", "169.254.169.254", "metadata.google.internal"],
)  # fmt: skip
async def test_nothing_but_the_list_is_asked(host: str) -> None:
    async with FakeOrigin() as origin, fetching("api.test", "*.api.test", networks=()) as http:
        assert await refusal(http, f"http://{host}:{port_of(origin)}/") == "not_allowed"
        assert not origin.connections


@pytest.mark.parametrize("listed", ["127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "[64:ff9b::7f00:1]"])
async def test_a_private_address_on_the_list_needs_its_network_too(listed: str) -> None:
    async with fetching(listed, networks=()) as http:
        assert await refusal(http, f"http://{listed}/") == "private_address"


# -- DNS


@pytest.mark.parametrize(
    "answer",
    ["127.0.0.1", "::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "0.0.0.0", "fe80::1%lo", "10.0.0.1"],
)
async def test_a_name_with_a_private_address_is_refused(answer: str) -> None:
    async with FakeOrigin() as origin:
        name = f"api.test:{port_of(origin)}"
        async with fetching(name, dns=FakeDns(api_test=[answer]), networks=()) as http:
            assert await failure(got(http, f"http://{name}/")) == "private_address"
        assert not origin.connections


async def test_a_second_answer_is_judged_as_the_first() -> None:
    """127.0.0.1 stands for a public address, 127.0.0.2 for a private one."""
    async with FakeOrigin(answering()) as first, FakeOrigin() as second:
        names = [f"api.test:{port_of(each)}" for each in (first, second)]
        dns = FakeDns(api_test=["127.0.0.1", "127.0.0.2"])
        async with fetching(*names, dns=dns, networks=("127.0.0.1/32",)) as http:
            assert (await got(http, f"http://{names[0]}/")).status == 200
            assert await failure(got(http, f"http://{names[1]}/")) == "private_address"
        assert dns.asked == ["api.test", "api.test"]
        assert not second.connections


async def test_what_was_judged_is_what_is_connected_to() -> None:
    async with FakeOrigin(answering()) as origin:
        dns = FakeDns(api_test=["127.0.0.1", "10.0.0.1"])
        name = f"api.test:{port_of(origin)}"
        async with fetching(name, dns=dns, networks=("127.0.0.1/32",)) as http:
            assert (await got(http, f"http://{name}/")).status == 200
        assert dns.asked == ["api.test"]


# -- redirects


async def test_a_redirect_to_a_host_on_the_list_is_followed() -> None:
    async with FakeOrigin(answering()) as end, FakeOrigin(answering(redirecting(f"http://{end.address}/x"))) as start:
        async with fetching(start.address, end.address) as http:
            assert (await got(http, f"http://{start.address}/", ("Authorization", "s"))).body == b"ok"
        assert end.recorded.startswith(b"GET /x HTTP/1.1\r\n")
        assert b"\r\nauthorization: s\r\n" in start.recorded
        assert b"authorization" not in end.recorded


@pytest.mark.parametrize(
    ("location", "reason"),
    [
        ("http://other.test/", "not_allowed"),
        ("http://127.0.0.2/", "not_allowed"),
        ("http://2130706434/", "not_allowed"),
        ("http://private.test/", "private_address"),
        ("//private.test/", "private_address"),
        ("file:///etc/passwd", "not_allowed"),
        ("ftp://api.test/", "not_allowed"),
        ("http://u:p@private.test/", "not_allowed"),
        ("http:\\\\private.test/", "invalid"),
        ("http://private.test:99999/", "invalid"),
    ],
)
async def test_a_redirect_is_judged_as_a_request_is(location: str, reason: str) -> None:
    dns = FakeDns(private_test=["127.0.0.2"])
    async with (
        FakeOrigin(answering(redirecting(location))) as origin,
        fetching(origin.address, "private.test", dns=dns, networks=("127.0.0.1/32",)) as http,
    ):
        assert await failure(got(http, f"http://{origin.address}/")) == reason


async def test_redirects_without_end_fail() -> None:
    async with FakeOrigin(answering(redirecting("/again"))) as origin, fetching(origin.address) as http:
        assert await failure(got(http, f"http://{origin.address}/")) == "failed"
        assert origin.recorded.count(b"GET ") == MOST_REDIRECTS + 1


async def test_a_redirect_that_leads_nowhere_is_the_answer() -> None:
    response = b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n"
    async with FakeOrigin(answering(response)) as origin, fetching(origin.address) as http:
        assert (await got(http, f"http://{origin.address}/")).status == 302


async def test_the_body_of_a_redirect_is_not_waited_for() -> None:
    async def script(wire: Wire) -> None:
        request = await wire.expect_request()
        if request.target == "/":
            await wire.send(b"HTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 9\r\n\r\n")
        else:
            await wire.send(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

    async with FakeOrigin(script) as origin, fetching(origin.address) as http:
        assert (await got(http, f"http://{origin.address}/")).body == b"ok"


# -- TLS


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def trusting(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


def certified(authority: trustme.CA, name: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    return context


async def test_a_server_that_shows_its_name_is_asked(authority: trustme.CA, trusting: ssl.SSLContext) -> None:
    async with FakeOrigin(answering(), tls=certified(authority, "api.test")) as origin:
        name = f"api.test:{port_of(origin)}"
        async with fetching(name, dns=FakeDns(api_test=["127.0.0.1"]), tls=trusting, plain=False) as http:
            assert (await got(http, f"https://{name}/")).body == b"ok"


async def test_a_server_that_shows_another_name_is_not(authority: trustme.CA, trusting: ssl.SSLContext) -> None:
    async with FakeOrigin(answering(), tls=certified(authority, "other.test")) as origin:
        name = f"api.test:{port_of(origin)}"
        async with fetching(name, dns=FakeDns(api_test=["127.0.0.1"]), tls=trusting) as http:
            assert await failure(got(http, f"https://{name}/")) == "unavailable"
        assert origin.recorded == b""


async def test_a_server_that_nobody_vouches_for_is_not(authority: trustme.CA) -> None:
    async with FakeOrigin(answering(), tls=certified(authority, "api.test")) as origin:
        name = f"api.test:{port_of(origin)}"
        async with fetching(name, dns=FakeDns(api_test=["127.0.0.1"])) as http:
            assert await failure(got(http, f"https://{name}/")) == "unavailable"


async def test_plain_http_is_not_asked_unless_allowed() -> None:
    async with FakeOrigin() as origin, fetching(origin.address, plain=False) as http:
        assert await refusal(http, f"http://{origin.address}/") == "not_allowed"
        assert not origin.connections


async def test_no_redirect_leads_from_https_to_http(authority: trustme.CA, trusting: ssl.SSLContext) -> None:
    async with FakeOrigin() as plain:
        away = redirecting(f"http://{plain.address}/")
        async with FakeOrigin(answering(away), tls=certified(authority, "api.test")) as origin:
            name = f"api.test:{port_of(origin)}"
            dns = FakeDns(api_test=["127.0.0.1"])
            async with fetching(name, plain.address, dns=dns, tls=trusting, plain=False) as http:
                assert await failure(got(http, f"https://{name}/")) == "not_allowed"
        assert not plain.connections
