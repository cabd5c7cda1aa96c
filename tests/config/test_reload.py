"""What the supervisor is told to run, at the start and at each reload."""

from __future__ import annotations

import json
import os
import pathlib
import sys
from collections.abc import Iterator

import pytest

from config.load import check
from config.reload import load, plan_of, planned, watched
from proxy.errors import StartError

WHOLE = """\
version: 1
workers: 3
drain_timeout: 5s
reload: {on_change: true}
listeners: [{name: public, address: "127.0.0.1:8080"}]
admin: {address: "127.0.0.1:0"}
filters: {mine: {type: python, module: "reload_module:Mine"}}
upstreams: {api: {endpoints: ["127.0.0.1:9"]}}
routes: [{name: all, filters: [mine], upstream: api}]
error_pages: {404: {path: none.html}}
"""
MINE = "from proxy.filter import Filter\nclass Mine(Filter):\n    pass\n"


@pytest.fixture
def file(tmp_path: pathlib.Path) -> Iterator[pathlib.Path]:
    file = tmp_path / "penstock.yaml"
    file.write_text(WHOLE)
    (tmp_path / "none.html").write_text("nothing")
    (tmp_path / "reload_module.py").write_text(MINE)
    yield file
    sys.modules.pop("reload_module", None)
    if str(tmp_path) in sys.path:
        sys.path.remove(str(tmp_path))


def test_a_plan_says_what_to_supervise(file: pathlib.Path) -> None:
    plan = load(file)
    assert plan.listeners == {"public": "127.0.0.1:8080"}
    assert (plan.workers, plan.drain_timeout_s) == (3, 5.0)
    assert plan.admin is not None
    assert plan.worker_command == [sys.executable, "-P", "-m", "config.worker"]


def test_workers_are_given_the_text_as_json(file: pathlib.Path) -> None:
    order = json.loads(json.dumps(load(file).order))
    assert order.pop("mark")
    assert order == {"file": str(file), "text": WHOLE, "functions": {}, "changed": []}


def test_every_error_is_a_line(file: pathlib.Path) -> None:
    file.write_text(WHOLE.replace("version: 1", "version: 2").replace("upstream: api", "upstream: apy"))
    with pytest.raises(StartError) as caught:
        load(file)
    assert str(caught.value).splitlines() == [
        f"{file}:1:10: version: must be 1",
        f"{file}:9:49: routes[0].upstream: unknown upstream 'apy'; did you mean 'api'?",
    ]


def test_a_file_that_is_gone_is_an_error(file: pathlib.Path) -> None:
    file.unlink()
    with pytest.raises(StartError) as caught:
        load(file)
    assert str(caught.value) == f"{file}: No such file or directory"


def test_changed_code_is_taken_up_and_faulty_code_is_not(file: pathlib.Path) -> None:
    load(file)
    module = file.parent / "reload_module.py"
    module.write_text(MINE.replace("pass", "word = 'new'"))
    load(file)
    assert sys.modules["reload_module"].Mine.word == "new"
    module.write_text("1 / 0")
    with pytest.raises(StartError, match="ZeroDivisionError"):
        load(file)
    assert sys.modules["reload_module"].Mine.word == "new"


def test_all_files_that_are_named_are_watched_where_that_is_asked_for(file: pathlib.Path) -> None:
    names = ["penstock.yaml", "none.html", "reload_module.py"]
    assert load(file).watched == tuple(str(file.parent / name) for name in names)
    file.write_text(WHOLE.replace("on_change: true", "on_change: false"))
    assert load(file).watched == ()


def test_files_are_watched_where_they_lie(file: pathlib.Path) -> None:
    page = file.parent.parent / f"{file.parent.name}.html"
    page.write_text("elsewhere")
    text = WHOLE.replace("none.html", str(page))
    found = check(text, file.parent, os.environ, lambda _: []).configuration
    assert found is not None
    assert str(page) in watched(file, found)


def test_a_plan_tells_what_has_changed_since_another(file: pathlib.Path) -> None:
    before = load(file)
    assert load(file).changes(before.order) == []
    (file.parent / "none.html").write_text("nothing else")
    file.write_text(WHOLE.replace("workers: 3", "workers: 2"))
    assert load(file).changes(before.order) == [
        {"change": "changed", "what": "workers", "detail": "3 → 2"},
        {"change": "changed", "what": "error page 404", "detail": "path: none.html has other contents"},
    ]


def test_the_admin_tells_what_a_text_would_change(file: pathlib.Path) -> None:
    admin = load(file).admin
    assert admin is not None
    assert admin.plan(WHOLE) == {"errors": [], "changes": []}
    assert admin.plan(WHOLE.replace("workers: 3", "workers: 2")) == {
        "errors": [],
        "changes": [{"change": "changed", "what": "workers", "detail": "3 → 2"}],
    }


def test_the_admin_tells_what_is_wrong_with_a_text(file: pathlib.Path) -> None:
    admin = load(file).admin
    assert admin is not None
    answer = admin.plan(WHOLE.replace("upstream: api", "upstream: apy"))
    message = "routes[0].upstream: unknown upstream 'apy'; did you mean 'api'?"
    assert answer == {"errors": [f"9:49: {message}"], "changes": []}
    assert admin.plan("")["errors"] == ["the file is empty; `penstock schema` shows what it may say"]


def test_no_text_from_elsewhere_makes_python_run_anything(file: pathlib.Path) -> None:
    configuration = check(WHOLE, file.parent, os.environ, lambda _: []).configuration
    assert configuration is not None
    mark = file.parent / "was-here"
    filters = f'filters: {{mine: {{type: python, module: "pathlib:Path", config: {{}}}}}} # {mark}'
    text = WHOLE.replace('filters: {mine: {type: python, module: "reload_module:Mine"}}', filters)
    assert planned(configuration, text)["errors"] == []
    (file.parent / "reload_module.py").write_text(f"open({str(mark)!r}, 'w')")
    assert planned(configuration, WHOLE)["errors"] == []
    assert not mark.exists()


def test_the_files_path_is_the_same_wherever_it_is_read_from(
    file: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(file.parent)
    text = f"{WHOLE}access_log: {{path: access.log}}\n"
    found = check(text, pathlib.Path(), os.environ, lambda _: []).configuration
    assert found is not None
    assert found.located("access.log") == str(file.parent / "access.log")
    assert plan_of(file, found).order["text"] == text
