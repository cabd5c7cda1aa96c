"""The firewall among other filters: what each of them sees, and who answers."""

from __future__ import annotations

import gzip
import json
import pathlib
from base64 import b64encode
from typing import Any

import pytest
from kit import FakeOrigin, Proxy, answering, eventually, get, post
from kit.application import Mounted, application
from kit.firewall import stand_in_module
from kit.guarding import ATTACK, asked, counted, guarded, guarding, lines, requests_of
from kit.seclang import compiled

from config import waf
from config.embedding import runtime_from_file
from filters.password import Scrypt, hash_secret

TEAPOT = {"type": "respond", "status": 418, "body": "secret-key", "content_type": "text/plain"}
ELSEWHERE = {"type": "redirect", "to": "https://example.com/"}
MEMBERS = {"type": "basic_auth", "users": {"ann": hash_secret("pw", Scrypt(ln=1, r=1, p=1))}}
ANN = f"Authorization: Basic {b64encode(b'ann:pw').decode()}"
FORM = "Content-Type: application/x-www-form-urlencoded"
TEXT = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n%b"
LEAK = TEXT % (10, b"secret-key")
ODD_STATUS = """SecRule RESPONSE_STATUS "@rx ^(?:301|302|307|308|401|418)$" "id:1,phase:3,deny,log,msg:'odd'"\n"""


@pytest.mark.parametrize("other", [TEAPOT, ELSEWHERE, MEMBERS], ids=["respond", "redirect", "basic_auth"])
async def test_what_a_filter_behind_it_answers_is_judged(tmp_path: pathlib.Path, other: dict[str, Any]) -> None:
    chain, filters = ("waf", "other"), {"other": other}
    async with guarding(tmp_path, chain=chain, filters=filters, rules=ODD_STATUS) as (proxy, origin):
        assert (await asked(proxy)).status == 403
        assert requests_of(origin) == 0
    assert counted(proxy) == {"blocked": 1}


@pytest.mark.parametrize("other", [TEAPOT, ELSEWHERE, MEMBERS], ids=["respond", "redirect", "basic_auth"])
async def test_what_a_filter_before_it_answers_is_none_of_its_business(
    tmp_path: pathlib.Path, other: dict[str, Any]
) -> None:
    chain, filters = ("other", "waf"), {"other": other}
    async with guarding(tmp_path, chain=chain, filters=filters, rules=ODD_STATUS) as (proxy, _):
        assert (await asked(proxy, ATTACK)).status in (418, 301, 302, 307, 308, 401)
    assert counted(proxy) == {}


async def test_it_refuses_before_a_filter_behind_it_sees_the_request(tmp_path: pathlib.Path) -> None:
    chain, filters = ("waf", "other"), {"other": TEAPOT}
    async with guarding(tmp_path, chain=chain, filters=filters) as (proxy, _):
        assert (await asked(proxy, ATTACK)).status == 403
        assert (await asked(proxy, post(b"a=attack", FORM))).status == 403
    assert counted(proxy) == {"blocked": 2}


async def test_a_body_in_a_filters_answer_is_judged(tmp_path: pathlib.Path) -> None:
    async with guarding(tmp_path, chain=("waf", "other"), filters={"other": TEAPOT}) as (proxy, _):
        assert (await asked(proxy)).status == 403
    assert counted(proxy) == {"blocked": 1}


@pytest.mark.parametrize("chain", [("waf", "members"), ("members", "waf")])
async def test_behind_and_before_passwords_members_may_and_attackers_may_not(
    tmp_path: pathlib.Path, chain: tuple[str, str]
) -> None:
    async with guarding(tmp_path, chain=chain, filters={"members": MEMBERS}) as (proxy, origin):
        assert (await asked(proxy, get("/", ANN))).status == 200
        assert (await asked(proxy, get("/"))).status == 401
        assert (await asked(proxy, get(ATTACK, ANN))).status == 403
        assert (await asked(proxy, get(ATTACK))).status == (403 if chain[0] == "waf" else 401)
        assert requests_of(origin) == 1


