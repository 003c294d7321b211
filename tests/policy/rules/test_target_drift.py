"""target-drift: what a guarded field may become without a record, and what a record must set."""

from __future__ import annotations

import json
from collections.abc import Mapping

import sample
from cases import cases

from mlops_gitops.core.canonical import git_blob
from mlops_gitops.documents.tree import Overlay
from mlops_gitops.policy.examples import MANIFEST, TARGETED
from mlops_gitops.policy.rule import Edit
from mlops_gitops.policy.rules.target_drift import RULE
from mlops_gitops.repository.context import Context
from mlops_gitops.repository.ledger import Commit, FileChange, build_ledger
from mlops_gitops.repository.snapshot import Snapshot

STATE, FIRST, SECOND = (
    "environments/staging/churn.yaml", "promotions/staging/churn/0001.json", "promotions/staging/churn/0002.json"
)  # fmt: skip
FIELD, ADDRESS = "spec.predictor.canaryTrafficPercent", "spec.predictor.model.storageUri"
SELECT = {"kind": "InferenceService", "name": "churn"}


def _recorded(*values: tuple[str, str], release: str = "1.0.0", sequence: int = 1) -> bytes:
    """The sample's record with target values in it."""
    data = json.loads(sample.files()[FIRST])
    data["predicate"] |= {"release": release, "sequence": sequence}
    data["predicate"]["targets"] = [
        {"target": "eu-api", "path": MANIFEST, "select": SELECT, "field": field, "value": value}
        for field, value in values
    ]
    if not values:
        del data["predicate"]["targets"]
    return json.dumps(data).encode()


def _found(base: Mapping[str, bytes], head: Mapping[str, bytes]) -> list[str]:
    blobs = {git_blob(data): data for data in base.values()}
    changes = tuple(FileChange("A", path, None, git_blob(data)) for path, data in sorted(base.items()))
    before = Snapshot(Overlay(base))
    ledger = build_ledger(
        [Commit("1" * 40, None, 1_767_312_000, changes)], blobs.__getitem__, before.folders, {}, "local"
    )
    differ = {path: "M" if path in base else "A" for path, data in head.items() if base.get(path) != data}
    differ |= {path: "D" for path in base if path not in head}
    context = Context(Snapshot(Overlay(head)), sample.TODAY, before, ledger, differ, at=lambda _: before)
    return [found.message for found in RULE.check(context)]


def _edited(tree: Mapping[str, bytes], path: str, old: str, new: str) -> dict[str, bytes]:
    return sample.edited((Edit(path, old, new),), tree)


BASE = sample.edited(TARGETED)
RECORDED = BASE | {FIRST: _recorded((ADDRESS, f"s3://models/churn/{'a' * 31}1/"), (FIELD, "100"))}
BY_HAND = [  # whether a record has set the fields, what is edited, whether that is a fault
    (False, ((MANIFEST, "Percent: 100", "Percent: 10"),), True),
    (False, ((MANIFEST, "s3://models", "s3://evil"),), True),
    (False, ((MANIFEST, "s3://models", "s3://new"), (STATE, "s3://models", "s3://new")), False),
    (True, ((MANIFEST, "s3://models", "s3://evil"), (STATE, "s3://models", "s3://evil")), True),
    (True, ((STATE, "s3://models", "s3://new"),), False),
    (True, ((MANIFEST, "Percent: 100", "Percent: '100'"),), False),
    (True, ((MANIFEST, "canaryTrafficPercent: 100", "canaryTrafficPercent: 100\n    minReplicas: 1"),), False),
    (True, ((MANIFEST, "name: churn}", "name: other}"),), True),
]


@cases("recorded,edits,fault", BY_HAND)
def test_an_edit_by_hand(recorded: bool, edits: tuple[tuple[str, str, str], ...], fault: bool) -> None:
    base = RECORDED if recorded else BASE
    head = dict(base)
    for path, old, new in edits:
        head = _edited(head, path, old, new)
    found = _found(base, head)
    assert bool(found) == fault, found
    assert all(MANIFEST in message for message in found)


def test_a_file_that_is_removed_and_a_target_that_is_removed_with_it() -> None:
    gone = {path: data for path, data in RECORDED.items() if path != MANIFEST}
    assert _found(RECORDED, gone)
    untargeted = gone | {STATE: sample.files()[STATE]}
    assert _found(RECORDED, untargeted)
    assert _found(RECORDED | {STATE: sample.files()[STATE]}, untargeted) == []


def test_what_a_record_set_may_be_brought_back() -> None:
    drifted = _edited(RECORDED, MANIFEST, "Percent: 100", "Percent: 10")
    assert _found(drifted, RECORDED) == []


B = f"s3://models/churn/{'b' * 31}1/"
RECORDS = [  # what a new record of 1.1.0 says that it sets, what the file then says, a fact of the finding
    (((ADDRESS, B), (FIELD, "100")), B, ""),
    (((ADDRESS, B), (FIELD, "100")), "s3://evil/", "0002.json"),
    (((ADDRESS, "s3://evil/"), (FIELD, "100")), "s3://evil/", "targets"),
    (((ADDRESS, B), (FIELD, "10")), B, "targets"),
    (((ADDRESS, B),), B, "targets"),
    ((), B, "targets"),
]


@cases("values,address,fact", RECORDS)
def test_a_record_sets_what_the_targets_of_the_base_render(
    values: tuple[tuple[str, str], ...], address: str, fact: str
) -> None:
    head = RECORDED | {SECOND: _recorded(*values, release="1.1.0", sequence=2)}
    head = _edited(head, STATE, 'release: "1.0.0"', 'release: "1.1.0"')
    head = _edited(head, MANIFEST, f"s3://models/churn/{'a' * 31}1/", address)
    found = _found(RECORDED, head)
    assert bool(found) == bool(fact) and all(fact in " ".join(found) for _ in found), found
