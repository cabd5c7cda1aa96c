"""What a stored response counts for."""

from kit.stored import stored_response

from proxy.cache.stored import TAG_BYTES


def test_it_counts_what_clients_chose_to_have_it_selected_by() -> None:
    plain = stored_response()
    varied = stored_response(vary=(b"x-long", b"x-absent"), variant=(bytes(20_000), None))
    assert varied.size_bytes == plain.size_bytes + 20_000


def test_it_counts_its_tags() -> None:
    plain, tagged = stored_response(), stored_response()
    tagged.tags = ("a", "bcd")
    assert tagged.size_bytes == plain.size_bytes + 4 + 2 * TAG_BYTES


def test_it_may_lose_all_leave_to_be_served_stale() -> None:
    stored = stored_response()
    stored.stale_while_revalidate_s = stored.stale_if_error_s = 60.0
    stored.forbid_stale()
    assert stored.must_revalidate
    assert (stored.stale_while_revalidate_s, stored.stale_if_error_s) == (0.0, 0.0)
