"""Every collection that rules may look at but for bodies and responses."""

from __future__ import annotations

from kit.waf_case import Case, asking, rule
from kit.waf_semantics.requests import FIELD, FILE, multipart, part, posted, with_fields

JSON = "application/json"
XML = "text/xml"


def of(
    name: str,
    title: str,
    variables: str,
    operator: str,
    *,
    yes: tuple[str, ...],
    no: tuple[str, ...] = (),
    actions: str = "",
    differs: str = "",
) -> Case:
    text = rule(variables, operator, actions)
    return asking(title, f"target:{name}", text, yes=yes, no=no, differs=differs)


ARGUMENTS = [
    of(
        "ARGS",
        "arguments of query and form",
        "ARGS",
        "@streq v",
        yes=("GET /?a=v", posted("a=v"), posted("b=1", target="/?a=v")),
        no=("GET /v", "GET /?v=a"),
    ),
    of(
        "ARGS",
        "one argument, whatever its case",
        "ARGS:One",
        "@streq v",
        yes=("GET /?one=v", "GET /?ONE=v"),
        no=("GET /?ones=v", "GET /?two=v"),
    ),
    of("ARGS", "an argument several times", "ARGS:a", "@streq v", yes=("GET /?a=1&a=v", "GET /?a=v&a=1")),
    of(
        "ARGS",
        "arguments by a pattern",
        "ARGS:/^x_/",
        "@streq v",
        yes=("GET /?x_1=v", "GET /?X_2=v"),
        no=("GET /?y_1=v",),
    ),
    of(
        "ARGS",
        "all arguments but one",
        "ARGS|!ARGS:b",
        "@streq v",
        yes=("GET /?a=v", "GET /?b=v&c=v"),
        no=("GET /?b=v", "GET /?B=v"),
    ),
    of(
        "ARGS",
        "all arguments but those of a pattern",
        "ARGS|!ARGS:/^x/",
        "@streq v",
        yes=("GET /?a=v",),
        no=("GET /?x1=v",),
    ),
    of(
        "ARGS",
        "how many arguments there are",
        "&ARGS",
        "@eq 2",
        yes=("GET /?a=1&b=2", posted("a=1", target="/?b=1")),
        no=("GET /?a=1", "GET /"),
    ),
    of("ARGS", "how many of one name there are", "&ARGS:a", "@eq 2", yes=("GET /?a=1&a=2&b=3",), no=("GET /?a=1&b=2",)),
    of(
        "ARGS",
        "members of JSON",
        "ARGS:json.a.b",
        "@streq v",
        yes=(posted('{"a": {"b": "v"}}', JSON),),
        no=(posted('{"a": "v"}', JSON),),
    ),
    of(
        "ARGS",
        "items of JSON",
        "ARGS:json.a.array_1",
        "@streq v",
        yes=(posted('{"a": ["u", "v"]}', JSON),),
        no=(posted('{"a": ["v", "u"]}', JSON),),
    ),
    of("ARGS", "fields of a multipart form", "ARGS:title", "@streq words", yes=(multipart(FIELD, FILE),)),
    of(
        "ARGS_NAMES",
        "names of arguments",
        "ARGS_NAMES",
        "@streq v",
        yes=("GET /?v=1", "GET /?v", posted("v=1")),
        no=("GET /?a=v",),
    ),
    of("ARGS_NAMES", "how many names there are", "&ARGS_NAMES", "@eq 2", yes=("GET /?a=1&b=2",), no=("GET /?a=1",)),
    of("ARGS_GET", "arguments of the query", "ARGS_GET:a", "@streq v", yes=("GET /?a=v",), no=(posted("a=v"),)),
    of(
        "ARGS_GET_NAMES",
        "names of arguments of the query",
        "ARGS_GET_NAMES",
        "@streq v",
        yes=("GET /?v=1",),
        no=(posted("v=1"),),
    ),
    of(
        "ARGS_POST",
        "arguments of the body",
        "ARGS_POST:a",
        "@streq v",
        yes=(posted("a=v"), multipart(part('name="a"', "v"))),
        no=("GET /?a=v",),
    ),
    of(
        "ARGS_POST_NAMES",
        "names of arguments of the body",
        "ARGS_POST_NAMES",
        "@streq v",
        yes=(posted("v=1"),),
        no=("GET /?v=1",),
    ),
    of(
        "ARGS_COMBINED_SIZE",
        "how large all arguments are",
        "ARGS_COMBINED_SIZE",
        "@eq 6",
        yes=("GET /?a=1&bc=23", posted("ab=1", target="/?cd=1")),
        no=("GET /?a=1",),
    ),
]

