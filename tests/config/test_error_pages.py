"""Bodies of the proxy's own answers."""

from __future__ import annotations

import os
import pathlib

import pytest

from config.configuration import Configuration
from config.error_pages import error_pages
from config.load import check
from config.stock import Stock
from proxy.errors import StartError
from proxy.local_answer import ErrorPage

WHOLE = """\
version: 1
listeners: [{name: public, address: "127.0.0.1:0"}]
routes: [{name: x, filters: [{type: respond}]}]
error_pages:
  404: {body: nothing}
  503: {path: busy.html}
"""


def read(directory: pathlib.Path) -> Configuration:
    found = check(WHOLE, directory, os.environ, lambda _: []).configuration
    assert found is not None
    return found


def pages(configuration: Configuration, stock: Stock) -> dict[int, ErrorPage]:
    return error_pages(configuration, "", configuration.config.error_pages, stock)


def test_a_page_is_a_text_or_a_file(tmp_path: pathlib.Path) -> None:
    (tmp_path / "busy.html").write_bytes(b"<p>busy")
    assert pages(read(tmp_path), Stock()) == {
        404: ErrorPage(b"nothing", "text/plain; charset=utf-8"),
        503: ErrorPage(b"<p>busy", "text/html"),
    }


def test_a_file_is_read_again_once_it_has_changed(tmp_path: pathlib.Path) -> None:
    (tmp_path / "busy.html").write_bytes(b"one")
    stock = Stock()
    before = pages(read(tmp_path), stock)
    assert pages(read(tmp_path), Stock(stock))[503] is before[503]
    (tmp_path / "busy.html").write_bytes(b"two")
    assert pages(read(tmp_path), Stock(stock))[503].body == b"two"


def test_a_file_that_is_gone_is_a_start_error(tmp_path: pathlib.Path) -> None:
    with pytest.raises(StartError, match=r"error page busy\.html: No such file"):
        pages(read(tmp_path), Stock())
