"""A change is judged by the packs, the class and the flags of its base."""

from __future__ import annotations

from datetime import date

import governed
import sample
from cases import cases
from messages import lacking
from past import approved

from mlops_gitops.compliance.shared_looks import CARD
from mlops_gitops.core.diagnostics import Diagnostic, Severity
from mlops_gitops.core.frozen import replace
from mlops_gitops.documents.tree import Overlay
from mlops_gitops.orchestration.governance.requirements import governance_findings
from mlops_gitops.policy.rule import Edit
from mlops_gitops.policy.rules.policy_change import RULE as POLICY_CHANGE
from mlops_gitops.policy.rules.promotion_packs import RULE as PROMOTION_PACKS
from mlops_gitops.records.pack import Pack
from mlops_gitops.records.project import PATH
from mlops_gitops.repository.context import Context
from mlops_gitops.repository.packs_in_force import packs_in_force
from mlops_gitops.repository.policy_files import digest_of
from mlops_gitops.repository.snapshot import Snapshot

RECORD = "promotions/production/churn/0001.json"
OWN = "governance/packs/house.yaml"
HOUSE = """apiVersion: mlops-gitops/v1
kind: Pack
id: house
version: "1"
title: House rules
requirements:
  - id: HR-1
    title: Purpose
    source: {act: Minutes, article: "7", source_checked: 2026-11-29, against: the signed minutes}
    applies_from: 2026-01-01
    role: model-owner
    severity: {minimal: none, limited: warning, high: error, prohibited: error}
    checks: [purpose]
"""
NO_PURPOSE = Edit(CARD, "  purpose: Which accounts are called first.\n", "")
BEGUN = (
    Edit(OWN, None, HOUSE),
    Edit(PATH, "packs: [eu-ai-act, us-mrm, us-co-admt, nyc-ll144]", "packs: [house]"),
    NO_PURPOSE,
)


def promoting(*edits: Edit, base: tuple[Edit, ...] = BEGUN, packs: tuple[Pack, ...] = ()) -> Context:
    """The governed sample, and on it a change that promotes 1.1.0 to production."""
    before = sample.edited(base, governed.files())
    snapshot = Snapshot(Overlay(before))
    record = before["promotions/staging/churn/0002.json"].decode()
    record = record.replace('"staging"', '"production"').replace('"sequence": 2', '"sequence": 1')
    if packs:
        written = ", ".join(str(pack.pin()).replace("'", '"') for pack in packs)
        record = record.replace('"gates": [', f'"packs": [{written}],\n    "gates": [')
    after = sample.edited((*edits, Edit(RECORD, None, record)), before)
    changes = {path: "A" if path not in before else "M" for path, data in after.items() if before.get(path) != data}
    head, day = Snapshot(Overlay(after)), date(2026, 11, 30)
    return Context(head, day, snapshot, governed.ledger(), changes, at=lambda _: snapshot)


def found(context: Context) -> list[Diagnostic]:
    return [finding for finding in governance_findings(context) if "HR-1" in finding.message]


@cases(
    "edit",
    [Edit(OWN, "checks: [purpose]", "checks: [limitations]"), Edit(OWN, "high: error", "high: none"),
     Edit(OWN, "2026-01-01", "2036-01-01"), Edit(PATH, "governance: {packs: [house], enforce: [production]}\n", ""),
     Edit(PATH, ", enforce: [production]", ""), Edit(CARD, "class: high", "class: minimal"), Edit(OWN, None, None)],
)  # fmt: skip
def test_what_a_change_lowers_does_not_judge_it(edit: Edit) -> None:
    (finding,) = found(promoting(edit))
    assert finding.severity is Severity.ERROR and finding.span.path == CARD


def test_a_promotion_that_completes_the_card_enters() -> None:
    filled = Edit(CARD, "  exposure:", "  purpose: Which accounts are called first.\n  exposure:")
    assert found(promoting(filled)) == []


@cases("action", ["rollback", "adopt"])
def test_a_rollback_is_never_blocked_and_names_no_pack(action: str) -> None:
    before = promoting()
    record = before.head.tree.read(RECORD) or b""
    text = record.decode().replace('"action": "promote"', f'"action": "{action}"')
    context = replace(before, head=Snapshot(Overlay({RECORD: text.encode()}, before.head.tree)))
    assert [f for f in governance_findings(context) if f.severity is Severity.ERROR] == []
    assert list(PROMOTION_PACKS.check(context)) == []


