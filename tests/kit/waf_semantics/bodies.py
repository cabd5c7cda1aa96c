"""Every collection of a request's body that rules may look at."""

from __future__ import annotations

from kit.waf_case import asking, rule
from kit.waf_semantics.collections import JSON, XML, of
from kit.waf_semantics.requests import FIELD, FILE, multipart, part, posted, with_fields

MULTIPART = "multipart/form-data; boundary=xyz"

BODY = [
    of(
        "REQUEST_BODY",
        "a form, as it came",
        "REQUEST_BODY",
        "@streq a=%41&b",
        yes=(posted("a=%41&b"),),
        no=(posted("a=A&b"), "GET /"),
    ),
    of(
        "REQUEST_BODY_LENGTH",
        "how long the body is",
        "REQUEST_BODY_LENGTH",
        "@eq 3",
        yes=(posted("a=1"),),
        no=(posted("a=12"), "GET /"),
    ),
    of(
        "REQBODY_PROCESSOR",
        "what read the body",
        "REQBODY_PROCESSOR",
        "@streq JSON",
        yes=(posted("{}", JSON),),
        no=(posted("a=1"),),
    ),
    *(
        of(
            name,
            f"whether the body could not be read: {name}",
            name,
            "@eq 1",
            yes=(posted('{"a": ', JSON), posted("<a>", XML)),
            no=(posted('{"a": 1}', JSON), posted("<a/>", XML), "GET /"),
        )
        for name in ("REQBODY_ERROR", "REQBODY_PROCESSOR_ERROR", "REQUEST_BODY_ERROR")
    ),
    *(
        of(
            name,
            f"why the body could not be read: {name}",
            name,
            "@rx ..",
            yes=(posted('{"a": ', JSON),),
            no=(posted('{"a": 1}', JSON),),
        )
        for name in ("REQBODY_ERROR_MSG", "REQBODY_PROCESSOR_ERROR_MSG")
    ),
    of(
        "XML",
        "all text of an XML body",
        "XML:/*",
        "@contains v",
        yes=(posted("<a>x<b>v</b></a>", XML),),
        no=(posted("<v a='v'>x</v>", XML), posted("a=v")),
    ),
    of(
        "XML",
        "all attributes of an XML body",
        "XML://@*",
        "@streq v",
        yes=(posted("<a><b c='v'/></a>", XML),),
        no=(posted("<a>v</a>", XML),),
    ),
    of(
        "FULL_REQUEST",
        "the whole request",
        "FULL_REQUEST",
        "@contains x-one: v",
        yes=(with_fields("X-One: v"),),
        no=("GET /",),
        differs="has the names of fields as they came",
    ),
    of(
        "FULL_REQUEST_LENGTH",
        "how long the whole request is",
        "FULL_REQUEST_LENGTH",
        "@gt 200",
        yes=(posted("a=" + "x" * 200),),
        no=("GET /",),
    ),
]

