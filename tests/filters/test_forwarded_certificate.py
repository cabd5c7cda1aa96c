"""Envoy's x-forwarded-client-cert."""

from __future__ import annotations

import re
from urllib.parse import unquote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kit.identities import identity

from filters.forwarded_certificate import Part, written
from proxy.messages import field_line

ALL: tuple[Part, ...] = ("hash", "cert", "subject", "uri", "dns")
FIRST_FOUR: tuple[Part, ...] = ("hash", "subject", "uri", "dns")


def pairs(text: str, *, escapes: bool) -> list[tuple[str, str]]:
    """Read a line as readers of two kinds do: to one a backslash in quotes is an escape, to the other a character."""
    inside = r'(?:[^"\\]|\\.)*' if escapes else r'[^"]*'
    found = re.findall(rf'([A-Za-z]+)=(?:"({inside})"|([^;,="]*))(?:;|$)', text)
    return [(name, quoted or plain) for name, quoted, plain in found]


def test_the_parts_stand_in_envoys_order() -> None:
    client = identity("ada", dns=["ada.example", "b.example"], uris=["spiffe://example/ada"])
    assert written(client, ("dns", "uri", "subject", "hash")) == (
        f'Hash={client.fingerprint};Subject="CN=ada";URI=spiffe://example/ada;DNS=ada.example;DNS=b.example'
    )


def test_only_what_is_asked_for_is_written() -> None:
    assert written(identity("ada", dns=["a.example"]), ("subject",)) == 'Subject="CN=ada"'


def test_a_name_that_a_certificate_does_not_have_is_left_out() -> None:
    client = identity("ada")
    assert written(client, FIRST_FOUR) == f'Hash={client.fingerprint};Subject="CN=ada"'


def test_the_whole_certificate_is_percent_encoded_pem() -> None:
    client = identity("ada")
    [(name, value)] = pairs(written(client, ("cert",)), escapes=False)
    assert (name, unquote(value)) == ("Cert", client.pem)


@pytest.mark.parametrize(
    ("common_name", "subject"),
    [
        ('a"b', r"CN=a\22b"),
        ("a\\", r"CN=a\5C"),
        ("a,b", r"CN=a\,b"),
        ("Zoë", r"CN=Zo\C3\AB"),
        ("a\r\nX-Admin: yes", r"CN=a\0D\0AX-Admin: yes"),
        ("a\0b", r"CN=a\00b"),
    ],
)
def test_a_subject_is_written_so_that_every_reader_reads_the_same(common_name: str, subject: str) -> None:
    assert written(identity(common_name), ("subject",)) == f'Subject="{subject}"'


@pytest.mark.parametrize(
    ("uri", "shown"),
    [
        ("spiffe://example/a;b", 'URI="spiffe://example/a;b"'),
        ("https://example/?a=b,c", 'URI="https://example/?a=b,c"'),
        ('https://example/"', "URI=https://example/%22"),
        ("https://example/\\", "URI=https://example/%5C"),
        ("https://example/\r\n", "URI=https://example/%0D%0A"),
        ("https://example/%41", "URI=https://example/%41"),
    ],
)
def test_a_uri_is_quoted_where_it_has_to_be(uri: str, shown: str) -> None:
    assert written(identity("a", uris=[uri]), ("uri",)) == shown


ascii_text = st.text(st.characters(max_codepoint=127), min_size=1, max_size=40)


@settings(deadline=None)
@given(st.text(min_size=1, max_size=60), st.lists(ascii_text, max_size=3), st.lists(ascii_text, max_size=3))
def test_no_name_makes_a_pair_of_its_own_or_leaves_the_line(common_name: str, dns: list[str], uris: list[str]) -> None:
    try:
        client = identity(common_name, dns=dns, uris=uris)
        line = written(client, FIRST_FOUR)
    except ValueError:  # Not every text can be put into a certificate, or got out of it.
        return
    field_line("X-Forwarded-Client-Cert", line)
    assert re.fullmatch("[ -~]*", line)
    expected = ["Hash", "Subject", *["URI"] * len(uris), *["DNS"] * len(dns)]
    for escapes in (False, True):
        assert [name for name, _ in pairs(line, escapes=escapes)] == expected


def test_a_certificate_with_everything_fits_a_field() -> None:
    field_line("X-Forwarded-Client-Cert", written(identity("ada", dns=["a.example"]), ALL))
