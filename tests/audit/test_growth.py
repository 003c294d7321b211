"""An audit takes as long for one more commit of a long history as of a short one, however many models there are."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

from benchmarks import history

COUNT = """
import json, sys
import counted
from mlops_gitops.cli.main import main
from mlops_gitops.documents import read_document
from mlops_gitops.git import process
from mlops_gitops.git.object_reader import ObjectReader

found = {"objects": 0, "documents": 0, "processes": 0}

def counting(owner, name, what, weight=lambda *_: 1):
    whole = getattr(owner, name)
    def counted_call(*args, **named):
        found[what] += weight(*args)
        return whole(*args, **named)
    setattr(owner, name, counted_call)

counting(ObjectReader, "_ask", "objects", lambda _, names, most: len(names))
counting(read_document, "_json", "documents")
counting(read_document, "_build", "documents")
counting(process, "run", "processes")
counting(process, "start", "processes")
out, sys.stdout = sys.stdout, open("/dev/null", "w")
found["calls"] = counted.calls(lambda: main(["audit"]))
print(json.dumps(found), file=out)
"""


def _work(folder: Path, models: int, rounds: int) -> dict[str, int]:
    """The commits of a history, and what its audit calls, reads and parses."""
    history.write(folder, models, rounds)
    root = folder / "repository"
    words = ["git", "rev-list", "--count", "--first-parent", "HEAD"]
    commits = subprocess.run(words, cwd=root, capture_output=True, text=True, check=True)
    env = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}  # as this run finds its modules
    done = subprocess.run([sys.executable, "-c", COUNT], cwd=root, env=env, capture_output=True, text=True, check=True)
    return {"commits": int(commits.stdout), **json.loads(done.stdout)}


def _each(found: list[dict[str, int]], what: str) -> list[float]:
    """How much more there is of something for each commit more, from one history to the next."""
    return [(late[what] - early[what]) / (late["commits"] - early["commits"]) for early, late in pairwise(found)]


def _assert_does_not_grow(found: list[dict[str, int]]) -> None:
    calls, objects, documents = (_each(found, what) for what in ("calls", "objects", "documents"))
    assert calls[-1] <= 1.2 * calls[0]
    assert objects[-1] <= objects[0] + 0.1
    assert documents[-1] <= documents[0] + 0.1
    assert len({one["processes"] for one in found}) == 1


def test_the_work_for_one_more_commit_does_not_grow_with_the_releases(tmp_path: Path) -> None:
    _assert_does_not_grow([_work(tmp_path / str(rounds), 3, rounds) for rounds in (4, 8, 16)])


def test_the_work_for_one_more_commit_does_not_grow_with_the_models(tmp_path: Path) -> None:
    _assert_does_not_grow([_work(tmp_path / str(models), models, 2) for models in (5, 15, 35)])
