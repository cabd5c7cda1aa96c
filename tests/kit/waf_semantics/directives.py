"""Directives that change rules, or set something for all of them."""

from __future__ import annotations

from kit.waf_case import Answer, Case, action, rule
from kit.waf_semantics.requests import posted

BOTH = rule("ARGS", "@contains x", "tag:one,tag:two", id=1) + rule("ARGS", "@contains x", "tag:two", id=2)
NAMED = BOTH.replace("msg:'1'", "msg:'first of all'")
TEXT = Answer(200, (("Content-Type", "text/plain"),), b"secret")
LEAK = rule("RESPONSE_BODY", "@contains secret", phase=4)

INSTEAD = [
    ("SecRuleEngine", "DetectionOnly"),
    ("SecRequestBodyAccess", "Off"),
    ("SecRequestBodyLimit", "1"),
    ("SecRequestBodyNoFilesLimit", "1"),
    ("SecRequestBodyLimitAction", "Reject"),
    ("SecRequestBodyJsonDepthLimit", "1"),
    ("SecArgumentsLimit", "1"),
    ("SecResponseBodyAccess", "Off"),
    ("SecResponseBodyLimit", "1"),
    ("SecResponseBodyLimitAction", "Reject"),
    ("SecResponseBodyMimeType", "image/png"),
    ("SecResponseBodyMimeTypesClear", ""),
]

REMOVALS = [
    Case("a rule less", "directive:SecRuleRemoveById", BOTH + "SecRuleRemoveById 1\n", {"GET /?a=x": (2,)}),
    Case(
        "several rules less",
        "directive:SecRuleRemoveById",
        BOTH + rule("ARGS", "@contains x", id=9) + 'SecRuleRemoveById 9 "1-2"\n',
        {"GET /?a=x": ()},
    ),
    Case(
        "rules with a tag less", "directive:SecRuleRemoveByTag", BOTH + "SecRuleRemoveByTag one\n", {"GET /?a=x": (2,)}
    ),
    Case(
        "rules with a message less",
        "directive:SecRuleRemoveByMsg",
        NAMED + 'SecRuleRemoveByMsg "first of all"\n',
        {"GET /?a=x": (2,)},
    ),
]

UPDATES = [
    Case(
        "a target less",
        "directive:SecRuleUpdateTargetById",
        BOTH + 'SecRuleUpdateTargetById 1 "!ARGS:a"\n',
        {"GET /?a=x": (2,), "GET /?b=x": (1, 2)},
    ),
    Case(
        "a target more",
        "directive:SecRuleUpdateTargetById",
        BOTH + 'SecRuleUpdateTargetById 1 "REQUEST_METHOD|REQUEST_URI"\n',
        {"GET /x": (1,), "GET /y": ()},
    ),
    Case(
        "targets of a range of rules",
        "directive:SecRuleUpdateTargetById",
        BOTH + 'SecRuleUpdateTargetById 1-2 "!ARGS:a"\n',
        {"GET /?a=x": (), "GET /?b=x": (1, 2)},
        differs="means the last rule of the range alone",
    ),
    Case(
        "a target less in rules with a tag",
        "directive:SecRuleUpdateTargetByTag",
        BOTH + 'SecRuleUpdateTargetByTag two "!ARGS:a"\n',
        {"GET /?a=x": (), "GET /?b=x": (1, 2)},
    ),
    Case(
        "a target less in rules with a message",
        "directive:SecRuleUpdateTargetByMsg",
        NAMED + 'SecRuleUpdateTargetByMsg "first of all" "!ARGS:a"\n',
        {"GET /?a=x": (2,), "GET /?b=x": ("first of all", 2)},
    ),
    Case(
        "another end",
        "directive:SecRuleUpdateActionById",
        """SecRule ARGS "@contains x" "id:1,phase:2,deny,log,msg:'1'"\n"""
        + rule("ARGS", "@contains x", id=2)
        + 'SecRuleUpdateActionById 1 "pass"\n',
        {"GET /?a=x": (1, 2)},
    ),
    Case(
        "a refusal instead of a pass",
        "directive:SecRuleUpdateActionById",
        BOTH + 'SecRuleUpdateActionById 1 "deny,status:406"\n',
        {"GET /?a=x": (1, 406)},
        differs="forgets the rule's message",
    ),
]

