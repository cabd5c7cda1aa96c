"""What happens when rules match: chains, jumps, what ends a request, and in which order."""

from __future__ import annotations

from kit.waf_case import Answer, Case, rule


def deciding(name: str, *, id: int = 1, phase: int = 2, more: str = "") -> str:
    return f"""SecRule ARGS:a "@contains x" "id:{id},phase:{phase},{name},log,msg:'{id}'{more}"\n"""


CHAIN = """\
SecRule ARGS:a "@streq 1" "id:1,phase:2,pass,log,msg:'%{MATCHED_VAR_NAME}',chain"
    SecRule ARGS:b "@streq 2" "chain"
        SecRule ARGS:c "@streq 3" "t:none"
"""
AFTER = rule("ARGS:a", "@contains x", id=9)
TEXT = Answer(200, (("Content-Type", "text/plain"),), b"text")

CHAINS = [
    Case(
        "a chain matches where all its rules do",
        "action:chain",
        CHAIN.replace("%{MATCHED_VAR_NAME}", "1"),
        {"GET /?a=1&b=2&c=3": (1,), "GET /?a=1&b=2": (), "GET /?a=1&c=3": (), "GET /?b=2&c=3": ()},
    ),
    Case(
        "what an earlier rule of a chain matched",
        "target:MATCHED_VAR target:MATCHED_VAR_NAME",
        """\
SecRule ARGS "@beginsWith x" "id:1,phase:2,pass,log,msg:'1',chain"
    SecRule MATCHED_VAR_NAME "@streq ARGS:b"
SecRule ARGS "@beginsWith x" "id:2,phase:2,pass,log,msg:'2',chain"
    SecRule MATCHED_VAR "@endsWith y"
""",
        {"GET /?b=xy": (1, 2), "GET /?a=xy": (2,), "GET /?b=xz": (1,)},
    ),
    Case(
        "all that an earlier rule of a chain matched",
        "target:MATCHED_VARS target:MATCHED_VARS_NAMES",
        """\
SecRule ARGS "@beginsWith x" "id:1,phase:2,pass,log,msg:'1',chain"
    SecRule MATCHED_VARS "@streq xy"
SecRule ARGS "@beginsWith x" "id:2,phase:2,pass,log,msg:'2',chain"
    SecRule MATCHED_VARS_NAMES "@streq ARGS:b"
""",
        {"GET /?a=xy&b=xz": (1, 2), "GET /?a=x&b=x": (2,), "GET /?a=x&c=x": (), "GET /?c=xy": (1,)},
    ),
    Case(
        "how many an earlier rule of a chain matched",
        "target:MATCHED_VARS",
        """\
SecRule ARGS "@beginsWith x" "id:1,phase:2,pass,log,msg:'1',chain"
    SecRule &MATCHED_VARS "@ge 2"
""",
        {"GET /?a=x&b=x": (1,), "GET /?a=x&b=y": ()},
    ),
    Case(
        "variables that rules of a chain set stay, though the chain does not match",
        "action:chain action:setvar",
        """\
SecRule ARGS:a "@streq 1" "id:1,phase:2,pass,nolog,setvar:tx.seen=1,chain"
    SecRule ARGS:b "@streq 2" "setvar:tx.seen=2"
"""
        + rule("TX:seen", "@eq 1", id=2)
        + rule("TX:seen", "@eq 2", id=3),
        {"GET /?a=1": (2,), "GET /?a=1&b=2": (3,), "GET /": ()},
    ),
    Case(
        "what the first rule of a chain caught is there for the others",
        "action:capture",
        """\
SecRule ARGS:a "@rx ^(.)(.)$" "id:1,phase:2,pass,log,capture,msg:'%{TX.1}',chain"
    SecRule TX:2 "@streq y"
""",
        {"GET /?a=xy": ("x",), "GET /?a=yx": ()},
    ),
    Case(
        "what ends a request in the first rule of a chain ends it when all match",
        "action:chain action:deny",
        """\
SecRule ARGS:a "@streq 1" "id:1,phase:2,deny,status:406,log,msg:'1',chain"
    SecRule ARGS:b "@streq 2"
""",
        {"GET /?a=1": (), "GET /?a=1&b=2": (1, 406)},
    ),
]

