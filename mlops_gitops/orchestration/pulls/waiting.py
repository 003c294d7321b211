"""What waits for one person: an approval that only some can give, or the next step of what they opened."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from enum import StrEnum
from functools import partial
from typing import Any

from mlops_gitops.core.errors import Error
from mlops_gitops.core.frozen import frozen, replace
from mlops_gitops.forges.pull_request import PullRequest, Review
from mlops_gitops.orchestration.pull_context import pull_context
from mlops_gitops.orchestration.pulls.merge_pull import unpassed
from mlops_gitops.orchestration.workspace import Workspace
from mlops_gitops.policy.engine import run_rules, select_rules
from mlops_gitops.policy.rule import Scope
from mlops_gitops.records.project import Project
from mlops_gitops.repository.approvals import requesters
from mlops_gitops.repository.context import Context
from mlops_gitops.runtime import clock
from mlops_gitops.runtime.isolated import isolated, one_line

_RULES = ("approvals", "policy-change", "retraining-approvals")  # that ask for approvals, and for nothing else


class Action(StrEnum):
    """What a person can do for a pull request."""

    APPROVE = "approve"
    FIX = "fix"
    MERGE = "merge"
    WAIT = "wait"
    UNKNOWN = "not known"


@frozen
class Waiting:
    """One thing that waits: what to do on which pull request, why, and the command or the address where it is done."""

    action: Action
    pull: PullRequest
    reason: str
    command: str

    def to_json(self) -> dict[str, Any]:
        """The same as data."""
        pull = {"number": self.pull.number, "title": self.pull.title, "url": self.pull.url}
        return {"action": self.action.value, "pull_request": pull, "reason": self.reason, "command": self.command}


def waiting(workspace: Workspace, base: str, person: str) -> list[Waiting]:
    """What waits for a person, known by login or e-mail address, of the open pull requests, oldest first.

    One of which nobody can say who must approve it is in the list too, and so is what the person opened and others
    must approve. Raises Error, Undecided.
    """
    found = []
    for pull in workspace.forge.find():
        each = isolated(partial(_waiting, workspace, base, pull, person))
        if isinstance(each, Error):
            found.append(Waiting(Action.UNKNOWN, pull, one_line(each), f"mlops-gitops check {pull.number}"))
        elif each:
            found.append(each)
    return found


def _waiting(workspace: Workspace, base: str, listed: PullRequest, person: str) -> Waiting | None:
    pull = workspace.forge.with_statuses(workspace.forge.read(listed.number) or listed)
    context = pull_context(workspace, base, pull.head, pull, clock.today(), data=False)
    lacking = set(_shortfalls(context))
    approved = lacking - set(_shortfalls(_with_approval(context, person)))
    if approved:
        return Waiting(Action.APPROVE, pull, "; ".join(sorted(approved)), _approve(workspace, pull, person))
    if not _is_theirs(context.policy.project, context, pull, person):
        return None
    if lacking:
        return Waiting(Action.WAIT, pull, "; ".join(sorted(lacking)), f"mlops-gitops pr show {pull.number}")
    return _next_step(workspace, base, pull)


def missing_approvals(workspace: Workspace, pull: PullRequest) -> list[str]:
    """What a pull request still needs approvals for, in the words of the rules that ask; empty once it has them.

    Raises Error, Undecided.
    """
    current = workspace.forge.read(pull.number) or pull
    return sorted(
        set(_shortfalls(pull_context(workspace, workspace.base(), pull.head, current, clock.today(), data=False)))
    )


def _shortfalls(context: Context) -> Iterator[str]:
    rules = [rule for rule in select_rules(Scope.PULL) if rule.id in _RULES]
    yield from (found.message for found in run_rules(context, rules))


def _with_approval(context: Context, person: str) -> Context:
    """The same, as if the person had approved the head."""
    if context.pull is None:
        return context
    review = Review(person, context.pull.head, clock.now())
    return replace(context, pull=replace(context.pull, reviews=(*context.pull.reviews, review)))


def _is_theirs(project: Project | None, context: Context, pull: PullRequest, person: str) -> bool:
    """Whether a person opened a pull request, or asked for the promotions in it."""
    names = {pull.author.login, *requesters(context.promotions())}
    known = project.person if project else str.casefold
    return known(person) in {known(name) for name in names}


def _next_step(workspace: Workspace, base: str, pull: PullRequest) -> Waiting:
    statuses = [status for status in pull.statuses if status.commit == pull.head]
    reason = unpassed(pull, base)
    if reason and statuses and statuses[-1].state == "failure" and statuses[-1].base == base:
        return Waiting(Action.FIX, pull, reason, f"mlops-gitops check {pull.number}")
    command = f"mlops-gitops pr merge {pull.number}" if workspace.forge.self_declared else pull.url
    return Waiting(Action.MERGE, pull, reason or "its check has passed", command)


def _approve(workspace: Workspace, pull: PullRequest, person: str) -> str:
    if not workspace.forge.self_declared:
        return pull.url
    by = "" if person == workspace.git.setting("user.email") else f" --as {shlex.quote(person)}"
    return f"mlops-gitops pr approve {pull.number}{by}"
