"""From sources to a module: what is made, what is not made again, and what goes wrong."""

from __future__ import annotations

import io
import pathlib

import pytest
from kit.deploying import saying, storing
from kit.toolchain import ZIG, sources, toolchain, with_section

from config.build_tool import BuildFailed
from config.function_build import Built, built
from config.function_check import Unfit
from config.function_project import Project
from config.progress import Progress

pytestmark = pytest.mark.usefixtures("compilations_of_this_run")


class Site:
    """A function's directory with tools to build it; `said` is what was told of the last build."""

    def __init__(self, directory: pathlib.Path, patch: pytest.MonkeyPatch) -> None:
        self.tools = toolchain(directory, patch)
        self.tools.rust()
        self.directory = sources(directory / "hello")
        self.said = ""

    def build(self) -> Built:
        stream = io.StringIO()
        try:
            return built(Project.of(self.directory), Progress(stream))
        finally:
            self.said = stream.getvalue()


@pytest.fixture
def site(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    return Site(tmp_path, monkeypatch)


def test_a_module_is_made_and_each_step_told(site: Site) -> None:
    made = site.build()
    assert (made.file, made.unchanged) == (site.directory / "build/hello.wasm", False)
    assert made.file.read_bytes() == saying("hello")
    assert [line.partition(":")[0] for line in site.said.splitlines()] == ["cargo build", "check"]


def test_what_has_not_changed_is_not_made_again(site: Site) -> None:
    site.build()
    again = site.build()
    assert (again.unchanged, site.tools.calls) == (True, ["cargo"])
    assert again.module.sha256 == site.build().module.sha256


def test_a_change_of_the_sources_makes_it_anew(site: Site) -> None:
    site.build()
    (site.directory / "src/lib.rs").write_text("// other")
    site.tools.make(saying("other"))
    made = site.build()
    assert (made.unchanged, made.file.read_bytes()) == (False, saying("other"))


def test_so_does_another_tool(site: Site) -> None:
    site.build()
    site.tools.wasm_opt(with_section(saying("hello"), "small"))
    assert not site.build().unchanged
    assert site.build().unchanged


def test_a_change_of_its_file_is_judged_without_a_build(site: Site) -> None:
    site.tools.make(storing())
    with pytest.raises(Unfit, match=r"allow\.kv"):
        site.build()
    sources(site.directory, about="allow: {kv: true}")
    assert site.build().unchanged
    assert site.tools.calls == ["cargo"]


def test_a_module_is_made_smaller_where_the_tool_is_there(site: Site) -> None:
    smaller = with_section(saying("hello"), "small")
    site.tools.wasm_opt(smaller)
    assert site.build().file.read_bytes() == smaller
    assert "wasm-opt -Os: 0." in site.said


def test_a_module_that_cannot_be_made_smaller_is_used_as_it_is(site: Site) -> None:
    site.tools.fails("wasm-opt", "Fatal: no")
    assert site.build().file.read_bytes() == saying("hello")
    assert "Fatal: no" in site.said
    assert "the module stays as the compiler made it" in site.said


def test_the_compilers_warnings_are_passed_on(site: Site) -> None:
    site.tools.warns("cargo", "warning: unused variable")
    site.build()
    assert "warning: unused variable\n" in site.said


def test_a_failed_build_leaves_no_record_of_the_one_before(site: Site) -> None:
    site.build()
    (site.directory / "src/lib.rs").write_text("// broken")
    site.tools.fails("cargo", "error: expected a thing")
    with pytest.raises(BuildFailed, match="error: expected a thing"):
        site.build()
    assert "cargo build: failed after " in site.said
    site.tools.rust()
    (site.directory / "src/lib.rs").write_text("// hello")
    assert not site.build().unchanged


def test_zig_is_built_too(site: Site) -> None:
    site.tools.zig()
    site.directory = sources(site.directory.parent / "zig", ZIG)
    assert site.build().module.abi == "edge"
    assert site.build().unchanged
    assert site.tools.calls == ["zig"]


def test_a_module_that_is_ready_needs_no_tools(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    site.directory = site.directory / "ready.wasm"
    site.directory.write_bytes(saying("ready"))
    assert site.build().unchanged
