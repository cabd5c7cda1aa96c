"""Local responses, from each callback."""

from bench.oracle.catalogue.meant import OTHERWISE, meant
from bench.oracle.guest import Guest
from bench.oracle.scenario import Ask, Body, Scenario

POST = Ask(method="POST", body=Body((b"one ", b"two")))

ANSWERS = (
    Scenario(
        "answer-request-headers",
        "An answer with headers, body and details in place of the origin's, which a GET, a POST and a HEAD get",
        Guest("answer_headers"),
        asks=(Ask(), POST, Ask(method="HEAD")),
        shows=("status 403", "x-why: never", 'body "no\\n"'),
    ),
    Scenario(
        "answer-request-body",
        "An answer at the end of a body that was held",
        Guest("answer_body"),
        asks=(POST,),
        shows=("status 422",),
    ),
    Scenario(
        "answer-request-body-early",
        "An answer at a body's first piece, with more to come",
        Guest("answer_body_early"),
        asks=(POST,),
        shows=("status 422",),
    ),
    Scenario(
        "answer-response-headers",
        "An answer in place of the origin's, which has come",
        Guest("answer_response"),
        asks=(Ask(), POST),
        shows=("status 502", "x-why: replaced"),
    ),
    Scenario(
        "answer-response-body",
        "An answer that comes too late: the headers of another have gone out",
        Guest("answer_response_body"),
        shows=("info answer 0",),
    ),
    Scenario(
        "answer-held",
        "An answer at the end of a body, the headers held meanwhile: nothing of the other has gone out",
        Guest("answer_held"),
        asks=(POST, Ask()),
        hold_headers=True,
        shows=("status 422", "status 451", 'body "not for you"'),
    ),
    Scenario(
        "answer-twice",
        "Two answers from one callback: the first counts",
        Guest("answer_twice"),
        shows=("status 401", 'body "first"'),
    ),
    Scenario(
        "answer-status-only",
        "An answer without a body",
        Guest("answer_plain"),
        shows=("status 204",),
    ),
    Scenario(
        "answer-grpc",
        "An answer with a gRPC status, to plain HTTP and to gRPC",
        Guest("answer_grpc"),
        asks=(Ask(), Ask(method="POST", headers=(("Content-Type", "application/grpc"), ("TE", "trailers")))),
        shows=("status 403",),
        known=meant(
            "a guest's answer is the same to all: gRPC's clients speak HTTP/2, so there are none here; TE, a field of "
            "one connection, is not shown",
            OTHERWISE,
            {
                "answer 2": (
                    ("status 200", "content-type: application/grpc", "grpc-message: denied", "grpc-status: 7"),
                    ("status 403", "content-type: text/plain", 'body "denied"'),
                ),
                "guest": (
                    ("info on_request_headers 3 6 1", "info on_response_headers 3 4 1"),
                    (
                        "info on_request_headers 3 5 1",
                        "info on_response_headers 3 3 0",
                        "info on_response_body 3 6 1",
                    ),
                ),
            },
        ),
    ),
)
