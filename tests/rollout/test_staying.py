"""What stays where it is after a rollback: devices keep the release that they cannot leave, and no other gets it."""

from __future__ import annotations

import json
from typing import Any

import pytest
import sample
from cases import cases
from rolling import PLANNED, START, STATE, ledger, record

from mlops_gitops.core.errors import Undecided
from mlops_gitops.core.frozen import replace
from mlops_gitops.documents.tree import Overlay
from mlops_gitops.policy.examples import MANIFEST, ROSTER, new_release
from mlops_gitops.policy.rules import target_drift
from mlops_gitops.records.promotion import Promotion
from mlops_gitops.repository.context import Context
from mlops_gitops.repository.running_rollout import plan_digest
from mlops_gitops.repository.snapshot import Snapshot
from mlops_gitops.rollout.device_release import fleet
from mlops_gitops.rollout.staying import staying_targets, staying_words
from mlops_gitops.rollout.wave_values import Step, step_values

WAVES = b"""rollout:
  owner: operations
  waves:
    - {name: pilot, targets: [tills], groups: [pilot]}
    - {name: cloud, targets: [eu-api], traffic: 10}
    - {name: fleet, targets: [tills, eu-api]}
"""
PLAN = PLANNED[STATE].split(b"rollout:")[0] + WAVES
PLAN = PLAN.replace(b"tills.csv}", b"tills.csv, reversible: false}")
PLAN = PLAN.replace(b"    files:", b"    reversible: false\n    files:")
FILES = sample.edited((new_release("1.2.0"),), PLANNED)
FILES |= {STATE: PLAN, ROSTER: b"device,group\ntill-1,pilot\ntill-2,rest\n"}
TREE = Snapshot(Overlay(FILES))
LATER = Snapshot(Overlay(FILES | {ROSTER: b"device,group\ntill-1,pilot\ntill-2,rest\ntill-3,rest\n"}))
BOTH = ["eu-api", "tills"]
SAID = ("s3://models/churn/new/", "10")


def _set(*values: str) -> list[dict[str, Any]]:
    fields = ("spec.predictor.model.storageUri", "spec.predictor.canaryTrafficPercent")
    select = {"kind": "InferenceService", "name": "churn"}
    return [{"target": "eu-api", "path": MANIFEST, "select": select, "field": field, "value": value}
            for field, value in zip(fields, values, strict=True)]  # fmt: skip


def _opening(sequence: int, **more: object) -> Promotion:
    state = TREE.state("staging", "churn")
    assert state is not None
    return record("open", sequence, "pilot", rollout=plan_digest(state, TREE), **more)


def _back(sequence: int, stays: list[str] | None = None, **more: object) -> Promotion:
    named = {"stays": stays} if stays else {}
    return record("rollback", sequence, **{"release": "1.0.0", "replaces": "1.1.0", **named, **more})


CLOUD = record("advance", 3, "cloud", approvals={}, targets=_set(*SAID))
FLEET = (record("advance", 4, "fleet", approvals={}), record("settle", 5))
BACK = _back(4, BOTH, targets=_set(*SAID))
NEXT = _opening(5, release="1.2.0", replaces="1.0.0")
AGAIN = _back(6, BOTH, replaces="1.2.0")


def _context(*records: Promotion, head: Snapshot = LATER) -> Context:
    return Context(head, START.date(), TREE, ledger(*records), at=lambda _: TREE, now=START)


DEVICES: list[tuple[str, tuple[Promotion, ...], tuple[str, str, str]]] = [
    ("in the pilot", (_opening(2),), ("1.1.0", "1.0.0", "1.0.0")),
    ("taken back in the pilot", (_opening(2), _back(3, BOTH)), ("1.1.0", "1.0.0", "1.0.0")),
    ("all can go back", (_opening(2), _back(3)), ("1.0.0", "1.0.0", "1.0.0")),
    ("only another target stays", (_opening(2), _back(3, ["eu-api"])), ("1.0.0", "1.0.0", "1.0.0")),
    ("taken back once settled", (_opening(2), CLOUD, *FLEET, _back(6, BOTH)), ("1.1.0", "1.1.0", "1.0.0")),
    ("the next release is in its pilot", (_opening(2), CLOUD, BACK, NEXT), ("1.2.0", "1.0.0", "1.0.0")),
    ("it is taken back too", (_opening(2), CLOUD, BACK, NEXT, AGAIN), ("1.2.0", "1.0.0", "1.0.0")),
    ("a promotion reaches all", (_opening(2), _back(3, BOTH), record("promote", 4, release="1.2.0")), ("1.2.0",) * 3),
]


