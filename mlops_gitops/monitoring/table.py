"""An observation as people and programs read it: a table, a sentence for each watch that is not fine, an exit code."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from mlops_gitops.core.errors import FAILED, PASSED, UNDECIDED
from mlops_gitops.core.table import Table
from mlops_gitops.monitoring.history.live_windows import ENDS, UNLABELLED
from mlops_gitops.monitoring.outcome import Comparison, Finding, Observation, Outcome, Window, worst

SHOWN = 6  # comparisons of a watch that a table shows, the worst first
COLUMNS = ("outcome", "watch", "about", "statistic", "value", "interval", "limit")
WORST_CASE = "missing labels"
_WHOLE = 1e12  # from which on a number is not written in full
_MARK = {Outcome.ALARM: "ALARM"}
_SIGNS = {"at_least": "≥", "at_most": "≤"}


def observation_table(observation: Observation) -> Table:
    """Each watch, with its worst comparisons."""
    rows = tuple(row for finding in observation.findings for row in _rows(finding))
    return Table(observation_title(observation), COLUMNS, rows)


def observation_title(observation: Observation) -> str:
    """The model, its release, where it runs, and the window: its file where no calendar places it."""
    release = f" {observation.release}" if observation.release else ""
    return f"{observation.model}{release} in {observation.environment}, {window_text(observation.window)}"


def window_text(window: Window) -> str:
    """From when to when a window is; its file where no calendar places it."""
    return f"{_day(window.start)} to {_day(window.end)}" if window.start and window.end else window.path


def _day(moment: str) -> str:
    """A moment as a title shows it: its day alone where it is the first of it."""
    return moment.partition("T")[0] if "T00:00:00" in moment else moment


def _rows(finding: Finding) -> Iterator[tuple[str, ...]]:
    word, ordered = finding_mark(finding), worst_first(finding)
    if not ordered:
        yield (word, finding.watch, "", "", "—", "", "")
        return
    for place, found in enumerate(ordered[:SHOWN]):
        name = finding.watch if not place else ""
        yield (word if not place else mark(found.outcome), name, *cells(found))
        if ends := worst_case_cells(found):
            yield ("", "", *ends)
    if rest := ordered[SHOWN:]:
        least = mark(worst(found.outcome for found in rest))
        yield (least, "", f"… {len(rest)} more", "", "", "", "")


def worst_first(finding: Finding) -> list[Comparison]:
    """The comparisons of a finding, the worst first."""
    return sorted(finding.comparisons, key=lambda found: -found.outcome.weight)


def finding_mark(finding: Finding) -> str:
    """The outcome of a finding as a table shows it."""
    return f"{mark(finding.outcome)}, muted" if finding.muted else mark(finding.outcome)


def cells(found: Comparison) -> tuple[str, str, str, str, str]:
    """A comparison in the columns after the watch: of, statistic, value, interval, limit."""
    value = number_text(found.value)
    bounded = found.lower is not None and found.upper is not None
    interval = f"{found.lower:.4g} – {found.upper:.4g}" if bounded else ""
    limits = ", ".join(f"{_SIGNS[name]} {limit:g}" for name, limit in found.limits.items())
    return found.about, found.statistic, value, interval, limits


def worst_case_cells(found: Comparison) -> tuple[str, str, str, str, str] | None:
    """From the number if all labels that have not come are against the model to that if all are for it, as `cells`."""
    known = found.evidence.get(UNLABELLED)
    if known is None:
        return None
    return found.about, WORST_CASE, "", " – ".join(number_text(known[end]) for end in ENDS), ""


def assumption(finding: Finding) -> str:
    """What a finding assumes of rows without a label, and what these could change; empty where all have one."""
    for found in finding.comparisons:
        if known := found.evidence.get(UNLABELLED):
            ends = (f"{number_text(known[end])} if all their labels are {end} the model" for end in ENDS)
            return f"{known['assumption']}. {found.statistic} is {', '.join(ends)}"
    return ""


def number_text(value: float | None) -> str:
    """A number as a table shows it: whole numbers in full, others with four significant digits."""
    if value is None:
        return "—"
    return f"{value:.0f}" if float(value).is_integer() and abs(value) < _WHOLE else f"{value:.4g}"


def mark(outcome: Outcome) -> str:
    """An outcome as a table shows it."""
    return _MARK.get(outcome, outcome.value.replace("_", " "))


def observation_lines(observation: Observation) -> list[str]:
    """A sentence for each watch that is not fine or assumes something, with its runbook, and one for the window."""
    lines = []
    for finding in observation.findings:
        if assumed := assumption(finding):
            lines.append(f"{finding.watch}: {assumed}.")
        if finding.outcome is Outcome.FINE:
            continue
        lines.append(f"{finding.watch}: {' '.join(finding.reason.split())}.")
        lines += [f"  runbook: {' '.join(finding.runbook.split())}"] if finding.runbook else []
        lines += [f"  muted by {finding.muted}"] if finding.muted else []
    if observation.extra:
        names = ", ".join(map(repr, observation.extra))
        lines.append(f"columns that neither the profile nor monitoring.yaml knows, and nothing watches: {names}")
    return [*lines, f"{observation.outcome.value.replace('_', ' ')}: {_counted(observation)}"]


def _counted(observation: Observation) -> str:
    """How many watches have the outcome of the window, and of how many where others have another one."""
    watches = len(observation.findings)
    same = sum(finding.outcome is observation.outcome for finding in observation.findings)
    number = f"{same} of {watches}" if 0 < same < watches else f"{watches}"
    return f"{number} watch{'es' if watches != 1 else ''}"


def exit_code(outcomes: Iterable[Outcome]) -> int:
    """1 with an alarm, 3 where nothing alarms and something is inconclusive or not available, else 0."""
    return {Outcome.ALARM: FAILED, Outcome.FINE: PASSED}.get(worst(outcomes), UNDECIDED)
