"""The approvals of the release's promotions are proven by their receipts, and the environment asks for some.

A receipt counts only people who neither asked for the promotion nor wrote or pushed it. The approvals of the promotion
that is being judged are asked for by its own check.
"""

from __future__ import annotations

from mlops_gitops.compliance.check import Check
from mlops_gitops.compliance.result import Finding, Place, Status, failed, passed, unavailable
from mlops_gitops.compliance.subject import Subject
from mlops_gitops.policy.rule import Edit
from mlops_gitops.records.promotion import Promotion
from mlops_gitops.repository.ledger import Entry, Ledger


def _look(subject: Subject) -> Finding:
    record, ledger, project = subject.promotion(), subject.require_ledger(), subject.context.project
    environment = project.environments.get(record.environment) if project else None
    if project is None or environment is None or not environment.approvals:
        place = Place(project.path if project else record.path, ("environments", record.environment))
        return failed(f"{record.environment} asks for no approvals", place, "name roles and counts under approvals:")
    entries = _entries(ledger, subject.model, record.release)
    for entry in entries:
        if not ledger.proven(entry):
            says, place = f"no receipt proves the approvals of {entry.record.path}", Place(entry.record.path)
            absent = entry.tag not in ledger.receipts
            help = "git fetch --tags, or mlops-gitops record"
            return unavailable(says, place, help) if absent else failed(says, place, "promote it again")
    if not entries:
        asked = ", ".join(f"{role} {count}" for role, count in environment.approvals.items())
        return passed(f"asked of this pull request: {asked}")
    return passed(f"receipts prove {', '.join(entry.tag for entry in entries)}")


def _entries(ledger: Ledger, model: str, version: str) -> list[Entry]:
    """The newest record of a release in each environment."""
    newest: dict[str, Entry] = {}
    for environment, name in ledger.pairs():
        for entry in ledger.chain(environment, name):
            record = entry.record
            if isinstance(record, Promotion) and record.is_gated and (name, record.release) == (model, version):
                newest[environment] = entry
    return list(newest.values())


CHECK = Check(
    "approval-proven",
    __doc__,
    _look,
    Status.PASSED,
    rests_on="history",
    bad=((Edit("promotions/staging/churn/0002.json", None, None),),),
)
