"""Which callbacks come, in which order, with which arguments."""

from bench.oracle.guest import Guest
from bench.oracle.scenario import Answer, Ask, Body, Scenario

THREE_PIECES = Body((b"first ", b"second ", b"third"), chunked=True)
TWO_PIECES = Body((b"hello ", b"again"))

LIFECYCLE = (
    Scenario(
        "lifecycle-get",
        "Callbacks of a request without a body, twice, and of the plugin before them",
        Guest("silent"),
        config="plugin configuration",
        vm_config="vm",
        asks=(Ask("/a?b=c"), Ask("/again")),
        shows=("info on_vm_start 1 2", "info on_configure 1 20", "info on_request_headers 2 4 1"),
    ),
    Scenario(
        "lifecycle-head",
        "A HEAD, whose answer ends with its headers",
        Guest("silent"),
        asks=(Ask(method="HEAD"),),
        shows=("info on_response_headers 2 3 1",),
    ),
    Scenario(
        "lifecycle-post",
        "A body in pieces each way, both of a stated length: each piece, then the end",
        Guest("silent"),
        asks=(Ask("/pieces", "POST", body=TWO_PIECES),),
        answers={"/pieces": Answer(body=TWO_PIECES)},
        shows=("info on_request_body 2 6 0",),
    ),
    Scenario(
        "lifecycle-chunked",
        "The same in chunks",
        Guest("silent"),
        asks=(Ask("/pieces", "POST", body=THREE_PIECES),),
        answers={"/pieces": Answer(body=THREE_PIECES)},
        shows=("info on_request_body 2 7 0",),
    ),
    Scenario(
        "lifecycle-no-content",
        "Answers that have no body",
        Guest("silent"),
        asks=(Ask("/204"), Ask("/304"), Ask("/empty")),
        answers={"/204": Answer(204, body=Body()), "/304": Answer(304, body=Body()), "/empty": Answer(body=Body())},
        shows=("status 204", "status 304"),
    ),
    Scenario(
        "lifecycle-empty-body",
        "A POST whose body is announced as empty",
        Guest("silent"),
        asks=(Ask(method="POST", headers=(("Content-Length", "0"),)),),
        shows=("info on_request_headers 2 5 1",),
    ),
    Scenario(
        "lifecycle-cut",
        "An answer that breaks off in its body",
        Guest("silent"),
        answers={"/": Answer(body=Body((b"hello ", b"again"), cut=True))},
        shows=("info on_response_body 2 6 0", "cut off"),
    ),
    Scenario(
        "lifecycle-0.1.0",
        "The first version's callbacks: headers without end_of_stream",
        Guest("silent", abi="0.1.0"),
        asks=(Ask(), Ask(method="POST", body=TWO_PIECES)),
        shows=("info on_request_headers 2 4",),
    ),
    Scenario(
        "lifecycle-0.2.0",
        "The second version's callbacks",
        Guest("silent", abi="0.2.0"),
        asks=(Ask(), Ask(method="POST", body=TWO_PIECES)),
        shows=("info on_request_headers 2 4 1",),
    ),
)
