"""Every promotion and relaxing decision of a pull request is approved by the roles it needs, on its head, by others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mlops_gitops.contracts import Context, Pull, Rule, Scope
from mlops_gitops.diagnostics import Diagnostic
from mlops_gitops.records import decision
from mlops_gitops.records.decision import Decision
from mlops_gitops.records.project import Project


def check(context: Context) -> Iterator[Diagnostic]:
    """One error for each promotion or decision that lacks an approval."""
    project, pull = context.policy.project, context.pull
    if project is None or pull is None:
        return
    for record in context.promotions():
        its = project.environments.get(record.environment)
        for message in missing(project, pull, its.approvals if its else {}):
            yield context.head.document(record.path).problem(RULE.id, message, ("predicate", "environment"))
    for its_decision in context.added(decision.KIND, Decision):
        for message in missing(project, pull, needed(its_decision)):
            yield context.head.document(its_decision.path).problem(RULE.id, message, ("role",))


def needed(its: Decision) -> Mapping[str, int]:
    """The approvals a decision needs: one of its role, where it relaxes anything."""
    return {its.role: 1} if its.relaxes else {}


def approvers(project: Project, pull: Pull, role: str) -> list[str]:
    """Who of a role approved this very head and may: not its requester, author or a committer."""
    people = {project.person(review.by) for review in pull.reviews if review.commit == pull.head}
    excluded = {project.person(name) for name in pull.excluded}
    return sorted(person for person in people - excluded if role in project.roles_of(person))


def missing(project: Project, pull: Pull, wanted: Mapping[str, int]) -> Iterator[str]:
    """A sentence for each role that has not approved often enough."""
    for role, count in sorted(wanted.items()):
        given = approvers(project, pull, role)
        if len(given) < count:
            able = sorted({m.login for m in project.roles.get(role, ())} - {project.person(n) for n in pull.excluded})
            who = f"; {', '.join(able)} can" if able else "; nobody of it can, since they asked for or wrote this"
            yield f"{role} has approved {len(given)} of {count} times{who}"


RULE = Rule("approvals", __doc__, check, Scope.PULL)
