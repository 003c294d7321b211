"""A decision as people read it, in 80 columns: each trigger with value, limit, verdict and evidence, and what holds."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from mlops_gitops.core.table import Table
from mlops_gitops.core.text import clipped
from mlops_gitops.retraining.outcome import Blocker, Decision, Hold, Outcome, TriggerFinding, Verdict

WIDTH = 80
COLUMNS = ("verdict", "trigger", "value", "limit", "unit")
_CELL, _VALUE = 16, 12  # characters of a name, and of a value, in a table
_MESSAGE = 400  # characters of a sentence: those of alarms can be long
_DIGEST = 17  # characters that tell one from another
_UNKNOWN = "not known: what holds it up has no date"
_ENDS = {
    Outcome.RETRAIN: "retrain now",
    Outcome.NONE: "no retraining: no trigger is met",
    Outcome.BLOCKED: "no retraining now: it is held up",
    Outcome.UNDECIDED: "undecided: not everything it depends on is known",
}
_HOLDS = {
    Hold.COOLDOWN: "cooldown",
    Hold.BUDGET: "budget",
    Hold.NEW_ROWS: "new rows",
    Hold.WINDOWS: "windows",
    Hold.OPEN: "open",
}


def decision_title(decision: Decision) -> str:
    """The model, its release and where it runs, and what is decided."""
    where = f" in {decision.environment}" if decision.environment else ""
    release = f" {decision.release}" if decision.release else ""
    return f"{decision.model}{release}{where}: {_ENDS[decision.outcome]}"


def decision_table(decision: Decision) -> Table:
    """A row for each trigger."""
    return Table(decision_title(decision), COLUMNS, tuple(map(_row, decision.findings)))


def _row(finding: TriggerFinding) -> tuple[str, ...]:
    verdict = finding.verdict.replace("_", " ")
    shown = verdict.upper() if finding.verdict is Verdict.MET else verdict
    return shown, clipped(finding.id, _CELL), _shown(finding.value), _shown(finding.limit), finding.unit


def _shown(value: float | str | None) -> str:
    if value is None:
        return "—"
    if isinstance(value, str):
        return clipped(value, _VALUE)
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.4g}"


def decision_lines(decision: Decision) -> list[str]:
    """Why each trigger ends so and on what evidence, what holds a retraining up, and when one can start."""
    lines = [line for finding in decision.findings for line in _finding_lines(finding)]
    lines.append("")
    for blocker in decision.blockers:
        lines += _wrapped(f"{'may hold' if blocker.undecided else 'holds'} it up: {_blocker(blocker)}")
    if not decision.blockers:
        lines.append("nothing holds it up")
    lines += _wrapped(f"earliest start: {decision.earliest or _UNKNOWN}")
    if decision.window_end:
        lines += _wrapped(f"it may be trained on windows until: {decision.window_end}")
    return lines + ([f"cause: {decision.cause.digest[:_DIGEST]}…"] if decision.cause else [])


def _blocker(blocker: Blocker) -> str:
    return f"{_HOLDS[blocker.hold]}, {clipped(blocker.message, _MESSAGE)}"


def _finding_lines(finding: TriggerFinding) -> Iterator[str]:
    yield from _wrapped(f"{finding.id}: {clipped(' '.join(finding.message.split()), _MESSAGE)}")
    for evidence in _evidence(finding):
        yield from _wrapped(f"  {evidence}", indent="    ")


def _evidence(finding: TriggerFinding) -> Iterator[str]:
    """What the value follows from, by digest."""
    for window in finding.evidence.get("windows", ()):
        if "outcome" in window:
            day = str(window["window"]).partition("T")[0]
            found = f"record {_short(window['record'])}" if window["record"] else "not on record"
            yield f"window of {day}: {window['outcome'].replace('_', ' ')}, data {_short(window['digest'])}, {found}"
    for name, share in finding.evidence.get("drifted", {}).items():
        yield f"{name} drifted: {share:.1%} of the importance"
    if explain := finding.evidence.get("explain"):
        yield f"explanation {explain['path']}, {_short(explain['digest'])}"
    if manifest := finding.evidence.get("manifest"):
        yield f"release {finding.evidence['release']}, {_short(manifest)}"


def _short(digest: str | None) -> str:
    return f"{digest[:_DIGEST]}…" if digest else "gone"


def _wrapped(text: str, indent: str = "  ") -> list[str]:
    return textwrap.wrap(text, WIDTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)
