"""Every transformation of SecLang, by what it makes of a value."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote_from_bytes

from kit.waf_case import Case, asking, rule

BECOMES: list[tuple[str, bytes, bytes]] = [
    ("lowercase", b"AbC\xc9", b"abc\xc9"),
    ("uppercase", b"aBc\xe9", b"ABC\xe9"),
    ("urlDecode", b"a%41+b%zz%4", b"aA b%zz%4"),
    ("urlDecode", b"%2541", b"%41"),
    ("urlDecodeUni", b"%u0041%41+%u0031", b"AA 1"),
    ("urlDecodeUni", b"%uff41%uffzz", b"a%uffzz"),
    ("htmlEntityDecode", b"&lt;&#x41;&#65;&amp;&quot;&gt;", b'<AA&">'),
    ("htmlEntityDecode", b"&lt&#65x&#x42&unknown;", b"<Ax&#x42&unknown;".replace(b"&#x42", b"B")),
    ("jsDecode", rb"\u0041\x42\103\n\'\q", b"ABC\n'q"),
    ("cssDecode", rb"\41 b\000041c\z", b"AbAcz"),
    ("escapeSeqDecode", rb"\x41\101\n\t\\\q", b"AA\n\t\\q"),
    ("cmdLine", b'C^M"D ,;  /X (a', b"cmd/x(a"),
    ("normalisePath", b"/a//b/../c/./d", b"/a/c/d"),
    ("normalizePath", b"a/../../b", b"../b"),
    ("normalisePathWin", rb"\a\\b\..\c", b"/a/c"),
    ("normalizePathWin", rb"c:\x\.\y", b"c:/x/y"),
    ("removeNulls", b"a\0b\0", b"ab"),
    ("replaceNulls", b"a\0b", b"a b"),
    ("removeWhitespace", b"a b\t\r\n\v\fc\xa0d", b"abcd"),
    ("compressWhitespace", b"a  \t\n b", b"a b"),
    ("removeComments", b"a/*x*/b/*y", b"ab "),
    ("removeComments", b"a<!--x-->b--c", b"ab"),
    ("replaceComments", b"a/*x*/b/*y", b"a b "),
    ("removeCommentsChar", b"a/*b*/c--d#e", b"abcde"),
    ("utf8toUnicode", "aé€".encode(), b"a%u00e9%u20ac"),
    ("base64Decode", b"aGVsbG8=", b"hello"),
    ("base64DecodeExt", b"aGV!s bG8=", b"hello"),
    ("base64Encode", b"hello", b"aGVsbG8="),
    ("hexDecode", b"68656C6c6f", b"hello"),
    ("hexEncode", b"hi\xff", b"6869ff"),
    ("sqlHexDecode", b"x=0x414243", b"x=ABC"),
    ("trim", b" \ta b\n ", b"a b"),
    ("trimLeft", b"  a ", b"a "),
    ("trimRight", b" a  ", b" a"),
    ("length", b"12345", b"5"),
    ("urlEncode", b"a b/\xff", b"a+b%2f%ff"),
    ("md5,t:hexEncode", b"hello", b"5d41402abc4b2a76b9719d911017c592"),
    ("sha1,t:hexEncode", b"hello", b"aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d"),
    ("none", b"AbC", b"AbC"),
    ("lowercase,t:none,t:trim", b" AbC ", b"AbC"),
    ("urlDecode,t:urlDecode", b"%252541", b"%41"),
    ("urlDecode,t:lowercase", b"%41", b"a"),
    ("lowercase,t:urlDecode", b"%41", b"A"),
]


def becomes(name: str, before: bytes, after: bytes) -> Iterator[Case]:
    """Yield a case that the value, transformed, is what it should be, bytes and all: in hexadecimal."""
    names = " ".join(f"transformation:{each}" for each in name.split(",t:"))
    text = rule("ARGS:a", f"@streq {after.hex()}", f"t:none,t:{name},t:hexEncode")
    yield asking(f"{name}: {before!r}", names, text, yes=(f"GET /?a={quote_from_bytes(before, safe='')}",))


CASES = [
    *(case for name, before, after in BECOMES for case in becomes(name, before, after)),
    asking(
        "transformations are done to each member",
        "transformation:lowercase transformation:trim",
        rule("ARGS", "@streq abc", "t:lowercase,t:trim"),
        yes=("GET /?a=x&b=%20ABC", "GET /?a=Abc"),
        no=("GET /?a=x", "GET /?a=a%20bc"),
    ),
    asking(
        "after a transformation the value may match no more",
        "transformation:uppercase",
        rule("ARGS", "@contains a", "t:uppercase"),
        yes=(),
        no=("GET /?a=abc",),
    ),
    asking(
        "multiMatch tries the value after each step",
        "action:multiMatch",
        rule("ARGS", "@contains %41", "t:urlDecode,t:lowercase,multiMatch"),
        yes=("GET /?a=%2541", "GET /?a=%252541"),
        no=("GET /?a=A",),
    ),
    Case(
        "multiMatch sets variables for each value that differs and matches",
        "action:multiMatch",
        """SecRule ARGS "@contains a" "id:2,phase:2,pass,nolog,t:lowercase,t:trim,multiMatch,setvar:tx.n=+1"
"""
        + """SecRule TX:n "@gt 0" "id:1,phase:2,pass,log,msg:'n %{tx.n}'"\n""",
        {"GET /?a=a": ("n 1",), "GET /?a=%20aA": ("n 3",)},
        differs="tells of the rule each time, though it says `nolog`",
    ),
    asking(
        "a count is transformed as any value is",
        "transformation:length",
        rule("&ARGS", "@eq 1", "t:length"),
        yes=("GET /?a=1", "GET /?a=1&b=2"),
    ),
]
