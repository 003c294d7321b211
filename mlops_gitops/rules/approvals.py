"""Every promotion and relaxing decision of a pull request is approved by the roles it needs, on its head, by others.

Without it one person could ask for a promotion and let it through alone, or have an approval of older content count
for newer. It reads the roles and the `approvals:` of the environment from the base's mlops.yaml (the change's own
where the base has none), and the reviews of the pull request. A review counts only for the head commit it was given
on, and never from whoever asked for the change, opened it, wrote it or committed to it; one person fills one role.

When it complains, somebody it names approves the present head, since a push makes older approvals void. If nobody of
the role can, let somebody else ask for the promotion, or merge another member into the role first.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from mlops_gitops.contracts import Context, Rule, Scope
from mlops_gitops.diagnostics import Diagnostic
from mlops_gitops.ledger import Record
from mlops_gitops.records import decision
from mlops_gitops.records.decision import Decision
from mlops_gitops.records.project import Project
from mlops_gitops.records.release import Release

if TYPE_CHECKING:
    from mlops_gitops.pulls import Pull


def check(context: Context) -> Iterator[Diagnostic]:
    """One error for each promotion or decision that lacks an approval."""
    project, pull = context.policy.project, context.pull
    if project is None or pull is None:
        return
    for record in context.promotions():
        for message in missing(project, pull, required(record, project) or {}):
            yield context.head.document(record.path).problem(RULE.id, message, ("predicate", "environment"))
    for its_decision in context.added(decision.KIND, Decision):
        for message in missing(project, pull, required(its_decision, project) or {}):
            yield context.head.document(its_decision.path).problem(RULE.id, message, ("role",))


def required(record: Record, project: Project | None) -> Mapping[str, int] | None:
    """The approvals a record needs by the project that judged it; None where that cannot be told."""
    if isinstance(record, Decision):
        return {record.role: 1} if record.relaxes else {}
    if isinstance(record, Release):
        return {}
    environment = project.environments.get(record.environment) if project else None
    return environment.approvals if environment else None


def assigned(project: Project, pull: Pull, wanted: Mapping[str, int]) -> dict[str, list[str]]:
    """Who approved this very head for which role: each person once, as many roles filled as can be.

    A matching by augmenting paths (Kuhn 1955); the excluded (requester, author, committers) are left out.
    """
    people = sorted({project.person(review.by) for review in pull.reviews if review.commit == pull.head})
    excluded = {project.person(name) for name in pull.excluded}
    seats = [role for role, count in sorted(wanted.items()) for _ in range(count)]
    taken: dict[int, str] = {}

    def seat(person: str, tried: set[int]) -> bool:
        for n, role in enumerate(seats):
            if role in project.roles_of(person) and n not in tried:
                tried.add(n)
                if n not in taken or seat(taken[n], tried):
                    taken[n] = person
                    return True
        return False

    for person in people:
        if person not in excluded:
            seat(person, set())
    return {role: [taken[n] for n, its in enumerate(seats) if its == role and n in taken] for role in wanted}


def missing(project: Project, pull: Pull, wanted: Mapping[str, int]) -> Iterator[str]:
    """A sentence for each role that has not approved often enough."""
    given = assigned(project, pull, wanted)
    excluded = {project.person(name) for name in pull.excluded}
    used = {person for people in given.values() for person in people}
    for role, count in sorted(wanted.items()):
        if len(given[role]) < count:
            able = sorted({m.login for m in project.roles.get(role, ())} - excluded - used)
            who = f"; {', '.join(able)} can" if able else "; nobody of it can, since they asked for or wrote this"
            yield f"{role} has approved {len(given[role])} of {count} times{who}"


RULE = Rule("approvals", __doc__, check, Scope.PULL)
