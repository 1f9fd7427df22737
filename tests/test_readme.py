"""What README and the guides say is so: their commands run, their links lead somewhere, their words are the code's."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from flows.cli import app

ROOT = Path(__file__).resolve().parents[1]
README = ROOT / "README.md"
GUIDE = ROOT / "docs" / "getting-started.md"
PAGES = [README, *sorted((ROOT / "docs").glob("*.md")), *sorted((ROOT / "mappings").glob("*/README.md"))]


def blocks(page: Path, language: str) -> list[str]:
    """Return the code blocks of a language."""
    return re.findall(rf"^```{language}\n(.*?)^```", page.read_text("utf-8"), re.MULTILINE | re.DOTALL)


def commands(page: Path) -> list[str]:
    """Return the lines of the console blocks."""
    return [line for block in blocks(page, "console") for line in block.splitlines() if line]


def table(heading: str) -> list[list[str]]:
    """Return the rows of README's table under a heading."""
    section = README.read_text("utf-8").split(f"## {heading}\n")[1].split("\n## ")[0]
    rows = [line.strip("|").split("|") for line in section.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in row] for row in rows]


def test_two_commands_do_the_set_up() -> None:
    assert commands(README) == ["make demo", "make test"]
    targets = (ROOT / "Makefile").read_text("utf-8")
    for command in commands(README):
        assert f"\n{command.removeprefix('make ')}:" in targets


def test_the_demo_makes_a_page_without_a_server_and_without_the_network(tmp_path: Path) -> None:
    outside = tmp_path / "outside.log"
    paths = os.pathsep.join([str(ROOT / "tests" / "loopback_only"), str(ROOT)])
    said = subprocess.run(
        [sys.executable, "-m", "flows.cli", "demo", "--cases", "40", "--out", "out/demo"],
        cwd=tmp_path,
        env={"PYTHONPATH": paths, "PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "LOOPBACK_ONLY_LOG": str(outside)},
        capture_output=True,
        text=True,
        timeout=180,
    )
    assert said.returncode == 0, said.stderr
    assert "published        out/demo/" in said.stdout
    assert (tmp_path / "out" / "demo" / "latest" / "index.html").exists()
    assert not outside.exists(), outside.read_text("utf-8")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_to_a_file(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text("utf-8")):
        assert (page.parent / target).exists(), target


def options_of(command: Any) -> set[str]:
    """The options of a command; of a group, those of its commands."""
    own = {o for p in command.params for o in p.opts if o.startswith("--") and o != "--help"}
    return own.union(*map(options_of, getattr(command, "commands", {}).values()))


def test_the_commands_and_options_of_the_readme_are_those_of_the_program() -> None:
    program = get_command(app)
    told = {}
    for row in table("Commands"):
        if match := re.match(r"`zaakstroom (\w+)(.*)`$", row[0]):
            told[match[1]] = set(re.findall(r"--[a-z-]+", match[2]))
    real = {name: options_of(command) for name, command in program.commands.items()}
    assert set(told) == set(real)
    for name, options in told.items():
        assert options == real[name], name


def test_every_word_of_the_glossary_is_a_word_of_the_code() -> None:
    code = "\n".join(
        path.read_text("utf-8") for folder in ("mappings", "mining", "flows") for path in (ROOT / folder).rglob("*.py")
    )
    rows = table("Glossary")[1:]
    assert len(rows) > 40
    for dutch, _, names, _ in rows:
        for name in re.findall(r"`([^`]+)`", names):
            assert re.search(rf"\b{re.escape(name)}\b", code), f"{dutch}: {name}"


def test_the_glossary_has_each_word_once() -> None:
    words = [row[0] for row in table("Glossary")]
    assert len(words) == len(set(words))


def test_the_guide_leads_from_an_unknown_file_to_a_page(tmp_path: Path) -> None:
    (tmp_path / "export.csv").write_text(blocks(GUIDE, "csv")[0], "utf-8")
    run = [line for line in commands(GUIDE) if line.startswith("zaakstroom ")]
    assert [line.split()[1] for line in run] == ["inspect", "check", "run"]
    for line in run:
        said = subprocess.run(
            [sys.executable, "-m", "flows.cli", *line.split()[1:]],
            cwd=tmp_path,
            env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", "HOME": str(tmp_path)},
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert said.returncode == 0, f"{line}: {said.stdout}{said.stderr}"
    pages = list((tmp_path / "out").glob("*/latest/index.html"))
    assert len(pages) == 1
    assert pages[0].stat().st_size > 1000


def test_every_environment_variable_is_explained() -> None:
    told = {name for row in table("Commands") for name in re.findall(r"`(ZAAKSTROOM_\w+)`", row[0])}
    used = set()
    for folder in ("mappings", "mining", "flows"):
        for path in (ROOT / folder).rglob("*.py"):
            used |= set(re.findall(r"[\"'](ZAAKSTROOM_\w+)[\"']", path.read_text("utf-8")))
    assert used <= told
