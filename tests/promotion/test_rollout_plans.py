"""Which commits change what a rollout is judged by, so that its owner approves them and an audit asks for it."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

import sample
from cases import cases
from rolling import PLANNED, ROLLOUT, STATE

from mlops_gitops.core.frozen import replace
from mlops_gitops.documents.tree import Overlay
from mlops_gitops.promotion.policy_history import PolicyHistory
from mlops_gitops.repository.ledger import Commit, FileChange
from mlops_gitops.repository.snapshot import Snapshot

ROSTER = "fleets/tills.csv"
WITHOUT = {**PLANNED, STATE: PLANNED[STATE].removesuffix(ROLLOUT)}
FEWER = {**PLANNED, ROSTER: b"device,group\ntill-2,pilot\n"}


def _changed(*trees: Mapping[str, bytes]) -> list[list[str]]:
    """The files of the policy that each commit after the first changes; each has one of these trees."""
    past = sample.ledger_of(trees[0])
    commits = [*past.commits]
    for number, (before, after) in enumerate(pairwise(trees), 2):
        paths = sorted(path for path in {*before, *after} if before.get(path) != after.get(path))
        changes = tuple(FileChange("M" if path in after else "D", path, None, None) for path in paths)
        commits.append(Commit(str(number) * 40, commits[-1].sha, commits[-1].time + 1, changes))
    at = {commit.sha: Snapshot(Overlay(tree)) for commit, tree in zip(commits, trees, strict=True)}
    found = {change.commit.sha: list(change.files) for change in
             PolicyHistory(replace(past, commits=tuple(commits)), at.__getitem__).changes}  # fmt: skip
    return [found.get(commit.sha, []) for commit in commits[1:]]


def test_a_plan_that_ended_before_a_rollout_opened_was_one() -> None:
    assert _changed(PLANNED, WITHOUT) == [[STATE]]
    assert _changed(WITHOUT, PLANNED, WITHOUT) == [[STATE], [STATE]]
    assert _changed(PLANNED, FEWER, {**WITHOUT, ROSTER: FEWER[ROSTER]}) == [[ROSTER], [STATE]]


def test_without_waves_targets_are_no_policy() -> None:
    edited = {**WITHOUT, STATE: WITHOUT[STATE] + b"# checked\n"}
    assert _changed(WITHOUT, edited) == [[]]


def test_a_record_of_another_environment_hides_nothing() -> None:
    other = {**WITHOUT, "promotions/production/churn/0001.json": b"{}"}
    assert _changed(PLANNED, other) == [[STATE]]


@cases("key", ["rollout", '"rollout"', '"roll\\u006fut"', '"\\x72ollout"'])
def test_a_plan_is_found_however_its_key_is_written(key: str) -> None:
    tree = Snapshot(Overlay({**PLANNED, STATE: PLANNED[STATE].replace(b"rollout:", f"{key}:".encode())}))
    assert [state.path for state in tree.planned_states] == [STATE]
