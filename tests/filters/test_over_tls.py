"""Filters that heed a connection's TLS, behind a listener that speaks it."""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from kit import FakeOrigin, Proxy, Wire, answering, complete_messages, get, in_front_of
from kit.certificates import authority, client_context, issue
from kit.proxied import block

from proxy.tls.client_certificate import ClientCertificate

ROOT = authority()
ADA = issue("ada.example", by=ROOT, common_name="ada", others=[x509.UniformResourceIdentifier("spiffe://example/ada")])
BOB = issue("bob.example", by=ROOT, common_name="bob")


@pytest.fixture(autouse=True)
def files(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_bytes(ROOT.pem)
    issue("localhost", by=ROOT).write(tmp_path, "server", ROOT)
    ADA.write(tmp_path, "ada", ROOT)
    BOB.write(tmp_path, "bob", ROOT)


def behind(origin: FakeOrigin, directory: Path, *filters: dict[str, Any], **listener: Any) -> Proxy:
    """Serve a listener that asks clients for certificates, and lets in who has none."""
    tls = {"certificates": [{"cert": "server.crt", "key": "server.key"}], "client": {"ca": "ca.pem", "mode": "request"}}
    text = in_front_of(origin, listener={"tls": tls, **listener}, route={"filters": list(filters)})
    return Proxy(text, directory=directory)


def known_as(directory: Path, stem: str | None) -> ssl.SSLContext:
    context = client_context(ROOT)
    if stem is not None:
        context.load_cert_chain(str(directory / f"{stem}.crt"), str(directory / f"{stem}.key"))
    return context


async def asked(proxy: Proxy, directory: Path, stem: str | None, *fields: str) -> Wire:
    client = await proxy.connect(tls=known_as(directory, stem))
    await client.send(get("/", *fields))
    return client


async def test_who_is_allowed_is_served_and_the_origin_hears_who_it_is(tmp_path: Path) -> None:
    guard = {"type": "client_certificate", "allow": {"san_uri": ["spiffe://example/*"]}, "forward": {}}
    async with FakeOrigin(answering()) as origin, behind(origin, tmp_path, guard) as proxy:
        client = await asked(proxy, tmp_path, "ada", "X-Forwarded-Client-Cert: Hash=forged")
        await client.expect_response(200)
        [request], _ = complete_messages(origin.recorded)
        digest = ClientCertificate(ADA.der).fingerprint
        expected = f'Hash={digest};Subject="CN=ada";URI=spiffe://example/ada;DNS=ada.example'
        assert request.get("X-Forwarded-Client-Cert") == expected


@pytest.mark.parametrize("stem", ["bob", None])
async def test_everybody_else_is_refused_and_the_origin_hears_nothing(tmp_path: Path, stem: str | None) -> None:
    guard = {"type": "client_certificate", "allow": {"subject_cn": ["ada"]}}
    async with FakeOrigin(answering()) as origin, behind(origin, tmp_path, guard) as proxy:
        client = await asked(proxy, tmp_path, stem)
        await client.expect_response(403)
        assert origin.connections == []


async def test_browsers_are_told_to_keep_to_tls(tmp_path: Path) -> None:
    careful = {"type": "security_headers"}
    async with FakeOrigin(answering()) as origin, behind(origin, tmp_path, careful) as proxy:
        answer = await (await asked(proxy, tmp_path, None)).expect_response(200)
        assert answer.get("Strict-Transport-Security") == "max-age=31536000"


async def test_over_plain_http_they_are_not() -> None:
    async with (
        FakeOrigin(answering()) as origin,
        Proxy(in_front_of(origin, route={"filters": [{"type": "security_headers"}]})) as proxy,
    ):
        client = await proxy.connect()
        await client.send(get())
        answer = await client.expect_response(200)
        assert answer.get("Strict-Transport-Security") is None
        assert answer.get("X-Content-Type-Options") == "nosniff"


async def test_a_refusal_carries_what_a_filter_before_it_adds(tmp_path: Path) -> None:
    chain = [{"type": "security_headers", "frames": "deny"}, {"type": "client_certificate"}]
    async with FakeOrigin(answering()) as origin, behind(origin, tmp_path, *chain) as proxy:
        answer = await (await asked(proxy, tmp_path, None)).expect_response(403)
        assert answer.get("X-Frame-Options") == "DENY"


async def test_address_and_certificate_are_both_the_clients_behind_a_balancer(tmp_path: Path) -> None:
    chain = [{"type": "ip_acl", "rules": [{"allow": "192.0.2.0/24"}]}, {"type": "client_certificate", "forward": {}}]
    networks = {"from": ["127.0.0.0/8"]}
    async with FakeOrigin(answering()) as origin, behind(origin, tmp_path, *chain, proxy_protocol=networks) as proxy:
        client = await proxy.connect()
        await client.send(block("192.0.2.1", 4711, "198.51.100.2", 443))
        client.transport = await asyncio.get_running_loop().start_tls(
            client.transport, client, known_as(tmp_path, "ada"), server_hostname="localhost"
        )
        await client.send(get())
        await client.expect_response(200)
        [request], _ = complete_messages(origin.recorded)
        assert request.get("X-Forwarded-For") == "192.0.2.1"
        assert 'Subject="CN=ada"' in (request.get("X-Forwarded-Client-Cert") or "")
