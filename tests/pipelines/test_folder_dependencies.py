"""A stage that depends on a folder read the files in it, where the folder's digest follows from them."""

from __future__ import annotations

import logging
import subprocess
import sys
from contextlib import chdir
from pathlib import Path

import pytest
from outcomes import copy

from mlops_gitops.documents.tree import Overlay, WorkTree
from mlops_gitops.pipelines.tracked_outputs import Tracking
from mlops_gitops.records.release import Pin

PIPELINE = """stages:
  train: {cmd: python train.py, outs: [models/a.txt, models/deep/b.txt]}
  evaluate: {cmd: python evaluate.py, deps: [models], outs: [preds/x.csv]}
  score: {cmd: python score.py, deps: [preds], metrics: [m.json: {cache: false}]}
"""
SCRIPTS = {
    "train.py": "import pathlib\npathlib.Path('models/deep').mkdir(parents=True, exist_ok=True)\n"
    "for name in ('a', 'deep/b'):\n    pathlib.Path(f'models/{name}.txt').write_text(name)\n",
    "evaluate.py": "import os\nos.makedirs('preds', exist_ok=True)\nopen('preds/x.csv', 'w').write('1')\n",
    "score.py": "open('m.json', 'w').write('{}')\n",
}  # fmt: skip


@pytest.fixture(scope="module")
def _ran(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("ran") / "repository"
    for path, text in {"dvc.yaml": PIPELINE, ".dvc/config": "", "models/NOTES.md": "# a\n", **SCRIPTS}.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text.replace("python", sys.executable) if path == "dvc.yaml" else text)
    subprocess.run(["git", "init", "-q", "--template=", root], check=True)
    from dvc.repo import Repo

    logging.disable()
    try:
        with chdir(root), Repo(str(root)) as repo:
            repo.reproduce()
    finally:
        logging.disable(logging.NOTSET)
    return root


@pytest.fixture
def ran(_ran: Path, tmp_path: Path) -> Path:
    """A pipeline that DVC has run, with a file of Git in one of its folders."""
    copy(_ran, tmp_path / "copy")
    return tmp_path / "copy"


def _linked(tracking: Tracking, path: str, artifact: str) -> bool:
    made, model = tracking.output(path), tracking.output(artifact)
    assert made and model
    return tracking.linked(made.pin, model.pin)


def test_files_of_a_folder_are_linked_through_their_folders_too(ran: Path) -> None:
    tree = WorkTree(str(ran))
    for artifact in ("models/a.txt", "models/deep/b.txt"):
        assert _linked(Tracking(tree), "preds/x.csv", artifact) and _linked(Tracking(tree), "m.json", artifact)
    committed = Overlay(
        {path: tree.read(path) for path in tree.every() if not path.endswith(("a.txt", "b.txt", "x.csv"))}
    )
    assert _linked(Tracking(committed), "m.json", "models/a.txt"), "what Git has is enough"


@pytest.mark.parametrize("changed", ["other bytes of the model", "a changed file of Git", "one more file"])
def test_a_folder_that_is_not_what_the_stage_read_proves_nothing(ran: Path, changed: str) -> None:
    if changed == "a changed file of Git":
        (ran / "models/NOTES.md").write_text("# b\n")
    elif changed == "one more file":
        (ran / "models/more.txt").write_text("c")
    else:
        lock = (ran / "dvc.lock").read_text()
        digest = str(Tracking(WorkTree(str(ran))).output("models/a.txt").pin.md5)  # type: ignore[union-attr]
        (ran / "dvc.lock").write_text(lock.replace(digest, "ab" * 16))
    assert not _linked(Tracking(WorkTree(str(ran))), "m.json", "models/a.txt")


def test_another_version_of_the_model_is_not_the_one_in_the_folder(ran: Path) -> None:
    tracking = Tracking(WorkTree(str(ran)))
    made = tracking.output("m.json")
    assert made and not tracking.linked(made.pin, Pin("models/a.txt", md5="0" * 32))
