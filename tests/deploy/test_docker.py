import re

from kit.deployed import DEPLOY, run_tool

ROOT = DEPLOY.parent
DOCKERFILE = DEPLOY / "docker" / "Dockerfile"


def test_hadolint_finds_no_fault() -> None:
    run_tool("hadolint", DOCKERFILE)


def test_what_is_copied_is_there_and_not_left_out() -> None:
    sources = re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE.read_text(), re.MULTILINE)
    names = {name for line in sources for name in line.split()}
    let_in = {
        line[1:] for line in (DOCKERFILE.parent / "Dockerfile.dockerignore").read_text().split() if line[0] == "!"
    }
    assert names == let_in
    assert [name for name in names if not (ROOT / name).exists()] == []
