"""A guest that breaks takes nothing along: the exchanges it had are judged by the next one, from their heads on."""

from __future__ import annotations

import pathlib

from kit import post
from kit.guarding import counted, guarding, settled

FORM = "Content-Type: application/x-www-form-urlencoded"
HEAD_AND_BODY = """
SecRule REQUEST_HEADERS:X-Suspect "@unconditionalMatch" "id:1,phase:1,pass,nolog,setvar:tx.suspect=1"
SecRule ARGS "@contains attack" "id:2,phase:2,deny,log,msg:'an attack of a suspect',chain"
    SecRule TX:suspect "@eq 1"
"""
"""The body alone says too little: whoever has not seen the head lets it pass."""

LIMITS = {"memory": "8MiB", "start_time": "5s"}
ROOMY = {"body": "8MiB"}
POISON = b"a=" + b"x" * 3_000_000
"""The guest's memory holds it, but not all that is made of it."""


async def test_an_exchange_whose_guest_broke_in_mid_body_is_judged_by_its_head_too(tmp_path: pathlib.Path) -> None:
    async with guarding(tmp_path, rules=HEAD_AND_BODY, limits=LIMITS, request=ROOMY) as (proxy, _):
        for suspect, status in (("X-Suspect: 1", 403), ("X-Other: 1", 200)):
            attack = post(b"a=an+attack", FORM, suspect)
            client, poisoner = await proxy.connect(), await proxy.connect()
            await client.send(attack[:-3])
            await poisoner.send(post(POISON, FORM))
            await poisoner.expect_response(500)
            await client.send(attack[-3:])
            await client.expect_response(status)
        await settled(proxy)
        assert counted(proxy) == {"failed": 2, "blocked": 1, "passed": 1}


async def test_a_body_that_the_guest_has_no_place_for_is_refused_and_breaks_nothing(tmp_path: pathlib.Path) -> None:
    async with guarding(tmp_path, rules=HEAD_AND_BODY, limits=LIMITS, request=ROOMY) as (proxy, _):
        client = await proxy.connect()
        await client.send(post(b"a=" + b"x" * 8_000_000, FORM))
        await client.expect_response(500)
        await settled(proxy)
        assert counted(proxy) == {"blocked": 1}
