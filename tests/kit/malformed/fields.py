"""Fields that a client must not use to speak for the proxy, or past it."""

from kit.malformed.case import GET, HOST, POST, lines, served, with_field

OWNED = [
    served(
        "an alias of X-Forwarded-For",
        with_field(b"X_Forwarded_For: 6.6.6.6"),
        X__Forwarded__For=None,
        X_Forwarded_For="127.0.0.1",
    ),
    served(
        "a half alias of X-Forwarded-For",
        with_field(b"X-Forwarded_For: 6.6.6.6"),
        **{"X_Forwarded__For": None},
        X_Forwarded_For="127.0.0.1",
    ),
    served(
        "an alias of X-Forwarded-For in lower case", with_field(b"x_forwarded_for: 6.6.6.6"), x__forwarded__for=None
    ),
    served(
        "an alias of X-Forwarded-Proto",
        with_field(b"X_Forwarded_Proto: https"),
        X__Forwarded__Proto=None,
        X_Forwarded_Proto="http",
    ),
    served(
        "an alias of X-Forwarded-Host",
        with_field(b"X_Forwarded_Host: evil.test"),
        X__Forwarded__Host=None,
        X_Forwarded_Host="example.test",
    ),
    served("an alias of X-Real-IP", with_field(b"X_Real_IP: 6.6.6.6"), X__Real__IP=None),
    served(
        "X-Forwarded-For from nobody we trust", with_field(b"X-Forwarded-For: 6.6.6.6"), X_Forwarded_For="127.0.0.1"
    ),
    served(
        "X-Forwarded-For in two lines from nobody we trust",
        lines(GET, HOST, b"X-Forwarded-For: 6.6.6.6", b"X-Forwarded-For: 7.7.7.7"),
        X_Forwarded_For="127.0.0.1",
    ),
    served("X-Forwarded-Proto from nobody we trust", with_field(b"X-Forwarded-Proto: https"), X_Forwarded_Proto="http"),
    served(
        "X-Forwarded-Host from nobody we trust",
        with_field(b"X-Forwarded-Host: evil.test"),
        X_Forwarded_Host="example.test",
    ),
    served(
        "Forwarded from nobody we trust",
        with_field(b"Forwarded: for=6.6.6.6"),
        Forwarded='for=127.0.0.1;host="example.test";proto=http',
    ),
]

CONNECTION = [
    served("Connection names Host", with_field(b"Connection: Host"), Host="example.test"),
    served(
        "Connection names X-Forwarded-For",
        with_field(b"Connection: close, X-Forwarded-For"),
        X_Forwarded_For="127.0.0.1",
    ),
    served(
        "Connection names Forwarded",
        with_field(b"Connection: Forwarded"),
        Forwarded='for=127.0.0.1;host="example.test";proto=http',
    ),
    served("Connection names Via", with_field(b"Connection: Via"), Via="1.1 penstock"),
    served(
        "Connection names a field",
        lines(GET, HOST, b"Connection: X-Secret", b"X-Secret: a"),
        X_Secret=None,
        Connection=None,
    ),
    served(
        "Connection names a field in other letters",
        lines(GET, HOST, b"Connection: keep-alive, x-SECRET", b"X-Secret: a"),
        X_Secret=None,
    ),
    served(
        "Connection names a field that comes before it",
        lines(GET, HOST, b"X-Secret: a", b"Connection: X-Secret"),
        X_Secret=None,
    ),
    served(
        "Connection names a field in a second line",
        lines(GET, HOST, b"Connection: keep-alive", b"Connection: X-Secret", b"X-Secret: a"),
        X_Secret=None,
    ),
    served(
        "Connection names a field between empty members",
        lines(GET, HOST, b"Connection: ,, X-Secret ,,", b"X-Secret: a"),
        X_Secret=None,
    ),
    served("Connection names itself", with_field(b"Connection: Connection"), Connection=None),
    served("Connection is empty", with_field(b"Connection: "), Connection=None),
    served("Keep-Alive", with_field(b"Keep-Alive: timeout=5"), Keep_Alive=None),
    served("Proxy-Connection", with_field(b"Proxy-Connection: keep-alive"), Proxy_Connection=None),
    served("Proxy-Authorization", with_field(b"Proxy-Authorization: Basic eA=="), Proxy_Authorization=None),
    served("TE", lines(GET, HOST, b"Connection: TE", b"TE: trailers"), TE=None),
    served("TE that asks for a coding", with_field(b"TE: gzip"), TE=None),
    served(
        "Trailer",
        lines(POST, HOST, b"Trailer: X", b"Transfer-Encoding: chunked", body=b"0\r\nX: a\r\n\r\n"),
        Trailer=None,
    ),
]

UPGRADES = [
    served(
        "h2c",
        lines(
            GET,
            HOST,
            b"Connection: Upgrade, HTTP2-Settings",
            b"Upgrade: h2c",
            b"HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA",
        ),
        Upgrade=None,
        HTTP2_Settings=None,
        Connection=None,
    ),
    served(
        "h2c without its settings",
        lines(GET, HOST, b"Connection: Upgrade", b"Upgrade: h2c"),
        Upgrade=None,
        Connection=None,
    ),
    served("h2c in capitals", lines(GET, HOST, b"Connection: Upgrade", b"Upgrade: H2C"), Upgrade=None, Connection=None),
    served(
        "h2c with a body",
        lines(POST, HOST, b"Connection: Upgrade", b"Upgrade: h2c", b"Content-Length: 5", body=b"hello"),
        body=b"hello",
        Upgrade=None,
    ),
    served("h2c in HTTP/1.0", lines(b"GET / HTTP/1.0", HOST, b"Connection: Upgrade", b"Upgrade: h2c"), Upgrade=None),
    served("an Upgrade that Connection does not name", with_field(b"Upgrade: websocket"), Upgrade=None),
    served(
        "a Connection that names an Upgrade not there",
        with_field(b"Connection: Upgrade"),
        Connection=None,
        Upgrade=None,
    ),
    served(
        "WebSocket in HTTP/1.0",
        lines(b"GET / HTTP/1.0", HOST, b"Connection: Upgrade", b"Upgrade: websocket"),
        Upgrade=None,
    ),
]
