"""Variables that rules set and read, and texts that are made of them."""

from __future__ import annotations

from kit.waf_case import Case, Found, action, asking, rule


def told(title: str, covers: str, first: str, message: str, found: dict[str, Found]) -> Case:
    """Make a case of rules, and of one behind them that tells a text."""
    last = f"""SecRule REQUEST_METHOD "@unconditionalMatch" "id:9,phase:2,pass,log,msg:'{message}'"\n"""
    return Case(title, covers, first + last, found)


def after(title: str, sets: str, expected: str) -> Case:
    """Make a case of what a variable is in the end."""
    return told(title, "action:setvar target:TX", action(sets, id=1), "<%{tx.a}>", {"GET /?n=7": (f"<{expected}>",)})


SETTING = [
    after("a text", "setvar:tx.a=b c".replace("b c", "bc"), "bc"),
    after("a text in quotes", "setvar:'tx.a=b c'", "b c"),
    after("no value is the number one", "setvar:tx.a", "1"),
    after("a number added to none", "setvar:tx.a=+5", "5"),
    after("a number added", "setvar:tx.a=3,setvar:tx.a=+5", "8"),
    after("a number taken off", "setvar:tx.a=3,setvar:tx.a=-5", "-2"),
    after("a number added to a text", "setvar:tx.a=xyz,setvar:tx.a=+2", "2"),
    after("a variable added", "setvar:tx.b=4,setvar:tx.a=1,setvar:tx.a=+%{tx.b}", "5"),
    after("an argument's value", "setvar:'tx.a=<%{ARGS.n}>'", "<7>"),
    after("one that is taken away", "setvar:tx.a=3,setvar:!tx.a", ""),
    after("the name is the same, whatever its case", "setvar:TX.A=3,setvar:tx.a=+1", "4"),
    after("a name made of another", "setvar:tx.b=a,setvar:tx.%{tx.b}=6", "6"),
    after("a number with noughts before it stays as it is", "setvar:tx.a=007", "007"),
    told(
        "variables are set for each value that matches",
        "action:setvar",
        rule("ARGS", "@contains x", "nolog,setvar:tx.n=+1", id=1),
        "n %{tx.n}",
        {"GET /?a=x&b=x&c=y": ("n 2",), "GET /?a=x": ("n 1",)},
    ),
    told(
        "variables outlast their phase",
        "action:setvar",
        action("setvar:tx.n=%{REQUEST_METHOD}", id=1, phase=1),
        "%{tx.n}",
        {"GET /": ("GET",)},
    ),
]