def test_elsewhere_than_in_an_enforced_environment_it_is_a_warning() -> None:
    not_enforced = (*BEGUN, Edit(PATH, ", enforce: [production]", ""))
    (finding,) = found(promoting(base=not_enforced))
    assert finding.severity is Severity.WARNING and finding.help == "add purpose: below mlops:"


def test_a_model_that_a_change_leaves_alone_is_not_looked_at() -> None:
    context = promoting()
    assert found(replace(context, changes={"models/fraud/README.md": "M"})) == []


def test_a_pack_that_is_not_there_lets_nothing_in() -> None:
    base = (*BEGUN[1:], Edit("docs/x.md", None, "x"))
    (finding,) = governance_findings(promoting(base=base))
    assert finding.severity is Severity.ERROR and finding.undecided and "house" in finding.message


def test_a_record_names_the_packs_of_the_base_with_their_digests() -> None:
    (house,) = packs_in_force(Snapshot(Overlay(sample.edited(BEGUN, governed.files()))))
    assert list(PROMOTION_PACKS.check(promoting(packs=(house,)))) == []
    other = replace(house, digest="sha256:" + "0" * 64)
    for packs in ((), (other,), (replace(house, version="2"),), (house, other)):
        (finding,) = PROMOTION_PACKS.check(promoting(packs=packs))
        assert finding.span.path == RECORD and finding.help.startswith("run again: mlops-gitops promote churn")


def test_a_later_version_of_this_tool_replays_a_pack_of_an_earlier_one() -> None:
    base = (Edit(PATH, "packs: [eu-ai-act, us-mrm, us-co-admt, nyc-ll144]", "packs: [us-mrm]"),)
    (built,) = packs_in_force(Snapshot(Overlay(sample.edited(base, governed.files()))))
    earlier = promoting(base=base, packs=(replace(built, version="2025.01", digest="sha256:" + "1" * 64),))
    assert list(PROMOTION_PACKS.check(earlier)) == []
    assert list(PROMOTION_PACKS.check(replace(earlier, pull=approved("bob"))))  # but it does not judge today
    forged = promoting(base=base, packs=(replace(built, digest="sha256:" + "1" * 64),))
    assert list(PROMOTION_PACKS.check(forged))


@cases(
    "edit, path",
    [(Edit(OWN, "checks: [purpose]", "checks: [limitations]"), OWN), (Edit(OWN, None, None), OWN),
     (Edit("governance/packs/more.yaml", None, HOUSE.replace("id: house", "id: more")), "governance/packs/more.yaml"),
     (Edit(CARD, "class: high", "class: limited"), CARD), (Edit(CARD, "  aedt: true\n", ""), CARD),
     (Edit(CARD, "consequential: true", "consequential: false"), CARD), (Edit(CARD, None, None), CARD),
     (Edit(CARD, "  exposure: Forty thousand accounts a year.\n", ""), CARD)],
)  # fmt: skip
def test_whoever_lowers_what_judges_needs_the_approval_of_the_policy_s_roles(edit: Edit, path: str) -> None:
    context = replace(promoting(edit), pull=replace(approved(), paths=()))
    asked = [f.message for f in POLICY_CHANGE.check(context) if f.span.path == path]
    assert len(asked) == 2
    assert all(any(not lacking(message, role) for message in asked) for role in ("data-science", "operations"))
    agreed = replace(context, pull=approved("bob", "carol"))
    assert [f for f in POLICY_CHANGE.check(agreed) if f.span.path == path] == []


@cases(
    "edit",
    [Edit(OWN, "checks: [purpose]", "checks: [ purpose ] # as before"), Edit(CARD, "class: high", "class: prohibited"),
     Edit(CARD, "exposure: Forty", "exposure: About forty"), Edit(CARD, "# Churn", "# Churning")],
)  # fmt: skip
def test_what_lowers_nothing_needs_nobody(edit: Edit) -> None:
    context = replace(promoting(edit), pull=approved())
    assert [f for f in POLICY_CHANGE.check(context) if f.span.path in (OWN, CARD)] == []


def test_a_pack_is_part_of_the_policy_s_digest_and_without_one_the_digest_is_as_before() -> None:
    bare = Snapshot(Overlay(sample.files()))
    with_pack = Snapshot(Overlay(sample.edited((Edit(OWN, None, HOUSE),))))
    assert digest_of(bare) != digest_of(with_pack)
    without = sample.edited((Edit(OWN, None, HOUSE),))
    del without[OWN]
    assert digest_of(Snapshot(Overlay(without))) == digest_of(bare)
