"""What a checkup finds: a state, a sentence and, for a fault, the fix."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from mlops_gitops.core.frozen import frozen
from mlops_gitops.core.text import visible
from mlops_gitops.forges.settings import Unknown


class State(StrEnum):
    """The state of what was examined, the gravest first. What could not be read is unverified, never ok."""

    FAULT = "fault"
    UNVERIFIED = "unverified"
    NOTE = "note"
    OK = "ok"
    NOT_NEEDED = "not needed"


GRAVITY = tuple(State)


@frozen
class Finding:
    """One finding of a checkup: `message` says what it found, `fix` what to do, and `path` names the file at fault."""

    state: State
    message: str
    fix: str = ""
    path: str = ""


def _one_line(text: str) -> str:
    return visible(" ".join(text.split()))


def ok(message: str) -> Finding:
    """All is well; the message says how that shows."""
    return Finding(State.OK, _one_line(message))


def note(message: str, fix: str = "", path: str = "") -> Finding:
    """Nothing is wrong, but somebody should know."""
    return Finding(State.NOTE, _one_line(message), _one_line(fix), _one_line(path))


def fault(message: str, fix: str, path: str = "") -> Finding:
    """Something is wrong; `fix` says how to correct it."""
    return Finding(State.FAULT, _one_line(message), _one_line(fix), _one_line(path))


def forgeable(message: str, *, known: bool, fix: str, path: str = "") -> Finding:
    """Something that can be forged: a fault, but a note where the repository is `known` to do without an App."""
    if known:
        return note(f"{message}: no App is used here", f"`mlops-gitops init --github app`, then: {fix}", path)
    return fault(message, fix, path)


def unverified(reason: str, fix: str = "", path: str = "") -> Finding:
    """The checkup cannot tell; the reason says why."""
    return Finding(State.UNVERIFIED, _one_line(reason), _one_line(fix), _one_line(path))


def not_needed(reason: str) -> Finding:
    """The question does not arise here."""
    return Finding(State.NOT_NEEDED, _one_line(reason))


def ok_or_fault(holds: bool | Unknown, good: str, bad: str, fix: str) -> Finding:
    """Ok with the sentence `good` where it holds, else a fault with the sentence `bad`; unverified where unknown."""
    if isinstance(holds, Unknown):
        return unverified(f"could not tell whether {good}: {holds.reason}")
    return ok(good) if holds else fault(bad, fix)


def seen_in_workflows(known: Mapping[str, bool | None], well: str, missing: Finding, *, unread: bool) -> Finding:
    """Whether one of these workflows does something: path → whether it is seen to, None where that is not known.

    `well` says what, after the name of the workflow; `missing` is the fault where none does. `unread` says that some
    workflows cannot be read.
    """
    for path, runs in known.items():
        if runs:
            return ok(f"{path} {well}")
    if unread or None in known.values():
        return unverified(f"could not tell whether a workflow {well}: another repository, an expression or a workflow "
                          "that cannot be read decides")  # fmt: skip
    return missing
