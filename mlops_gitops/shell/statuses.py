"""What a check says of a pull request at its forge: one status of its head, one comment."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import date

from mlops_gitops import pull_status, registry, screening, validate
from mlops_gitops.contracts import Context, Scope
from mlops_gitops.diagnostics import Diagnostic, Severity
from mlops_gitops.edges import clock
from mlops_gitops.errors import Error
from mlops_gitops.pulls import PullRequest, Status
from mlops_gitops.shell.judging import pull_context
from mlops_gitops.shell.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Judged:
    """A head, and everything that was found."""

    context: Context
    found: tuple[Diagnostic, ...]
    head: str
    base: str
    apart: bool  # whether the forge has check runs, which tell what needs no status

    @property
    def promotes(self) -> bool:
        """Whether it promotes, decides, or changes what judges; else the status has nothing to withhold."""
        return screening.promotes(self.context.policy.folders, self.context.changes)

    @property
    def status(self) -> Status:
        """What the forge is told of the head."""
        counted = self.promotes or not self.apart
        errors = [d for d in self.found if d.severity is Severity.ERROR] if counted else []
        waiting = all(d.rule in standing() for d in errors)
        state = "success" if not errors else "pending" if waiting else "failure"
        passed = "every rule, gate and approval holds" if counted else "this promotes nothing"
        said = errors[0].message if errors else passed
        return Status(self.head, self.base, clock.today().isoformat(), state, said, clock.now())


def standing() -> frozenset[str]:
    """The rules whose answer can change without a push: the status tells it, never a check run."""
    return frozenset(rule.id for rule in registry.all_of("rules", "RULE") if rule.standing)


def judge(workspace: Workspace, base: str, pull: PullRequest, *, head: str | None = None) -> Judged:
    """Judges a pull request, or what a merge queue made of it, and sets its status.

    Raises Error after telling the forge that it could not tell.
    """
    at = head or pull.head
    try:
        its = judged(workspace, base, at, pull, clock.today())
        workspace.forge.status(pull, its.status, _comment(its) if its.promotes and head is None else "")
        return its
    except Error as error:
        with suppress(Error):  # where it is the forge that fails, there is nobody to tell
            workspace.forge.status(pull, could_not_tell(at, base, error), "")
        raise


def judged(workspace: Workspace, base: str, head: str, pull: PullRequest | None, today: date) -> Judged:
    """A head, judged; nothing is told to the forge."""
    context = pull_context(workspace, base, head, pull, today)
    found = validate.introduced(context, validate.validate(context, Scope.PULL))
    return Judged(context, found, head, base, pull is not None and not workspace.forge.self_declared)


def _comment(its: Judged) -> str:
    return pull_status.standing(its.found, its.head, its.base, its.status.day)


def could_not_tell(head: str, base: str, error: Error) -> Status:
    """The status of a head that could not be judged: an older answer must not stand."""
    said = f"could not be judged: {error.message}"
    return Status(head, base, clock.today().isoformat(), "failure", said, clock.now())
