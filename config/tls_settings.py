"""From what the YAML says of TLS to what the proxy is told, with the digests of the files that it names."""

from __future__ import annotations

from config.configuration import Configuration
from config.tls_options import Certificate as CertificateFiles
from config.tls_options import ClientCertificates, ListenerTls, UpstreamTls
from proxy.tls.settings import Certificate, ClientAuth, TlsServer
from proxy.upstream.settings import TlsClient


def server_tls(configuration: Configuration, tls: ListenerTls) -> TlsServer:
    return TlsServer(
        tuple(_certificate(configuration, each) for each in tls.certificates),
        None if tls.client is None else _client_auth(configuration, tls.client),
        tls.min_version,
        tls.unknown_names,
    )


def _certificate(configuration: Configuration, files: CertificateFiles) -> Certificate:
    located = configuration.located
    return Certificate(located(files.cert), located(files.key), _digest(configuration, files.cert, files.key))


def _client_auth(configuration: Configuration, client: ClientCertificates) -> ClientAuth:
    return ClientAuth(configuration.located(client.ca), client.mode, _digest(configuration, client.ca))


def client_tls(configuration: Configuration, tls: UpstreamTls) -> TlsClient:
    ca, cert, key = (None if name is None else configuration.located(name) for name in (tls.ca, tls.cert, tls.key))
    return TlsClient(ca, tls.server_name, tls.verify, cert, key, _digest(configuration, tls.ca, tls.cert, tls.key))


def _digest(configuration: Configuration, *names: str | None) -> str:
    return " ".join(digest or "-" for digest in configuration.digests(*names))
