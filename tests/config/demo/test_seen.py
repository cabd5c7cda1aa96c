"""What was seen as a page."""

from __future__ import annotations

from config.demo.seen import page

SEEN = {"method": "GET", "target": "/a?b=<c>", "headers": {"Host": "x"}, "form": {"file": {"bytes": 3}, "note": "&"}}


def test_values_in_forms_keep_the_names_above_them() -> None:
    html = page(SEEN, playground=False)
    assert "<tr><th>form file bytes</th><td>3</td></tr>" in html
    assert "<tr><th>form note</th><td>&amp;</td></tr>" in html
    assert "<tr><th>Host</th><td>x</td></tr>" in html


def test_the_title_is_the_request_but_for_the_front_page() -> None:
    assert "<title>GET /a?b=&lt;c&gt;</title>" in page(SEEN, playground=False)
    assert "<title>The demo origin</title>" in page(SEEN, playground=True)


def test_the_page_says_by_what_way_it_came() -> None:
    assert "Nothing stands before it." in page(SEEN, playground=True)
    via = {**SEEN, "headers": {"Via": "1.1 penstock"}}
    assert "<code>1.1 penstock</code>" in page(via, playground=True)
