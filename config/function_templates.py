"""What a new function begins with: sources, SDK and tests, as a directory of its own.

A Rust project has a `Cargo.toml`, and its module comes out as target/wasm32-unknown-unknown/release/function.wasm.
A Zig project has `src/main.zig`, and is built by `zig build-exe`. Both do what the example of that name in
filters/guests does, and have its tests.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable
from string import Template
from typing import Final

from config.function_file import FILE_NAME

Project = dict[str, bytes]
"""Files by their paths, with slashes."""

TEMPLATES: Final = ("hello", "auth", "webhook", "cached-api")
LANGUAGES: Final = ("rust", "zig")

_NAME: Final = re.compile(r"(?m)^name: .*$")
_DESCRIPTION: Final = re.compile(r"(?m)^description: (.*)$")
_SDK: Final = "penstock-sdk"
_IGNORED: Final = {"rust": "build/\ntarget/\n", "zig": "build/\n.zig-cache/\nzig-out/\n"}


def templates() -> frozenset[tuple[str, str]]:
    """Return all pairs of language and template."""
    return frozenset((language, template) for language in LANGUAGES for template in TEMPLATES)


def instantiate(name: str, language: str, template: str) -> Project:
    """Return the files of a new function; raises KeyError for what is not among `templates()`."""
    if (language, template) not in templates():
        raise KeyError(f"{language} has no template {template}")
    guests = files("filters") / "guests"
    about = (guests / "examples" / template / FILE_NAME).read_text("utf-8")
    project = _rust(guests, name, template) if language == "rust" else _zig(guests, template)
    described = _DESCRIPTION.search(about)
    words = {"name": name, "description": described[1] if described else ""}
    readme = Template((guests / "templates" / language / "README.md").read_text("utf-8")).substitute(words)
    return project | {
        FILE_NAME: _NAME.sub(f"name: {name}", about, count=1).encode(),
        "README.md": readme.encode(),
        ".gitignore": _IGNORED[language].encode(),
    }


def _rust(guests: Traversable, name: str, template: str) -> Project:
    ours = guests / "templates" / "rust"
    manifest = Template((ours / "Cargo.toml").read_text("utf-8")).substitute(name=name)
    return {
        "Cargo.toml": manifest.encode(),
        **{f"src/{path}": data for path, data in _below(guests / "examples" / template / "src")},
        f"{_SDK}/Cargo.toml": (guests / "sdk" / "Cargo.toml").read_bytes(),
        **{f"{_SDK}/src/{path}": data for path, data in _sdk(guests, (ours / "sdk.rs").read_bytes())},
    }


def _sdk(guests: Traversable, root: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield the modules that the root names, and what is below them."""
    yield "lib.rs", root
    modules = set(re.findall(r"(?m)^(?:pub )?mod (\w+);", root.decode()))
    for path, data in _below(guests / "sdk" / "src"):
        if path.partition("/")[0].removesuffix(".rs") in modules:
            yield path, data


def _zig(guests: Traversable, template: str) -> Project:
    ours = guests / "templates" / "zig"
    return {
        "src/main.zig": (ours / f"{template}.zig").read_bytes(),
        "src/edge.zig": (ours / "edge.zig").read_bytes(),
    }


def _below(directory: Traversable, prefix: str = "") -> Iterator[tuple[str, bytes]]:
    for each in sorted(directory.iterdir(), key=lambda entry: entry.name):
        if each.is_dir():
            yield from _below(each, f"{prefix}{each.name}/")
        elif each.name.endswith(".rs"):
            yield f"{prefix}{each.name}", each.read_bytes()
