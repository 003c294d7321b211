"""Every requirement of the built-in packs: met, not met, unknown, and on both sides of its first day."""

from __future__ import annotations

from datetime import timedelta

import governed
import sample
from cases import cases

from mlops_gitops.compliance.assess import Result, assess
from mlops_gitops.compliance.check import Check
from mlops_gitops.compliance.result import Status
from mlops_gitops.compliance.shared_looks import CARD
from mlops_gitops.compliance.subject import Subject
from mlops_gitops.core import plugins
from mlops_gitops.core.frozen import replace
from mlops_gitops.policy.rule import Edit
from mlops_gitops.policy.rules.pack_source import deleted
from mlops_gitops.records.pack import Attestation, Pack, Requirement, Source
from mlops_gitops.repository.packs_in_force import built_in, built_in_ids

ROWS = governed.rows()
BY_NAME: dict[str, Check] = {check.id: check for check in plugins.all_of("compliance.checks", "CHECK")}
HELD = [(pack, row) for pack, row in ROWS if row.checks]
LIMITED = Edit(CARD, "class: high", "class: limited")


def result(subject: Subject, pack: Pack, row: Requirement) -> Result:
    (found,) = assess([replace(pack, requirements=(row,))], subject)
    return found


def test_there_are_four_packs_and_no_two_requirements_share_an_id() -> None:
    assert built_in_ids() == ("eu-ai-act", "nyc-ll144", "us-co-admt", "us-mrm")
    ids = [row.id for _, row in ROWS]
    assert len(ids) == len(set(ids))


@cases("pack, row", ROWS)
def test_every_citation_says_when_and_against_what_it_was_compared_and_names_nothing_deleted(
    pack: Pack, row: Requirement
) -> None:
    assert row.source.checked.year >= 2026 and len(row.source.against) > 20
    assert deleted(row.source) is None


def test_a_citation_of_the_deleted_article_10_5_is_found() -> None:
    source = built_in("eu-ai-act").requirements[0].source
    assert deleted(replace(source, article="Article 10(5)")) is not None
    assert deleted(Source("EU AI Act", "Art. 10 (5), point (b)", source.checked, "")) is not None
    assert deleted(replace(source, article="Article 10(2)(f)")) is None


@cases("pack, row", HELD)
def test_a_requirement_is_met_by_the_governed_sample(pack: Pack, row: Requirement) -> None:
    found = result(governed.subject(), pack, row)
    assert found.status in (Status.PASSED, Status.PRESENT, Status.ATTESTED) and found.says, found


@cases("pack, row", [(pack, row) for pack, row in ROWS if not row.checks])
def test_what_has_no_checks_is_not_assessed_and_says_what_nobody_looks_at(pack: Pack, row: Requirement) -> None:
    found = result(governed.subject(), pack, row)
    assert found.status is Status.NOT_ASSESSED and found.says == f"not checked here: {row.not_assessed}"


@cases("pack, row, check", [(pack, row, check) for pack, row in HELD for check in row.checks])
def test_a_requirement_fails_with_any_of_its_checks(pack: Pack, row: Requirement, check: str | Attestation) -> None:
    gone = (Edit(governed.attest_path(row), None, None),)
    edits = gone if isinstance(check, Attestation) else BY_NAME[check].bad[0]
    found = result(governed.subject(*edits), pack, row)
    assert found.status is Status.FAILED and found.help, found


@cases("pack, row, check", [(pack, row, check) for pack, row in HELD for check in row.checks])
def test_a_requirement_is_not_available_where_a_check_cannot_tell(
    pack: Pack, row: Requirement, check: str | Attestation
) -> None:
    if isinstance(check, Attestation):
        subject = governed.subject()
        ledger = replace(governed.ledger(), receipts={})
        subject = replace(subject, context=replace(subject.context, ledger=ledger))
    else:
        subject = governed.without(BY_NAME[check].rests_on)
    assert result(subject, pack, row).status in (Status.UNAVAILABLE,)


@cases("pack, row", ROWS)
def test_a_requirement_applies_from_its_day_on(pack: Pack, row: Requirement) -> None:
    before = result(governed.subject(today=row.applies_from - timedelta(days=1)), pack, row)
    assert before.status is Status.NOT_APPLICABLE and before.says == f"until {row.applies_from}"
    assert result(governed.subject(today=row.applies_from), pack, row).status is not Status.NOT_APPLICABLE


@cases("pack, row", [(pack, row) for pack, row in ROWS if {"aedt", "consequential"} & row.when.keys()])
def test_a_row_of_a_flag_applies_where_the_card_or_the_base_sets_it(pack: Pack, row: Requirement) -> None:
    (flag,) = row.when
    off = Edit(CARD, f"  {flag}: true\n", "")
    alone = governed.subject(off)
    assert result(alone, pack, row).status is not Status.NOT_APPLICABLE  # the base says it still
    agreed = replace(alone, context=replace(alone.context, base=alone.context.head))
    assert result(agreed, pack, row).says == f"mlops.{flag} is not true"


def test_a_generative_model_is_outside_of_sr_26_2() -> None:
    pack = built_in("us-mrm")
    subject = governed.subject(Edit(CARD, "tabular-classification", "text-generation"))
    found = {r.row.id: r.status for r in assess([pack], subject)}
    assert found.pop("MRM-GEN") is Status.PRESENT
    assert set(found.values()) == {Status.NOT_APPLICABLE}


def test_the_higher_of_the_card_s_and_the_base_s_class_judges() -> None:
    pack = built_in("eu-ai-act")
    (row,) = (row for row in pack.requirements if row.id == "AIA-14")
    lowered = governed.subject(LIMITED)
    assert result(lowered, pack, row).severity == "error"
    merged = replace(lowered, context=replace(lowered.context, base=lowered.context.head))
    assert result(merged, pack, row).says == "not asked of risk class limited"


def test_the_worst_of_several_checks_counts() -> None:
    pack = built_in("eu-ai-act")
    (row,) = (row for row in pack.requirements if row.id == "AIA-15-4")
    assert result(governed.subject(), pack, row).status is Status.PRESENT  # evidence present, format passed
    pickled = governed.subject(Edit(CARD, "model.skops", "model.pkl"))
    found = result(pickled, pack, row)
    assert [finding.status for finding in found.findings] == [Status.FAILED, Status.PRESENT]


def test_a_model_without_a_card_meets_nothing() -> None:
    subject = governed.subject(Edit(CARD, None, None))
    assert {r.status for r in assess([built_in("us-mrm")], subject)} == {Status.FAILED}


def test_the_sample_of_rules_has_no_packs_so_nothing_is_asked_of_it() -> None:
    assert b"governance" not in sample.files()["mlops.yaml"]
