"""Fields that only the proxy may write."""

from filters.owned_field import OwnedField
from proxy.messages import Headers


def test_the_field_is_taken_out_in_every_spelling_and_nothing_else_is() -> None:
    headers = Headers.of([("X-Auth-User", "a"), ("x_auth-USER", "b"), ("X_Auth_User", "c"), ("X-Auth-Users", "d")])
    OwnedField("X-Auth_User").strip(headers)
    assert list(headers.items()) == [("X-Auth-Users", "d")]
