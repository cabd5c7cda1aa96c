"""Modules beside the configuration: imported, and imported anew."""

from __future__ import annotations

import os
import pathlib
import runpy
import sys
from collections.abc import Iterator
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from types import ModuleType

import pytest

from config.own_modules import OwnLoader, import_from, renewed, sources

UNITS = ("own_one", "own_two", "own_package", "own_late")


@pytest.fixture(autouse=True)
def nothing_of_it_stays(tmp_path: pathlib.Path) -> Iterator[None]:
    import_from(tmp_path)
    yield
    sys.path.remove(str(tmp_path))
    for name in [each for each in sys.modules if each.partition(".")[0] in UNITS]:
        del sys.modules[name]


def write(directory: pathlib.Path, **modules: str) -> None:
    for name, source in modules.items():
        file = directory / (name.replace("__", "/") + ".py")
        file.parent.mkdir(exist_ok=True)
        file.write_text(source)


def anew(directory: pathlib.Path, name: str) -> ModuleType:
    with renewed(directory):
        return import_module(name)


def test_a_changed_module_is_imported_anew(tmp_path: pathlib.Path) -> None:
    write(tmp_path, own_one="WORD = 'old'")
    old = anew(tmp_path, "own_one")
    write(tmp_path, own_one="WORD = 'longer'")
    assert anew(tmp_path, "own_one").WORD == "longer"
    assert old.WORD == "old"


def test_a_change_that_keeps_size_and_time_is_seen_too(tmp_path: pathlib.Path) -> None:
    write(tmp_path, own_one="WORD = 'old'")
    before = (tmp_path / "own_one.py").stat()
    anew(tmp_path, "own_one")
    write(tmp_path, own_one="WORD = 'new'")
    os.utime(tmp_path / "own_one.py", ns=(before.st_atime_ns, before.st_mtime_ns))
    assert anew(tmp_path, "own_one").WORD == "new"


def test_an_unchanged_module_stays(tmp_path: pathlib.Path) -> None:
    write(tmp_path, own_one="", own_two="")
    one = anew(tmp_path, "own_one")
    write(tmp_path, own_one="", own_two="CHANGED = True")
    assert anew(tmp_path, "own_one") is one


@pytest.mark.parametrize("way", ["import own_two", "from own_two import WORD as other"])
def test_what_imports_a_changed_module_is_imported_anew_as_well(tmp_path: pathlib.Path, way: str) -> None:
    write(tmp_path, own_one=f"{way}\nimport own_two\nWORD = own_two.WORD", own_two="WORD = 'old'")
    anew(tmp_path, "own_one")
    write(tmp_path, own_two="WORD = 'new'")
    assert anew(tmp_path, "own_one").WORD == "new"


def test_a_package_is_one_unit(tmp_path: pathlib.Path) -> None:
    write(tmp_path, own_package__inner="WORD = 'old'")
    write(tmp_path, own_one="from own_package import inner\nWORD = inner.WORD")
    (tmp_path / "own_package" / "__init__.py").write_text("")
    anew(tmp_path, "own_one")
    write(tmp_path, own_package__inner="WORD = 'new'")
    assert anew(tmp_path, "own_one").WORD == "new"


def fail_after_import(directory: pathlib.Path, *names: str) -> None:
    with renewed(directory):
        assert import_module(names[0]).WORD == "new"
        import_module(names[1])
        raise ZeroDivisionError


def test_after_an_error_the_old_modules_stand_as_before(tmp_path: pathlib.Path) -> None:
    write(tmp_path, own_one="WORD = 'old'")
    old = anew(tmp_path, "own_one")
    write(tmp_path, own_one="WORD = 'new'", own_late="")
    with pytest.raises(ZeroDivisionError):
        fail_after_import(tmp_path, "own_one", "own_late")
    assert sys.modules["own_one"] is old
    assert "own_late" not in sys.modules


def test_a_module_that_is_gone_cannot_be_imported_any_more(tmp_path: pathlib.Path) -> None:
    write(tmp_path, own_one="")
    old = anew(tmp_path, "own_one")
    (tmp_path / "own_one.py").unlink()
    with pytest.raises(ModuleNotFoundError):
        anew(tmp_path, "own_one")
    assert sys.modules["own_one"] is old


def test_a_new_module_is_found_at_once(tmp_path: pathlib.Path) -> None:
    write(tmp_path, own_one="")
    anew(tmp_path, "own_one")
    write(tmp_path, own_late="WORD = 'late'")
    assert anew(tmp_path, "own_late").WORD == "late"


def test_installed_modules_come_first_and_stay(tmp_path: pathlib.Path) -> None:
    import json

    write(tmp_path, json="WORD = 'not this one'")
    assert anew(tmp_path, "json") is json


def test_no_bytecode_is_left_behind(tmp_path: pathlib.Path) -> None:
    write(tmp_path, own_one="")
    anew(tmp_path, "own_one")
    assert [each.name for each in tmp_path.iterdir()] == ["own_one.py"]


def test_sources_are_the_files_of_a_module_and_of_those_beside_it_that_it_imports(tmp_path: pathlib.Path) -> None:
    write(tmp_path, own_one="import json, own_two", own_two="from own_package import inner", own_late="")
    write(tmp_path, own_package__inner="import own_one")
    names = [str(each.relative_to(tmp_path)) for each in sources("own_one", tmp_path)]
    assert names == ["own_one.py", "own_package/inner.py", "own_two.py"]


def test_a_source_that_is_no_python_imports_nothing(tmp_path: pathlib.Path) -> None:
    write(tmp_path, own_one="import own_two\ndef", own_two="")
    assert [each.name for each in sources("own_one", tmp_path)] == ["own_one.py"]
    assert sources("own_absent", tmp_path) == []


def test_what_is_installed_below_the_directory_is_nobodys_own(tmp_path: pathlib.Path) -> None:
    installed = tmp_path / "venv" / "site-packages"
    (installed / "own_package").mkdir(parents=True)
    write(installed / "own_package", __init__="", inner="")
    sys.path.insert(0, str(installed))
    try:
        module = anew(tmp_path, "own_package.inner")
    finally:
        sys.path.remove(str(installed))
    assert not isinstance(module.__loader__, OwnLoader)


def test_a_package_that_python_found_in_another_way_stays_whole(tmp_path: pathlib.Path) -> None:
    write(tmp_path, own_package__inner="")
    (tmp_path / "own_package" / "__init__.py").write_text("")
    spec = spec_from_file_location("own_package", tmp_path / "own_package" / "__init__.py")
    assert spec is not None
    sys.modules["own_package"] = module_from_spec(spec)
    assert not isinstance(anew(tmp_path, "own_package.inner").__loader__, OwnLoader)


def test_a_directory_on_pythons_path_holds_installed_modules(tmp_path: pathlib.Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    write(elsewhere, own_late="")
    sys.path.append(str(elsewhere))
    try:
        import_from(elsewhere)
        assert not isinstance(anew(elsewhere, "own_late").__loader__, OwnLoader)
    finally:
        sys.path.remove(str(elsewhere))


def test_a_script_beside_the_configuration_can_be_run(tmp_path: pathlib.Path) -> None:
    write(tmp_path, own_one="WORD = 'run'")
    assert runpy.run_path(str(tmp_path / "own_one.py"))["WORD"] == "run"