async def test_answers_are_judged_before_they_are_compressed(tmp_path: pathlib.Path) -> None:
    filters = {"small": {"type": "compress", "min_size": 1}}
    accept = get("/", "Accept-Encoding: gzip")
    long = TEXT % (2000, b"fine" * 500)
    async with guarding(tmp_path, long, chain=("small", "waf"), filters=filters) as (proxy, _):
        passed = await asked(proxy, accept)
        assert (passed.status, gzip.decompress(passed.body)) == (200, b"fine" * 500)
    async with guarding(tmp_path, LEAK, chain=("small", "waf"), filters=filters) as (proxy, _):
        assert (await asked(proxy, accept)).status == 403


async def test_answers_that_are_compressed_before_it_are_left_alone(tmp_path: pathlib.Path) -> None:
    filters = {"small": {"type": "compress", "min_size": 1}}
    async with guarding(tmp_path, LEAK, chain=("waf", "small"), filters=filters) as (proxy, _):
        passed = await asked(proxy, get("/", "Accept-Encoding: gzip"))
        assert (passed.status, gzip.decompress(passed.body)) == (200, b"secret-key")
        assert (await asked(proxy)).status == 403


@pytest.mark.parametrize("chain", [("waf", "browsers"), ("browsers", "waf")])
async def test_cors_goes_on_around_it(tmp_path: pathlib.Path, chain: tuple[str, str]) -> None:
    filters = {"browsers": {"type": "cors", "origins": ["https://app.example.com"]}}
    field = "Origin: https://app.example.com"
    async with guarding(tmp_path, chain=chain, filters=filters) as (proxy, origin):
        preflight = get("/", field, "Access-Control-Request-Method: GET", method="OPTIONS")
        assert "access-control-allow-origin" in await asked(proxy, preflight)
        assert "access-control-allow-origin" in await asked(proxy, get("/", field))
        refusal = await asked(proxy, get(ATTACK, field))
        assert refusal.status == 403
        assert ("access-control-allow-origin" in refusal) == (chain[0] == "browsers")
        assert requests_of(origin) == 1


async def test_it_judges_a_request_as_filters_before_it_left_it(tmp_path: pathlib.Path) -> None:
    filters = {"cleaning": {"type": "rewrite", "query": {"remove": ["q"]}}}
    async with guarding(tmp_path, chain=("cleaning", "waf"), filters=filters) as (proxy, _):
        assert (await asked(proxy, ATTACK)).status == 200
    async with guarding(tmp_path, chain=("waf", "cleaning"), filters=filters) as (proxy, _):
        assert (await asked(proxy, ATTACK)).status == 403


async def test_errors_of_the_proxy_are_judged_as_answers_are(tmp_path: pathlib.Path) -> None:
    rules = """SecRule RESPONSE_STATUS "@streq 404" "id:1,phase:3,deny,status:410,log,msg:'hidden'"\n"""
    given = json.loads(guarded(tmp_path, rules=rules))
    del given["routes"][0]["upstream"], given["upstreams"]
    async with Proxy(json.dumps(given), directory=tmp_path) as proxy:
        assert (await asked(proxy)).status == 410


# Several of them


def two(directory: pathlib.Path, origin: FakeOrigin, chain: tuple[str, str]) -> str:
    """Guard by two rule sets: `waf` knows attacks, `other` blocks what is odd and detects what is strange."""
    rules = """\
SecRule ARGS "@contains odd" "id:501,phase:2,deny,status:406,log,msg:'odd'"
SecRule ARGS "@contains strange" "id:502,phase:2,pass,log,msg:'strange'"
"""
    (directory / "other.blob").write_bytes(compiled(rules).blob)
    filters = {"other": {"type": "waf", "rules": "other.blob", "audit_log": "waf.jsonl"}}
    return guarded(directory, origin, chain=chain, filters=filters, audit_log="waf.jsonl")


