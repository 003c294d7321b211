"""What a checkup of `doctor` goes by, and what it answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property, wraps

from mlops_gitops.core.text import visible
from mlops_gitops.doctor import workflow_files as workflows
from mlops_gitops.doctor.workflow_files import Workflow
from mlops_gitops.forges.pull_request import STATUS
from mlops_gitops.forges.settings import Settings, Unknown
from mlops_gitops.repository.snapshot import Snapshot


class State(StrEnum):
    """How something stands, the gravest first. What could not be read is unverified, never ok."""

    FAULT = "fault"
    UNVERIFIED = "unverified"
    NOTE = "note"
    OK = "ok"
    NOT_NEEDED = "not needed"


GRAVITY = tuple(State)


@dataclass(frozen=True, slots=True)
class Answer:
    """One thing a checkup found: what is so and, for a fault, what mends it; `path` where a file is to blame."""

    state: State
    message: str
    fix: str = ""
    path: str = ""


def _line(text: str) -> str:
    return visible(" ".join(text.split()))


def ok(message: str) -> Answer:
    """All is well, and how that shows."""
    return Answer(State.OK, _line(message))


def note(message: str, fix: str = "", path: str = "") -> Answer:
    """Nothing is wrong, but somebody should know."""
    return Answer(State.NOTE, _line(message), _line(fix), _line(path))


def fault(message: str, fix: str, path: str = "") -> Answer:
    """Something is wrong, and what mends it."""
    return Answer(State.FAULT, _line(message), _line(fix), _line(path))


def unverified(reason: str, fix: str = "", path: str = "") -> Answer:
    """It could not be told."""
    return Answer(State.UNVERIFIED, _line(reason), _line(fix), _line(path))


def not_needed(reason: str) -> Answer:
    """The question does not arise here."""
    return Answer(State.NOT_NEEDED, _line(reason))


def judged(holds: bool | Unknown, good: str, bad: str, fix: str) -> Answer:
    """The answer to whether `good` is so: `bad` says what is so instead."""
    if isinstance(holds, Unknown):
        return unverified(f"could not tell whether {good}: {holds.reason}")
    return ok(good) if holds else fault(bad, fix)


@dataclass(frozen=True)
class Premises:
    """The base branch's files, and what the forge says of its settings.

    `settings` is None where the remote is a folder: the local forge has none. `remotes` are the DVC remotes of the
    base's .dvc/config, name → settings. `shallow` says that this clone lacks history.
    """

    base: Snapshot
    branch: str
    settings: Settings | None
    remotes: Mapping[str, Mapping[str, str]] | Unknown
    shallow: bool = False

    @cached_property
    def workflows(self) -> Mapping[str, Workflow]:
        """Every workflow of the base that can be read, by path."""
        return {path: its for path, its in self._workflows.items() if isinstance(its, Workflow)}

    @cached_property
    def _workflows(self) -> Mapping[str, Workflow | Unknown]:
        return workflows.of(self.base.tree)

    def unread_workflows(self) -> Iterator[Answer]:
        """An answer for each workflow that cannot be read: whatever is asked of workflows, it may be in there."""
        for path, its in self._workflows.items():
            if isinstance(its, Unknown):
                yield unverified(f"the workflow cannot be read: {its.reason}", "mend the file", path)

    def makers(self) -> Mapping[str, tuple[Workflow, ...] | Unknown]:
        """The workflows started by pull requests that make each required check, or run our `check` for its status.

        Unknown where none is seen to and one may. Checks that another App than Actions reports are left out.
        """
        settings = self.settings
        if settings is None:
            return {}
        its_own = (None, settings.actions_app)
        told = isinstance(settings.actions_app, int)
        wanted = [its for its in settings.required() if its.context == STATUS or its.app in its_own or not told]
        return {its.context: self._makers(its.context) for its in wanted}

    def _makers(self, context: str) -> tuple[Workflow, ...] | Unknown:
        every = self.workflows
        started = [its for its in every.values() if workflows.on_pull_requests(its)]
        if context == STATUS:
            made = [(its, workflows.runs(its, every, "check")) for its in started]
        else:
            made = [(its, workflows.checks(its, every).makes(context)) for its in started]
        found = tuple(its for its, makes in made if makes)
        if not found and any(makes is None for _, makes in made):
            return Unknown(f"an expression or another repository decides whether a workflow makes {context!r}")
        return found


def of_settings(
    ask: Callable[[Premises, Settings], Iterator[Answer]],
) -> Callable[[Premises], Iterator[Answer]]:
    """A question about the forge's settings: where the remote is a folder, it does not arise."""

    @wraps(ask)
    def asked(premises: Premises) -> Iterator[Answer]:
        if premises.settings is None:
            return iter([not_needed("a remote that is a folder has no settings")])
        return ask(premises, premises.settings)

    return asked
