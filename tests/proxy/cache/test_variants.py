"""Selecting among the responses of a resource that varies."""

from kit.stored import stored_response

from proxy.cache.variants import Variants
from proxy.messages import Headers

GZIP = Headers([b"Accept-Encoding: gzip"])
PLAIN = Headers([])


def varying() -> Variants:
    variants = Variants((b"accept-encoding",))
    for selection in ((b"gzip",), (None,)):
        variants.by_selection[selection] = stored_response(vary=variants.vary, variant=selection)
    return variants


def test_a_request_selects_the_response_to_one_that_said_the_same() -> None:
    variants = varying()
    assert variants.find(GZIP) is variants.by_selection[(b"gzip",)]


def test_a_request_without_the_field_selects_the_response_to_one_without_it() -> None:
    variants = varying()
    assert variants.find(PLAIN) is variants.by_selection[(None,)]


def test_a_request_that_says_something_else_selects_nothing() -> None:
    assert varying().find(Headers([b"Accept-Encoding: br"])) is None


def test_an_empty_field_is_not_an_absent_one() -> None:
    assert varying().find(Headers([b"Accept-Encoding:"])) is None
