"""Chunked bodies that break their framing after a good head, and odd ones that do not."""

from kit.malformed.case import broken, chunked, served

SIZES = [
    broken("no chunk size", chunked(b"\r\nhello\r\n0\r\n\r\n")),
    broken("only an extension", chunked(b";a\r\nhello\r\n0\r\n\r\n")),
    broken("a chunk size with 0x", chunked(b"0x5\r\nhello\r\n0\r\n\r\n")),
    broken("a chunk size with a plus", chunked(b"+5\r\nhello\r\n0\r\n\r\n")),
    broken("a negative chunk size", chunked(b"-5\r\nhello\r\n0\r\n\r\n")),
    broken("a space before the chunk size", chunked(b" 5\r\nhello\r\n0\r\n\r\n")),
    broken("a space after the chunk size", chunked(b"5 \r\nhello\r\n0\r\n\r\n")),
    broken("a tab after the chunk size", chunked(b"5\t\r\nhello\r\n0\r\n\r\n")),
    broken("two chunk sizes", chunked(b"5 5\r\nhello\r\n0\r\n\r\n")),
    broken("a chunk size that is no digit", chunked(b"g\r\nhello\r\n0\r\n\r\n")),
    broken("a chunk size that Python's int() would take: underscore", chunked(b"0_5\r\nhello\r\n0\r\n\r\n")),
    broken("a chunk size that Python's int() would take: Arabic digit", chunked("٥\r\nhello\r\n0\r\n\r\n".encode())),
    broken("a chunk size in quotes", chunked(b'"5"\r\nhello\r\n0\r\n\r\n')),
    broken("a fractional chunk size", chunked(b"5.0\r\nhello\r\n0\r\n\r\n")),
    broken("a NUL in the chunk size", chunked(b"5\x00\r\nhello\r\n0\r\n\r\n")),
    broken("a chunk size of 2^64 + 5", chunked(b"10000000000000005\r\nhello\r\n0\r\n\r\n")),
    broken("a chunk size of 2^64 - 1", chunked(b"ffffffffffffffff\r\nhello\r\n0\r\n\r\n"), 400, 413),
    broken("a negative chunk size in two's complement", chunked(b"fffffffffffffffb\r\nhello\r\n0\r\n\r\n"), 400, 413),
    broken("a chunk size of 1,000 zeros and a five", chunked(b"0" * 1000 + b"5\r\nhello\r\n0\r\n\r\n")),
]

LINE_ENDS = [
    broken("a bare LF after the chunk size", chunked(b"5\nhello\r\n0\r\n\r\n")),
    broken("a bare CR after the chunk size", chunked(b"5\rhello\r\n0\r\n\r\n")),
    broken("CR CR LF after the chunk size", chunked(b"5\r\r\nhello\r\n0\r\n\r\n")),
    broken("a bare LF after the chunk's data", chunked(b"5\r\nhello\n0\r\n\r\n")),
    broken("a bare CR after the chunk's data", chunked(b"5\r\nhello\r0\r\n\r\n")),
    broken("nothing after the chunk's data", chunked(b"5\r\nhello0\r\n\r\n")),
    broken("two bytes that are no CRLF after the chunk's data", chunked(b"5\r\nhelloXX0\r\n\r\n")),
    broken("more data than the chunk size", chunked(b"3\r\nhello\r\n0\r\n\r\n")),
    broken("less data than the chunk size", chunked(b"8\r\nhello\r\n0\r\n\r\n")),
    broken("a bare LF after the last chunk", chunked(b"5\r\nhello\r\n0\n\r\n")),
    broken("a bare LF that ends the message", chunked(b"5\r\nhello\r\n0\r\n\n")),
    broken("CR CR LF that ends the message", chunked(b"5\r\nhello\r\n0\r\n\r\r\n")),
]

EXTENSIONS = [
    broken("a bare LF that ends an extension", chunked(b"5;a\nhello\r\n0\r\n\r\n")),
    broken("a bare LF in an extension", chunked(b"5;a\nb\r\nhello\r\n0\r\n\r\n")),
    broken("a bare CR in an extension", chunked(b"5;a\rb\r\nhello\r\n0\r\n\r\n")),
    broken("a NUL in an extension", chunked(b"5;a\x00\r\nhello\r\n0\r\n\r\n")),
    broken("a control character in an extension", chunked(b"5;a=\x1b\r\nhello\r\n0\r\n\r\n")),
    broken("an extension without a semicolon", chunked(b"5 a=b\r\nhello\r\n0\r\n\r\n")),
    broken("an extension bomb", chunked(b"5;" + b"a" * 20_000 + b"\r\nhello\r\n0\r\n\r\n"), 400, 413),
    broken("a bare LF that ends the last chunk's extension", chunked(b"5\r\nhello\r\n0;a\n\r\n")),
    served("an extension, which is dropped", chunked(b"5;a=b\r\nhello\r\n0;c\r\n\r\n"), body=b"hello"),
    served("a chunk in a quoted extension, which stays one", chunked(b'5;a="0\r\nhello\r\n0\r\n\r\n'), body=b"hello"),
]

TRAILERS = [
    broken("a bare LF after a trailer", chunked(b"5\r\nhello\r\n0\r\nX: a\n\r\n")),
    broken("a bare CR in a trailer", chunked(b"5\r\nhello\r\n0\r\nX: a\rY: b\r\n\r\n")),
    broken("a folded trailer", chunked(b"5\r\nhello\r\n0\r\nX: a\r\n b\r\n\r\n")),
    broken("a space before a trailer's colon", chunked(b"5\r\nhello\r\n0\r\nX : a\r\n\r\n")),
    broken("a trailer without a colon", chunked(b"5\r\nhello\r\n0\r\nX\r\n\r\n")),
    broken("a trailer without a name", chunked(b"5\r\nhello\r\n0\r\n: a\r\n\r\n")),
    broken("a NUL in a trailer", chunked(b"5\r\nhello\r\n0\r\nX: \x00\r\n\r\n")),
    broken(
        "a request where the trailers should be",
        chunked(b"5\r\nhello\r\n0\r\nGET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n"),
    ),
    broken("a trailer bomb", chunked(b"5\r\nhello\r\n0\r\n" + b"X: " + b"a" * 9000 + b"\r\n\r\n")),
    broken("a bomb of many trailers", chunked(b"5\r\nhello\r\n0\r\n" + b"X: a\r\n" * 2000 + b"\r\n")),
    broken("a trailer that never ends", chunked(b"5\r\nhello\r\n0\r\nX: " + b"a" * 9000)),
    served(
        "a Content-Length in the trailers",
        chunked(b"5\r\nhello\r\n0\r\nContent-Length: 50\r\n\r\n"),
        body=b"hello",
        Content_Length=None,
    ),
    served(
        "a Transfer-Encoding in the trailers",
        chunked(b"5\r\nhello\r\n0\r\nTransfer-Encoding: gzip\r\n\r\n"),
        body=b"hello",
        Transfer_Encoding="chunked",
    ),
    served(
        "a Host in the trailers",
        chunked(b"5\r\nhello\r\n0\r\nHost: evil.test\r\n\r\n"),
        body=b"hello",
        Host="example.test",
    ),
    served(
        "an identity in the trailers",
        chunked(b"5\r\nhello\r\n0\r\nX-Forwarded-For: 6.6.6.6\r\n\r\n"),
        body=b"hello",
        X_Forwarded_For="127.0.0.1",
    ),
]
