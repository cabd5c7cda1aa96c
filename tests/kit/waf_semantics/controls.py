"""What `ctl` changes for the rest of an exchange."""

from __future__ import annotations

from kit.waf_case import Answer, Case, rule
from kit.waf_semantics.requests import posted


def controlled(control: str, *, phase: int = 1) -> str:
    """Write a rule that changes something where the argument `off` is there."""
    return f'SecRule ARGS:off "@rx ." "id:99,phase:{phase},pass,nolog,ctl:{control}"\n'


BOTH = rule("ARGS", "@contains x", "tag:one,tag:two", id=1) + rule("ARGS", "@contains x", "tag:two", id=2)
MESSAGES = BOTH.replace("msg:'1'", "msg:'first of all'")
DENY = """SecRule ARGS:a "@contains x" "id:1,phase:2,deny,log,msg:'1'"\n""" + rule("ARGS:a", "@contains x", id=2)
TEXT = Answer(200, (("Content-Type", "text/plain"),), b"secret")
LEAK = rule("RESPONSE_BODY", "@contains secret", phase=4)
PLAIN = "text/plain"

CASES = [
    Case(
        "a rule less",
        "ctl:ruleRemoveById action:ctl",
        controlled("ruleRemoveById=1") + BOTH,
        {"GET /?a=x": (1, 2), "GET /?a=x&off=1": (2,)},
    ),
    Case(
        "a range of rules less", "ctl:ruleRemoveById", controlled("ruleRemoveById=1-5") + BOTH, {"GET /?a=x&off=1": ()}
    ),
    Case(
        "rules with a tag less",
        "ctl:ruleRemoveByTag",
        controlled("ruleRemoveByTag=one") + BOTH,
        {"GET /?a=x": (1, 2), "GET /?a=x&off=1": (2,)},
    ),
    Case(
        "rules with a message less",
        "ctl:ruleRemoveByMsg",
        controlled("ruleRemoveByMsg=first of all") + MESSAGES,
        {"GET /?a=x": ("first of all", 2), "GET /?a=x&off=1": (2,)},
    ),
    Case(
        "a target less",
        "ctl:ruleRemoveTargetById",
        controlled("ruleRemoveTargetById=1;ARGS:a") + BOTH,
        {"GET /?a=x&off=1": (2,), "GET /?b=x&off=1": (1, 2), "GET /?a=x": (1, 2)},
    ),
    Case(
        "a whole collection less",
        "ctl:ruleRemoveTargetById",
        controlled("ruleRemoveTargetById=1;ARGS") + BOTH,
        {"GET /?a=x&off=1": (2,), "GET /?b=x&off=1": (2,)},
    ),
    Case(
        "targets of a pattern less",
        "ctl:ruleRemoveTargetById",
        controlled("ruleRemoveTargetById=1;ARGS:/^a/") + BOTH,
        {"GET /?abc=x&off=1": (2,), "GET /?b=x&off=1": (1, 2)},
    ),
    Case(
        "a target less in rules with a tag",
        "ctl:ruleRemoveTargetByTag",
        controlled("ruleRemoveTargetByTag=two;ARGS:a") + BOTH,
        {"GET /?a=x&off=1": (), "GET /?b=x&off=1": (1, 2)},
    ),
    Case(
        "a target less in rules with a message",
        "ctl:ruleRemoveTargetByMsg",
        controlled("ruleRemoveTargetByMsg=first of all;ARGS:a") + MESSAGES,
        {"GET /?a=x&off=1": (2,), "GET /?a=x": ("first of all", 2)},
    ),
    Case(
        "a target less in a chained rule",
        "ctl:ruleRemoveTargetById",
        controlled("ruleRemoveTargetById=1;ARGS:b")
        + """SecRule ARGS:a "@streq x" "id:1,phase:2,pass,log,msg:'1',chain"\n    SecRule ARGS:b "@streq y"\n""",
        {"GET /?a=x&b=y": (1,), "GET /?a=x&b=y&off=1": ()},
        differs="means the first rule of the chain alone",
    ),
    Case(
        "the engine off",
        "ctl:ruleEngine",
        controlled("ruleEngine=Off") + DENY,
        {"GET /?a=x": (1, 403), "GET /?a=x&off=1": ()},
    ),
    Case(
        "the engine to detection only",
        "ctl:ruleEngine",
        controlled("ruleEngine=DetectionOnly") + DENY,
        {"GET /?a=x": (1, 403), "GET /?a=x&off=1": (1, 2)},
    ),
    Case(
        "another reader of bodies",
        "ctl:requestBodyProcessor",
        controlled("requestBodyProcessor=JSON") + rule("ARGS:json.a", "@streq v"),
        {posted('{"a": "v"}', PLAIN, target="/?off=1"): (1,), posted('{"a": "v"}', PLAIN): ()},
    ),
    Case(
        "XML in spite of its type",
        "ctl:requestBodyProcessor",
        controlled("requestBodyProcessor=XML") + rule("XML:/*", "@contains v"),
        {posted("<a>v</a>", PLAIN, target="/?off=1"): (1,), posted("<a>v</a>", PLAIN): ()},
    ),
    Case(
        "a form in spite of its type",
        "ctl:requestBodyProcessor",
        controlled("requestBodyProcessor=URLENCODED") + rule("ARGS:a", "@streq v"),
        {posted("a=v", PLAIN, target="/?off=1"): (1,), posted("a=v", PLAIN): ()},
    ),
    Case(
        "the body as a whole, whatever it is",
        "ctl:forceRequestBodyVariable",
        controlled("forceRequestBodyVariable=On") + rule("REQUEST_BODY", "@streq a=v"),
        {posted("a=v", PLAIN, target="/?off=1"): (1,), posted("a=v", PLAIN): (1,)},
    ),
    Case(
        "no look at the request's body",
        "ctl:requestBodyAccess",
        controlled("requestBodyAccess=Off") + rule("ARGS:a", "@streq v"),
        {posted("a=v"): (1,), posted("a=v", target="/?off=1"): ()},
    ),
    Case(
        "no look at the response's body",
        "ctl:responseBodyAccess",
        controlled("responseBodyAccess=Off") + LEAK,
        {"GET /": (1,), "GET /?off=1": ()},
        TEXT,
    ),
    Case(
        "ctls for logs change nothing",
        "ctl:auditEngine ctl:auditLogParts ctl:debugLogLevel",
        controlled("auditEngine=Off,ctl:auditLogParts=+E,ctl:debugLogLevel=3") + BOTH,
        {"GET /?a=x&off=1": (1, 2)},
    ),
    Case(
        "a ctl holds from its own rule on",
        "ctl:ruleRemoveById",
        BOTH + controlled("ruleRemoveById=1-2", phase=2),
        {"GET /?a=x&off=1": (1, 2)},
    ),
]
