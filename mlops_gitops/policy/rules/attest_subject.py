"""An attestation in force is about a requirement of a pack in force, which asks for one.

An attestation of a requirement that does not exist proves nothing, although its author believes that it does. It
compares each decision of type attest that has not expired with the packs that mlops.yaml names: the id of the
requirement, whether that asks for an attestation, of a release or of the model, and by which role.

Correct the subject (the nearest id is offered), or let the role that the requirement names take it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mlops_gitops.core.diagnostics import Diagnostic
from mlops_gitops.core.errors import Undecided
from mlops_gitops.core.names import did_you_mean
from mlops_gitops.documents.document import Route
from mlops_gitops.policy.rule import Edit, Rule, Scope
from mlops_gitops.records import decision
from mlops_gitops.records.decision import ATTEST, Decision
from mlops_gitops.records.pack import Attestation, Requirement
from mlops_gitops.repository.context import Context
from mlops_gitops.repository.packs_in_force import packs_in_force


def check(context: Context) -> Iterator[Diagnostic]:
    """One error for each part of an attestation in force that makes it prove nothing."""
    made = [found for found in context.head.records(decision.KIND, Decision) if found.type == ATTEST]
    if not made:
        return
    try:
        rows = {row.id: row for pack in packs_in_force(context.head) for row in pack.requirements}
    except Undecided:
        return  # which known-pack reports
    for attest in made:
        if not attest.expired(context.today) and (fault := _fault(attest, rows)):
            route, message, help = fault
            yield context.head.document(attest.path).problem(RULE.id, message, route, help=help)


def _fault(attest: Decision, rows: Mapping[str, Requirement]) -> tuple[Route, str, str] | None:
    row, about = rows.get(attest.requirement), ("subject", "requirement")
    if row is None:
        help = did_you_mean(attest.requirement, rows, "mlops-gitops governance lists them")
        return about, f"no pack in force has a requirement {attest.requirement!r}", help
    wanted = next((check for check in row.checks if isinstance(check, Attestation)), None)
    if wanted is None:
        return about, f"{row.id} asks for no attestation, so this one proves nothing", "remove it"
    if wanted.per_release and not attest.release:
        return (
            ("subject",),
            f"{row.id} asks for an attestation of each release, and this one names none",
            "add release:",
        )
    if wanted.role and attest.role != wanted.role:
        message = f"{row.id} asks for an attestation by {wanted.role}, and this one is by {attest.role}"
        return ("role",), message, f"let {wanted.role} take it"
    return None


_PATH = "decisions/2026-01-06-oversight.yaml"
_GOVERNED = Edit("mlops.yaml", "branch: main", "branch: main\ngovernance: {packs: [eu-ai-act]}")
_ATTEST = """apiVersion: mlops-gitops/v1
kind: Decision
type: attest
subject: {model: churn, release: "1.1.0", requirement: AIA-14}
role: operations
by: bob
reason: Bob and Dana look at every list of calls, and can switch it off.
expires: 2027-01-31
"""


def _attested(old: str = "", new: str = "") -> tuple[Edit, ...]:
    return (_GOVERNED, Edit(_PATH, None, _ATTEST.replace(old, new) if old else _ATTEST))


RULE = Rule(
    "attest-subject",
    __doc__,
    check,
    Scope.TREE,
    about="Decision",
    ok=(_attested(), _attested("2027-01-31", "2026-01-09")),
    bad=(
        _attested("AIA-14", "AIA-41"),
        _attested("AIA-14", "AIA-15-3"),
        _attested('release: "1.1.0", ', ""),
    ),
)
