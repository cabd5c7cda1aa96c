"""What follows a redirect: the method, the body and the fields."""

import pytest

from wasm_host.functions.hostcall import HostcallFailed
from wasm_host.functions.network.redirects import Outgoing, redirected
from wasm_host.functions.network.target import Target


def sent(method: str = "POST", *fields: tuple[str, str], body: bytes = b"data") -> Outgoing:
    return Outgoing(method, Target.parse("https://a.example/x"), fields, body)


@pytest.mark.parametrize(
    ("status", "method", "following"),
    [
        (301, "GET", "GET"), (301, "HEAD", "HEAD"), (301, "POST", "GET"), (301, "PUT", "PUT"), (302, "POST", "GET"),
        (302, "DELETE", "DELETE"), (303, "GET", "GET"), (303, "HEAD", "HEAD"), (303, "POST", "GET"),
        (303, "PUT", "GET"),
        (307, "POST", "POST"), (307, "PUT", "PUT"), (308, "POST", "POST"), (308, "GET", "GET"),
    ],
)  # fmt: skip
def test_the_method_follows_rfc_9110(status: int, method: str, following: str) -> None:
    assert redirected(sent(method), status, "/y").method == following


def test_a_body_goes_on_with_its_method() -> None:
    assert redirected(sent("POST", ("Content-Type", "a/b")), 307, "/y") == Outgoing(
        "POST", Target.parse("https://a.example/y"), (("Content-Type", "a/b"),), b"data"
    )


def test_a_body_that_does_not_takes_its_fields_along() -> None:
    fields = [("Content-Type", "a/b"), ("content-encoding", "gzip"), ("Digest", "x"), ("X-A", "1")]
    following = redirected(sent("POST", *fields), 303, "/y")
    assert (following.body, following.fields) == (b"", (("X-A", "1"),))


def test_credentials_stay_within_an_origin() -> None:
    fields = (("Authorization", "Bearer x"), ("Cookie", "a=b"), ("X-Api-Key", "s"))
    assert redirected(sent("GET", *fields), 302, "/y").fields == fields


@pytest.mark.parametrize("location", ["https://b.example/", "https://a.example:8443/x", "http://a.example/x"])
def test_no_credential_goes_to_another_origin(location: str) -> None:
    fields = [("Authorization", "Bearer x"), ("Cookie", "a=b"), ("X-Api-Key", "s"), ("Accept", "a/b")]
    assert redirected(sent("GET", *fields), 302, location).fields == (("Accept", "a/b"),)


def test_a_redirect_to_another_scheme_is_not_allowed() -> None:
    with pytest.raises(HostcallFailed, match="neither http"):
        redirected(sent("GET"), 302, "file:///etc/passwd")
