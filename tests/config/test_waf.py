"""The filter type `waf`, from YAML: what `check` says of it, and what a request meets. Its guest is a stand-in."""

from __future__ import annotations

import json
import pathlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from kit import FakeOrigin, Message, Proxy, answering, eventually, in_front_of
from kit.checking import Checking
from kit.firewall import blob, judgement, stand_in_module

from config import waf
from config.build import build
from config.explanation import Explanation, parse_request
from config.json_schema import json_schema
from config.waf_options import WafOptions
from proxy.errors import ConfigError, StartError
from proxy.exchange import Client
from proxy.metrics import Registry
from proxy.modules import Modules


@pytest.fixture(autouse=True)
def directory(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> pathlib.Path:
    """Return where the rules lie."""
    monkeypatch.setattr(waf, "MODULE", stand_in_module(tmp_path))
    (tmp_path / "own.blob").write_bytes(blob())
    return tmp_path


def whole(*origins: FakeOrigin | str, **options: Any) -> str:
    """Write a configuration whose one route has the filter, with `options`, behind which it goes to the origins."""
    filters = {"waf": {"type": "waf", "rules": "own.blob", **options}}
    return in_front_of(*(origins or ["127.0.0.1:9"]), filters=filters, route={"filters": ["waf"]})


def errors(checked: Checking, **options: Any) -> list[ConfigError]:
    return checked(whole(**options)).errors


# What is wrong with it


def test_one_that_is_whole_has_no_errors(checked: Checking) -> None:
    assert errors(checked, paranoia=2, audit_log="waf.jsonl") == []


def test_all_errors_of_one_are_told_at_once_with_their_places(checked: Checking) -> None:
    found = errors(checked, paranoia=9, exclusions=[{"targets": ["ARG"]}], thresholds={"inbuond": 3})
    assert [(each.path, each.message) for each in found] == [
        ("filters.waf.paranoia", "must be at most 4"),
        ("filters.waf.exclusions[0].targets[0]", "there is no target 'ARG'; did you mean 'ARGS'?"),
        ("filters.waf.thresholds.inbuond", "unknown key 'inbuond'; did you mean 'inbound'?"),
    ]
    assert all(each.line and each.column for each in found)


def test_so_are_those_that_only_show_around_it(checked: Checking) -> None:
    limits, response = {"body": "64KiB"}, {"body": "32KiB"}
    found = errors(checked, rules="gone.blob", audit_log="logs/waf.jsonl", limits=limits, response=response)
    held = "more than limits.body, 65536 bytes, which is what can be held back"
    assert {(each.path, each.message) for each in found} == {
        (
            "filters.waf.rules",
            "cannot read gone.blob: No such file or directory; make it with: "
            "penstock waf compile RULES_DIR -o gone.blob",
        ),
        ("filters.waf.audit_log", "there is no directory for logs/waf.jsonl"),
        # By default more is inspected than that.
        ("filters.waf", f"request.body is {held}"),
    }
    [error] = errors(checked, limits=limits, request={"body": "1MiB"}, response=response)
    assert (error.path, error.message) == ("filters.waf.request.body", f"request.body is {held}")


def test_what_the_guest_refuses_is_an_error_where_the_rules_are_named(
    checked: Checking, directory: pathlib.Path
) -> None:
    (directory / "own.blob").write_bytes(blob(b""))
    [error] = errors(checked)
    assert error.path == "filters.waf.rules"
    first, second = error.message.splitlines()
    assert first.startswith("own.blob: ")
    assert first.endswith("the guest refused to start (proxy_on_vm_start returned false)")
    assert second == "  error: waf: there are no rules"


def test_an_option_that_the_guest_blames_is_where_the_error_is(checked: Checking) -> None:
    [error] = errors(checked, exclusions=[{"rules": list(range(1, 1001))}])
    assert error.path == "filters.waf.exclusions"
    assert error.message.endswith("\n  error: waf: exclusions: there is no rule 1")


def test_an_override_is_checked_with_what_it_changes(checked: Checking) -> None:
    given = json.loads(whole())
    given["routes"][0]["filters"] = [{"use": "waf", "with": {"rules": "gone.blob"}}]
    [error] = checked(json.dumps(given)).errors
    assert error.path == "routes[0].filters[0].with.rules"


def test_the_json_schema_knows_the_options() -> None:
    [ours] = [each for each in json_schema()["$defs"]["Filter"]["oneOf"] if each["title"] == "waf"]
    assert set(WafOptions.model_fields) <= set(ours["properties"])


def test_rules_that_are_gone_by_the_start_keep_a_worker_from_starting(
    checked: Checking, directory: pathlib.Path
) -> None:
    configuration = checked(whole()).configuration
    assert configuration is not None
    (directory / "own.blob").unlink()
    with pytest.raises(StartError, match=r"filter waf: cannot read own\.blob"):
        build(configuration, Registry())


def test_an_explanation_opens_no_audit_log(checked: Checking, directory: pathlib.Path) -> None:
    configuration = checked(whole(audit_log="waf.jsonl")).configuration
    assert configuration is not None
    request = parse_request("GET http://a.test/", [])
    lines = list(Explanation(configuration, request, Client("192.0.2.1", 1, "test")).lines())
    assert "  1. waf (waf): runs" in lines
    assert not (directory / "waf.jsonl").exists()


# What a request meets


@asynccontextmanager
async def serving(directory: pathlib.Path, **options: Any) -> AsyncIterator[Proxy]:
    async with FakeOrigin(answering()) as origin, Proxy(whole(origin, **options), directory=directory) as proxy:
        yield proxy


async def ask(proxy: Proxy, path: str = "/", body: bytes = b"", **fields: str) -> Message:
    """Ask once; `x_judge=…` is a field of the request."""
    named = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in fields.items())
    method = "POST" if body else "GET"
    client = await proxy.connect()
    head = f"{method} {path} HTTP/1.1\r\nHost: a.test\r\nContent-Length: {len(body)}\r\n{named}\r\n"
    await client.send(head.encode() + body)
    answer = await client.expect_response()
    await eventually(lambda: not proxy.in_flight)
    return answer


