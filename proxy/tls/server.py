"""The TLS of one listener: a context for each group of certificates, chosen by the name that a client asks for."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from typing import Final

from proxy.errors import StartError
from proxy.tls.handshakes import Handshakes, ServerContext, ServerSide
from proxy.tls.names import Group, NameTable
from proxy.tls.pair import load_pair
from proxy.tls.settings import ClientAuth, TlsServer
from proxy.tls.tickets import listener_key, share_tickets

CIPHERS: Final = ":".join(
    f"ECDHE-{key}-{cipher}"
    for cipher in ("AES128-GCM-SHA256", "AES256-GCM-SHA384", "CHACHA20-POLY1305")
    for key in ("ECDSA", "RSA")
)
"""For TLS 1.2: Mozilla's "intermediate" (wiki.mozilla.org/Security/Server_Side_TLS) less its DHE suites, which cost
much and which no client needs that has these. As there the client chooses, for it knows what its hardware does fast;
none is weak. The suites of TLS 1.3 are all good."""

_VERSIONS: Final = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}


def server_context(
    tls: TlsServer, ticket_key: bytes | None = None, handshakes: Handshakes | None = None
) -> ServerContext:
    """Make a listener's context; raises StartError for files that cannot be used.

    `ticket_key` is the 80 bytes that all workers have in common: with it a session that one began is resumed by any.
    """
    from proxy.tls.leaf import read_leaf  # Here, so that workers without TLS don't load its library.

    leaves = [read_leaf(each.cert) for each in tls.certificates]
    table = NameTable(leaves)
    contexts = {group: _context(tls, group) for group in table.groups}
    listener = contexts[table.default]
    listener.sni_callback = _chooser(table, contexts, refuse=tls.unknown_names == "refuse")
    if ticket_key is not None:
        share_tickets(listener, listener_key(ticket_key, tls))
    listener.ends = {each.cert: leaf.not_after for each, leaf in zip(tls.certificates, leaves, strict=True)}
    for context in contexts.values():
        context.handshakes = handshakes
    return listener


def _context(tls: TlsServer, group: Group) -> ServerContext:
    """Make one group's context. SSL_set_SSL_CTX(3) changes a connection's certificates and what ALPN says, but not its
    versions, options, tickets or what it asks of clients: there the listener's count, and these are only like them."""
    context = ServerContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = _VERSIONS[tls.min_version]
    context.set_ciphers(CIPHERS)
    context.options &= ~ssl.OP_CIPHER_SERVER_PREFERENCE
    context.options |= ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION
    context.set_alpn_protocols(["http/1.1"])
    if tls.client is not None:
        _ask_clients(context, tls.client)
    for place in group:
        load_pair(context, tls.certificates[place].cert, tls.certificates[place].key)
    return context


def _ask_clients(context: ssl.SSLContext, client: ClientAuth) -> None:
    try:
        context.load_verify_locations(client.ca)
    except (OSError, ssl.SSLError) as error:
        raise StartError(f"CA file {client.ca}: {error}") from error
    context.verify_mode = ssl.CERT_REQUIRED if client.mode == "require" else ssl.CERT_OPTIONAL


def _chooser(
    table: NameTable, contexts: dict[Group, ServerContext], *, refuse: bool
) -> Callable[[ssl.SSLObject, str | None, ssl.SSLContext], int | None]:
    """Return what OpenSSL calls at each ClientHello; what it returns is an alert that ends the handshake."""

    def choose(connection: ssl.SSLObject, name: str | None, _: ssl.SSLContext) -> int | None:
        group = None
        if name is not None:
            assert isinstance(connection, ServerSide)
            connection.server_name = name
            group = table.find(name)
        if group is None:
            return ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME if refuse else None  # RFC 6066 §3
        if group != table.default:
            connection.context = contexts[group]
        return None

    return choose
