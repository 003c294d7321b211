"""An audit that goes on from a checkpoint answers what an audit of everything does, or says why it judged everything.

The history is the tampered one of `tests/tampered`: what a checkpoint keeps there are faults, up to a hundred.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tampered.make import ANSWER, answer, clone, kept

from mlops_gitops.audit import replay
from mlops_gitops.audit.findings import Findings, misfit
from mlops_gitops.core.errors import Error
from mlops_gitops.core.frozen import replace
from mlops_gitops.forges.checkpoint import CHECKPOINT_TAG, Checkpoint, parse
from mlops_gitops.orchestration.governance.checkpoints import circumstances, composed_checkpoint
from mlops_gitops.orchestration.workspace import Workspace, open_workspace
from mlops_gitops.promotion.policy_history import PolicyHistory
from mlops_gitops.repository.snapshot import Snapshot

GONE = 90  # commits, after which mlops.yaml is gone: nothing judges, and there is no checkpoint
WHOLE = json.loads(ANSWER.read_text())


@dataclass
class Audited:
    """A clone of the history, audited up to a commit."""

    workspace: Workspace
    policy: PolicyHistory
    tip: Snapshot
    found: Findings

    @classmethod
    def at(cls, folder: Path, number: int) -> Audited:
        workspace = open_workspace(str(folder))
        commits = workspace.history(workspace.base())[:number]
        tip = workspace.at(commits[-1].sha)
        policy = PolicyHistory(workspace.ledger_of(commits, tip), workspace.at)
        found = replay.audit(commits, policy, tip.folders, workspace.lightweight_tags())
        return cls(workspace, policy, tip, found)

    def checkpoint(self) -> Checkpoint:
        return composed_checkpoint(self.workspace, self.policy, self.tip, self.found)

    def keep(self, made: Checkpoint) -> None:
        git = self.workspace.git
        git.set_ref(f"refs/tags/{made.tag}", git.make_tag(made.tag, made.target, made.message(), made.time))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clone without a checkpoint."""
    found = tmp_path_factory.mktemp("tampered") / "repository"
    clone(found)
    return found


@pytest.fixture
def tagged(folder: Path) -> Iterator[Path]:
    """The same, whose checkpoints are removed afterwards."""
    yield folder
    git = open_workspace(str(folder)).git
    for name in git.refs_below("refs/tags/mlops-gitops/checkpoint"):
        git.run("update-ref", "-d", f"refs/tags/{CHECKPOINT_TAG}{name}")


def since(folder: Path, number: int) -> tuple[Checkpoint, dict[str, Any]]:
    """A checkpoint of so many commits, and the answer of an audit that may go on from it."""
    audited = Audited.at(folder, number)
    made = audited.checkpoint()
    audited.keep(made)
    return made, answer(folder, "--since-checkpoint")


@pytest.mark.parametrize("number", [20, 96])
def test_an_audit_since_a_checkpoint_answers_what_one_of_everything_does(tagged: Path, number: int) -> None:
    made, found = since(tagged, number)
    assert kept(found) == WHOLE
    assert (found["since"]["commit"], found["since"]["commits"]) == (made.commit, number)
    assert any(made.tag in note for note in found["notes"])


@pytest.mark.soak
@pytest.mark.parametrize("number", [number for number in range(2, 114) if number != GONE])
def test_so_does_one_since_any_checkpoint(tagged: Path, number: int) -> None:
    assert kept(since(tagged, number)[1]) == WHOLE


def test_without_a_project_there_is_no_checkpoint(folder: Path) -> None:
    with pytest.raises(Error, match="no checkpoint"):
        Audited.at(folder, GONE).checkpoint()


def test_a_checkpoint_that_does_not_fit_says_why(folder: Path) -> None:
    audited = Audited.at(folder, 20)
    made, policy = audited.checkpoint(), audited.policy
    now, ids = circumstances(policy.ledger, audited.tip), audited.workspace.tag_ids()
    assert misfit(made, policy, now, ids) == ""
    for other, word in (
        (replace(made, commit="1" * 40), "line"),
        (replace(made, tool="mlops-gitops 0.0.1"), "0.0.1"),
        (replace(made, rules=f"sha256:{'1' * 64}"), "rules"),
        (replace(made, forge="github"), "github"),
        (replace(made, folders={**made.folders, "releases": "elsewhere"}), "folders"),
        (replace(made, policy="none yet"), "policy"),
        (replace(made, receipts={**made.receipts, "churn": ""}), "churn"),
        (replace(made, receipts={**made.receipts, "other": ""}), "other"),
    ):
        assert word in misfit(other, policy, now, ids)
    hostile = replace(made, tool="x\n::error::\u202e" * 40)
    assert misfit(hostile, policy, now, ids).isprintable()
    for tag, word in (("churn@v1.0.0", "churn"), ("mlops-gitops/decision/hurry", "decisions")):
        assert word in misfit(made, policy, now, {**ids, tag: "2" * 40})
        assert word in misfit(made, policy, now, {name: id for name, id in ids.items() if name != tag})


def test_what_is_no_checkpoint_is_read_as_none(folder: Path) -> None:
    made = Audited.at(folder, 20).checkpoint()
    message = made.message()
    assert parse(made.tag, made.target, message, made.time) == made
    assert parse(made.tag, "1" * 40, message) is None
    assert parse(f"{CHECKPOINT_TAG}{'1' * 40}", made.target, message) is None
    place = '"line":1,'
    assert place in message
    for old, new in ((place, '"line":"1",'), (place, '"line":-5,'), ('"rule":"', '"rule":"x\\n::error::'),
                     ('"undecided":false', '"undecided":0'), ('"message":"', '"message":7,"x":"')):  # fmt: skip
        assert parse(made.tag, made.target, message.replace(old, new, 1), made.time) is None, new
    for name in ("format", "commit", "tool", "folders", "receipts", "commits", "listed", "records", "settled"):
        assert parse(made.tag, made.target, message.replace(f'"{name}":', '"other":', 1), made.time) is None, name
    for wrong in ("", "audited\n\n{}", message.replace("/v1", "/v2"), message.replace('"commits":{', '"commits":[{')):
        assert parse(made.tag, made.target, wrong) is None