def modules(proxy: Proxy) -> Modules:
    assert proxy.graph.modules is not None
    return proxy.graph.modules


def logged(file: pathlib.Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text().splitlines()]


def actions(proxy: Proxy) -> dict[tuple[str, ...], Any]:
    """Return how many requests were counted, by route and action."""
    samples = proxy.registry.snapshot().get("waf_requests_total", [])
    return {(labels[0], labels[2]): value for labels, value in samples}


async def test_what_is_refused_is_403_with_an_id_and_told_in_both_logs(directory: pathlib.Path) -> None:
    async with FakeOrigin(answering()) as origin:
        given = json.loads(whole(origin, audit_log="waf.jsonl"))
        given["access_log"] = {"path": "access.log"}
        async with Proxy(json.dumps(given), directory=directory) as proxy:
            said = judgement(action="blocked")
            answer = await ask(proxy, "/login?q=secret", x_refuse="1", x_judge=said, cookie="secret")
            assert answer.status == 403
            assert b"id: " + answer.all("x-request-id")[0].encode() in answer.body
            await ask(proxy)
    first, second = logged(directory / "access.log")
    assert (first["waf"], first["waf_rules"], first["waf_score"]) == ("blocked", [942100], 10)
    assert (first["answered_by"], first["reason"]) == ("waf", "waf")
    assert (second["waf"], second["waf_rules"], second["waf_score"]) == (None, None, None)
    [entry] = logged(directory / "waf.jsonl")
    assert (entry["id"], entry["path"], entry["status"]) == (answer.all("x-request-id")[0], "/login", 403)
    assert (entry["action"], entry["matches"][0]["rule"]) == ("blocked", 942100)
    assert "secret" not in (directory / "waf.jsonl").read_text()
    assert actions(proxy) == {("all", "blocked"): 1, ("all", "passed"): 1}
    results = proxy.registry.http_local_responses.child("all", "waf", "waf")
    assert results.value == 1


