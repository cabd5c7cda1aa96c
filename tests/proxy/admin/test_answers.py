"""Answers in JSON, and what they are dressed in."""

from __future__ import annotations

import json

from aiohttp import web

from proxy.admin.answers import FIELDS, Refused, dress, json_answer


def test_an_answer_is_json_for_people_too() -> None:
    answer = json_answer({"name": "é", "list": [1]})
    assert answer.content_type == "application/json"
    assert answer.text == '{\n  "name": "é",\n  "list": [\n    1\n  ]\n}\n'


def test_what_has_no_utf_8_is_escaped() -> None:
    assert json.loads(json_answer({"path": "/\udcff"}).body) == {"path": "/\udcff"}  # type: ignore[arg-type]


def test_a_refusal_has_its_status_its_words_and_its_fields() -> None:
    answer = Refused(429, "wait", headers={"Retry-After": "6"}, field="x").answer()
    assert (answer.status, answer.headers["Retry-After"]) == (429, "6")
    assert json.loads(answer.text or "") == {"error": "wait", "field": "x"}


def test_an_answer_keeps_the_fields_that_it_has() -> None:
    answer = web.Response(headers={"Content-Security-Policy": "default-src 'self'"})
    dress(answer)
    assert answer.headers["Content-Security-Policy"] == "default-src 'self'"
    assert {name: answer.headers[name] for name in FIELDS}.items() >= {"Server": "penstock"}.items()
