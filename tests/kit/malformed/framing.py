"""Content-Length and Transfer-Encoding: every way that two parsers were found to disagree on a body's end."""

from kit.malformed.case import CHUNKED, GET, HOST, POST, WHOLE, lines, refused, served, with_coding, with_length

SMUGGLED = b"GET /smuggled HTTP/1.1\r\nHost: example.test\r\n\r\n"

CONTENT_LENGTH = [
    refused("two lengths that differ", with_length(b"5", b"6")),
    refused("two lengths that agree", with_length(b"5", b"5")),
    refused(
        "two lengths, the second spelt otherwise",
        lines(POST, HOST, b"Content-Length: 5", b"content-LENGTH: 0", body=b"hello"),
    ),
    refused("a list of equal lengths", with_length(b"5, 5")),
    refused("a list of different lengths", with_length(b"5, 6")),
    refused("a length with a trailing comma", with_length(b"5,")),
    refused("a length with a leading comma", with_length(b",5")),
    refused("an empty length", with_length(b"")),
    refused("an empty length before a good one", with_length(b"", b"5")),
    refused("a length with a plus", with_length(b"+5")),
    refused("a negative length", with_length(b"-5")),
    refused("a negative zero", with_length(b"-0")),
    refused("a hexadecimal length", with_length(b"0x5")),
    refused("a length in hexadecimal digits", with_length(b"A")),
    refused("a fraction", with_length(b"5.0")),
    refused("an exponent", with_length(b"5e0")),
    refused("a length with a space inside", with_length(b"5 0")),
    refused("a length with a parameter", with_length(b"5;q=1")),
    refused("a quoted length", with_length(b'"5"')),
    refused("a length that Python's int() would take: underscore", with_length(b"5_0")),
    refused("a length that Python's int() would take: Arabic digit", with_length("٥".encode())),
    refused("a length in a superscript digit, isdigit() but no int", with_length("⁵".encode())),
    refused("a length after a vertical tab", with_length(b"\x0b5")),
    refused("a length before a form feed", with_length(b"5\x0c")),
    refused("a length before a no-break space", with_length(b"5\xa0")),
    refused("a length in words", with_length(b"five")),
    refused("2^63", with_length(b"%d" % 2**63)),
    refused("2^64", with_length(b"%d" % 2**64)),
    refused("2^64 + 5, which wraps to 5", with_length(b"%d" % (2**64 + 5))),
    refused("2^32 + 5 behind zeros beyond any integer", with_length(b"0" * 100 + b"4294967301")),
    refused("a length of 1,000 digits", with_length(b"9" * 1000)),
    refused("a space before the length's colon", lines(POST, HOST, b"Content-Length : 5", body=b"hello")),
    refused(
        "a second length folded into a value",
        lines(POST, HOST, b"X: a", b" Content-Length: 5", b"Content-Length: 0", body=b"hello"),
    ),
    refused("a length behind a bare LF", lines(POST, HOST, b"X: a\nContent-Length: 5", body=b"hello")),
    refused("a length behind a bare CR", lines(POST, HOST, b"X: a\rContent-Length: 5", body=b"hello")),
    refused("an odd length on a GET", lines(GET, HOST, b"Content-Length: abc")),
    served(
        "a length between tabs",
        lines(POST, HOST, b"Content-Length:\t5\t", body=b"hello"),
        body=b"hello",
        Content_Length="5",
    ),
    served("a length of zero on a GET", lines(GET, HOST, b"Content-Length: 0")),
    served("an alias of the length", lines(GET, HOST, b"Content_Length: 5"), Content__Length=None, Content_Length=None),
]

BOTH = [
    refused("CL.TE", lines(POST, HOST, b"Content-Length: 6", CHUNKED, body=b"0\r\n\r\nG")),
    refused("TE.CL", lines(POST, HOST, CHUNKED, b"Content-Length: 4", body=b"5c\r\n" + SMUGGLED)),
    refused("CL.TE with agreeing bodies", lines(POST, HOST, b"Content-Length: 15", CHUNKED, body=WHOLE)),
    refused("CL.0: a zero length beside chunked", lines(POST, HOST, b"Content-Length: 0", CHUNKED, body=WHOLE)),
    refused(
        "a length beside identity",
        lines(POST, HOST, b"Content-Length: 5", b"Transfer-Encoding: identity", body=b"hello"),
    ),
    refused("an odd length beside chunked", lines(POST, HOST, b"Content-Length: x", CHUNKED, body=WHOLE)),
    refused(
        "a length beside an unknown coding",
        lines(POST, HOST, b"Content-Length: 5", b"Transfer-Encoding: x", body=b"hello"),
    ),
    refused("chunked on a GET beside a length", lines(GET, HOST, CHUNKED, b"Content-Length: 15", body=WHOLE)),
    refused(
        "a length named in Connection beside chunked",
        lines(POST, HOST, b"Connection: Content-Length", b"Content-Length: 6", CHUNKED, body=b"0\r\n\r\nG"),
    ),
    refused(
        "chunked named in Connection beside a length",
        lines(POST, HOST, b"Connection: Transfer-Encoding", b"Content-Length: 15", CHUNKED, body=WHOLE),
    ),
]

