"""Whether a chain leads to an authority that clients know."""

from __future__ import annotations

import pathlib

import pytest
from kit.certificates import Issued, authority, issue

from config import certificate_chain
from config.certificate_chain import missing_issuer, order

ROOT = authority("root")
BETWEEN = authority("between", by=ROOT)
LEAF = issue("a.test", by=BETWEEN)


def disorder(*chain: Issued) -> list[str]:
    found = list(order("a.crt", [each.certificate for each in chain]))
    assert all(each.is_error for each in found)
    return [each.message for each in found]


@pytest.mark.parametrize("chain", [(LEAF,), (LEAF, BETWEEN), (LEAF, BETWEEN, ROOT), (ROOT,)])
def test_each_is_issued_by_the_next(chain: tuple[Issued, ...]) -> None:
    assert disorder(*chain) == []


def test_a_chain_out_of_order_is_an_error() -> None:
    assert disorder(LEAF, ROOT, BETWEEN) == [
        "a.crt: certificate 2, of root, did not issue certificate 1, of a.test; "
        "put the one of between there, or leave out what does not belong"
    ]


def test_a_stranger_in_a_chain_is_an_error() -> None:
    [message] = disorder(LEAF, BETWEEN, authority("stranger"))
    assert "certificate 3, of stranger, did not issue certificate 2, of between" in message


def test_an_issuer_of_the_same_name_with_another_key_is_a_stranger() -> None:
    assert len(disorder(LEAF, authority("between", by=ROOT))) == 1


def missing(directory: pathlib.Path, *chain: Issued) -> list[str]:
    cert, key = chain[0].write(directory, "a", *chain[1:])
    found = list(missing_issuer("a.crt", [each.certificate for each in chain], cert, key))
    assert not any(each.is_error for each in found)
    return [each.message for each in found]


def test_an_issuer_that_nobody_here_knows_is_a_warning_that_names_it(tmp_path: pathlib.Path) -> None:
    [message] = missing(tmp_path, LEAF)
    assert "ends with the certificate of a.test, and this machine does not know its issuer, between; append" in message
    [message] = missing(tmp_path, LEAF, BETWEEN)
    assert "ends with the certificate of between, and this machine does not know its issuer, root; append" in message


def test_a_chain_to_a_root_of_its_own_is_whole(tmp_path: pathlib.Path) -> None:
    assert missing(tmp_path, LEAF, BETWEEN, ROOT) == missing(tmp_path, issue("a.test")) == []


def test_an_issuer_that_this_machine_knows_need_not_be_there(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = tmp_path / "known.pem"
    known.write_bytes(ROOT.pem)
    monkeypatch.setenv("SSL_CERT_FILE", str(known))
    certificate_chain._this_machine.cache_clear()
    try:
        assert missing(tmp_path, LEAF, BETWEEN) == []
        assert len(missing(tmp_path, LEAF)) == 1
    finally:
        certificate_chain._this_machine.cache_clear()
