"""HTTP calls that guests make, and requests that wait for them."""

from bench.oracle.catalogue.meant import END_APART, GUIDE, MADE_UP, of_the_guest
from bench.oracle.guest import Guest
from bench.oracle.scenario import Answer, Ask, Body, Known, Scenario

USER = Answer(headers=(("X-User", "anna"), ("Content-Type", "text/plain")), body=Body((b"welcome",)))
COOKIES = (("Set-Cookie", "a=1"), ("X-Between", "1"), ("Set-Cookie", "b=2"))
SLOWER = {f"/{place}": Answer(body=Body((str(place).encode(),)), delay_s=0.1 * place) for place in range(1, 6)}


def made_up(envoys_bytes: int, text: bytes) -> tuple[Known, ...]:
    """State that the answer made up for a failed call is as long as each host's text."""
    told = [(f"info on_http_call_response 1 4 3 {size} 0",) for size in (envoys_bytes, len(text))]
    return of_the_guest(MADE_UP, f"{GUIDE}, Pauses, and calls to others", *told)


CALLS = (
    Scenario(
        "call-resume",
        "A request that waits for a call, whose whole answer the guest reads",
        Guest("call_resume"),
        asks=(Ask("/wanted", headers=(("X-Asked", "1"),)),),
        answers={"/check": USER},
        shows=("info body 0 'welcome'", "POST /check?a=b", "x-user: anna"),
    ),
    Scenario(
        "call-resume-post",
        "A request with a body that arrives while the call is under way",
        Guest("call_resume"),
        asks=(Ask("/wanted", "POST", body=Body((b"one ", b"two"), chunked=True)),),
        answers={"/check": Answer(headers=USER.headers, body=USER.body, delay_s=0.4)},
        shows=("info body 0 'welcome'", 'body "one two"'),
        known=of_the_guest(
            END_APART,
            f"{GUIDE}, Bodies",
            ("info on_request_body 2 7 1",),
            ("info on_request_body 2 7 0", "info on_request_body 2 0 1"),
        ),
    ),
    Scenario(
        "call-answer",
        "An answer from a call's callback",
        Guest("call_answer"),
        shows=("status 403", 'body "denied by call"'),
    ),
    Scenario(
        "call-answer-response",
        "An answer from a call's callback, in place of the origin's, which has come",
        Guest("call_answer_response"),
        shows=("status 403", 'body "denied by call"'),
    ),
    Scenario(
        "call-answers",
        "What a call's answer looks like: without a body, with fields of one name, to HEAD",
        Guest("call_answers"),
        answers={
            "/none": Answer(204, body=Body()),
            "/many": Answer(headers=COOKIES, body=Body((b"one ", b"two"), chunked=True), delay_s=0.2),
            "/head": Answer(delay_s=0.5),
        },
        shows=("info body 0 'one two'", "info set-cookie 0 'a=1'", "HEAD /head"),
    ),
    Scenario(
        "call-client-leaves",
        "A client that leaves while its request waits for a call",
        Guest("call_resume"),
        asks=(Ask("/wanted", leaves_after_s=0.2), Ask(after_s=0.6)),
        answers={"/check": Answer(headers=USER.headers, body=USER.body, delay_s=0.5)},
        shows=("no answer", "info on_log 2", "info effective 2"),
    ),
    Scenario(
        "call-refused",
        "Calls that are refused at once: unknown upstream, pseudo headers missing",
        Guest("call_refused"),
        shows=("status 200",),
    ),
    Scenario(
        "call-dead",
        "A call to an upstream that refuses connections",
        Guest("call_failing"),
        asks=(Ask(headers=(("X-Upstream", "dead"),)),),
        shows=("status 200",),
        known=made_up(98, b"no connection to the upstream"),
    ),
    Scenario(
        "call-reset",
        "A call whose upstream hangs up",
        Guest("call_failing"),
        asks=(Ask(headers=(("X-Upstream", "calls"),)),),
        answers={"/slow": Answer(hangs_up=True)},
        shows=("status 200",),
        known=made_up(95, b"no valid answer from the upstream"),
    ),
    Scenario(
        "call-cut",
        "A call whose answer breaks off in its body",
        Guest("call_failing"),
        asks=(Ask(headers=(("X-Upstream", "calls"),)),),
        answers={"/slow": Answer(body=Body((b"part",), cut=True))},
        shows=("status 200",),
    ),
    Scenario(
        "call-timeout",
        "A call that is not answered in time",
        Guest("call_failing"),
        asks=(Ask(headers=(("X-Upstream", "calls"),)),),
        answers={"/slow": Answer(delay_s=1.5)},
        shows=("status 200",),
        known=made_up(24, b"no answer from the upstream in time"),
    ),
    Scenario(
        "call-parallel",
        "Five calls at once, answered in reverse",
        Guest("call_parallel"),
        answers=SLOWER,
        shows=("info body 0 '5'", "GET /5"),
    ),
    Scenario(
        "call-chain",
        "A call from another call's callback",
        Guest("call_chain"),
        shows=("GET /second", "x-calls: 2"),
    ),
    Scenario(
        "call-response",
        "A response that waits for a call",
        Guest("call_response"),
        shows=("x-judged: yes", "GET /judge"),
        known=of_the_guest(
            END_APART,
            f"{GUIDE}, Bodies",
            ("info on_response_body 2 22 1",),
            ("info on_response_body 2 22 0", "info on_response_body 2 0 1"),
        ),
    ),
    Scenario(
        "call-request-body",
        "A whole body that waits for a call",
        Guest("call_body"),
        asks=(Ask(method="POST", body=Body((b"one ", b"two"))),),
        shows=("info body 0 'one two'", "GET /scan"),
    ),
    Scenario(
        "call-configure",
        "A call while the plugin is configured",
        Guest("call_configure"),
        asks=(Ask(after_s=0.3),),
        answers={"/keys": Answer(body=Body((b"keys",)))},
        shows=("info body 0 'keys'",),
    ),
    Scenario(
        "call-tick",
        "A call from a tick",
        Guest("call_tick"),
        asks=(Ask(after_s=0.5),),
        answers={"/tick": Answer(body=Body((b"ticked",)))},
        shows=("info body 0 'ticked'",),
    ),
    Scenario(
        "call-orphan",
        "A call whose stream ends before it",
        Guest("call_orphan"),
        asks=(Ask(), Ask(after_s=0.6)),
        answers={"/late": Answer(delay_s=0.5)},
        shows=("info :status 0 '200'",),
    ),
)
