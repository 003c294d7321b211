"""Issues as every forge knows them: at most one for each key, opened, edited in place and closed.

At a forge where people write issues too, the key is a comment in the first line of the body, which Markdown does not
show; that this tool's own account wrote it is the forge's to check.
"""

from __future__ import annotations

import re
from enum import StrEnum

from mlops_gitops.core.frozen import frozen, replace
from mlops_gitops.core.text import clipped

OPEN, CLOSED = "open", "closed"
KEEP = "keep"  # as a wanted state: whatever the issue is
FAMILIES = ("monitoring", "retraining", "unapproved")  # the first part of a key
BODY, TITLE = 60_000, 250  # characters; GitHub takes 65,536 and 256
_KEY = re.compile(rf"({'|'.join(FAMILIES)})(/[A-Za-z0-9][A-Za-z0-9_-]*)*")
_MARKER = re.compile(rf"<!-- mlops-gitops: ({_KEY.pattern}) -->")


class Step(StrEnum):
    """What is to be done with an issue; REOPEN and EDIT write its text too."""

    OPEN = "open"
    EDIT = "edit"
    REOPEN = "reopen"
    CLOSE = "close"
    NOTHING = "nothing"


@frozen
class Issue:
    """An issue of this tool. `number` is 0 until a forge has given it one; `body` is Markdown, without the marker.

    `state` is OPEN or CLOSED; of one that is wanted also KEEP, which edits an open one. With KEEP, `cause` is the line
    of the body that says what it is open for: where no issue says so, a run was stopped before it could write one, and
    it opens now. One that says so and is closed was closed by somebody.
    """

    key: str
    title: str
    body: str
    labels: tuple[str, ...] = ()
    state: str = OPEN
    number: int = 0
    url: str = ""
    cause: str = ""


@frozen
class IssueChange:
    """A step, and the issue as it is after it; None where there is none."""

    step: Step
    issue: Issue | None


def monitoring_key(environment: str, model: str, watch: str) -> str:
    """The key of the one issue of a watch."""
    return f"monitoring/{environment}/{model}/{watch}"


def retraining_key(model: str) -> str:
    """The key of the one issue of a model's retraining."""
    return f"retraining/{model}"


def require_key(key: str) -> str:
    """The key. Raises ValueError where a marker could not hold it."""
    if not _KEY.fullmatch(key):
        raise ValueError(f"{clipped(repr(key), 120)} is not the key of an issue")
    return key


def family_label(key: str) -> str:
    """The label that all issues of a key's family bear."""
    return f"mlops-gitops-{key.partition('/')[0]}"


def next_step(existing: Issue | None, wanted: Issue) -> IssueChange:
    """What makes the existing issue say what is wanted.

    An issue that somebody closed opens again only for a text that is new, and one that is closed is not edited.
    """
    require_key(wanted.key)
    if wanted.state == KEEP:
        wanted = replace(wanted, state=_kept_state(existing, wanted.cause))
    labels = (*(existing.labels if existing else ()), family_label(wanted.key), *wanted.labels)
    after = replace(
        wanted, title=clipped(wanted.title, TITLE), body=fitting(wanted.body), labels=tuple(dict.fromkeys(labels))
    )
    if existing is None:
        return IssueChange(Step.OPEN, after) if wanted.state == OPEN else IssueChange(Step.NOTHING, None)
    step = _step(existing, after)
    after = replace(after, number=existing.number, url=existing.url)
    return IssueChange(step, existing if step is Step.NOTHING else after)


def _kept_state(existing: Issue | None, cause: str) -> str:
    if existing and (existing.state == OPEN or cause in existing.body):
        return existing.state
    return OPEN if cause else CLOSED


def _step(existing: Issue, after: Issue) -> Step:
    if after.state == CLOSED:
        return Step.CLOSE if existing.state == OPEN else Step.NOTHING
    if _same(existing.body, after.body):
        return Step.NOTHING
    return Step.EDIT if existing.state == OPEN else Step.REOPEN


def fitting(body: str, more: str = "… and more, which did not fit.") -> str:
    """The body, or as many of its lines as fit and `more`."""
    if len(body) <= BODY:
        return body
    kept = body[: BODY - len(more) - 3]
    whole_lines = kept.rpartition("\n")[0]
    return f"{whole_lines or kept}\n\n{more}\n"


def marked(issue: Issue) -> str:
    """The body with the marker, as a forge keeps it."""
    return f"<!-- mlops-gitops: {require_key(issue.key)} -->\n{issue.body.strip()}\n"


def marked_key(text: str) -> str | None:
    """The key in a body; the first marker counts, since what follows it may quote others. None without a marker."""
    found = next(filter(None, map(_marker, _lines(text))), None)
    return found[1] if found else None


def unmarked(text: str) -> str:
    """The body without its marker."""
    lines = _lines(text)
    place = next((n for n, line in enumerate(lines) if _marker(line)), None)
    return "\n".join(line for n, line in enumerate(lines) if n != place).strip()


def _marker(line: str) -> re.Match[str] | None:
    return _MARKER.fullmatch(line.strip())


def _lines(text: str) -> list[str]:
    return text.lstrip("\ufeff").replace("\r\n", "\n").split("\n")


def _same(body: str, other: str) -> bool:
    return unmarked(body) == unmarked(other)
