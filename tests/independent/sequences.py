"""Random sequences of steps, what both audits say of each, and the shortest part of one of which they differ."""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from independent.repository import Beginning
from independent.second_audit import Finding, unexplained
from independent.steps import STEPS
from independent.team import Team
from independent.wave_steps import WAVE_STEPS

from mlops_gitops.cli.main import main

REV = "refs/heads/main"
LENGTHS = (2, 3, 4, 7, 10, 13, 19, 21)  # commits that a sequence begins with
KINDS = {"receipt": "receipt", "policy-receipt": "policy"}
EVERY = {**STEPS, **WAVE_STEPS}
Step = tuple[str, int]  # what is done, and the seed of how


@dataclass(frozen=True)
class Story:
    """A sequence: the commits it begins with, and its steps."""

    length: int
    steps: tuple[Step, ...]


def drawn(seed: int) -> Story:
    """The sequence of a seed."""
    draw = Random(seed)
    names, weights = zip(*((name, weight) for name, (weight, _) in STEPS.items()), strict=True)
    chosen = draw.choices(names, weights, k=draw.randint(6, 12))
    return Story(draw.choice(LENGTHS), tuple((name, draw.randrange(10**6)) for name in chosen))


def drawn_in_waves(seed: int) -> Story:
    """A sequence about rollouts: a plan, a release and an opening, then what comes."""
    draw = Random(f"waves {seed}")
    names, weights = zip(*((name, weight) for name, (weight, _) in WAVE_STEPS.items()), strict=True)
    begun = ("train", "release", "plan waves", "open")
    chosen = [*begun, *draw.choices(names, weights, k=draw.randint(6, 12))]
    return Story(draw.choice(LENGTHS), tuple((name, draw.randrange(10**6)) for name in chosen))


def play(beginning: Beginning, sequence: Story, folder: Path) -> list[str]:
    """Makes the repository of a sequence; what was done, a line for each step."""
    with beginning.grow(folder, sequence.length) as repository:
        team = Team(repository, Random(0))
        for name, seed in sequence.steps:
            team.draw = Random(seed)
            EVERY[name][1](team)
    return team.lines


def audited(folder: Path) -> set[Finding]:
    """What the audit of the package finds unexplained, in the form of the second audit."""
    before, out = Path.cwd(), io.StringIO()
    os.chdir(folder)
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(io.StringIO()):
            code = main(["audit", "--rev", REV, "--format", "json"])
    finally:
        os.chdir(before)
    found = json.loads(out.getvalue())["diagnostics"] if code in (0, 1, 3) else [{"message": out.getvalue()}]
    errors = [each for each in found if each.get("severity") == "error"]
    assert bool(errors) == bool(code), out.getvalue()
    return {(_commit(each["message"]), each["path"], KINDS.get(each["rule"], "change")) for each in errors}


def _commit(message: str) -> str:
    found = re.match("commit ([0-9a-f]{10}): ", message)
    return found[1] if found else ""


def played(beginning: Beginning, sequence: Story, folder: Path) -> set[Finding]:
    """Makes the repository of a sequence, and leaves it; what the second audit finds in it."""
    play(beginning, sequence, folder)
    return unexplained(folder, REV)


def differences(beginning: Beginning, sequence: Story, folder: Path) -> tuple[list[str], list[str]]:
    """What was done, and where the two audits differ."""
    try:
        lines = play(beginning, sequence, folder)
        ours, theirs = audited(folder), unexplained(folder, REV)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    apart = [f"only audit: {' '.join(found)}" for found in sorted(ours - theirs)]
    return lines, apart + [f"only the second audit: {' '.join(found)}" for found in sorted(theirs - ours)]


def shortened(beginning: Beginning, sequence: Story, folder: Path) -> Story:
    """The sequence without every step that the difference does not need."""
    number = 0
    while number < len(sequence.steps):
        fewer = Story(sequence.length, sequence.steps[:number] + sequence.steps[number + 1 :])
        if differences(beginning, fewer, folder)[1]:
            sequence = fewer
        else:
            number += 1
    return sequence


def report(beginning: Beginning, seed: int, sequence: Story, folder: Path) -> str:
    """How to play a sequence again, its shortest part on which the audits differ, and where."""
    short = shortened(beginning, sequence, folder)
    lines, apart = differences(beginning, short, folder)
    done: Sequence[str] = [f"  {line}" for line in lines]
    return "\n".join([f"seed {seed}, shortened to {short}:", *done, *apart])
