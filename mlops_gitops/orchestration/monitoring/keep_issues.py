"""The issue of each watch as the records make it, and a message to a chat tool where one opens or closes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence

from mlops_gitops.core.errors import Error
from mlops_gitops.core.frozen import frozen
from mlops_gitops.forges.forge import Forge
from mlops_gitops.forges.issue import Issue, IssueChange, Step, monitoring_key
from mlops_gitops.monitoring.alarms.issue_text import owner_text, watch_issue
from mlops_gitops.monitoring.alarms.notice import notice
from mlops_gitops.monitoring.outcome import Observation
from mlops_gitops.records.monitoring import Monitoring, Watch
from mlops_gitops.records.project import Project
from mlops_gitops.runtime import webhook

_DONE = {Step.OPEN: "opened", Step.EDIT: "updated", Step.REOPEN: "opened again", Step.CLOSE: "closed"}


@frozen
class Kept:
    """What was done with issues, a sentence each; `errors` for those that could not be written or read.

    `warnings` say of a webhook that it could not be called, which changes no outcome. `opened` is how many issues are
    open now that were not before.
    """

    done: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    opened: int = 0

    def __add__(self, other: Kept) -> Kept:
        opened = self.opened + other.opened
        return Kept(self.done + other.done, self.errors + other.errors, self.warnings + other.warnings, opened)

    def lines(self) -> list[str]:
        """The sentences as a terminal shows them."""
        errors, warnings = (f"error: {line}" for line in self.errors), (f"warning: {line}" for line in self.warnings)
        return [*self.done, *errors, *warnings]


def keep_issues(
    forge: Forge, plan: Monitoring, environment: str, windows: Sequence[Observation], project: Project | None
) -> Kept:
    """Makes the issues of a model say what the records of its windows in an environment say, in any order.

    A run that was stopped after its records is made up for by the next. Issues of watches that the file no longer has
    are closed. One that cannot be written holds up no other.
    """
    owner, kept = owner_text(plan.owner, project), Kept()
    for watch in plan.watches:
        wanted = watch_issue(watch, windows, owner)
        if wanted is not None:
            kept += _keep(forge, plan, watch, wanted, windows)
    return kept + _close_removed(forge, plan, environment)


def _keep(forge: Forge, plan: Monitoring, watch: Watch, wanted: Issue, windows: Sequence[Observation]) -> Kept:
    try:
        change = forge.write_issue(wanted)
    except Error as error:
        return Kept(errors=(f"the issue {wanted.title!r} could not be written: {error.message}",))
    message = notice(watch, windows, change) if plan.webhook else None
    failure = webhook.post(plan.webhook, message) if plan.webhook and message else ""
    opened = int(change.step in (Step.OPEN, Step.REOPEN))
    return Kept(tuple(_sentences(change)), warnings=(failure,) if failure else (), opened=opened)


def close_unplanned(forge: Forge, plans: Iterable[Monitoring]) -> Kept:
    """Closes the issues of watches, models and environments that none of `plans`, which are all there are, has."""
    known = [
        monitoring_key(environment, plan.model, watch.id)
        for plan in plans
        for environment in plan.environments
        for watch in plan.watches
    ]
    return _close_others(forge, "monitoring/", known)


def _close_removed(forge: Forge, plan: Monitoring, environment: str) -> Kept:
    folder = monitoring_key(environment, plan.model, "")
    return _close_others(forge, folder, [f"{folder}{watch.id}" for watch in plan.watches])


def _close_others(forge: Forge, folder: str, known: Collection[str]) -> Kept:
    """Closes the open issues below `folder` whose key is not known."""
    try:
        gone = [issue for issue in forge.issues() if issue.key.startswith(folder) and issue.key not in known]
        closed = [IssueChange(Step.CLOSE, forge.close_issue(issue)) for issue in gone]
    except Error as error:
        return Kept(errors=(f"the issues of watches that are gone could not be closed: {error.message}",))
    return Kept(tuple(sentence for change in closed for sentence in _sentences(change)))


def _sentences(change: IssueChange) -> Iterator[str]:
    if change.issue and change.step in _DONE:
        yield f"issue #{change.issue.number} {_DONE[change.step]}: {change.issue.title}"
