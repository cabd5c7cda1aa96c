"""Request lines, versions, methods and field lines."""

from kit.malformed.case import GET, HOST, Case, lines, refused, served, with_field

VERSIONS = [
    refused(f"version {version.decode('latin-1')!r}", lines(b"GET / " + version, HOST))
    for version in (
        b"HTTP/0.9",
        b"HTTP/1.2",
        b"HTTP/1.9",
        b"HTTP/2.0",
        b"HTTP/2",
        b"HTTP/3.0",
        b"HTTP/1",
        b"HTTP/1.",
        b"HTTP/.1",
        b"HTTP/11",
        b"HTTP/1.10",
        b"HTTP/01.1",
        b"HTTP/1.01",
        b"HTTP/1.1.1",
        b"HTTP/1,1",
        b"HTTP/-1.1",
        b"HTTP/1.1x",
        b"http/1.1",
        b"Http/1.1",
        b"HTTPS/1.1",
        b"HTP/1.1",
        b"ICE/1.0",
        b"RTSP/1.0",
        b"\xefHTTP/1.1",
    )
]

REQUEST_LINES = [
    refused("HTTP/0.9", b"GET /\r\n"),
    refused("HTTP/0.9 with fields", lines(b"GET /", HOST)),
    refused("two spaces before the target", lines(b"GET  / HTTP/1.1", HOST)),
    refused("two spaces after the target", lines(b"GET /  HTTP/1.1", HOST)),
    refused("a space at the end of the request line", lines(b"GET / HTTP/1.1 ", HOST)),
    refused("a word after the version", lines(b"GET / HTTP/1.1 x", HOST)),
    refused("a second version", lines(b"GET / HTTP/1.1 HTTP/1.0", HOST)),
    refused("tabs for spaces", lines(b"GET\t/\tHTTP/1.1", HOST)),
    refused("a vertical tab for a space", lines(b"GET\x0b/ HTTP/1.1", HOST)),
    refused("a NUL at the end of the request line", lines(b"GET / HTTP/1.1\x00", HOST)),
    refused("a space before the method", lines(b" GET / HTTP/1.1", HOST)),
    refused("no method", lines(b"/ HTTP/1.1", HOST)),
    refused("no target", lines(b"GET HTTP/1.1", HOST)),
    refused("an empty target", lines(b"GET  HTTP/1.1", HOST)),
    refused("a bare LF after the request line", b"GET / HTTP/1.1\nHost: example.test\r\n\r\n"),
    refused("a bare CR after the request line", b"GET / HTTP/1.1\rHost: example.test\r\n\r\n"),
    refused("CR CR LF after the request line", b"GET / HTTP/1.1\r\r\nHost: example.test\r\n\r\n"),
    refused("only bare LFs", b"GET / HTTP/1.1\nHost: example.test\n\n"),
    refused("only bare CRs", b"GET / HTTP/1.1\rHost: example.test\r\r" + b"x" * 100_000, 400, 414, 431),
    refused("a bare LF at the head's end", b"GET / HTTP/1.1\r\nHost: example.test\r\n\n"),
    refused("LF CR at the head's end", b"GET / HTTP/1.1\r\nHost: example.test\n\r\n"),
    refused("a NUL before the request", b"\x00GET / HTTP/1.1\r\nHost: example.test\r\n\r\n"),
    refused("a byte order mark before the request", b"\xef\xbb\xbfGET / HTTP/1.1\r\nHost: example.test\r\n\r\n"),
    refused("a bare LF before the request", b"\nGET / HTTP/1.1\r\nHost: example.test\r\n\r\n"),
    refused("a bare CR before the request", b"\rGET / HTTP/1.1\r\nHost: example.test\r\n\r\n"),
    served("an empty line before the request", b"\r\nGET / HTTP/1.1\r\nHost: example.test\r\n\r\n"),
]

