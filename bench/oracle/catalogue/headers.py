"""Header maps: read, changed, replaced, and what each version answers."""

from bench.oracle.catalogue.meant import OTHERWISE, READABLE, meant, of_the_guest
from bench.oracle.guest import Guest
from bench.oracle.scenario import Answer, Ask, Body, Header, Scenario
from bench.oracle.wat import pairs

MANY: tuple[Header, ...] = (("X-Many", "a"), ("X-Many", "b"), ("X-Replaced", "1"), ("X-Replaced", "2"))
GONE: tuple[Header, ...] = (("X-Removed", "1"), ("X-Removed", "2"))
SOME: tuple[Header, ...] = (("X-One", "first"), ("X-Two", "2"), ("X-Gone", "soon"))
WITH_BODY = Body((b"some body",))
BIG = "b" * 20_000


SET_BY_GUEST: tuple[Header, ...] = (("x-a", "1"), ("x-a", "2"), ("x-b", ""))
ONLY_SET: tuple[Header, ...] = ((":status", "203"), ("x-only", "this"), ("x-only", "that"))


def dumped(*headers: Header) -> str:
    """Return a map as the guest dumps it."""
    return f"info pairs 0 {pairs([text.encode() for header in headers for text in header]).hex()}"


def rewriting(name: str, value: str) -> Ask:
    return Ask("/as/asked?q=1", headers=(("x-which", name), ("x-to", value)))