DEFAULTS = [
    Case(
        "default transformations come before the rule's own",
        "directive:SecDefaultAction action:t",
        'SecDefaultAction "phase:2,pass,log,t:lowercase"\n'
        + rule("ARGS:a", "@streq x")
        + rule("ARGS:a", "@streq x", "t:trim", id=2)
        + rule("ARGS:a", "@streq x", "t:none", id=3),
        {"GET /?a=X": (1, 2), "GET /?a=%20X": (2,), "GET /?a=x": (1, 2, 3)},
    ),
    Case(
        "defaults are those of their phase",
        "directive:SecDefaultAction",
        'SecDefaultAction "phase:1,log,deny,status:406"\nSecDefaultAction "phase:2,log,pass"\n'
        + """SecRule ARGS:a "@streq x" "id:1,phase:2,block,msg:'1'"\n"""
        + """SecRule ARGS:b "@streq x" "id:2,phase:1,block,msg:'2'"\n""",
        {"GET /?a=x": (1,), "GET /?b=x": (2, 406)},
    ),
]

SETTINGS = [
    Case(
        "rules of another file",
        "directive:Include",
        "Include more.conf\n" + rule("ARGS", "@rx .", id=2),
        {"GET /?a=1": (1, 2)},
        files={"more.conf": rule("ARGS", "@rx .")},
    ),
    Case(
        "rules of other files, by a pattern",
        "directive:Include",
        "Include more-*.conf\n",
        {"GET /?a=1": (1, 2)},
        files={"more-a.conf": rule("ARGS", "@rx ."), "more-b.conf": rule("ARGS", "@rx .", id=2)},
    ),
    Case(
        "a file that may be missing",
        "directive:IncludeOptional",
        "IncludeOptional none.conf\n" + rule("ARGS", "@rx ."),
        {"GET /?a=1": (1,)},
        differs="has no such directive",
    ),
    Case(
        "an action without condition",
        "directive:SecAction",
        action("setvar:tx.a=1", id=2) + rule("TX:a", "@eq 1"),
        {"GET /": (1,)},
    ),
    Case(
        "a rule with no actions but an id",
        "directive:SecRule action:id",
        'SecRule ARGS "@rx ." "id:2,phase:2,pass,log,msg:\'2\'"\n',
        {"GET /?a=1": (2,)},
    ),
    Case(
        "a rule over several lines",
        "directive:SecRule",
        'SecRule ARGS \\\n    "@rx ." \\\n    "id:1,\\\n    phase:2,\\\n    pass,log,msg:\'1\'"\n',
        {"GET /?a=1": (1,)},
    ),
    Case(
        "a name for the rules",
        "directive:SecComponentSignature",
        'SecComponentSignature "mine/1"\n' + rule("ARGS", "@rx ."),
        {"GET /?a=1": (1,)},
    ),
    Case(
        "what an option of the filter says, no directive says",
        f"directive:{' directive:'.join(name for name, _ in INSTEAD)}",
        "".join(f"{name} {value}\n" for name, value in INSTEAD)
        + """SecRule ARGS:a "@streq v" "id:1,phase:2,deny,log,msg:'1'"\n"""
        + LEAK.replace("id:1", "id:2").replace("'1'", "'2'"),
        {posted("a=v&b=1"): (1, 403), "GET /": (2,)},
        TEXT,
        differs="does what they say",
    ),
]

CASES = REMOVALS + UPDATES + DEFAULTS + SETTINGS