TRANSFER_ENCODING = [
    refused("gzip, then chunked", with_coding(b"gzip, chunked")),
    refused("chunked, then gzip", with_coding(b"chunked, gzip")),
    refused("chunked twice in a line", with_coding(b"chunked, chunked")),
    refused("chunked in two lines", with_coding(b"chunked", b"chunked")),
    refused("identity", with_coding(b"identity")),
    refused("identity after chunked", with_coding(b"chunked, identity")),
    refused("identity in a line after chunked", with_coding(b"chunked", b"identity")),
    refused("identity in a line before chunked", with_coding(b"identity", b"chunked")),
    refused("nothing in a line before chunked", with_coding(b"", b"chunked")),
    refused("gzip alone", with_coding(b"gzip")),
    refused("an empty coding", with_coding(b"")),
    refused("xchunked", with_coding(b"xchunked")),
    refused("chunkedx", with_coding(b"chunkedx")),
    refused("chunked cut short", with_coding(b"chunke")),
    refused("chunked with a space inside", with_coding(b"chun ked")),
    refused("chunked with a parameter", with_coding(b"chunked;q=1")),
    refused("chunked in quotes", with_coding(b'"chunked"')),
    refused("chunked and a comma", with_coding(b"chunked,")),
    refused("a comma and chunked", with_coding(b",chunked")),
    refused("chunked after a vertical tab", with_coding(b"\x0bchunked")),
    refused("chunked before a vertical tab", with_coding(b"chunked\x0b")),
    refused("chunked before a NUL", with_coding(b"chunked\x00")),
    refused("chunked before a no-break space", with_coding(b"chunked\xa0")),
    refused("chunked with a Kelvin sign, a k to Unicode's lower()", with_coding("chun\u212aed".encode())),
    refused("a space before the coding's colon", lines(POST, HOST, b"Transfer-Encoding : chunked", body=WHOLE)),
    refused("a tab before the coding's colon", lines(POST, HOST, b"Transfer-Encoding\t: chunked", body=WHOLE)),
    refused(
        "a vertical tab before the coding's colon", lines(POST, HOST, b"Transfer-Encoding\x0b: chunked", body=WHOLE)
    ),
    refused("a NUL in the coding's name", lines(POST, HOST, b"Transfer\x00-Encoding: chunked", body=WHOLE)),
    refused("no colon after the coding's name", lines(POST, HOST, b"Transfer-Encoding chunked", body=WHOLE)),
    refused("the coding in a folded line", lines(POST, HOST, b"Transfer-Encoding:", b" chunked", body=WHOLE)),
    refused(
        "the coding folded into another value", lines(POST, HOST, b"X: a", b" Transfer-Encoding: chunked", body=WHOLE)
    ),
    refused("the coding behind a bare LF", lines(POST, HOST, b"X: a\nTransfer-Encoding: chunked", body=WHOLE)),
    refused("the coding behind a bare CR", lines(POST, HOST, b"X: a\rTransfer-Encoding: chunked", body=WHOLE)),
    refused(
        "the coding behind a bare LF after its colon", lines(POST, HOST, b"Transfer-Encoding:\nchunked", body=WHOLE)
    ),
    refused("chunked in HTTP/1.0", with_coding(b"chunked", start=b"POST / HTTP/1.0")),
    refused(
        "chunked in HTTP/1.0 that keeps alive",
        lines(b"POST / HTTP/1.0", HOST, b"Connection: keep-alive", CHUNKED, body=WHOLE),
    ),
    refused("an unknown coding in HTTP/1.0", with_coding(b"x", start=b"POST / HTTP/1.0")),
    served(
        "the coding named in Connection",
        lines(POST, HOST, b"Connection: Transfer-Encoding", CHUNKED, body=WHOLE),
        body=b"hello",
    ),
    served(
        "the length named in Connection",
        lines(POST, HOST, b"Connection: Content-Length", b"Content-Length: 5", body=b"hello"),
        body=b"hello",
    ),
    served(
        "an alias of the coding beside a length",
        lines(POST, HOST, b"Transfer_Encoding: chunked", b"Content-Length: 5", body=b"hello"),
        body=b"hello",
        Transfer__Encoding=None,
        Transfer_Encoding=None,
    ),
]
