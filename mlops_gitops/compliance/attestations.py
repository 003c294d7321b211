"""What a requirement asks people to state, and the decisions of type attest that state it."""

from __future__ import annotations

import calendar
from collections.abc import Iterator
from datetime import date, timedelta

from mlops_gitops.compliance.result import Finding, Place, Status, failed, unavailable
from mlops_gitops.compliance.subject import Subject
from mlops_gitops.core.frozen import frozen
from mlops_gitops.core.text import clipped
from mlops_gitops.records.decision import ATTEST, Decision
from mlops_gitops.records.pack import Attestation, Requirement

SOON = timedelta(days=30)  # before an attestation expires, a warning says so


@frozen
class _Made:
    """An attestation of the repository, and the day on which the forge merged it, None where that is not known."""

    decision: Decision
    merged: date | None
    fresh: bool  # whether this very change brings it

    def until(self, wanted: Attestation) -> date:
        """Its last day: its own expiry, or the age that the requirement allows."""
        expires = self.decision.expires or date.max
        aged = add_age(self.merged, wanted.max_age) if self.merged and wanted.max_age else date.max
        return min(expires, aged)


def look(subject: Subject, row: Requirement, wanted: Attestation) -> Finding:
    """Whether somebody attests a requirement: the attestation that lasts longest, or what is wrong with one."""
    made = list(_made(subject, row, wanted))
    found = [_judge(subject, attestation, wanted) for attestation in made]
    good = [
        (attestation, finding)
        for attestation, finding in zip(made, found, strict=True)
        if finding.status is Status.ATTESTED
    ]
    if good:
        return max(good, key=lambda pair: pair[0].until(wanted))[1]
    undecided = [finding for finding in found if finding.status is Status.UNAVAILABLE]
    return (undecided or found or [_nobody(subject, row, wanted)])[-1]


def _made(subject: Subject, row: Requirement, wanted: Attestation) -> Iterator[_Made]:
    """Every attestation about a requirement and this model or release, in order of path."""
    context, ledger = subject.context, subject.context.ledger
    version = subject.release.version if subject.release else ""
    for decision in context.head.whole.decisions():
        about = (decision.type, decision.requirement, decision.model) == (ATTEST, row.id, subject.model)
        if not about or decision.release not in ((version,) if wanted.per_release else (version, "")):
            continue
        fresh = context.changes.get(decision.path) == "A"
        entry = ledger.at(decision.path) if ledger and not fresh else None
        receipt = ledger.receipt(entry) if ledger and entry else None
        yield _Made(decision, receipt.merged_at.date() if receipt and receipt.merged_at else None, fresh)


def _judge(subject: Subject, made: _Made, wanted: Attestation) -> Finding:
    decision, today = made.decision, subject.context.today
    place = Place(decision.path)
    if decision.expired(today):
        return failed(f"{decision.path} by {decision.by} expired on {decision.expires}", place, "attest it again")
    if made.until(wanted) < today:
        says = f"{decision.path} by {decision.by} is of {made.merged}, and may be {wanted.max_age} old"
        return failed(says, place, "attest it again")
    if wanted.role and decision.role != wanted.role:
        return failed(
            f"{decision.path} is by {decision.role}, not by {wanted.role}", place, f"let {wanted.role} take it"
        )
    if wanted.independent and _is_owner(subject, decision.by):
        says = f"{decision.by}, who took {decision.path}, is an owner on the card"
        return failed(says, place, "let somebody else attest it")
    if (unproven := _unproven(subject, made)) is not None:
        return unproven
    return _attested(made, wanted, today)


def _is_owner(subject: Subject, by: str) -> bool:
    project = subject.context.project
    return (project.person(by) if project else by.casefold()) in subject.people()


def _unproven(subject: Subject, made: _Made) -> Finding | None:
    """Why no receipt proves the approval of an attestation; None for a proven one, and for one of this very change."""
    ledger, path = subject.context.ledger, made.decision.path
    if ledger is None or made.fresh:
        return None  # a check with the history, or with the pull request, asks for the approval
    entry = ledger.at(path)
    if entry is not None and ledger.proven(entry):
        return None
    if entry is None or entry.tag not in ledger.receipts:
        return unavailable(
            f"no receipt says who approved {path}", Place(path), "git fetch --tags, or mlops-gitops record"
        )
    return failed(f"the receipt of {path} does not prove that it was approved", Place(path), "attest it again")


def _attested(made: _Made, wanted: Attestation, today: date) -> Finding:
    decision, until = made.decision, made.until(wanted)
    when = f" on {made.merged}" if made.merged else " in this change" if made.fresh else ""
    stated = clipped(" ".join(decision.reason.split()), 60)
    says = f"attested by {decision.by} ({decision.role}){when}, until {until}: {stated}"
    soon = f"{decision.path}, which attests {wanted.name}, ends on {until}" if until - today <= SOON else ""
    return Finding(Status.ATTESTED, says, Place(decision.path), soon=soon)


def _nobody(subject: Subject, row: Requirement, wanted: Attestation) -> Finding:
    release = f', release: "{subject.release.version}"' if wanted.per_release and subject.release else ""
    help = f"a decision of type attest, subject: {{model: {subject.model}{release}, requirement: {row.id}}}"
    by = f" by {wanted.role}" if wanted.role else ""
    return failed(f"nobody attests {wanted.name}{by}", Place(subject.card_path), help)


def add_age(day: date, age: str) -> date:
    """The day that lies an age such as `90 days` or `12 months` later; a month's last day where it is shorter."""
    number, unit = age.split()
    if unit == "days":
        return day + timedelta(days=int(number))
    months = day.year * 12 + day.month - 1 + int(number)
    year, month = divmod(months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
