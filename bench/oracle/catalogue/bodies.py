"""Bodies: held, read, rewritten, and over the limit."""

from bench.oracle.catalogue.meant import GUIDE, OTHERWISE, error_page, meant, of_the_guest
from bench.oracle.guest import CALLBACKS, Guest
from bench.oracle.scenario import Answer, Ask, Body, Scenario

PIECES = (b"0123", b"456", b"789")
POST = Ask(method="POST", body=Body(PIECES))
CHUNKED = Ask(method="POST", body=Body(PIECES, chunked=True))
LIMIT_BYTES = 65536
TOO_BIG = Body((b"a" * 40_000, b"b" * 60_000))


def edited(how: str) -> Ask:
    return Ask(method="POST", headers=(("X-Edit", how),), body=Body(PIECES))


BODIES = (
    Scenario(
        "body-hold",
        "A request's body held until it is whole",
        Guest("body_hold"),
        asks=(POST, CHUNKED),
        shows=("info body 0 '0123456789'", 'body "0123456789"'),
    ),
    Scenario(
        "body-hold-some",
        "A body's first piece held, the rest let through",
        Guest("body_some"),
        asks=(POST,),
        shows=("info body 0 '0123456'",),
    ),
    Scenario(
        "body-resume-late",
        "A body held until a tick resumes the request, in the middle of it",
        Guest("body_resume_late"),
        asks=(Ask(method="POST", body=Body(PIECES, pause_s=0.07)),),
        shows=("info continue 0", 'body "0123456789"'),
    ),
    Scenario(
        "body-edit",
        "A whole body replaced, prepended to, appended to, changed inside and across its end, emptied",
        Guest("body_edit"),
        asks=tuple(map(edited, ("replace", "prepend", "append", "some", "beyond", "far", "empty"))),
        shows=('body "replaced"', 'body "before 0123456789"', 'body "0123456789 behind"'),
        known=meant(
            "any part of a body can be replaced, as the ABI says; Envoy knows its beginning, its end and all of it",
            f"Proxy-Wasm 0.2.1, proxy_set_buffer_bytes; {OTHERWISE}",
            {
                "guest": (
                    ("info set 2", "info now 0 '0123456789'") * 2,
                    ("info set 0", "info now 0 '01[some]56789'", "info set 0", "info now 0 '01234567[beyond]'"),
                ),
                "origin": (
                    ('body "0123456789"',) * 2,
                    ('body "01[some]56789"', 'body "01234567[beyond]"'),
                ),
            },
        ),
    ),
    Scenario(
        "body-edit-pieces",
        "Each piece edited as it passes",
        Guest("body_pieces"),
        asks=(POST,),
        shows=("info set 0",),
    ),
    Scenario(
        "body-read",
        "Slices of a body, clipped, empty, wrapping, and every other buffer, at each moment",
        Guest("body_read"),
        asks=(POST,),
        config="plugin",
        vm_config="vm",
        shows=("info slice 0 '01234'", "info slice 0 '56789'"),
        known=of_the_guest(
            "the arguments of a foreign function are empty where none is called; Envoy gives out a configuration",
            "Proxy-Wasm 0.2.1, buffer types",
            ("info other 0 'plugin'", "info status of buffer 8 0 6 0")
            + ("info other 0 'vm'", "info status of buffer 8 0 2 0") * 2,
            ("info other 0 ''", "info status of buffer 8 0 0 0") * 3,
        ),
    ),
    Scenario(
        "body-over-limit",
        "A request's body over the limit, held",
        Guest("body_over", only=tuple(name for name in CALLBACKS if name != "on_response_body")),
        asks=(Ask(method="POST", body=TOO_BIG), Ask(method="POST", body=Body(TOO_BIG.pieces, chunked=True))),
        body_limit_bytes=LIMIT_BYTES,
        shows=("status 413",),
        known=meant(
            "each proxy's own answer to a failure",
            f"{GUIDE}, Limits",
            {
                **dict.fromkeys(
                    ("answer 1", "answer 2"),
                    (("content-type: text/plain", 'body "Payload Too Large"'), error_page(413)[1:]),
                ),
                "guest": (
                    ("info on_response_headers 2 3 0", "info on_response_headers 3 3 0"),
                    ("info on_response_headers 2 6 0", "info on_response_headers 3 6 0"),
                ),
            },
        ),
    ),
    Scenario(
        "body-over-limit-passing",
        "A body over the limit that is not held passes in pieces",
        Guest("body_pieces"),
        asks=(Ask(method="POST", body=Body((b"a" * 30_000, b"b" * 30_000, b"c" * 30_000))),),
        body_limit_bytes=LIMIT_BYTES,
        shows=("status 200",),
    ),
    Scenario(
        "body-over-limit-response",
        "A response's body over the limit, held",
        Guest("body_over_response"),
        answers={"/": Answer(body=TOO_BIG)},
        body_limit_bytes=LIMIT_BYTES,
        shows=("info on_response_body 2 40000 0",),
        known=of_the_guest(
            "the guest is asked before anything is refused: if it lets go now, nothing is over the limit",
            f"{GUIDE}, Bodies",
            (),
            ("info on_response_body 2 100000 0",),
        ),
    ),
    Scenario(
        "body-response",
        "A response's body held and rewritten",
        Guest("body_response"),
        asks=(Ask(), Ask("/chunked")),
        answers={"/": Answer(body=Body(PIECES)), "/chunked": Answer(body=Body(PIECES, chunked=True))},
        shows=('body "{\\"rewritten\\": true}"',),
    ),
    Scenario(
        "body-response-pieces",
        "Each piece of a response edited as it passes",
        Guest("body_response_pieces"),
        answers={"/": Answer(body=Body(PIECES))},
        shows=("info set 0",),
    ),
)
