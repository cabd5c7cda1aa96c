"""The project's own modules, auth and ab, as they are built and kept."""

import base64
import hashlib
import hmac
import json

from bench.oracle.scenario import Ask, BuiltGuest, Header, Scenario

AUTH = BuiltGuest("filters/wasm/auth.wasm")
AB = BuiltGuest("filters/wasm/ab.wasm")

SECRET = "a secret for the oracle, 32 bytes long at least"
IN_2100 = 4102444800

AUTH_CONFIG = {
    "api_keys": {
        "query": "key",
        "keys": [{"sha256": hashlib.sha256(b"open sesame").hexdigest(), "id": "robot", "groups": ["ops", "ci"]}],
    },
    "jwt": {"secret": SECRET, "issuer": "oracle", "cookie": "token"},
    "require": {"groups": ["ops", "dev"]},
}
AB_CONFIG = {
    "experiment": "button",
    "variants": [
        {"name": "blue", "weight": 1, "upstream": "origin"},
        {"name": "red", "weight": 1, "upstream": "calls"},
    ],
    "user": [{"header": "x-user"}],
    "force": {"header": "x-force"},
    "upstream_header": "x-ab-upstream",
}


def base64url(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def token(secret: str = SECRET, **claims: object) -> str:
    """Sign claims with HS256 (RFC 7515)."""
    parts = ({"alg": "HS256", "typ": "JWT"}, {"iss": "oracle", "exp": IN_2100, **claims})
    signed = ".".join(base64url(json.dumps(part).encode()) for part in parts)
    return f"{signed}.{base64url(hmac.digest(secret.encode(), signed.encode(), 'sha256'))}"


def bearer(secret: str = SECRET, **claims: object) -> Header:
    return "Authorization", f"Bearer {token(secret, **claims)}"


FORGED: Header = ("X-User-Id", "root")

MODULES = (
    Scenario(
        "auth-api-key",
        "auth.wasm: a key in header and query, a wrong one, none; forged identity stripped",
        AUTH,
        config=json.dumps(AUTH_CONFIG),
        asks=(
            Ask("/a?b=1", headers=(("X-Api-Key", "open sesame"), FORGED)),
            Ask("/a?b=1&key=open%20sesame&c=2"),
            Ask("/a", "POST", headers=(("X-Api-Key", "open"),)),
            Ask("/a", headers=(FORGED,)),
        ),
        shows=("x-user-id: robot", "x-user-groups: ops,ci", "GET /a?b=1&c=2", "status 401"),
    ),
    Scenario(
        "auth-token",
        "auth.wasm: a token in header and cookie, expired, of another issuer, wrongly signed, without the right group",
        AUTH,
        config=json.dumps(AUTH_CONFIG),
        asks=(
            Ask(headers=(bearer(sub="anna", groups=["dev"]), ("x-user-groups", "root"))),
            Ask(headers=(("Cookie", f"a=1; token={token(sub='bert', groups=['ops'])}; b=2"),)),
            Ask(headers=(bearer(sub="anna", groups=["dev"], exp=1),)),
            Ask(headers=(bearer(sub="anna", groups=["dev"], iss="other"),)),
            Ask(headers=(bearer("another secret, as long as the first one is", sub="anna"),)),
            Ask(headers=(bearer(sub="carl", groups=["guests"]),)),
            Ask(headers=(("Authorization", "Bearer no.token"),)),
        ),
        shows=("x-user-id: anna", "x-user-id: bert", "cookie: a=1; b=2", "status 401", "status 403"),
    ),
    Scenario(
        "auth-refused",
        "auth.wasm: a configuration with a secret that is too short",
        AUTH,
        config=json.dumps({"jwt": {"secret": "short"}}),
        starts=False,
        shows=("refused",),
    ),
    Scenario(
        "ab-users",
        "ab.wasm: users led to their variants' upstreams, each always to the same",
        AB,
        config=json.dumps(AB_CONFIG),
        asks=(
            *(Ask(f"/{user}", headers=(("X-User", user),)) for user in ("anna", "bert", "carl", "dora")),
            Ask("/anna-again", headers=(("X-User", "anna"),)),
        ),
        shows=("x-variant: blue", "x-variant: red"),
    ),
    Scenario(
        "ab-forced",
        "ab.wasm: a variant forced by a header, an unknown one, and fields that no client may set",
        AB,
        config=json.dumps(AB_CONFIG),
        asks=(
            Ask("/red", headers=(("X-User", "anna"), ("X-Force", "red"))),
            Ask("/blue", headers=(("X-User", "anna"), ("X-Force", "blue"))),
            Ask("/unknown", headers=(("X-User", "anna"), ("X-Force", "green"))),
            Ask("/forged", headers=(("X-User", "anna"), ("X-Variant", "green"), ("X-Ab-Upstream", "dead"))),
        ),
        shows=("x-variant: blue", "x-variant: red"),
    ),
)
