"""A listener as scanners and attackers see it: openssl's and curl's clients, and sslyze's scan (make test-tls)."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from kit import FakeOrigin, Proxy, answering, in_front_of
from kit.certificates import SERVER, authority, issue, rsa_key

PATIENCE_S = 60


@pytest.fixture
async def proxy(tmp_path: Path) -> AsyncIterator[Proxy]:
    """Serve with an RSA and an ECDSA certificate for localhost."""
    root = authority()
    (tmp_path / "ca.pem").write_bytes(root.pem)
    for stem, key in (("rsa", rsa_key()), ("ec", None)):
        issue("localhost", "127.0.0.1", by=root, key=key, usages=[SERVER]).write(tmp_path, stem, root)
    certificates = [{"cert": f"{stem}.crt", "key": f"{stem}.key"} for stem in ("rsa", "ec")]
    text_for = {"listener": {"tls": {"certificates": certificates}}}
    async with FakeOrigin(answering()) as origin, Proxy(in_front_of(origin, **text_for), directory=tmp_path) as proxy:
        yield proxy


async def run(*command: str, stdin: bytes = b"") -> tuple[int, str]:
    """Run a client; return how it ended, and all that it said."""
    process = await asyncio.create_subprocess_exec(
        *command, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    async with asyncio.timeout(PATIENCE_S):
        said, _ = await process.communicate(stdin)
    assert process.returncode is not None
    return process.returncode, said.decode(errors="replace")


async def s_client(proxy: Proxy, *options: str, stdin: bytes = b"Q\n") -> tuple[int, str]:
    return await run(
        "openssl", "s_client", "-connect", proxy.authority, "-servername", "localhost", *options, stdin=stdin
    )


async def test_openssls_client_agrees_on_tls_1_3_without_compression(proxy: Proxy, tmp_path: Path) -> None:
    status, said = await s_client(proxy, "-CAfile", str(tmp_path / "ca.pem"), "-alpn", "h2,http/1.1")
    assert status == 0
    for words in ("New, TLSv1.3", "Verify return code: 0 (ok)", "Compression: NONE", "ALPN protocol: http/1.1"):
        assert words in said


@pytest.mark.parametrize("version", ["-tls1", "-tls1_1"])
async def test_old_versions_are_refused(proxy: Proxy, version: str) -> None:
    status, said = await s_client(proxy, version, "-cipher", "ALL:@SECLEVEL=0")
    assert status != 0
    assert "alert protocol version" in said


@pytest.mark.parametrize(
    "cipher",
    [
        "AES128-SHA",  # No forward secrecy, and CBC (Lucky Thirteen).
        "AES128-GCM-SHA256",  # RSA key exchange (ROBOT).
        "ECDHE-RSA-AES128-SHA",
        "ECDHE-ECDSA-AES256-SHA384",
        "DHE-RSA-AES128-GCM-SHA256",
        "aNULL",
        "eNULL",
    ],
)
async def test_weak_suites_are_refused(proxy: Proxy, cipher: str) -> None:
    status, said = await s_client(proxy, "-tls1_2", "-cipher", f"{cipher}:@SECLEVEL=0")
    assert status != 0
    assert "handshake failure" in said


async def test_a_client_may_not_renegotiate(proxy: Proxy) -> None:
    _, said = await s_client(proxy, "-tls1_2", stdin=b"R\n")
    assert "RENEGOTIATING" in said
    assert "no renegotiation" in said


async def test_sessions_are_resumed_by_tickets(proxy: Proxy) -> None:
    _, said = await s_client(proxy, "-tls1_2", "-reconnect")
    assert (said.count("New, TLSv1.2"), said.count("Reused, TLSv1.2")) == (1, 5)


@pytest.mark.parametrize("version", [["--tls-max", "1.2"], ["--tlsv1.3"]])
async def test_curl_is_served(proxy: Proxy, tmp_path: Path, version: list[str]) -> None:
    ca = str(tmp_path / "ca.pem")
    url = proxy.url(scheme="https")
    assert await run("curl", "-sS", "--noproxy", "*", "--max-time", "20", "--cacert", ca, *version, url) == (0, "ok")


# sslyze's scan, about testssl.sh's: make test-tls installs it, apart from Penstock, which needs newer libraries.

SCANS = (
    "sslv2", "sslv3", "tlsv1", "tlsv1_1", "tlsv1_2", "tlsv1_3", "compression", "reneg", "resum", "heartbleed",
    "robot", "openssl_ccs", "fallback", "early_data", "ems",
)  # fmt: skip


def sslyze() -> str:
    found = os.environ.get("SSLYZE") or shutil.which("sslyze")
    assert found, "no sslyze here: make test-tls"
    return found


async def scanned(proxy: Proxy, directory: Path) -> dict[str, Any]:
    report = directory / "report.json"
    options = [f"--{scan}" for scan in SCANS]
    _, said = await run(sslyze(), "--mozilla_config=disable", f"--json_out={report}", *options, proxy.authority)
    results = json.loads(report.read_text())["server_scan_results"]
    assert results[0]["scan_status"] == "COMPLETED", said
    scans = {name: scan for name, scan in results[0]["scan_result"].items() if scan["status"] != "NOT_SCHEDULED"}
    assert {scan["status"] for scan in scans.values()} == {"COMPLETED"}, said
    return {name: scan["result"] for name, scan in scans.items()}


def accepted(scan: dict[str, Any]) -> set[str]:
    return {each["cipher_suite"]["name"] for each in scan["accepted_cipher_suites"]}


@pytest.mark.sslyze
async def test_a_scan_finds_only_what_is_meant_to_be_there(proxy: Proxy, tmp_path: Path) -> None:
    found = await scanned(proxy, tmp_path)
    for version in ("ssl_2_0", "ssl_3_0", "tls_1_0", "tls_1_1"):
        assert accepted(found[f"{version}_cipher_suites"]) == set()
    assert accepted(found["tls_1_2_cipher_suites"]) == {
        f"TLS_ECDHE_{key}_WITH_{suite}"
        for key in ("RSA", "ECDSA")
        for suite in ("AES_128_GCM_SHA256", "AES_256_GCM_SHA384", "CHACHA20_POLY1305_SHA256")
    }
    assert accepted(found["tls_1_3_cipher_suites"]) == {
        f"TLS_{suite}" for suite in ("AES_128_GCM_SHA256", "AES_256_GCM_SHA384", "CHACHA20_POLY1305_SHA256")
    }
    assert found["tls_compression"] == {"supports_compression": False}
    assert found["tls_1_3_early_data"] == {"supports_early_data": False}
    assert found["tls_fallback_scsv"] == {"supports_fallback_scsv": True}
    assert found["tls_extended_master_secret"] == {"supports_ems_extension": True}
    assert found["heartbleed"] == {"is_vulnerable_to_heartbleed": False}
    assert found["openssl_ccs_injection"] == {"is_vulnerable_to_ccs_injection": False}
    assert found["robot"] == {"robot_result": "NOT_VULNERABLE_RSA_NOT_SUPPORTED"}
    assert not found["session_renegotiation"]["is_vulnerable_to_client_renegotiation_dos"]
    assert found["session_renegotiation"]["supports_secure_renegotiation"]
    assert found["session_resumption"]["tls_ticket_resumption_result"] == "FULLY_SUPPORTED"


@pytest.mark.sslyze
async def test_mozillas_intermediate_configuration_is_met_but_for_more_good_curves(proxy: Proxy) -> None:
    """The tests' authority is nobody's; and Python's ssl has no way to leave out P-521 and X448, which are sound."""
    _, said = await run(sslyze(), "--mozilla_config=intermediate", proxy.authority)
    verdict = said.partition("COMPLIANCE AGAINST")[2]
    assert {line.split(":")[0].strip(" *") for line in verdict.splitlines() if line.strip().startswith("*")} == {
        "certificate_path_validation",
        "tls_curves",
    }
