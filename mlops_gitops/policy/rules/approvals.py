"""Every promotion and relaxing decision of a pull request is approved by the roles it needs, on its head, by others.

Without it one person could ask for a promotion and let it through alone, or have an approval of older content count
for newer. It reads the roles and the `approvals:` of the environment from the base's mlops.yaml (the change's own
where the base has none), for an adoption those of `policies.adopt` too, and the reviews of the pull request. A review
counts only for the head commit it was given on, and never from those who asked for the change, opened it, wrote or
committed to it, are named in a commit as co-authors, or pushed it; one person fills one role. It is undecided (exit
code 3) where a bot opened, wrote or pushed it, since for whom is not known, or where somebody approved who may belong
to a team whose members are not known.

When it complains, somebody it names approves the present head, since a push makes older approvals void. If nobody of
the role can, let somebody else ask for the promotion, or merge another member into the role first.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_gitops.core.diagnostics import Diagnostic, Severity
from mlops_gitops.documents.document import Route
from mlops_gitops.policy.rule import Rule, Scope
from mlops_gitops.promotion.policy_history import PolicyHistory
from mlops_gitops.records import decision
from mlops_gitops.records.decision import Decision
from mlops_gitops.records.project import Project
from mlops_gitops.records.promotion import Promotion
from mlops_gitops.repository.approvals import Demand, lacking, required
from mlops_gitops.repository.context import Context


def check(context: Context) -> Iterator[Diagnostic]:
    """One error for each promotion or decision that lacks an approval."""
    for record in context.promotions():
        yield from _missing(context, record, ("predicate", "environment"))
    for added in context.added(decision.KIND, Decision):
        yield from _missing(context, added, ("role",))


def _missing(context: Context, record: Promotion | Decision, route: Route) -> Iterator[Diagnostic]:
    project, pull = context.project, context.pull
    if project is None or pull is None:
        return
    span = context.head.document(record.path).span(route)
    for message, undecided in lacking(_demands(context, project, record), pull):
        yield Diagnostic(RULE.id, Severity.ERROR, message, span, undecided=undecided)


def _demands(context: Context, project: Project, record: Promotion | Decision) -> list[Demand]:
    """What the record needs; where the base has no policy, by that of the change itself."""
    ledger, at, base = context.ledger, context.at, context.base
    if ledger is None or at is None or base is None or base.project is None or not ledger.commits:
        return [Demand(project, required(record, project) or {})]
    found = PolicyHistory(ledger, at).record_demands(record, ledger.commits[-1].sha) or []
    return [Demand(demand.project.with_teams(context.teams), demand.wanted) for demand in found]


RULE = Rule("approvals", __doc__, check, Scope.PULL, standing=True)