OTHER_PROTOCOLS = [
    refused("HTTP/2's preface", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00"),
    refused("a TLS hello", bytes.fromhex("1603010200010001fc0303") + b"\x5a" * 64 + b"\r\n\r\n"),
    refused("a TLS hello without any line end", bytes.fromhex("16030102000100") + b"\x5a" * 509),
    refused("an SSH banner", b"SSH-2.0-OpenSSH_9.2\r\n"),
    refused("the PROXY protocol, version 1", b"PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\n" + lines(GET, HOST)),
    refused(
        "the PROXY protocol, version 2", b"\r\n\r\n\x00\r\nQUIT\n\x21\x11\x00\x0c" + b"\x01" * 12 + lines(GET, HOST)
    ),
    refused("an SMTP greeting", b"EHLO example.test\r\n"),
    refused("a response", lines(b"HTTP/1.1 200 OK", b"Content-Length: 0")),
    refused("noise", bytes(range(128, 256)) * 2 + b"\r\n\r\n"),
    refused("a JSON document", b'{"method": "GET"}\r\n\r\n'),
]

METHODS = [
    refused("CONNECT with an authority", lines(b"CONNECT example.test:443 HTTP/1.1", b"Host: example.test:443"), 405),
    refused("CONNECT with a path", lines(b"CONNECT / HTTP/1.1", HOST), 405),
    refused("TRACE", lines(b"TRACE / HTTP/1.1", HOST), 405),
    refused("TRACE with Max-Forwards", lines(b"TRACE / HTTP/1.1", HOST, b"Max-Forwards: 1"), 405),
    refused("an unknown method", lines(b"FOO / HTTP/1.1", HOST), 501),
    refused("an unknown method with a body", lines(b"FOO / HTTP/1.1", HOST, b"Content-Length: 5", body=b"hello"), 501),
    refused("a method in lower case", lines(b"get / HTTP/1.1", HOST), 501),
    refused("a method in mixed case", lines(b"Post / HTTP/1.1", HOST), 501),
    refused("a method with one letter more", lines(b"GETS / HTTP/1.1", HOST), 501),
    refused("a method of RTSP", lines(b"DESCRIBE / HTTP/1.1", HOST), 501),
    refused("a method of Icecast", lines(b"SOURCE / HTTP/1.1", HOST), 501),
    refused("HTTP/2's PRI in HTTP/1.1", lines(b"PRI / HTTP/1.1", HOST), 400, 501),
    refused("a method that is every token character", lines(b"!#$%&'*+-.^_`|~ / HTTP/1.1", HOST), 501),
    refused("a method with a NUL", lines(b"GET\x00 / HTTP/1.1", HOST)),
    refused("a method with a quote", lines(b'G"ET / HTTP/1.1', HOST)),
    refused("a method with a colon", lines(b"GET: / HTTP/1.1", HOST)),
    refused("a method that is not ASCII", lines("GÉT / HTTP/1.1".encode(), HOST)),
    refused("a method without end", b"A" * 20_000, 400, 414, 501),
]

_CONTROLS = {
    "NUL": 0,
    "SOH": 1,
    "BEL": 7,
    "BS": 8,
    "VT": 11,
    "FF": 12,
    "ESC": 27,
    "US": 31,
    "DEL": 127,
}

FIELD_VALUES = [
    *(refused(f"{name} in a value", with_field(b"X: a%cb" % code)) for name, code in _CONTROLS.items()),
    refused("NUL alone as a value", with_field(b"X: \x00")),
    refused("a bare CR in a value", with_field(b"X: a\rb")),
    refused("a bare LF in a value", with_field(b"X: a\nb")),
    refused("a field behind a bare CR", with_field(b"X: a\rEvil: 1")),
    refused("a field behind a bare LF", with_field(b"X: a\nEvil: 1")),
    refused("CR CR LF after a value", with_field(b"X: a\r")),
    refused("a whole request behind a bare LF's empty line", with_field(b"X: a\n\nGET /smuggled HTTP/1.1\nHost: x\n")),
    refused("a folded value", with_field(b"X: a\r\n b")),
    refused("a value folded with a tab", with_field(b"X: a\r\n\tb")),
    refused("a fold of nothing", with_field(b"X: a\r\n ")),
    refused("a folded Host", lines(GET, b"Host:", b" example.test")),
    refused("a fold of the request line", lines(GET, b" X: a", HOST)),
    refused("a fold with a tab of the request line", lines(GET, b"\tX: a", HOST)),
]

FIELD_NAMES = [
    refused("a space before the colon", with_field(b"X : a")),
    refused("a tab before the colon", with_field(b"X\t: a")),
    refused("a space in a name", with_field(b"X Y: a")),
    refused("no name", with_field(b": a")),
    refused("no colon", with_field(b"X")),
    refused("only a space", with_field(b" ")),
    refused("a NUL in a name", with_field(b"X\x00Y: a")),
    refused("a DEL in a name", with_field(b"X\x7fY: a")),
    refused("a CR in a name", with_field(b"X\rY: a")),
    *(refused(f"{char!r} in a name", with_field(b"X%bY: a" % char.encode())) for char in '"(),/;<=>?@[\\]{}'),
    refused("a name in Latin-1", with_field(b"X\xe9: a")),
    refused("a name in UTF-8", with_field("Xé: a".encode())),
    refused("a name with a soft hyphen", with_field(b"Content\xadLength: 5")),
]

EXPECTATIONS = [
    refused("an unknown expectation", with_field(b"Expect: 200-ok"), 417),
    refused("100-continue with another", with_field(b"Expect: 100-continue, 200-ok"), 417),
    refused("an expectation with a value", with_field(b"Expect: 100-continue=1"), 417),
    refused("an unknown expectation in a second line", lines(GET, HOST, b"Expect: 100-continue", b"Expect: x"), 417),
    refused(
        "an unknown expectation with a body to come",
        lines(b"POST / HTTP/1.1", HOST, b"Expect: x", b"Content-Length: 5"),
        417,
    ),
]

ALL: list[Case] = [
    *VERSIONS,
    *REQUEST_LINES,
    *OTHER_PROTOCOLS,
    *METHODS,
    *FIELD_VALUES,
    *FIELD_NAMES,
    *EXPECTATIONS,
]
