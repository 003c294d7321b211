"""An audit takes as long for one more commit of a long history as of a short one."""

from __future__ import annotations

import os
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

from benchmarks import history

MODELS = 3
COUNT = """
import sys
import counted
from mlops_gitops.cli.main import main
out, sys.stdout = sys.stdout, open("/dev/null", "w")
print(counted.calls(lambda: main(["audit"])), file=out)
"""


def _work(folder: Path, rounds: int) -> tuple[int, int]:
    """How many commits a history of so many rounds has, and how many functions its audit calls."""
    history.write(folder, MODELS, rounds)
    root = folder / "repository"
    words = ["git", "rev-list", "--count", "--first-parent", "HEAD"]
    commits = subprocess.run(words, cwd=root, capture_output=True, text=True, check=True)
    env = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}  # as this run finds its modules
    done = subprocess.run([sys.executable, "-c", COUNT], cwd=root, env=env, capture_output=True, text=True, check=True)
    return int(commits.stdout), int(done.stdout)


def test_the_work_for_one_more_commit_does_not_grow_with_the_history(tmp_path: Path) -> None:
    found = [_work(tmp_path / str(rounds), rounds) for rounds in (4, 8, 16)]
    early, late = ((calls - fewer) / (commits - before) for (before, fewer), (commits, calls) in pairwise(found))
    assert late <= 1.3 * early