HEADERS = (
    Scenario(
        "headers-request",
        "Request headers read, added, replaced, removed, in any case",
        Guest("headers_request"),
        asks=(Ask(headers=SOME),),
        shows=("info x-one 0 'first'", "x-two: replaced"),
    ),
    Scenario(
        "headers-response",
        "The same for the response, with its status",
        Guest("headers_response"),
        answers={"/": Answer(headers=SOME)},
        shows=("status 418", "x-two: replaced"),
        known=of_the_guest(
            f"{READABLE}; Content-Length stands last in its map, for the order of different fields has no meaning",
            f"{OTHERWISE}; RFC 9110 §5.3",
            ("info :path 2 ''", "info after :status x-one content-length x-added x-one x-two"),
            ("info :path 0 '/'", "info after :status x-one x-added x-one x-two content-length"),
        ),
    ),
    Scenario(
        "headers-many",
        "Several headers of one name: which is read, what replacing and removing do",
        Guest("headers_many"),
        asks=(Ask(headers=(*MANY, *GONE, ("Cookie", "a=1"), ("Cookie", "b=2"))),),
        answers={"/": Answer(headers=(*MANY, *GONE, ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")))},
        shows=("x-replaced: only", "set-cookie: c=3"),
        known=of_the_guest(
            "Content-Length stands last in its map: the order of different fields has no meaning",
            "RFC 9110 §5.3",
            ("info after :status x-many x-many set-cookie set-cookie content-length x-replaced set-cookie",),
            ("info after :status x-many x-many set-cookie set-cookie x-replaced set-cookie content-length",),
        ),
    ),
    Scenario(
        "headers-pairs",
        "Whole maps read in their serialised form and replaced",
        Guest("headers_pairs"),
        shows=("GET /set?by=guest", "status 203"),
        known=of_the_guest(
            "pseudo headers keep their order, and Content-Length, which is written to fit the body, is there even if "
            "the guest's own map is without it",
            OTHERWISE,
            (
                dumped(
                    (":method", "GET"),
                    (":path", "/set?by=guest"),
                    (":authority", "set.test"),
                    (":scheme", "http"),
                    *SET_BY_GUEST,
                ),
                dumped(*ONLY_SET),
            ),
            (
                dumped(
                    (":authority", "set.test"),
                    (":path", "/set?by=guest"),
                    (":method", "GET"),
                    (":scheme", "http"),
                    *SET_BY_GUEST,
                ),
                dumped(*ONLY_SET, ("content-length", "22")),
            ),
        ),
    ),
    Scenario(
        "headers-maps",
        "Every map's size and pairs at request, response and log, and maps that are not there or not known",
        Guest("headers_maps"),
        shows=("info on_log 2",),
        known=of_the_guest(
            f"{READABLE}, and their size told",
            OTHERWISE,
            (
                "info size of map 0 2 77",
                "info pairs of map 0 0 0",
                "info value 2 ''",
                "info at the log, map 0 2 0",
                "info at the log, map 2 2 0",
            ),
            (
                "info size of map 0 0 48",
                "info pairs of map 0 0 92",
                "info value 1 ''",
                "info at the log, map 0 0 0",
                "info at the log, map 2 0 0",
            ),
        ),
    ),
    Scenario(
        "headers-missing-0.1.0",
        "A missing header is an empty one",
        Guest("headers_missing", abi="0.1.0"),
        asks=(Ask(headers=(("X-There", "1"), ("X-Empty", ""))),),
        shows=("info missing 0 ''", "info there 0 '1'"),
    ),
    Scenario(
        "headers-missing-0.2.1",
        "A missing header is not found",
        Guest("headers_missing"),
        asks=(Ask(headers=(("X-There", "1"), ("X-Empty", ""))),),
        shows=("info missing 1 ''", "info there 0 '1'"),
    ),
    Scenario(
        "headers-late",
        "Headers edited when they have gone on",
        Guest("headers_late"),
        asks=(Ask(method="POST", body=WITH_BODY),),
        shows=("info on_request_body 2 9 0",),
        known=of_the_guest(
            f"{READABLE}: the one that was refused is not among them",
            OTHERWISE,
            ("info x-late 2 ''",) * 2,
            ("info x-late 1 ''",) * 2,
        ),
    ),
    Scenario(
        "headers-held",
        "Headers held while the body is read, then edited, both ways",
        Guest("headers_held"),
        asks=(Ask(method="POST", body=Body((b"one ", b"two"))), Ask()),
        hold_headers=True,
        shows=("x-body-ends: yes", "info body 0 'one two'"),
    ),
    Scenario(
        "headers-big",
        "A header of 20,000 bytes read, one of 8,000 written, each way",
        Guest("headers_big"),
        asks=(Ask(headers=(("X-Big", BIG),)),),
        answers={"/": Answer(headers=(("X-Big", BIG),))},
        shows=("info x-big 0 20000",),
    ),
    Scenario(
        "headers-hop-by-hop",
        "Which headers of framing and connection guests are shown",
        Guest("names"),
        asks=(
            Ask(headers=(("Connection", "X-Hop"), ("X-Hop", "1"), ("Keep-Alive", "timeout=5"), ("X-Kept", "1"))),
            Ask("/chunked", "POST", body=Body((b"some",), chunked=True)),
        ),
        answers={"/chunked": Answer(body=Body((b"some",), chunked=True))},
        shows=("info request :authority :path :method :scheme",),
    ),
    Scenario(
        "headers-unsafe",
        "A value with a line break, which would be a header of its own if it were sent",
        Guest("headers_unsafe"),
        shows=("info on_request_headers 2 4 1",),
        known=meant(
            "a value that would be two fields is refused at once, and the request goes on without it; Envoy takes it, "
            "and then refuses to send the request",
            "RFC 9110 §5.5",
            {
                "answer 1": (
                    ("status 503", 'body "invalid header value for: x-a"'),
                    ("status 200", 'body "hello from the origin\\n"'),
                ),
                "guest": (
                    ("info request 0", "info on_response_body 2 29 1"),
                    ("info request 2", "info on_response_body 2 22 0", "info on_response_body 2 0 1"),
                ),
                "origin": ((), ("GET /", "host: oracle.test")),
            },
        ),
    ),
    Scenario(
        "pseudo-rewrite",
        "Method, path, authority and scheme rewritten, and what the properties then say",
        Guest("pseudo_rewrite"),
        asks=(
            rewriting(":path", "/as/rewritten?q=2"),
            rewriting(":method", "DELETE"),
            rewriting(":authority", "other.test:81"),
            rewriting(":scheme", "https"),
            rewriting("host", "from-host.test"),
        ),
        shows=("GET /as/rewritten?q=2", "DELETE /as/asked?q=1", "host: other.test:81"),
        known=of_the_guest(
            ":scheme cannot be changed: which is spoken to an upstream is its configuration's",
            OTHERWISE,
            ("info now 0 'https'",),
            ("info now 0 'http'",),
        ),
    ),
    Scenario(
        "pseudo-remove",
        "Method, path and authority removed",
        Guest("pseudo_remove"),
        asks=tuple(Ask(headers=(("x-which", name),)) for name in (":method", ":path", ":authority")),
        shows=("info remove 0",),
        known=meant(
            "method, path and authority can be changed, not removed: no request is sent without them",
            "RFC 9112 §3",
            {
                "answer 1": (
                    ("status 503", 'body "missing required header: :method"'),
                    ("status 200", 'body "hello from the origin\\n"'),
                ),
                "answer 2": (
                    ("status 404",),
                    ("status 200", "content-type: text/plain", 'body "hello from the origin\\n"'),
                ),
                "guest": (
                    ("info on_response_body 2 32 1", "info on_response_headers 3 1 1"),
                    (
                        "info on_response_body 2 22 0",
                        "info on_response_body 2 0 1",
                        "info on_response_headers 3 3 0",
                        "info on_response_body 3 22 0",
                        "info on_response_body 3 0 1",
                    ),
                ),
                "origin": (
                    (),
                    (
                        "host: oracle.test",
                        "x-which: :method",
                        "GET /",
                        "host: oracle.test",
                        "x-which: :path",
                        "GET /",
                        "host: oracle.test",
                    ),
                ),
            },
        ),
    ),
)
