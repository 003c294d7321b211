"""The one comment on a pull request with the state of its check: edited in place, never repeated."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from mlops_gitops.core import markdown
from mlops_gitops.core.diagnostics import Diagnostic, Severity

LIMIT = 60_000  # characters; GitHub takes 65,536
WAITING = "approvals"  # the rule whose findings time and people clear, and no change
MARKER = "<!-- mlops-gitops: status -->"


def render(found: Sequence[Diagnostic], head: str, base: str, day: str) -> str:
    """The comment on a check of the commit `head` against the base commit, on a UTC day: all that prevents a merge."""
    errors = [finding for finding in found if finding.severity is Severity.ERROR]
    others = len([finding for finding in found if finding.severity is Severity.WARNING])
    judged = f"Judged: {markdown.name(head)} against {markdown.name(base)}, on {markdown.text(day)} (UTC)."
    warned = [f"{others:,} warning{'' if others == 1 else 's'}: see the check."] if others else []
    lines = [MARKER, f"### mlops-gitops: {_state(errors)}", ""]
    room = LIMIT - sum(len(line) + 1 for line in [*lines, judged, *warned]) - 100
    return "\n".join([*lines, *_listed(errors, room), *warned, *([""] if warned else []), judged]) + "\n"


def answer(text: str) -> str:
    """A comment without the base and the day it names: as a status, it names those for which its answer was found."""
    body, line_break, judged = text.rpartition("\n")
    return f"{body}{line_break}{judged.partition(' against ')[0]}" if judged.startswith("Judged: ") else text


def is_status_comment(text: str) -> bool:
    """Whether a comment is one of these; its author is the forge's to check."""
    return text.lstrip("\ufeff \t\r\n").split("\n", 1)[0].rstrip() == MARKER


def _state(errors: Sequence[Diagnostic]) -> str:
    if not errors:
        return "may be merged"
    if all(error.undecided for error in errors):
        return "could not tell"
    if all(error.rule == WAITING for error in errors):
        return "waits for approvals"
    return f"{len(errors):,} finding{'' if len(errors) == 1 else 's'} in the way"


def _listed(errors: Sequence[Diagnostic], room: int) -> Iterable[str]:
    for number, error in enumerate(errors):
        doubt = " (could not tell)" if error.undecided else ""
        line = f"- **{markdown.excerpt(error.rule, 100)}**{doubt}: {markdown.excerpt(error.message, 500)}"
        line += f"; {markdown.excerpt(error.help, 300)}" if error.help else ""
        room -= len(line) + 1
        if room < 0:
            yield f"- … and {len(errors) - number:,} more: see the check."
            break
        yield line
    if errors:
        yield ""
