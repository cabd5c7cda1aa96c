"""What the WASM filters of one worker have in common, over all graphs that are alive at a time."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from config.wasm_workshop import AnyFilter, Upstreams, Workshop
from proxy.audit_log import AuditLog
from proxy.errors import GuestError, StartError
from proxy.filter import Filter
from proxy.firewall_book import FirewallBook
from proxy.metrics import Registry
from proxy.upstream.upstream import Upstream
from wasm_host.module import WasmModule
from wasm_host.program import GuestSettings


@dataclass(slots=True, eq=False)
class Tenant:
    """A filter with what it was made of. `upstreams` is what its guests know, the latest graph's; `holders` are graphs.

    With a `book` it is a firewall.
    """

    filter: AnyFilter
    module: WasmModule
    settings: GuestSettings
    book: FirewallBook | None
    upstreams: dict[str, Upstream]
    started: bool = False
    holders: int = 0

    def is_made_of(self, module: WasmModule, settings: GuestSettings, book: FirewallBook | None) -> bool:
        same_log = _audit_log(self.book) is _audit_log(book) and (self.book is None) == (book is None)
        return same_log and self.module.sha256 == module.sha256 and self.settings == settings

    def know(self, upstreams: Upstreams) -> None:
        self.upstreams.clear()
        self.upstreams.update(upstreams)

    def start(self) -> None:
        """Start a first guest, once; raises StartError."""
        if self.started:
            return
        try:
            self.filter.start()
        except GuestError as error:
            raise StartError(f"filter {self.filter.name}: {self.module.name}: {error}") from error
        self.started = True

    @property
    def labels(self) -> tuple[str, str, str]:
        return self.filter.name, self.module.sha256, self.module.abi_title


def _audit_log(book: FirewallBook | None) -> AuditLog | None:
    return None if book is None else book.audit_log


class House:
    """Filters and logs go when the last graph that has them lets them go, what guests share with the last graph."""

    def __init__(self, workshop: Workshop, registry: Registry) -> None:
        self.workshop, self._registry = workshop, registry
        self.graphs = 0
        self._tenants: dict[Filter, Tenant] = {}
        self._logs: dict[str, AuditLog] = {}
        self._log_holders: Counter[str] = Counter()

    def tenant(self, filter: Filter) -> Tenant:
        return self._tenants[filter]

    def made(self, module: WasmModule, settings: GuestSettings, book: FirewallBook | None, known: Upstreams) -> Tenant:
        """Make a filter whose guests know these upstreams; raises AbiMismatch."""
        upstreams = dict(known)
        return Tenant(self.workshop.filter(module, settings, book, upstreams), module, settings, book, upstreams)

    def hold(self, tenant: Tenant) -> None:
        tenant.holders += 1
        self._tenants[tenant.filter] = tenant
        self.show(*tenant.labels)

    def let_go(self, tenant: Tenant) -> None:
        """Close a filter that no graph has any more, its guests as their last exchanges end."""
        tenant.holders -= 1
        if not tenant.holders:
            del self._tenants[tenant.filter]
            tenant.filter.close()
            self.show(*tenant.labels)

    def show(self, *labels: str) -> None:
        """Say whether any filter of this name runs this module."""
        running = any(tenant.labels == labels for tenant in self._tenants.values())
        self._registry.wasm_module_info.child(*labels).value = int(running)

    def hold_log(self, path: str) -> AuditLog:
        found = self._logs.get(path)
        if found is None:
            found = self._logs[path] = AuditLog(path, self._registry.waf_audit_dropped.child())
        self._log_holders[path] += 1
        return found

    def let_go_of_log(self, path: str) -> None:
        """Write what is left in a log that no graph has any more."""
        self._log_holders[path] -= 1
        if not self._log_holders[path]:
            self._logs.pop(path).close()