HEAD = [
    of(
        "REQUEST_COOKIES",
        "a cookie",
        "REQUEST_COOKIES:a",
        "@streq v",
        yes=(with_fields("Cookie: b=1; a=v"),),
        no=(with_fields("Cookie: b=v"), "GET /?a=v"),
    ),
    of(
        "REQUEST_COOKIES",
        "how many cookies there are",
        "&REQUEST_COOKIES",
        "@eq 2",
        yes=(with_fields("Cookie: b=1; a=v"),),
        no=(with_fields("Cookie: b=v"), "GET /"),
    ),
    of(
        "REQUEST_COOKIES_NAMES",
        "names of cookies",
        "REQUEST_COOKIES_NAMES",
        "@streq v",
        yes=(with_fields("Cookie: b=1; v=2"),),
        no=(with_fields("Cookie: b=v"),),
    ),
    of(
        "REQUEST_HEADERS",
        "a field, whatever its case",
        "REQUEST_HEADERS:X-One",
        "@streq v",
        yes=(with_fields("x-one: v"),),
        no=(with_fields("X-Two: v"),),
    ),
    of(
        "REQUEST_HEADERS",
        "the host is among the fields",
        "REQUEST_HEADERS:Host",
        "@streq a.test",
        yes=(with_fields("Host: a.test"),),
        no=("GET /",),
    ),
    of(
        "REQUEST_HEADERS",
        "how many fields of a name there are",
        "&REQUEST_HEADERS:X-One",
        "@eq 2",
        yes=(with_fields("X-One: 1", "X-One: 2"),),
        no=(with_fields("X-One: 1"), "GET /"),
    ),
    of(
        "REQUEST_HEADERS_NAMES",
        "names of fields",
        "REQUEST_HEADERS_NAMES",
        "@rx (?i)^x-one$",
        yes=(with_fields("X-One: v"),),
        no=("GET /",),
    ),
    of("REQUEST_METHOD", "the method", "REQUEST_METHOD", "@streq PUT", yes=(with_fields(method="PUT"),), no=("GET /",)),
    of("REQUEST_PROTOCOL", "the protocol", "REQUEST_PROTOCOL", "@streq HTTP/1.1", yes=("GET /",)),
    of(
        "REQUEST_LINE",
        "the first line",
        "REQUEST_LINE",
        "@streq GET /a?b=c HTTP/1.1",
        yes=("GET /a?b=c",),
        no=("GET /a",),
    ),
    of(
        "REQUEST_URI",
        "path and query",
        "REQUEST_URI",
        "@streq /a%20b?c=%20",
        yes=("GET /a%20b?c=%20",),
        no=("GET /a",),
        differs="decodes it once",
    ),
    of(
        "REQUEST_URI_RAW",
        "path and query, as they came",
        "REQUEST_URI_RAW",
        "@streq /a%20b?c=%20",
        yes=("GET /a%20b?c=%20",),
        no=("GET /a",),
    ),
    of(
        "REQUEST_BASENAME",
        "what is behind the last slash",
        "REQUEST_BASENAME",
        "@streq c.php",
        yes=("GET /a/b/c.php?d=/e",),
        no=("GET /c.php/",),
    ),
    of(
        "REQUEST_FILENAME",
        "the path",
        "REQUEST_FILENAME",
        "@streq /a/b",
        yes=("GET /a/b?c=d", "GET /a/b"),
        no=("GET /a/b/",),
    ),
    of(
        "QUERY_STRING",
        "the query, as it came",
        "QUERY_STRING",
        "@streq a=%41&b",
        yes=("GET /?a=%41&b",),
        no=("GET /?a=A&b", "GET /"),
    ),
    of("REMOTE_ADDR", "the client's address", "REMOTE_ADDR", "@streq 127.0.0.1", yes=("GET /",)),
    of("REMOTE_PORT", "the client's port", "REMOTE_PORT", "@rx ^[0-9]+$", yes=("GET /",)),
    of(
        "SERVER_NAME",
        "the host without its port",
        "SERVER_NAME",
        "@streq a.test",
        yes=(with_fields("Host: a.test:8080"), with_fields("Host: a.test")),
        no=("GET /",),
    ),
    of("SERVER_ADDR", "the address where the request came in", "SERVER_ADDR", "@ipMatch 127.0.0.0/8", yes=("GET /",)),
    of("UNIQUE_ID", "the exchange's id", "UNIQUE_ID", "@rx ^[0-9A-Za-z.-]{10,}$", yes=("GET /",)),
    of(
        "AUTH_TYPE",
        "how the client says who it is",
        "AUTH_TYPE",
        "@streq Basic",
        yes=(with_fields("Authorization: Basic YTpi"),),
        no=("GET /",),
    ),
    of(
        "REMOTE_USER",
        "who the client says it is",
        "REMOTE_USER",
        "@streq me",
        yes=(with_fields("Authorization: Basic bWU6cHc="),),
        no=("GET /",),
    ),
]

TIMES = [
    of(f"TIME_{name}", f"the time: {name}", f"TIME_{name}", f"@rx ^{pattern}$", yes=("GET /",))
    for name, pattern in {
        "EPOCH": "[0-9]{10}",
        "YEAR": "20[0-9]{2}",
        "MON": "(?:[0-9]|1[01])",
        "DAY": "(?:[1-9]|[12][0-9]|3[01])",
        "WDAY": "[0-6]",
        "HOUR": "(?:[0-9]|1[0-9]|2[0-3])",
        "MIN": "[0-5]?[0-9]",
        "SEC": "(?:[0-5]?[0-9]|60)",
    }.items()
] + [
    of("TIME", "the time of day", "TIME", "@rx ^[0-2][0-9]:[0-5][0-9]:[0-6][0-9]$", yes=("GET /",)),
    of("DURATION", "always empty: DURATION", "&DURATION", "@eq 0", yes=("GET /",), differs="is how long it took"),
]

EMPTY = [
    of(name, f"always empty: {name}", f"&{name}:x", "@eq 0", yes=("GET /?x=1",))
    for name in ("IP", "GLOBAL", "SESSION", "USER", "RESOURCE", "GEO", "ENV")
]

CASES = ARGUMENTS + HEAD + TIMES + EMPTY
