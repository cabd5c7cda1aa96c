"""Requests that are too large for the default limits."""

from kit.malformed.case import CHUNKED, GET, HOST, POST, broken, lines, refused, with_field

ALL = [
    refused("a request line of 9,000 bytes", lines(b"GET /" + b"a" * 9000 + b" HTTP/1.1", HOST), 414),
    refused("a query of 9,000 bytes", lines(b"GET /?" + b"a" * 9000 + b" HTTP/1.1", HOST), 414),
    refused("a request line without end", b"GET /" + b"a" * 20_000, 414),
    refused("101 fields", lines(GET, HOST, *(b"X-%d: a" % i for i in range(100))), 431),
    refused("101 lines of one field", lines(GET, HOST, *[b"Cookie: a=b"] * 100), 431),
    refused("10,000 empty fields", lines(GET, HOST, *[b"A:"] * 10_000), 431),
    refused("10,000 hop-by-hop fields, dropped yet counted", lines(GET, HOST, *[b"TE:"] * 5_000), 431),
    refused("a field of 40,000 bytes", with_field(b"X: " + b"a" * 40_000), 431),
    refused("a field name of 40,000 bytes", with_field(b"X" * 40_000 + b": a"), 431),
    refused("40,000 bytes of white space before a value", with_field(b"X:" + b" " * 40_000 + b"a"), 431),
    refused(
        "a head of 33,000 bytes in 50 fields", lines(GET, HOST, *(b"X-%d: " % i + b"a" * 660 for i in range(50))), 431
    ),
    refused("a head without end", lines(GET, HOST)[:-2] + b"X: " + b"a" * 100_000, 431),
    refused("a header bomb of a megabyte", lines(GET, HOST, *[b"X: " + b"a" * 1000] * 1000), 431),
    refused("a body announced as 11 MiB", lines(POST, HOST, b"Content-Length: 11534336"), 413),
    refused("a body announced as 2^63 - 1 bytes", lines(POST, HOST, b"Content-Length: %d" % (2**63 - 1)), 413),
    refused(
        "a body announced too large by who expects to continue",
        lines(POST, HOST, b"Expect: 100-continue", b"Content-Length: 11534336"),
        413,
    ),
    broken(
        "a chunked body of 11 MiB",
        lines(POST, HOST, CHUNKED, body=b"100000\r\n" + b"a" * 1048576 + b"\r\n")
        + (b"100000\r\n" + b"a" * 1048576 + b"\r\n") * 10,
        413,
    ),
]
