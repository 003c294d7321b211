"""Attestations: who, for how long, of which release, and what proves that they were approved."""

from __future__ import annotations

from datetime import date

import governed
import sample
from cases import cases

from mlops_gitops.compliance.assess import assess
from mlops_gitops.compliance.attestations import add_age, look
from mlops_gitops.compliance.findings import warnings
from mlops_gitops.compliance.result import Finding, Status
from mlops_gitops.compliance.subject import Subject
from mlops_gitops.core.frozen import replace
from mlops_gitops.policy.rule import Edit
from mlops_gitops.records.pack import Attestation
from mlops_gitops.records.receipt import UNMET
from mlops_gitops.repository.packs_in_force import built_in

(ROW,) = (row for row in built_in("eu-ai-act").requirements if row.id == "AIA-14")
PATH = governed.attest_path(ROW)
WANTED = Attestation("human-oversight", "12 months", per_release=True)


def judged(*edits: Edit, wanted: Attestation = WANTED, today: date = governed.TODAY) -> Finding:
    return look(governed.subject(*edits, today=today), ROW, wanted)


def test_it_says_who_attested_when_and_until_when() -> None:
    found = judged()
    assert found.status is Status.ATTESTED
    assert "bob (operations) on 2028-01-03, until 2028-12-31: I looked" in found.says


@cases(
    "day, status, soon",
    [(date(2028, 11, 30), "attested", False), (date(2028, 12, 1), "attested", True),
     (date(2028, 12, 31), "attested", True), (date(2029, 1, 1), "failed", False)],
)  # fmt: skip
def test_a_warning_comes_thirty_days_before_it_expires(day: date, status: str, soon: bool) -> None:
    found = judged(today=day)
    assert (found.status, bool(found.soon)) == (status, soon)
    if status == "failed":
        assert "expired on 2028-12-31" in found.says and found.place and found.place.path == PATH


def test_its_age_counts_from_its_receipt() -> None:
    assert judged(wanted=replace(WANTED, max_age="30 days"), today=date(2028, 2, 2)).status is Status.ATTESTED
    found = judged(wanted=replace(WANTED, max_age="30 days"), today=date(2028, 2, 3))
    assert found.status is Status.FAILED and "of 2028-01-03, and may be 30 days old" in found.says


@cases(
    "day, age, until",
    [(date(2028, 1, 31), "1 months", date(2028, 2, 29)), (date(2027, 8, 31), "6 months", date(2028, 2, 29)),
     (date(2027, 12, 31), "12 months", date(2028, 12, 31)), (date(2028, 1, 1), "90 days", date(2028, 3, 31))],
)  # fmt: skip
def test_an_age_in_months_ends_on_the_same_day_or_a_month_s_last(day: date, age: str, until: date) -> None:
    assert add_age(day, age) == until


@cases(
    "edit, fact",
    [(Edit(PATH, '"1.1.0"', '"1.0.0"'), "nobody attests"), (Edit(PATH, ', release: "1.1.0"', ""), "nobody attests"),
     (Edit(PATH, "model: churn", "model: fraud"), "nobody attests"),
     (Edit(PATH, "expires: 2028-12-31", "expires: 2028-01-09"), "expired on 2028-01-09")],
)  # fmt: skip
def test_one_of_another_release_or_model_or_day_does_not_count(edit: Edit, fact: str) -> None:
    found = judged(edit)
    assert found.status is Status.FAILED and fact in found.says


def test_one_of_the_model_alone_counts_where_no_release_is_asked_for() -> None:
    model = replace(WANTED, per_release=False)
    assert judged(Edit(PATH, ', release: "1.1.0"', ""), wanted=model).status is Status.ATTESTED


def test_the_role_that_is_asked_for_must_have_taken_it() -> None:
    found = judged(wanted=replace(WANTED, role="data-science"))
    assert found.status is Status.FAILED and "by operations, not by data-science" in found.says


@cases("by, status", [("bob", "attested"), ("alice", "failed"), ("alice@example.org", "failed")])
def test_an_independent_one_is_of_nobody_who_owns_the_model(by: str, status: str) -> None:
    found = judged(Edit(PATH, "by: bob", f"by: {by}"), wanted=replace(WANTED, independent=True))
    assert found.status == status


def _receipts(subject: Subject, approved: str | None) -> Subject:
    ledger = governed.ledger()
    tag = f"mlops-gitops/decision/{PATH.rsplit('/', 1)[1].removesuffix('.yaml')}"
    kept = {name: receipt for name, receipt in ledger.receipts.items() if name != tag}
    if approved:
        kept[tag] = replace(ledger.receipts[tag], approved=approved)
    return replace(subject, context=replace(subject.context, ledger=replace(ledger, receipts=kept)))


def test_without_a_receipt_it_cannot_be_told_and_an_unmet_one_does_not_count() -> None:
    assert look(_receipts(governed.subject(), None), ROW, WANTED).status is Status.UNAVAILABLE
    assert look(_receipts(governed.subject(), UNMET), ROW, WANTED).status is Status.FAILED


def test_one_that_this_very_change_brings_counts_since_its_approval_is_asked_for_there() -> None:
    subject = _receipts(governed.subject(), None)
    fresh = replace(subject, context=replace(subject.context, changes={PATH: "A"}))
    assert "in this change" in look(fresh, ROW, WANTED).says


def test_of_several_the_one_that_lasts_longest_counts() -> None:
    shorter = Edit("decisions/2028-01-02-z.yaml", "2028-12-31", "2028-02-01", copy=PATH)
    assert "until 2028-12-31" in judged(shorter).says


def test_what_is_about_to_end_is_warned_of_in_its_file() -> None:
    context = governed.context(today=date(2028, 12, 15))
    subject = replace(governed.subject(today=date(2028, 12, 15)), context=context)
    found = [f for f in warnings(context, assess([built_in("eu-ai-act")], subject)) if f.span.path == PATH]
    (finding,) = found
    assert finding.severity == "warning" and "2028-12-31" in finding.message


def test_the_sample_has_an_attestation_for_every_requirement_that_asks_for_one() -> None:
    asked = [row for _, row in governed.rows() if governed.attestation(row)]
    made = {path for path in governed.files() if path.startswith("decisions/")} - sample.files().keys()
    assert made == {governed.attest_path(row) for row in asked}
