"""The tutorials: every command of a page is run, in its order, and prints what the page says."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pytest

pytestmark = pytest.mark.outside

NAMES = ("first-promotion.md", "keep-it-good.md", "retrain-it.md", "roll-it-out.md", "prove-it.md")
PAGES = tuple(Path(__file__).parent.parent / "docs/tutorial" / name for name in NAMES)
FENCE = re.compile(r"^```(?P<language>\w*)\n(?P<text>.*?)^```$", re.DOTALL | re.MULTILINE)
FILE = re.compile(r"`([^`\n]+)`:$")
EDIT = re.compile(r"In `([^`\n]+)`, `(\w+):`\s+becomes:$")
EXITS = re.compile(r"<!-- exits (\d) -->$")


@dataclass
class Step:
    """A file to write, or a key of one to replace; or commands, their exit code and what they print."""

    text: str
    file: str = ""
    key: str = ""
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
            edited, named = EDIT.search(before), FILE.search(before)
            assert edited or named, f"this has no line above that names its file:\n{text}"
            yield Step(text, file=edited[1], key=edited[2]) if edited else Step(text, file=named[1] if named else "")


def _edited(whole: str, key: str, text: str) -> str:
    """A YAML file with the lines of one of its keys replaced."""
    lines = re.compile(rf"^{key}:.*\n(?:[ #].*\n)*", re.MULTILINE)
    assert len(lines.findall(whole)) == 1, f"{key}: is not in\n{whole}"
    return lines.sub(lambda _: text, whole)


def _pattern(printed: str) -> str:
    """`…` alone on a line stands for any lines, and within a line for any part of it."""
    lines = re.sub(r"^…\n", "\0", printed, flags=re.MULTILINE)
    return re.escape(lines).replace("\0", r"(?:[^\n]*\n)*").replace("…", r"[^\n]*")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_command_prints_what_the_page_says(page: Path, tmp_path: Path) -> None:
    folder, where = tmp_path / "reader", tmp_path / "where"
    folder.mkdir()
    where.write_text(str(folder))
    steps = list(_steps(page.read_text("utf-8")))
    assert len([step for step in steps if step.printed]) > 6
    for step in steps:
        folder = Path(where.read_text().strip())
        if step.file:
            place = folder / step.file
            place.write_text(_edited(place.read_text(), step.key, step.text) if step.key else step.text)
            continue
        words = ["bash", "-e", "-c", f"{step.text}pwd > '{where}'"]
        both = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
        done = subprocess.run(words, cwd=folder, text=True, check=False, **both)
        assert done.returncode == step.exits, f"{step.text}{done.stdout}"
        assert re.fullmatch(_pattern(step.printed), done.stdout), f"{step.text}\n{done.stdout}\nnot:\n{step.printed}"


def test_no_step_replaces_what_init_wrote_in_the_project_file() -> None:
    """A reader who goes through it with a repository of their own keeps its `branch:` and `paths:`."""
    edits = [step for step in _steps(PAGES[0].read_text("utf-8")) if step.file == "mlops.yaml"]
    assert [step.key for step in edits] == ["roles"]


def test_from_init_to_the_first_merged_promotion_are_at_most_twelve_commands() -> None:
    """Every process counts that a reader starts, those behind `&&`, `;` or a pipe too."""
    steps = [step.text for step in _steps(PAGES[0].read_text("utf-8")) if not step.file]
    lines = [part for step in steps for line in step.splitlines() for part in re.split(r"&&|\|\|?|;", line)]
    typed = [line.strip() for line in lines if line.strip()]
    begin = typed.index("mlops-gitops init")
    approved = next(n for n, line in enumerate(typed) if line.startswith("mlops-gitops pr approve"))
    merged = next(n for n, line in enumerate(typed) if n > approved and line.startswith("mlops-gitops pr merge"))
    assert any(line.startswith("mlops-gitops promote") for line in typed[begin:merged])
    assert merged - begin + 1 <= 12, typed[begin : merged + 1]