async def test_what_is_only_detected_reaches_the_origin(directory: pathlib.Path) -> None:
    async with serving(directory, mode="detect", audit_log="waf.jsonl") as proxy:
        assert (await ask(proxy, x_judge=judgement())).status == 200
    assert [line["action"] for line in logged(directory / "waf.jsonl")] == ["detected"]
    assert actions(proxy) == {("all", "detected"): 1}
    assert proxy.registry.waf_rule_matches.child("waf", 942100).value == 1


async def test_a_body_that_is_refused_never_reaches_the_origin(directory: pathlib.Path) -> None:
    async with serving(directory) as proxy:
        said = judgement(action="blocked").encode()
        assert (await ask(proxy, body=said, x_judge_body="1", x_refuse="1")).status == 403
    assert "upstream_requests_total" not in proxy.registry.snapshot()
    assert actions(proxy) == {("all", "blocked"): 1}


async def test_more_than_may_be_held_back_is_413(directory: pathlib.Path) -> None:
    small = {"limits": {"body": "1KiB"}, "request": {"body": "1KiB"}, "response": {"body": "1KiB"}}
    async with serving(directory, **small) as proxy:
        assert (await ask(proxy, body=b"x" * 1025)).status == 413
    assert actions(proxy) == {("all", "overflow"): 1}


@pytest.mark.parametrize(("on_error", "status"), [("closed", 500), ("open", 200)])
async def test_what_a_failure_means_is_the_routes_choice(directory: pathlib.Path, on_error: str, status: int) -> None:
    async with serving(directory, on_error=on_error) as proxy:
        assert (await ask(proxy, x_trap="1")).status == status
    assert actions(proxy) == {("all", "failed"): 1}
    assert proxy.registry.wasm_traps.child("waf", "unreachable").value == 1


async def test_a_route_may_override_it_and_both_write_to_one_file(directory: pathlib.Path) -> None:
    async with FakeOrigin(answering()) as origin:
        given = json.loads(whole(origin, audit_log="waf.jsonl"))
        stricter = {"use": "waf", "with": {"paranoia": 2}}
        inner = {"name": "inner", "match": {"path": {"prefix": "/in"}}, "filters": [stricter], "upstream": "origin"}
        given["routes"].insert(0, inner)
        async with Proxy(json.dumps(given), directory=directory) as proxy:
            for path in ("/in/x", "/out"):
                await ask(proxy, path, x_judge=judgement())
            assert proxy.registry.wasm_instances.child("waf").value == 2
    assert [(line["route"], line["filter"]) for line in logged(directory / "waf.jsonl")] == [
        ("inner", "waf"),
        ("all", "waf"),
    ]
    assert actions(proxy) == {("inner", "detected"): 1, ("all", "detected"): 1}


async def test_one_that_a_chain_has_twice_is_two(directory: pathlib.Path) -> None:
    async with FakeOrigin(answering()) as origin:
        given = json.loads(whole(origin))
        given["routes"][0]["filters"] = ["waf", "waf"]
        async with Proxy(json.dumps(given), directory=directory) as proxy:
            assert (await ask(proxy, x_judge=judgement())).status == 200
            assert proxy.registry.wasm_instances.child("waf").value == 2
    assert actions(proxy) == {("all", "detected"): 2}


async def test_a_rotated_audit_log_is_let_go(directory: pathlib.Path) -> None:
    file = directory / "waf.jsonl"
    async with serving(directory, audit_log="waf.jsonl") as proxy:
        file.rename(directory / "waf.jsonl.1")
        modules(proxy).reopen_logs()
        await ask(proxy, x_judge=judgement())
    assert (len(logged(file)), (directory / "waf.jsonl.1").read_text()) == (1, "")


async def test_an_audit_log_that_cannot_be_opened_keeps_a_worker_from_starting(directory: pathlib.Path) -> None:
    (directory / "waf.jsonl").mkdir()
    proxy = Proxy(whole(audit_log="waf.jsonl"), directory=directory)
    with pytest.raises(StartError, match=r"audit log \S+waf\.jsonl: Is a directory"):
        modules(proxy).start()
    await modules(proxy).close()
