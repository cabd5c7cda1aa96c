"""The admin as the file has it: what is wrong with it, and what the supervisor is told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from config import admin_options
from config.configuration import Configuration
from config.paths import Path
from config.routes_page import routes_page
from config.tls_options import ClientCertificates, ListenerTls
from config.tls_settings import server_tls
from proxy.admin.access import Access, CertificateRole, Token, why_unsafe
from proxy.admin.desk import Desk
from proxy.admin.server import AdminSpec
from proxy.line_sink import STREAMS
from proxy.upstream.address import Address


def admin_spec(
    configuration: Configuration, plan: Callable[[str], dict[str, Any]], desk: Callable[[], Desk | None] = lambda: None
) -> AdminSpec | None:
    """Return what to serve, None where there is to be no admin; `plan` is what its /plan does.

    `desk` opens where functions are deployed; raises StartError where that cannot be opened.
    """
    admin = configuration.config.admin
    if admin is None:
        return None
    return AdminSpec(
        admin.address,
        lambda: routes_page(configuration),
        configuration.secrets.masked,
        plan,
        access_of(admin),
        None if admin.tls is None else server_tls(configuration, listener_tls(admin.tls)),
        admin.audit_log if admin.audit_log in STREAMS else configuration.located(admin.audit_log),
        desk(),
    )


def access_of(admin: admin_options.Admin) -> Access:
    clients = None if admin.tls is None else admin.tls.client
    return Access(
        tuple(Token.of(each.name, each.token.get_secret_value(), each.role) for each in admin.tokens),
        tuple(_certificate_role(each) for each in (() if clients is None else clients.roles)),
        frozenset(admin.allow_hosts),
        admin.insecure,
    )


def _certificate_role(rule: admin_options.CertificateRole) -> CertificateRole:
    if rule.san is not None:
        return CertificateRole("san", rule.san, rule.role)
    return CertificateRole("cn", rule.cn or "", rule.role)


def listener_tls(tls: admin_options.AdminTls) -> ListenerTls:
    """Return it as a listener's; certificates are asked for, not demanded: probes have none, tokens may do instead."""
    client = None if tls.client is None else ClientCertificates(ca=tls.client.ca, mode="request")
    return ListenerTls(certificates=tls.certificates, client=client)


def admin_faults(configuration: Configuration) -> Iterator[tuple[Path, str]]:
    admin, at = configuration.config.admin, Path(("admin",))
    if admin is None:
        return
    why = why_unsafe(Address.parse(admin.address), access_of(admin), tls=admin.tls is not None)
    if why is not None:
        yield at / "address", why
    if admin.audit_log not in STREAMS and not (configuration.directory / admin.audit_log).parent.is_dir():
        yield at / "audit_log", f"there is no directory for {admin.audit_log}"