JUMPS = [
    Case(
        "skipAfter leads behind a marker",
        "action:skipAfter directive:SecMarker",
        rule("ARGS:a", "@streq x", "skipAfter:END")
        + rule("ARGS:a", "@rx .", id=2)
        + "SecMarker END\n"
        + rule("ARGS:a", "@rx .", id=3),
        {"GET /?a=x": (1, 3), "GET /?a=y": (2, 3)},
    ),
    Case(
        "skipAfter in a chain leads on when all of it matches",
        "action:skipAfter",
        """\
SecRule ARGS:a "@streq x" "id:1,phase:2,pass,log,msg:'1',skipAfter:END,chain"
    SecRule ARGS:b "@streq y"
"""
        + rule("ARGS:a", "@rx .", id=2)
        + "SecMarker END\n",
        {"GET /?a=x&b=y": (1,), "GET /?a=x": (2,)},
    ),
    Case(
        "skipAfter holds in its own phase",
        "action:skipAfter",
        rule("ARGS:a", "@streq x", "skipAfter:END", phase=1)
        + rule("ARGS:a", "@rx .", id=2, phase=2)
        + "SecMarker END\n",
        {"GET /?a=x": (1, 2)},
    ),
    Case(
        "skip leaves out as many rules",
        "action:skip",
        rule("ARGS:a", "@streq x", "skip:2") + "".join(rule("ARGS:a", "@rx .", id=id) for id in (2, 3, 4)),
        {"GET /?a=x": (1, 4), "GET /?a=y": (2, 3, 4)},
    ),
]

ENDS = [
    Case(
        "deny refuses, and nothing follows",
        "action:deny",
        deciding("deny") + AFTER,
        {"GET /?a=x": (1, 403), "GET /?a=y": ()},
    ),
    Case(
        "drop refuses",
        "action:drop",
        deciding("drop") + AFTER,
        {"GET /?a=x": (1, 403)},
    ),
    Case(
        "a status takes the place of 403",
        "action:status",
        deciding("deny", more=",status:429") + AFTER,
        {"GET /?a=x": (1, 429)},
    ),
    Case("pass goes on", "action:pass", deciding("pass") + AFTER, {"GET /?a=x": (1, 9)}),
    Case("block without defaults passes", "action:block", deciding("block") + AFTER, {"GET /?a=x": (1, 9)}),
    Case(
        "block does what the defaults say",
        "action:block directive:SecDefaultAction",
        'SecDefaultAction "phase:2,log,deny,status:406"\n' + deciding("block") + AFTER,
        {"GET /?a=x": (1, 406), "GET /?a=y": ()},
    ),
    Case(
        "redirect refuses",
        "action:redirect",
        deciding("redirect:http://a.test/") + AFTER,
        {"GET /?a=x": (1, 403)},
        differs="answers 302 with the Location",
    ),
    Case(
        "allow lets all further phases off",
        "action:allow",
        deciding("allow", phase=1) + AFTER + rule("RESPONSE_STATUS", "@eq 200", id=8, phase=3),
        {"GET /?a=x": (1,), "GET /?a=y": (8,)},
        TEXT,
    ),
    Case(
        "allow:request lets the phases of the request off",
        "action:allow",
        deciding("allow:request", phase=1) + AFTER + rule("RESPONSE_STATUS", "@eq 200", id=8, phase=3),
        {"GET /?a=x": (1, 8), "GET /?a=y": (8,)},
        TEXT,
    ),
    Case(
        "allow:phase lets the rest of its phase off",
        "action:allow",
        deciding("allow:phase", phase=1) + rule("ARGS:a", "@contains x", id=7, phase=1) + AFTER,
        {"GET /?a=x": (1, 9)},
        TEXT,
    ),
    Case(
        "the response can be refused at its head",
        "action:deny",
        deciding("deny", phase=3) + AFTER,
        {"GET /?a=x": (9, 1, 403)},
        TEXT,
    ),
    Case(
        "the response can be refused for its body",
        "action:deny target:RESPONSE_BODY",
        """SecRule RESPONSE_BODY "@contains ext" "id:1,phase:4,deny,log,msg:'1'"\n""",
        {"GET /": (1, 403)},
        TEXT,
        differs="nginx has sent the head by then, and cuts the connection",
    ),
    Case(
        "nolog keeps a rule out of what is told",
        "action:nolog action:log",
        rule("ARGS:a", "@rx .", "nolog") + AFTER,
        {"GET /?a=x": (9,)},
    ),
    Case(
        "the last of log and nolog wins",
        "action:nolog action:log",
        rule("ARGS:a", "@rx .", "nolog,log") + AFTER,
        {"GET /?a=x": (1, 9)},
    ),
    Case(
        "auditlog and noauditlog leave what is told as it is",
        "action:auditlog action:noauditlog",
        rule("ARGS:a", "@rx .", "noauditlog") + rule("ARGS:a", "@rx .", "auditlog", id=2),
        {"GET /?a=x": (1, 2)},
        differs="`noauditlog` keeps it out of the error log, too",
    ),
    Case(
        "an action without condition is told of as well",
        "directive:SecAction",
        """SecAction "id:1,phase:2,deny,log,msg:'1'"\n""",
        {"GET /": (1, 403)},
    ),
]

CASES = CHAINS + JUMPS + ENDS