READING = [
    Case(
        "a variable by name",
        "target:TX",
        action("setvar:tx.a=5", id=1)
        + rule("TX:a", "@eq 5", id=2)
        + rule("TX:A", "@eq 5", id=3)
        + rule("TX:b", "@rx ^", id=4),
        {"GET /": (2, 3)},
    ),
    Case(
        "whether there is a variable",
        "target:TX",
        action("setvar:tx.a=", id=1).replace("tx.a=", "tx.a=0")
        + rule("&TX:a", "@eq 1", id=2)
        + rule("&TX:b", "@eq 0", id=3),
        {"GET /": (2, 3)},
    ),
    Case(
        "variables by a pattern",
        "target:TX",
        action("setvar:tx.p_1=x,setvar:tx.p_2=y,setvar:tx.q_1=z", id=1)
        + rule("TX:/^p_/", "@streq y", id=2)
        + rule("TX:/^p_/", "@streq z", id=3)
        + rule("&TX:/^p_/", "@eq 2", id=4)
        + rule("TX:/^P_1$/", "@streq x", id=5),
        {"GET /": (2, 4, 5)},
    ),
    Case(
        "a variable whose name is known only when it is set",
        "target:TX",
        rule("ARGS", "@rx .", "nolog,setvar:tx.arg_%{MATCHED_VAR}=1", id=1)
        + rule("TX:/^arg_/", "@eq 1", id=2)
        + rule("TX:arg_v", "@eq 1", id=3),
        {"GET /?a=v": (2, 3), "GET /?a=w": (2,), "GET /": ()},
    ),
    Case(
        "groups stay until others take their place",
        "target:TX action:capture",
        rule("ARGS:a", "@rx ^(.)(.)$", "capture,nolog", id=1)
        + rule("TX:1", "@streq x", id=2)
        + rule("TX:2", "@streq y", id=3),
        {"GET /?a=xy": (2, 3), "GET /?a=x": ()},
    ),
    Case(
        "no more than ten groups are caught",
        "action:capture",
        rule("ARGS:a", "@rx (a)(b)(c)(d)(e)(f)(g)(h)(i)(j)", "capture").replace("'1'", "'%{TX.0} %{TX.9}'"),
        {"GET /?a=abcdefghij": ("abcdefghij i",)},
    ),
    Case(
        "a phrase that was found is caught",
        "operator:pm action:capture",
        """SecRule ARGS:a "@pm alpha beta" "id:1,phase:2,pass,log,capture,msg:'%{TX.0}'"\n""",
        {"GET /?a=xBETAx": ("BETA",)},
        differs="catches the phrase as the rule has it",
    ),
    Case(
        "the gravest severity so far",
        "target:HIGHEST_SEVERITY action:severity",
        rule("ARGS:a", "@rx .", "severity:WARNING,nolog", id=1)
        + rule("ARGS:b", "@rx .", "severity:'CRITICAL',nolog", id=2)
        + rule("ARGS:c", "@rx .", "severity:6,nolog", id=3)
        + "".join(rule("HIGHEST_SEVERITY", f"@eq {level}", id=level + 10) for level in (2, 4, 6, 255 - 200)),
        {"GET /?a=1": (14,), "GET /?a=1&b=1": (12,), "GET /?b=1&c=1": (12,), "GET /?c=1": (16,)},
    ),
    asking("none yet", "target:HIGHEST_SEVERITY", rule("HIGHEST_SEVERITY", "@eq 255"), yes=("GET /",)),
    Case(
        "the rule itself",
        "target:RULE",
        rule("RULE:id", "@eq 7", id=7) + rule("RULE:severity", "@eq 2", "severity:CRITICAL", id=8),
        {"GET /": (7, 8)},
    ),
]

TEXTS = [
    Case(
        "what matched, in a message",
        "action:msg target:MATCHED_VAR target:MATCHED_VAR_NAME",
        """SecRule ARGS "@contains x" "id:1,phase:2,pass,log,msg:'%{MATCHED_VAR_NAME}=%{MATCHED_VAR}'"\n""",
        {"GET /?abc=xyz": ("ARGS:abc=xyz",)},
    ),
    told(
        "values of collections in a text",
        "action:msg",
        "",
        "%{REQUEST_METHOD} %{REQUEST_HEADERS.host} %{ARGS.a}",
        {"GET /?a=1": ("GET localhost 1",)},
    ),
    told("a member is written with a colon as well", "action:msg", "", "a %{ARGS:a}", {"GET /?a=1": ("a 1",)}),
    told("what there is not is nothing", "action:msg", "", "<%{tx.nothing}%{ARGS.none}>", {"GET /": ("<>",)}),
    told("what only looks like a variable is text", "action:msg", "", "100% {x} %x", {"GET /": ("100% {x} %x",)}),
    Case(
        "logdata, tags, revisions and versions change nothing",
        "action:logdata action:tag action:rev action:ver",
        rule("ARGS:a", "@rx .", "logdata:'%{MATCHED_VAR}',tag:'one',tag:two,rev:1,ver:'x/1'"),
        {"GET /?a=1": (1,)},
    ),
    Case(
        "a variable that the settings give",
        "target:TX",
        rule("TX:allowed", "@streq yes"),
        {"GET /": (1,)},
        options={"variables": {"allowed": "yes"}},
    ),
]

CASES = SETTING + READING + TEXTS
