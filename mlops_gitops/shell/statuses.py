"""What a check says of a pull request at its forge: one status of its head, one comment."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import date

from mlops_gitops import pull_status, registry, screening, validate
from mlops_gitops.contracts import Context, Scope
from mlops_gitops.diagnostics import Diagnostic, Severity
from mlops_gitops.edges import clock
from mlops_gitops.edges.github_api import GitHubFailed
from mlops_gitops.edges.runner import Event
from mlops_gitops.errors import Error
from mlops_gitops.pulls import PullRequest, Status
from mlops_gitops.shell.judging import pull_context
from mlops_gitops.shell.workspace import Workspace
from mlops_gitops.values import replace


@dataclass(frozen=True, slots=True)
class Judged:
    """A head, and everything that was found."""

    context: Context
    found: tuple[Diagnostic, ...]
    head: str
    base: str
    apart: bool  # whether the forge has check runs, which tell what needs no status
    paths: tuple[str, ...] = ()  # all that differs from the base, and what a commit of it brings only in passing
    untold: str = ""  # why the status was left to another job

    @property
    def promotes(self) -> bool:
        """Whether it promotes, decides, or changes what judges; else the status has nothing to withhold."""
        return screening.promotes(self.context.policy.folders, self.paths)

    @property
    def status(self) -> Status:
        """What the forge is told of the head."""
        counted = self.promotes or not self.apart
        errors = [d for d in self.found if d.severity is Severity.ERROR] if counted else []
        lasting = [d for d in errors if d.rule not in standing()]
        state = "failure" if lasting else "pending" if errors else "success"
        passed = "every rule, gate and approval holds" if counted else "this promotes nothing"
        said = (lasting or errors)[0].message if errors else passed
        return Status(self.head, self.base, clock.today().isoformat(), state, said, clock.now())


def standing() -> frozenset[str]:
    """The rules whose answer can change without a push: the status tells it, never a check run."""
    return frozenset(rule.id for rule in registry.all_of("rules", "RULE") if rule.standing)


def judge(
    workspace: Workspace, base: str, pull: PullRequest, event: Event | None = None, *, may_lack: bool = False
) -> Judged:
    """Judges a pull request, or what a merge queue made of it, and sets its status.

    With `may_lack` a token that may set none is no failure: a fork's own job has no other. Raises Error after telling
    the forge that it could not tell.
    """
    group = event.head if event else None
    try:
        its = judged(workspace, base, group or pull.head, pull, clock.today())
        comment = _comment(its) if its.promotes and group is None else ""
        return replace(its, untold=_told(workspace, pull, its.status, comment, may_lack=may_lack))
    except Error as error:
        _tell_failure(workspace, base, pull, event, error)
        raise


def judge_again(workspace: Workspace, base: str, listed: PullRequest, event: Event) -> Judged | None:
    """The same of a pull request as a list has it; None when it is open no more. Raises Error as `judge` does."""
    try:
        pull = workspace.forge.read(listed.number)
    except Error as error:
        _tell_failure(workspace, base, listed, event, error)
        raise
    return judge(workspace, base, pull, event) if pull and pull.state == "open" else None


def _told(workspace: Workspace, pull: PullRequest, status: Status, comment: str, *, may_lack: bool) -> str:
    """Sets the status; why it could not be set, where a token may lack that."""
    try:
        workspace.forge.status(pull, status, comment)
    except GitHubFailed as error:
        if not (may_lack and error.status == 403):
            raise
        return error.message
    return ""


def _tell_failure(workspace: Workspace, base: str, pull: PullRequest, event: Event | None, error: Error) -> None:
    at = (event.head if event else None) or pull.head
    with suppress(Error):  # where it is the forge that fails, there is nobody to tell
        workspace.forge.status(pull, could_not_tell(at, base, error), "")


def judged(workspace: Workspace, base: str, head: str, pull: PullRequest | None, today: date) -> Judged:
    """A head, judged; nothing is told to the forge."""
    context = pull_context(workspace, base, head, pull, today)
    found = validate.introduced(context, validate.validate(context, Scope.PULL))
    paths = (*context.pull.paths, *context.pull.passing) if context.pull else ()
    return Judged(context, found, head, base, pull is not None and not workspace.forge.self_declared, paths)


def _comment(its: Judged) -> str:
    return pull_status.standing(its.found, its.head, its.base, its.status.day)


def could_not_tell(head: str, base: str, error: Error) -> Status:
    """The status of a head that could not be judged: an older answer must not stand."""
    said = f"could not be judged: {error.message}"
    return Status(head, base, clock.today().isoformat(), "failure", said, clock.now())
