"""How scenarios state a difference that is meant."""

from collections.abc import Mapping

from bench.oracle.normal import ERROR_PAGE
from bench.oracle.scenario import Known

GUIDE = "docs/wasm-filters.md"
OTHERWISE = f"{GUIDE}, What is other than in Envoy"

READABLE = "the request's headers can be read to the end of the exchange"
END_APART = (
    "the end of what a peer sent comes in a callback of its own, always; Envoy tells it with the bytes that waited"
)
MADE_UP = "the text of the answer that is made up for a failed call is each host's own"

Lines = tuple[str, ...]


def meant(reason: str, reference: str, sections: Mapping[str, tuple[Lines, Lines]]) -> tuple[Known, ...]:
    """State one difference by what only Envoy, and what only Penstock shows in each section."""
    return tuple(Known(section, envoy, penstock, reason, reference) for section, (envoy, penstock) in sections.items())


def of_the_guest(reason: str, reference: str, envoy: Lines, penstock: Lines) -> tuple[Known, ...]:
    """State one that only the guest's lines show."""
    return meant(reason, reference, {"guest": (envoy, penstock)})


def error_page(status: int) -> Lines:
    """Return how Penstock's own answer to a failure is told."""
    return (f"status {status}", "cache-control: no-store", "content-type: text/plain; charset=utf-8", ERROR_PAGE)
