"""What rules may look at of an answer, and the phases in which they do."""

from __future__ import annotations

from kit.waf_case import Answer, Case, Found, rule

PAGE = Answer(200, (("Content-Type", "text/html; charset=utf-8"), ("X-One", "v")), b"<p>secret</p>")
PLAIN = Answer(404, (("Content-Type", "image/png"),), b"secret")


def of(name: str, title: str, text: str, answer: Answer, found: Found = (1,), differs: str = "") -> Case:
    return Case(title, f"target:{name}", text, {"GET /": found}, answer, differs=differs)


CASES = [
    of("RESPONSE_STATUS", "the status", rule("RESPONSE_STATUS", "@streq 404", phase=3), PLAIN),
    of("RESPONSE_STATUS", "another status", rule("RESPONSE_STATUS", "@streq 404", phase=3), PAGE, ()),
    of(
        "RESPONSE_PROTOCOL",
        "the protocol",
        rule("RESPONSE_PROTOCOL", "@streq HTTP/1.1", phase=3),
        PAGE,
        differs="says `HTTP 1.1`",
    ),
    of("RESPONSE_HEADERS", "a field", rule("RESPONSE_HEADERS:x-one", "@streq v", phase=3), PAGE),
    of("RESPONSE_HEADERS", "how many fields of a name", rule("&RESPONSE_HEADERS:X-One", "@eq 0", phase=3), PLAIN),
    of("RESPONSE_HEADERS_NAMES", "a field's name", rule("RESPONSE_HEADERS_NAMES", "@rx (?i)^x-one$", phase=3), PAGE),
    of(
        "RESPONSE_CONTENT_TYPE", "the media type", rule("RESPONSE_CONTENT_TYPE", "@beginsWith text/html", phase=3), PAGE
    ),
    of(
        "RESPONSE_CONTENT_LENGTH",
        "the body's length",
        rule("RESPONSE_CONTENT_LENGTH", "@eq 13", phase=4),
        Answer(200, (("Content-Type", "text/html"), ("Content-Length", "13")), b"<p>secret</p>"),
    ),
    of("RESPONSE_BODY", "the body of a page", rule("RESPONSE_BODY", "@contains secret", phase=4), PAGE),
    of("RESPONSE_BODY", "the body of what is no text", rule("RESPONSE_BODY", "@contains secret", phase=4), PLAIN, ()),
    *(
        Case(
            f"a body of 13 bytes where {most} are looked at",
            "target:OUTBOUND_DATA_ERROR",
            rule("OUTBOUND_DATA_ERROR", "@eq 1", phase=4),
            {"GET /": found},
            PAGE,
            options={"response": {"body": most}},
        )
        for most, found in ((5, (1,)), (100, ()))
    ),
    Case(
        "rules of all phases, in the order of the phases",
        "action:phase",
        rule("RESPONSE_STATUS", "@eq 200", id=4, phase=4)
        + rule("RESPONSE_STATUS", "@eq 200", id=3, phase=3)
        + rule("ARGS:a", "@eq 1", id=2, phase=2)
        + rule("ARGS:a", "@eq 1", id=1, phase=1),
        {"GET /?a=1": (1, 2, 3, 4), "GET /?a=2": (3, 4)},
        PAGE,
    ),
    Case(
        "phases by their names",
        "action:phase",
        "".join(
            f"""SecRule RESPONSE_STATUS|ARGS "@unconditionalMatch" "id:{id},phase:{name},pass,log,msg:'{id}'"\n"""
            for id, name in ((1, "request"), (2, "response"))
        ),
        {"GET /?a=1": (1, 2)},
        PAGE,
    ),
    Case(
        "what the response has is not there in the phases of the request",
        "target:RESPONSE_STATUS target:RESPONSE_HEADERS",
        rule("&RESPONSE_HEADERS", "@eq 0", id=1, phase=2)
        + rule("RESPONSE_STATUS", "@unconditionalMatch", id=2, phase=2),
        {"GET /": (1,)},
        PAGE,
        differs="single values are there, and empty, before they are known",
    ),
]
