"""Checks the configuration against what is around it: files, the modules of filters, the rules of other parts."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from config.admin import admin_faults
from config.build import upstream_of
from config.certificate_filters import certificate_oddities
from config.configuration import Configuration
from config.findings import Finding, warning
from config.function_findings import function_findings
from config.parts import Parts
from config.paths import Path
from config.redirects import redirect_oddities
from config.registry import Unfit
from config.schema import Config, ErrorPage, Route
from config.shadowing import shadowed
from config.tls_files import Found, tls_findings
from proxy.errors import ConfigError
from proxy.http1.target import KNOWN_METHODS
from proxy.metrics import Registry

_NEVER_ALLOWED = frozenset({"CONNECT", "TRACE"})


def surroundings(configuration: Configuration) -> Iterator[Found]:
    """Check against all of it; each filter is made once, `python` filters by running their code."""
    return _findings(configuration, {spot.path for spot in configuration.spots})


def surroundings_to_serve(configuration: Configuration) -> Iterator[Found]:
    """Check likewise what is to serve now: one certificate that has expired must not keep all others from clients."""
    return ((path, finding.to_serve()) for path, finding in surroundings(configuration))


def surroundings_without_foreign_code(configuration: Configuration) -> Iterator[Found]:
    """Check a text that came over the network: whoever wrote it must not be able to have Python run anything."""
    return _findings(configuration, {spot.path for spot in configuration.spots if spot.type_name != "python"})


def _findings(configuration: Configuration, tried: Collection[Path]) -> Iterator[Found]:
    yield from ((path, Finding(message)) for path, message in _faults(configuration, tried))
    yield from ((path, warning(message)) for path, message in _oddities(configuration.config))
    yield from tls_findings(configuration)
    yield from function_findings(configuration)


def _faults(configuration: Configuration, tried: Collection[Path]) -> Iterator[tuple[Path, str]]:
    config = configuration.config
    yield from _error_page_faults(configuration, config.error_pages, Path(("error_pages",)))
    for index, route in enumerate(config.routes):
        at = Path(("routes", index))
        yield from _error_page_faults(configuration, route.error_pages, at / "error_pages")
        yield from _method_faults(route, at)
    yield from admin_faults(configuration)
    yield from _access_log_faults(configuration)
    yield from _filter_faults(configuration, tried)


def _error_page_faults(
    configuration: Configuration, pages: dict[int, ErrorPage], at: Path
) -> Iterator[tuple[Path, str]]:
    for status, page in pages.items():
        if page.path is not None and (reason := configuration.why_unreadable(page.path)) is not None:
            yield at / str(status) / "path", f"cannot read {page.path}: {reason}"


def _method_faults(route: Route, at: Path) -> Iterator[tuple[Path, str]]:
    for method in sorted(route.match.methods | route.allow_methods):
        if method in _NEVER_ALLOWED:
            place = at / "allow_methods" if method in route.allow_methods else at / "match" / "methods"
            yield place, f"{method} is never let through"
    for method in sorted(route.match.methods - KNOWN_METHODS - route.allow_methods - _NEVER_ALLOWED):
        yield at / "match" / "methods", f"unknown method '{method}'; to let it through, name it in allow_methods too"


def _access_log_faults(configuration: Configuration) -> Iterator[tuple[Path, str]]:
    log = configuration.config.access_log
    if log is not None and log.path != "stdout" and not (configuration.directory / log.path).parent.is_dir():
        yield Path(("access_log", "path")), f"there is no directory for {log.path}"


def _filter_faults(configuration: Configuration, tried: Collection[Path]) -> Iterator[tuple[Path, str]]:
    """Make filters, to see whether they can be made: a `python` filter's class is the user's."""
    parts = _parts(configuration)
    for spot in configuration.spots:
        if spot.path not in tried:
            continue
        try:
            configuration.check_filter(spot, "check", parts)
        except* Unfit as faults:
            yield from ((spot.place(each.inside), str(each)) for each in faults.exceptions if isinstance(each, Unfit))
        except* (ValueError, ConfigError) as faults:
            yield from ((spot.path, getattr(each, "message", None) or str(each)) for each in faults.exceptions)


def _parts(configuration: Configuration) -> Parts:
    """Return what filters that are only tried are made of: upstreams without TLS, for nothing is sent to them."""
    registry = Registry()
    named = configuration.config.upstreams.items()
    plain = {name: upstream.model_copy(update={"tls": None}) for name, upstream in named}
    upstreams = {name: upstream_of(configuration, name, each, registry) for name, each in plain.items()}
    return Parts(configuration.directory, registry, upstreams)


def _oddities(config: Config) -> Iterator[tuple[Path, str]]:
    routes = config.routes
    for later, earlier in shadowed(routes, config.listeners):
        taker = f"routes[{earlier}], '{routes[earlier].name}',"
        yield Path(("routes", later)), f"route '{routes[later].name}' never matches: {taker} takes all its requests"
    yield from redirect_oddities(config)
    yield from certificate_oddities(config)
    used = {route.cache.use for route in routes if route.cache is not None}
    for name in config.caches.keys() - used:
        yield Path(("caches", name)), f"cache '{name}' is used by no route; write cache: {name} in one, or take it out"
