"""An audit of what came after a checkpoint answers what one of everything does, whatever came.

The history is one of `benchmarks/history.py` whose last commits are edited: by hand, in the place of records, of what
judges, and in the receipts.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import random
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from benchmarks import history
from mlops_gitops.cli.main import main
from mlops_gitops.orchestration.governance.later_commits import find_later
from mlops_gitops.orchestration.workspace import open_workspace

STATE = "environments/production/model-0001.yaml"
RECORD = "promotions/production/model-0001/0002.json"
RELEASE = "releases/model-0001/1.1.0.yaml"
WAIVER = """apiVersion: mlops-gitops/v1
kind: Decision
type: quarantine
subject: {model: model-0002, release: 1.0.0}
by: alice
role: data-science
reason: It drifts.
"""


class History:
    """A clone whose last commits are not yet audited: `main` and its receipts are put back by `go_on`."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "repository"

    def git(self, *words: str) -> str:
        done = subprocess.run(["git", *words], cwd=self.root, capture_output=True, text=True, check=True)
        return done.stdout.strip()

    def edit(self, path: str, old: str, new: str) -> None:
        place = self.root / path
        assert old in place.read_text()
        place.write_text(place.read_text().replace(old, new))

    def write(self, path: str, text: str) -> None:
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).write_text(text)

    def commit(self) -> None:
        self.git("add", "-A")
        self.git("commit", "-qm", "Later")
        self.git("push", "-q", "origin", "HEAD:main")

    def audit(self, *words: str) -> dict[str, Any]:
        out, before = io.StringIO(), Path.cwd()
        os.chdir(self.root)
        try:
            with contextlib.redirect_stdout(out), contextlib.suppress(SystemExit):
                main(["audit", *words, "--format", "json"])
        finally:
            os.chdir(before)
        found: dict[str, Any] = json.loads(out.getvalue())
        return found

    def answers(self) -> tuple[dict[str, Any], dict[str, Any], bool]:
        """What an audit of everything and one since the checkpoint answer, and whether that read no earlier commit."""
        workspace = open_workspace(str(self.root))
        alone = find_later(workspace, workspace.base()) is not None
        whole, since = self.audit(), self.audit("--since-checkpoint")
        assert since["since"] is not None
        return whole, {**since, "since": None, "notes": since["notes"][-len(whole["notes"]) :]}, alone


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A history with a checkpoint four commits before its end."""
    folder = tmp_path_factory.mktemp("history") / "kept"
    history.write(folder, 3, 2)
    found = History(folder)
    tip, last = found.git("rev-parse", "main"), ("model-0002#production#2", "model-0001#production#2")
    receipts = {name: found.git("rev-parse", f"refs/tags/{name}") for name in last}
    found.git("push", "-q", "-f", "origin", "main~2:main", *(f":refs/tags/{name}" for name in last))
    found.git("tag", "-d", *last)
    assert found.audit("checkpoint")["outcome"] == "passed"
    for name, id in receipts.items():
        found.git("update-ref", f"refs/tags/{name}", id)
    found.git("push", "-q", "origin", f"{tip}:main", *(f"refs/tags/{name}" for name in last))
    found.git("fetch", "-q", "origin", "+refs/tags/*:refs/mlops/tags/*")
    return folder


@pytest.fixture
def later(written: Path, tmp_path: Path) -> History:
    """The same, to be edited."""
    shutil.copytree(written, tmp_path / "kept", symlinks=True)
    found = History(tmp_path / "kept")
    found.git("remote", "set-url", "origin", str(tmp_path / "kept" / "origin.git"))
    return found


def test_two_promotions_are_judged_alone(later: History) -> None:
    whole, since, alone = later.answers()
    assert alone and since == whole and whole["outcome"] == "passed"


def _state(found: History) -> None:
    found.edit(STATE, "1.1.0", "1.0.0")


def _record(found: History) -> None:
    found.edit(RECORD, '"why": ""', '"why": "edited"')


def _gone(found: History) -> None:
    (found.root / RECORD).unlink()


def _release(found: History) -> None:
    text = (found.root / RELEASE).read_text()
    found.write("releases/model-0001/1.2.0.yaml", text.replace("1.1.0", "1.2.0"))


def _odd(found: History) -> None:
    found.write("Promotions/production/model-0001/0009.json", "{}\n")
    found.write("releases/model-0001/notes.txt", "none\n")


def _decision(found: History) -> None:
    found.write("decisions/no-more.yaml", WAIVER)


def _promoted(found: History) -> None:
    text = (found.root / RECORD).read_text()
    found.write("promotions/production/model-0001/0003.json", text.replace('"sequence": 2', '"sequence": 3'))


def _targets(found: History) -> None:
    found.write("deploy/one.yaml", "uri: none\n")
    text = (found.root / STATE).read_text()
    found.write(
        STATE, text + 'targets:\n  api:\n    files:\n      - path: deploy/one.yaml\n        set: {uri: "{md5}"}\n'
    )


def _policy(found: History) -> None:
    found.edit("mlops.yaml", "staging: {approvals: {operations: 1}}", "staging: {}")


def _folder(found: History) -> None:
    found.edit("mlops.yaml", "branch: main", "branch: main\npaths: {decisions: rulings}")


def _kpis(found: History) -> None:
    found.edit("models/model-0002/kpis.yaml", "at_least: 0.85", "at_least: 0.8")


def _receipt_gone(found: History) -> None:
    for folder in ("refs/tags", "refs/mlops/tags"):
        found.git("update-ref", "-d", f"{folder}/model-0000#staging#1")


def _receipt_moved(found: History) -> None:
    for folder in ("refs/tags", "refs/mlops/tags"):
        found.git("update-ref", f"{folder}/model-0000#staging#1", "HEAD")


def _receipt_more(found: History) -> None:
    id = found.git("rev-parse", "refs/mlops/tags/model-0000#staging#1")
    found.git("update-ref", "refs/mlops/tags/model-0000#staging#7", id)


def _new_receipt_gone(found: History) -> None:
    for folder in ("refs/tags", "refs/mlops/tags"):
        found.git("update-ref", "-d", f"{folder}/model-0001#production#2")


Step = Callable[[History], None]
IN_FILES: dict[Step, bool] = {
    _state: True, _record: True, _gone: True, _release: True, _odd: True, _decision: True, _promoted: True,
    _targets: True, _policy: False, _folder: False, _kpis: False,
}  # fmt: skip
IN_RECEIPTS: dict[Step, bool] = {
    _receipt_gone: False, _receipt_moved: False, _receipt_more: False, _new_receipt_gone: True
}  # fmt: skip


def _do(found: History, step: Step) -> None:
    step(found)
    if step in IN_FILES:
        found.commit()


@pytest.mark.parametrize("step", [_state, _promoted, _odd, _policy, _receipt_moved, _new_receipt_gone])
def test_what_came_later_is_found_as_by_an_audit_of_everything(later: History, step: Step) -> None:
    _do(later, step)
    whole, since, alone = later.answers()
    assert since == whole and whole["outcome"] != "passed"
    assert alone is (IN_FILES | IN_RECEIPTS)[step]


def _walks() -> Iterator[tuple[int, ...]]:
    numbers = random.Random(22)
    steps = len(IN_FILES | IN_RECEIPTS)
    yield from ((number,) for number in range(steps))
    for _ in range(60):
        yield tuple(numbers.sample(range(steps), numbers.randint(2, 4)))


@pytest.mark.soak
@pytest.mark.parametrize("walk", list(_walks()), ids=str)
def test_so_is_any_mix_of_it(later: History, walk: tuple[int, ...]) -> None:
    steps = list(IN_FILES | IN_RECEIPTS)
    for number in walk:
        with contextlib.suppress(AssertionError, FileNotFoundError, subprocess.CalledProcessError):  # done already
            _do(later, steps[number])
        whole, since, _ = later.answers()
        assert since == whole