@cases("name, records, runs", DEVICES)
def test_a_device_keeps_what_it_cannot_leave(name: str, records: tuple[Promotion, ...], runs: tuple[str, ...]) -> None:
    found = fleet(_context(*records), "staging", "churn", "tills")
    entries = [found.entry(f"till-{number}") for number in (1, 2, 3)]
    releases = [entry.record.release for entry in entries if entry and isinstance(entry.record, Promotion)]
    assert releases == list(runs), name


def test_which_devices_had_it_is_unknown_without_the_waves_of_that_time() -> None:
    with pytest.raises(Undecided, match="0002"):
        fleet(replace(_context(_opening(2), _back(3, BOTH)), at=None), "staging", "churn", "tills")


def test_the_targets_that_stay_are_named_until_a_release_has_come_to_all() -> None:
    after = {"back": (_opening(2), CLOUD, BACK), "next": (_opening(2), CLOUD, BACK, NEXT)}
    named = {name: staying_targets(_context(*records).ledger, "staging", "churn") for name, records in after.items()}
    assert named == {"back": ("eu-api", "tills"), "next": ("eu-api", "tills")}
    settled = _context(_opening(2), CLOUD, BACK, NEXT, record("settle", 6, release="1.2.0"))
    assert staying_targets(settled.ledger, "staging", "churn") == ()
    assert staying_words(()) == "" and "tills stays as it is" in staying_words(("tills",))


def test_a_file_keeps_what_the_newest_record_set_and_goes_forward_with_its_wave() -> None:
    release, following = TREE.release("churn", "1.0.0"), TREE.release("churn", "1.2.0")
    assert release is not None and following is not None
    back = step_values(_context(_opening(2), CLOUD), Step("rollback", "staging", release))
    assert [value.value for value in back.values] == list(SAID) and back.stays == ("eu-api", "tills")
    stopped = step_values(_context(_opening(2), CLOUD), Step("stop", "staging", release))
    assert [value.value for value in stopped.values] == list(SAID)
    opened = step_values(_context(_opening(2), CLOUD, BACK), Step("open", "staging", following, "pilot"))
    assert [value.value for value in opened.values] == list(SAID) and opened.stays == ()
    onward = step_values(_context(_opening(2), CLOUD, BACK, NEXT), Step("advance", "staging", following, "fleet"))
    assert [value.value for value in onward.values] != list(SAID) and onward.values[1].value == "100"


FORGED = [
    ("it says so", BACK, 0),
    ("it names none", _back(4, targets=_set(*SAID)), 1),
    ("it names one", _back(4, ["tills"], targets=_set(*SAID)), 1),
    ("it sets the target back", _back(4, BOTH, targets=_set(f"s3://models/churn/{'a' * 31}1/", "100")), 1),
    ("it sets something else", _back(4, BOTH, targets=_set("s3://evil/", "10")), 1),
]


@cases("name, new, faults", FORGED)
def test_a_rollback_that_leaves_or_sets_anything_else_is_refused(name: str, new: Promotion, faults: int) -> None:
    said = FILES[MANIFEST].replace(f"{'a' * 31}1/".encode(), b"new/").replace(b"Percent: 100", b"Percent: 10")
    files = FILES | {new.path: json.dumps(new.data).encode(), MANIFEST: said}
    changed = replace(_context(_opening(2), CLOUD, head=Snapshot(Overlay(files))), changes={new.path: "A"})
    found = [finding for finding in target_drift.RULE.check(changed) if finding.span.path == new.path]
    assert len(found) == faults, (name, found)
