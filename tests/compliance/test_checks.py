"""Every check of a requirement: what it passes over, what it finds fault with, and when it cannot tell."""

from __future__ import annotations

import json
from pathlib import Path

import governed
from cases import cases

from mlops_gitops.compliance.check import Check
from mlops_gitops.compliance.result import Finding, Status, Stop
from mlops_gitops.compliance.shared_looks import CARD
from mlops_gitops.compliance.subject import Evidence, Subject
from mlops_gitops.core import plugins
from mlops_gitops.core.frozen import replace
from mlops_gitops.policy.rule import Edit

SCHEMA = Path(__file__).parent.parent.parent / "schemas/pack.json"
CHECKS: tuple[Check, ...] = plugins.all_of("compliance.checks", "CHECK")


def look(check: Check, subject: Subject) -> Finding:
    try:
        return check.look(subject)
    except Stop as stop:
        return stop.finding


def test_the_schema_of_packs_lists_every_check_and_no_other() -> None:
    items = json.loads(SCHEMA.read_text())["properties"]["requirements"]["items"]["properties"]["checks"]["items"]
    assert items["else"]["enum"] == [check.id for check in CHECKS]


@cases("check", CHECKS)
def test_a_check_is_named_after_its_file_and_says_in_a_sentence_what_it_looks_at(check: Check) -> None:
    assert plugins.load("compliance.checks", check.id.replace("-", "_"), "CHECK") is check
    assert check.summary.endswith(".")


@cases("check", CHECKS)
def test_a_check_passes_over_the_governed_sample(check: Check) -> None:
    found = look(check, governed.subject())
    assert found.status in (check.gives, Status.PASSED) and found.says and not found.help, found


@cases("check, edits", [(check, edits) for check in CHECKS for edits in check.bad])
def test_a_check_finds_fault_at_a_place_and_says_what_to_do(check: Check, edits: tuple[Edit, ...]) -> None:
    subject = governed.subject(*edits)
    found = look(check, subject)
    assert found.status is Status.FAILED, found
    assert found.place is not None and found.help and "\n" not in found.says + found.help
    assert subject.context.head.document(found.place.path).span(found.place.route).line >= 1


@cases("check", CHECKS)
def test_a_check_has_an_example_of_a_fault(check: Check) -> None:
    assert check.bad


@cases("check", CHECKS)
def test_a_check_cannot_tell_where_what_it_rests_on_is_out_of_reach(check: Check) -> None:
    found = look(check, governed.without(check.rests_on))
    assert found.status is Status.UNAVAILABLE and found.says, found


def test_bytes_that_dvc_keeps_are_looked_for_and_their_absence_is_not_taken_for_fine() -> None:
    lock = "    - {path: reports/robustness.md, hash: md5, md5: 'abababababababababababababababab', size: 3}\n"
    edits = (
        Edit("dvc.lock", "    outs:\n    - path: data/holdout.csv", f"    outs:\n{lock}    - path: data/holdout.csv"),
        Edit("reports/robustness.md", None, None),
    )
    text = governed.files()[CARD].decode()
    line = next(line for line in text.splitlines() if "type: robustness" in line)
    pinned = "    - {id: r1, type: robustness, path: reports/robustness.md, md5: 'abababababababababababababababab'}"
    subject = governed.subject(*edits, Edit(CARD, line, pinned))
    check = plugins.load("compliance.checks", "robustness", "CHECK")
    assert look(check, subject).status is Status.PRESENT
    gone = replace(subject, evidence=Evidence(lambda pin: f"{pin.path} is not in the remote", governed.counts))
    assert (found := look(check, gone)).status is Status.UNAVAILABLE and "is not in the remote" in found.says
    assert look(check, replace(subject, evidence=None)).status is Status.PRESENT  # as validate looks, without the bytes
