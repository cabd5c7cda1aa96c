"""The bodies of the proxy's own answers, read from files or taken as they stand."""

from __future__ import annotations

import mimetypes
import pathlib
from collections.abc import Mapping
from functools import partial

from config import schema
from config.configuration import Configuration
from config.stock import Stock
from proxy.errors import StartError
from proxy.local_answer import ErrorPage


def error_pages(
    configuration: Configuration, route: str, pages: Mapping[int, schema.ErrorPage], stock: Stock
) -> dict[int, ErrorPage]:
    """Return the pages of a route, those of the file for the route ``; raises StartError for what cannot be read."""
    made = {}
    for status, page in pages.items():
        make = partial(_error_page, configuration, page)
        made[status] = stock.part(("error page", route, str(status)), (page, configuration.digests(page.path)), make)
    return made


def _error_page(configuration: Configuration, page: schema.ErrorPage) -> ErrorPage:
    if page.path is None:
        return ErrorPage((page.body or "").encode(), page.content_type or "text/plain; charset=utf-8")
    content_type = page.content_type or mimetypes.guess_type(page.path)[0] or "text/html; charset=utf-8"
    try:
        return ErrorPage(pathlib.Path(configuration.located(page.path)).read_bytes(), content_type)
    except OSError as error:
        raise StartError(f"error page {page.path}: {error.strerror}") from error
