"""docs/tutorial.md: every command of it is run, in its order, and prints what the page says."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pytest

pytestmark = pytest.mark.outside

PAGE = Path(__file__).parent.parent / "docs/tutorial.md"
FENCE = re.compile(r"^```(?P<language>\w*)\n(?P<text>.*?)^```$", re.DOTALL | re.MULTILINE)
FILE = re.compile(r"`([^`\n]+)`:$")
EXITS = re.compile(r"<!-- exits (\d) -->$")


@dataclass
class Step:
    """A file to write; or commands, their exit code and what they print."""

    text: str
    file: str = ""
    exits: int = 0
    printed: str = ""


def _steps(page: str) -> Iterator[Step]:
    """What a reader does. A block that is neither file nor command nor what one prints is a mistake in the page."""
    blocks = [(fence["language"], fence["text"], page[: fence.start()].rstrip()) for fence in FENCE.finditer(page)]
    for (language, text, before), (next_language, next_text, next_before) in pairwise([*blocks, ("", "", "")]):
        if language == "console":
            follows = next_language == "text" and next_before.endswith(f"{text}```")
            exits = EXITS.search(before)
            yield Step(text, exits=int(exits[1]) if exits else 0, printed=next_text if follows else "")
        elif language == "text":
            assert before.endswith("```"), f"this is printed by no command:\n{text}"
        else:
            named = FILE.search(before)
            assert named, f"this has no line above that names its file:\n{text}"
            yield Step(text, file=named[1])


def _pattern(printed: str) -> str:
    """`…` alone on a line stands for any lines, and within a line for any part of it."""
    lines = re.sub(r"^…\n", "\0", printed, flags=re.MULTILINE)
    return re.escape(lines).replace("\0", r"(?:[^\n]*\n)*").replace("…", r"[^\n]*")


def test_every_command_prints_what_the_page_says(tmp_path: Path) -> None:
    folder, where = tmp_path / "reader", tmp_path / "where"
    folder.mkdir()
    where.write_text(str(folder))
    steps = list(_steps(PAGE.read_text("utf-8")))
    assert len([step for step in steps if step.printed]) > 10
    for step in steps:
        folder = Path(where.read_text().strip())
        if step.file:
            (folder / step.file).write_text(step.text)
            continue
        words = ["bash", "-e", "-c", f"{step.text}pwd > '{where}'"]
        both = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
        done = subprocess.run(words, cwd=folder, text=True, check=False, **both)
        assert done.returncode == step.exits, f"{step.text}{done.stdout}"
        assert re.fullmatch(_pattern(step.printed), done.stdout), f"{step.text}\n{done.stdout}\nnot:\n{step.printed}"