@pytest.mark.parametrize("chain", [("waf", "other"), ("other", "waf")])
async def test_each_of_two_refuses_what_it_knows(tmp_path: pathlib.Path, chain: tuple[str, str]) -> None:
    async with FakeOrigin(answering()) as origin, Proxy(two(tmp_path, origin, chain), directory=tmp_path) as proxy:
        for target, status in ((ATTACK, 403), ("/?q=odd", 406), ("/?q=fine", 200), ("/?q=strange", 200)):
            assert (await asked(proxy, target)).status == status
        assert (await asked(proxy, post(b"a=odd", FORM))).status == 406
        assert (await asked(proxy, post(b"a=attack", FORM))).status == 403
        assert requests_of(origin) == 2
    entries = [(entry["filter"], entry["rule"]) for entry in lines(tmp_path / "waf.jsonl")]
    assert entries == [("waf", 29), ("other", 501), ("other", 501), ("waf", 29)]


async def test_of_two_the_graver_judgement_is_told(tmp_path: pathlib.Path) -> None:
    async with FakeOrigin(answering()) as origin:
        given = json.loads(two(tmp_path, origin, ("other", "waf")))
        given["access_log"] = {"path": "access.log"}
        async with Proxy(json.dumps(given), directory=tmp_path) as proxy:
            await asked(proxy, "/?q=strange+attack")
            await asked(proxy, "/?q=strange")
            log = proxy.graph.listeners[0].access_log
            assert log is not None
            log.close()
    told = [(entry["waf"], entry["waf_rules"], entry["status"]) for entry in lines(tmp_path / "access.log")]
    assert told == [("blocked", [20, 29], 403), ("passed", [502], 200)]


# When it fails


@pytest.mark.parametrize(("on_error", "status"), [("closed", 500), ("open", 200)])
async def test_a_guest_that_breaks_is_replaced_and_the_next_request_judged(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, on_error: str, status: int
) -> None:
    monkeypatch.setattr(waf, "MODULE", stand_in_module(tmp_path))
    async with guarding(tmp_path, on_error=on_error) as (proxy, _):
        assert (await asked(proxy, get("/", "X-Trap: 1"))).status == status
        await eventually(lambda: proxy.registry.wasm_instances.child("waf").value)
        assert (await asked(proxy, get("/", "X-Refuse: 1"))).status == 403
    assert counted(proxy) == {"failed": 1, "blocked": 1}


async def test_a_call_that_takes_too_long_ends_the_guest_and_not_the_worker(tmp_path: pathlib.Path) -> None:
    slow = "".join(
        f"""SecRule ARGS "@rx (?:[a-z]+{number})+x$" "id:{number},phase:2,pass,nolog,t:none,t:sha1,t:hexEncode"\n"""
        for number in range(1, 300)
    )
    limits = {"call_time": "1ms"}
    async with guarding(tmp_path, rules=slow, limits=limits, request={"arguments": 100_000}) as (proxy, origin):
        body = b"&".join(b"a%d=%d" % (number, number) for number in range(5000))
        assert (await asked(proxy, post(body, FORM))).status == 500
        assert requests_of(origin) == 0
        assert (await asked(proxy, "/")).status == 200
    assert counted(proxy) == {"failed": 1, "passed": 1}


# In an application


async def test_it_guards_a_pipeline_that_an_application_mounts(tmp_path: pathlib.Path) -> None:
    async with FakeOrigin(answering(LEAK), record=True) as origin:
        (tmp_path / "edge.yaml").write_text(guarded(tmp_path, origin))
        runtime = runtime_from_file(tmp_path / "edge.yaml")
        async with Mounted(application(runtime)) as app:
            client = await app.connect()
            await client.send(get(ATTACK))
            refusal = await client.expect_response(403)
            assert "x-request-id" in refusal
            await client.send(post(b"a=attack", FORM))
            await client.expect_response(403)
            assert requests_of(origin) == 0
            await client.send(get("/"))
            await client.expect_response(403)  # The origin leaks.
            assert requests_of(origin) == 1
