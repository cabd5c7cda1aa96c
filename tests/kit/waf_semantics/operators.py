"""Every operator of SecLang, on values that it matches and on such as it doesn't."""

from __future__ import annotations

from kit.waf_case import Case, asking, rule

SQLI = "GET /?a=1'%20OR%20'1'='1"
XSS = "GET /?a=%3Cscript%3Ealert(1)%3C/script%3E"


def on_argument(title: str, name: str, operator: str, yes: str, no: str, differs: str = "") -> Case:
    """Make a case about `ARGS:a`; `yes` and `no` are its values, escaped, with blanks between them."""
    asked = [tuple(f"GET /?a={value}" for value in values.split()) for values in (yes, no)]
    return asking(title, f"operator:{name}", rule("ARGS:a", operator), yes=asked[0], no=asked[1], differs=differs)


CASES = [
    on_argument("a pattern is found anywhere", "rx", "@rx b+c", "abbcd bc", "ac b%20c BC"),
    on_argument("a text without operator is a pattern", "rx", "^x[0-9]$", "x1", "x11 y1"),
    on_argument("a pattern may be caseless", "rx", "@rx (?i)select", "SELECT sElEcT", "selec"),
    on_argument("anchors hold at lines' ends", "rx", "@rx ^b$", "a%0ab b%0ac", "ab%0abc"),
    on_argument("a dot is any byte", "rx", "@rx a.b", "a%0ab a%00b a%ffb", "ab"),
    on_argument(
        "groups without capture, classes and bounds", "rx", r"@rx ^(?:\d{2,3}|[[:alpha:]]+)$", "12 123 ab", "1 1234 a1"
    ),
    on_argument("a pattern's bytes may be written in hex", "rx", r"@rx \x27\x20or", "'%20or", "'or"),
    on_argument("a negated pattern", "rx", "!@rx ^[0-9]+$", "a 1a", "1 23"),
    asking(
        "a negated pattern matches each member that lacks it",
        "operator:rx",
        rule("ARGS", "!@rx ^[0-9]+$"),
        yes=("GET /?a=1&b=x", "GET /?a=x&b=1"),
        no=("GET /?a=1&b=2", "GET /"),
    ),
    on_argument("phrases, whatever their case", "pm", "@pm union select", "xUNIONx select", "unio sel%20ect"),
    on_argument("phrases with bytes in hex", "pm", "@pm a|3a62|c", "xa:bcx", "abc a3a62c a|3a62|c", "does not find it"),
    on_argument("a phrase within another", "pm", "@pm abcd bc", "xbcx abcd", "ab"),
    asking(
        "phrases from a file",
        "operator:pmFromFile",
        rule("ARGS:a", "@pmFromFile words.data"),
        yes=("GET /?a=xalphax", "GET /?a=two%20words"),
        no=("GET /?a=alph", "GET /?a=two", "GET /?a=comment"),
        files={"words.data": "# a comment\nalpha\n\ntwo words\n"},
    ),
    asking(
        "the short name for phrases from a file",
        "operator:pmf",
        rule("ARGS:a", "@pmf words.data"),
        yes=("GET /?a=ALPHA",),
        no=("GET /?a=beta",),
        files={"words.data": "alpha\n"},
    ),
    on_argument("a value that stands within a text", "within", "@within GET,POST,HEAD", "GET POST T,P", "get PUT GETS"),
    on_argument("a value that is a text", "streq", "@streq abc", "abc", "ABC abcd ab"),
    on_argument("a value that is none", "streq", "!@streq abc", "ABC abcd", "abc"),
    on_argument("a value with a text in it", "contains", "@contains b c", "ab%20cd b+c", "bc B%20C"),
    on_argument("a value that begins so", "beginsWith", "@beginsWith ab", "ab abc", "cab a AB"),
    on_argument("a value that ends so", "endsWith", "@endsWith ab", "ab cab", "abc b AB"),
    on_argument("a value with a word in it", "containsWord", "@containsWord ab", "ab x%20ab%20y x-ab ab1", "abc xab"),
    on_argument("a value with a text, the old way", "strmatch", "@strmatch bc", "abcd bc", "b BC"),
    on_argument("a number that is equal", "eq", "@eq 5", "5 05 5x", "6 50 -5"),
    on_argument("a text is the number nought", "eq", "@eq 0", "x 0 0x10", "1"),
    on_argument("a number that is not equal", "eq", "!@eq 5", "6 x", "5"),
    on_argument("a number at least as large", "ge", "@ge 5", "5 6 50", "4 x -6"),
    on_argument("a larger number", "gt", "@gt 5", "6 50", "5 4 x"),
    on_argument("a number at most as large", "le", "@le 5", "5 4 -6 x", "6 50"),
    on_argument("a smaller number", "lt", "@lt 5", "4 -6 x", "5 6"),
    on_argument(
        "an address", "ipMatch", "@ipMatch 192.0.2.1,2001:db8::1", "192.0.2.1 2001:db8::1", "192.0.2.2 2001:db8::2 x"
    ),
    on_argument(
        "a network", "ipMatch", "@ipMatch 10.0.0.0/8,2001:db8::/32", "10.1.2.3 2001:db8:1::9", "11.0.0.1 2001:db9::1"
    ),
    asking("the client's address", "operator:ipMatch", rule("REMOTE_ADDR", "@ipMatch 127.0.0.0/8"), yes=("GET /",)),
    *(
        asking(
            f"networks from a file: {name}",
            f"operator:{name}",
            rule("ARGS:a", f"@{name} networks.data"),
            yes=("GET /?a=10.1.2.3", "GET /?a=192.0.2.7"),
            no=("GET /?a=192.0.2.8",),
            files={"networks.data": "10.0.0.0/8\n192.0.2.7\n"},
        )
        for name in ("ipMatchFromFile", "ipMatchF")
    ),
    on_argument(
        "SQL in a value",
        "detectSQLi",
        "@detectSQLi",
        "1'%20OR%20'1'='1 1%20UNION%20SELECT%20a,b%20FROM%20c",
        "O'Brien hello 1",
    ),
    on_argument(
        "markup that runs in a value",
        "detectXSS",
        "@detectXSS",
        "%3Cscript%3Ealert(1)%3C/script%3E %3Cimg%20src=x%20onerror=a()%3E",
        "hello a%3Cb",
    ),
    on_argument(
        "a byte outside of ranges", "validateByteRange", "@validateByteRange 32-126,9", "%01 a%ff %00", "abc a%09b"
    ),
    on_argument("bytes that are all within ranges", "validateByteRange", "!@validateByteRange 48-57", "123", "12a"),
    on_argument(
        "a percent sign without its digits",
        "validateUrlEncoding",
        "@validateUrlEncoding",
        "%25zz %254 a%25",
        "%2541 abc",
    ),
    on_argument(
        "what is not UTF-8",
        "validateUtf8Encoding",
        "@validateUtf8Encoding",
        "%ff %c3 %c0%af %ed%a0%80",
        "%c3%a9 abc %e2%82%ac",
    ),
    on_argument("what matches anything", "unconditionalMatch", "@unconditionalMatch", "a 1", ""),
    on_argument("what matches nothing", "noMatch", "@noMatch", "", "a 1"),
    on_argument("the opposite of nothing", "noMatch", "!@noMatch", "a 1", ""),
    on_argument(
        "the number of a card",
        "verifyCC",
        r"@verifyCC \d{13,16}",
        "4111111111111111 x5500005555555559x",
        "4111111111112 411111",
    ),
    Case(
        "groups of the first match",
        "operator:rx action:capture",
        """SecRule ARGS:a "@rx ([a-z])([0-9])" "id:1,phase:2,pass,log,capture,msg:'%{TX.0} %{TX.1} %{TX.2}'"\n""",
        {"GET /?a=-b2-c3": ("b2 b 2",), "GET /?a=b": ()},
    ),
    Case(
        "the first match of all",
        "operator:rxGlobal",
        rule("ARGS:a", "@rxGlobal [0-9]+"),
        {"GET /?a=x1y22": (1,), "GET /?a=x": ()},
    ),
    Case(
        "an argument with a variable in it",
        "operator:streq operator:contains operator:beginsWith operator:endsWith operator:within",
        "\n".join(
            rule("ARGS:a", f"@{name} %{{ARGS.b}}", id=number)
            for number, name in enumerate(["streq", "contains", "beginsWith", "endsWith", "within"], 1)
        ),
        {
            "GET /?a=xyz&b=xyz": (1, 2, 3, 4, 5),
            "GET /?a=xyz&b=y": (2,),
            "GET /?a=y&b=xyz": (5,),
            "GET /?a=xyz&b=xy": (2, 3),
        },
    ),
    Case(
        "a number with a variable in it",
        "operator:eq operator:ge operator:gt operator:le operator:lt",
        "\n".join(
            rule("ARGS:a", f"@{name} %{{ARGS.b}}", id=number)
            for number, name in enumerate(["eq", "ge", "gt", "le", "lt"], 1)
        ),
        {"GET /?a=5&b=5": (1, 2, 4), "GET /?a=6&b=5": (2, 3), "GET /?a=4&b=5": (4, 5)},
    ),
]