UPLOADS = [
    of("FILES", "names of uploaded files", "FILES", "@streq a.txt", yes=(multipart(FILE),), no=(multipart(FIELD),)),
    of(
        "FILES_NAMES",
        "names of fields with files",
        "FILES_NAMES",
        "@streq up",
        yes=(multipart(FILE),),
        no=(multipart(FIELD),),
    ),
    of(
        "FILES_COMBINED_SIZE",
        "how large all files are",
        "FILES_COMBINED_SIZE",
        "@eq 10",
        yes=(multipart(FILE, FILE),),
        no=(multipart(FILE),),
    ),
    of("FILES_SIZES", "how large each file is", "FILES_SIZES", "@eq 5", yes=(multipart(FILE),), no=(multipart(FIELD),)),
    of(
        "MULTIPART_FILENAME",
        "the name of an uploaded file",
        "MULTIPART_FILENAME",
        "@streq a.txt",
        yes=(multipart(FILE),),
        no=(multipart(FIELD),),
    ),
    of("MULTIPART_NAME", "the name of a field", "MULTIPART_NAME", "@streq up", yes=(multipart(FILE),)),
    of(
        "MULTIPART_PART_HEADERS",
        "fields of a part's head",
        "MULTIPART_PART_HEADERS:up",
        "@contains text/plain",
        yes=(multipart(FILE),),
        no=(multipart(FIELD),),
    ),
    of(
        "MULTIPART_STRICT_ERROR",
        "whether anything is odd about a multipart body",
        "MULTIPART_STRICT_ERROR",
        "@eq 1",
        yes=(multipart(FIELD, before="odd\n"),),
        no=(multipart(FIELD), "GET /"),
    ),
    of(
        "MULTIPART_UNMATCHED_BOUNDARY",
        "a line that only looks like a boundary",
        "MULTIPART_UNMATCHED_BOUNDARY",
        "@eq 1",
        yes=(posted(f"--xyz\n{FIELD}\n--other\n", "multipart/form-data; boundary=xyz"),),
        no=(multipart(FIELD),),
    ),
    of(
        "MULTIPART_BOUNDARY_QUOTED",
        "a boundary in quotes",
        "MULTIPART_BOUNDARY_QUOTED",
        "@eq 1",
        yes=(multipart(FIELD, header='boundary="xyz"'),),
        no=(multipart(FIELD),),
    ),
    of(
        "MULTIPART_BOUNDARY_WHITESPACE",
        "blanks about the boundary",
        "MULTIPART_BOUNDARY_WHITESPACE",
        "@eq 1",
        yes=(multipart(FIELD, header="boundary= xyz"),),
        no=(multipart(FIELD),),
    ),
    of(
        "MULTIPART_DATA_BEFORE",
        "something before the first part",
        "MULTIPART_DATA_BEFORE",
        "@eq 1",
        yes=(multipart(FIELD, before="odd\n"),),
        no=(multipart(FIELD),),
    ),
    of(
        "MULTIPART_DATA_AFTER",
        "something behind the last part",
        "MULTIPART_DATA_AFTER",
        "@eq 1",
        yes=(multipart(FIELD, end="\nodd\nmore"),),
        no=(multipart(FIELD),),
    ),
    of(
        "MULTIPART_HEADER_FOLDING",
        "a field that goes on in the next line",
        "MULTIPART_HEADER_FOLDING",
        "@eq 1",
        yes=(multipart(part('name="a"', "b", "X-A: b\n  c")),),
        no=(multipart(FIELD),),
    ),
    of(
        "MULTIPART_INVALID_HEADER_FOLDING",
        "a line that goes on with an odd blank",
        "MULTIPART_INVALID_HEADER_FOLDING",
        "@eq 1",
        yes=(multipart(part('name="a"', "b", "X-A: b\n\x0b c")),),
        no=(multipart(part('name="a"', "b", "X-A: b\n  c")),),
    ),
    of(
        "MULTIPART_INVALID_PART",
        "a part without a line of content",
        "MULTIPART_INVALID_PART",
        "@eq 1",
        yes=(multipart('Content-Disposition: form-data; name="a"\n'),),
        no=(multipart(FIELD),),
    ),
    of(
        "MULTIPART_INVALID_QUOTING",
        "names in single quotes",
        "MULTIPART_INVALID_QUOTING",
        "@eq 1",
        yes=(multipart(part("name='a'", "b")),),
        no=(multipart(FIELD),),
    ),
    of(
        "MULTIPART_MISSING_SEMICOLON",
        "no semicolon before the boundary",
        "MULTIPART_MISSING_SEMICOLON",
        "@eq 1",
        yes=(posted("--xyz\n" + FIELD + "\n--xyz--", "multipart/form-data boundary=xyz"),),
        no=(multipart(FIELD),),
    ),
    of(
        "MULTIPART_SEMICOLON_MISSING",
        "the older name for that",
        "MULTIPART_SEMICOLON_MISSING",
        "@eq 1",
        yes=(posted("--xyz\n" + FIELD + "\n--xyz--", "multipart/form-data boundary=xyz"),),
        no=(multipart(FIELD),),
    ),
]

ODD_LINES = posted('--xyz\r\nContent-Disposition: form-data; name="a"\r\n\r\nwords\n--xyz--', MULTIPART)
BOUNDS = [
    of(
        "MULTIPART_LF_LINE",
        "a line of a multipart body without CR",
        "MULTIPART_LF_LINE",
        "@eq 1",
        yes=(ODD_LINES,),
        no=(multipart(FIELD),),
    ),
    of(
        "MULTIPART_CRLF_LF_LINES",
        "lines with and without CR",
        "MULTIPART_CRLF_LF_LINES",
        "@eq 1",
        yes=(ODD_LINES,),
        no=(multipart(FIELD),),
    ),
    *(
        asking(
            title,
            f"target:{name}",
            rule(name, "@eq 1"),
            yes=(many,),
            no=(few,),
            options={"request": {**bounds, "overflow": "pass"}},
        )
        for name, title, many, few, bounds in (
            (
                "MULTIPART_FILE_LIMIT_EXCEEDED",
                "a form with too many parts",
                multipart(FILE, FILE),
                multipart(FILE),
                {"arguments": 1},
            ),
            ("INBOUND_DATA_ERROR", "a body over its bound", posted("a=12345"), posted("a=1"), {"body": 4}),
        )
    ),
]

CASES = BODY + UPLOADS + BOUNDS
