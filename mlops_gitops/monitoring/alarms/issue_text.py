"""The issue of a watch: what it found, who is responsible for it, what they do, and the path of its worst number.

Names of columns and categories come out of live data, which anybody may have written: all of it is escaped.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from typing import TypeAlias

from mlops_gitops.core import markdown
from mlops_gitops.forges.issue import Issue, monitoring_key
from mlops_gitops.monitoring.alarms.issue_state import NOTE, findings, issue_state
from mlops_gitops.monitoring.history.record import BRANCH, FOLDER
from mlops_gitops.monitoring.outcome import Comparison, Finding, Observation
from mlops_gitops.monitoring.table import (
    COLUMNS,
    assumption,
    cells,
    finding_mark,
    mark,
    number_text,
    observation_title,
    window_text,
    worst_case_cells,
    worst_first,
)
from mlops_gitops.records.monitoring import Watch
from mlops_gitops.records.project import Project

_Known: TypeAlias = Sequence[tuple[Observation, Finding]]

COMPARISONS = 20  # rows of the table, the worst first
WINDOWS = 12  # rows of the path
BAR = 20  # characters of the longest bar
_CELL, _TEXT = 100, 2000  # characters
_LOGIN = re.compile(r"[\w-]+", re.ASCII)
_ADDRESS = re.compile(r"https://[\w.~:/?#@%&=+,;-]{1,500}", re.ASCII)


def watch_issue(watch: Watch, windows: Sequence[Observation], owner: str) -> Issue | None:
    """What the issue of a watch is to say and to be after these windows of one model in one environment.

    None where it was looked at in none of them. `owner` is Markdown, as `owner_text` writes it.
    """
    known = findings(watch.id, windows)
    if not known:
        return None
    now, _ = known[-1]
    key = monitoring_key(now.environment, now.model, watch.id)
    title = f"{now.model} in {now.environment}: {watch.id}"
    state = issue_state(watch, windows)
    cause = f"The last alarm is of {window_text(state.alarm[0].window)}." if state.alarm else ""
    body = "\n".join(_lines(known, owner, cause))
    return Issue(key, title, body, state=state.wanted, cause=cause if watch.action != NOTE else "")


def owner_text(role: str, project: Project | None) -> str:
    """A role with its people and teams, who hear of an issue by being mentioned."""
    members = project.roles.get(role, ()) if project else ()
    teams = project.teams.get(role, ()) if project else ()
    names = [member.login for member in members if not member.is_blank]
    people = [f"@{name}" if _LOGIN.fullmatch(name) else markdown.text(name) for name in names]
    people += [f"@{team}" for team in teams]
    return f"{markdown.text(role)} ({', '.join(people)})" if people else markdown.text(role)


def _lines(known: _Known, owner: str, cause: str) -> Iterator[str]:
    now, finding = known[-1]
    yield f"**{finding_mark(finding)}**: {markdown.excerpt(finding.reason, _TEXT) or 'nothing to say'}"
    yield ""
    yield f"{markdown.text(observation_title(now))}. Owner: {owner}."
    if cause:
        yield cause
    if finding.muted:
        yield f"Muted by {markdown.name(finding.muted)}."
    yield from _comparisons(finding)
    if assumed := assumption(finding):
        yield from ("", f"{markdown.excerpt(assumed, _TEXT)}.")
    if finding.runbook:
        yield from ("", "#### What to do", "", _runbook(finding.runbook.strip()))
    yield from _path(known)
    yield from ("", f"Records: `{FOLDER}/{now.environment}/{now.model}/` on the branch `{BRANCH}`.")
    yield "This text is renewed after each window, and the issue closes when a window is fine. A decision of type"
    yield "`mute` silences the watch for a time."


def _runbook(text: str) -> str:
    """A runbook: a link where it is an address alone."""
    return f"<{text}>" if _ADDRESS.fullmatch(text) else markdown.excerpt(text, _TEXT)


def _comparisons(finding: Finding) -> Iterator[str]:
    ordered = worst_first(finding)
    if not ordered:
        return
    yield from ("", *markdown.head((COLUMNS[0], *COLUMNS[2:])))
    for found in ordered[:COMPARISONS]:
        yield _row(mark(found.outcome), *cells(found))
        if worst := worst_case_cells(found):
            yield _row("", *worst)
    if len(ordered) > COMPARISONS:
        yield from ("", f"… and {len(ordered) - COMPARISONS:,} more in the record.")


def _path(known: _Known) -> Iterator[str]:
    """The worst current number in the last windows, as a table with a bar each."""
    worst = next(iter(worst_first(known[-1][1])), None)
    if worst is None:
        return
    points = [(window, finding, _same(worst, finding)) for window, finding in known[-WINDOWS:]]
    values = [point.value for _, _, point in points if point and point.value is not None]
    most = max(filter(math.isfinite, (*values, *worst.limits.values())), default=0.0)
    what = f"{worst.statistic} of {worst.about}" if worst.about else worst.statistic
    yield from ("", f"#### The last windows: {markdown.excerpt(what, _CELL)}", "")
    yield from markdown.head(("window", "release", "value", "", "outcome"))
    for window, finding, point in points:
        words = (window_text(window.window), window.release or "", number_text(point.value if point else None))
        shown = [markdown.excerpt(cell, _CELL) for cell in words]
        yield markdown.row([*shown, _bar(point, most), finding_mark(finding)])


def _same(worst: Comparison, finding: Finding) -> Comparison | None:
    wanted = (worst.about, worst.statistic)
    return next((found for found in finding.comparisons if (found.about, found.statistic) == wanted), None)


def _bar(point: Comparison | None, most: float) -> str:
    """A bar as code, ┊ where the limit is; nothing for a number that is missing or not above zero."""
    if point is None or point.value is None or not 0 < point.value <= most:
        return ""
    length = max(1, round(BAR * point.value / most))
    limits = {min(BAR - 1, round(BAR * limit / most)) for limit in point.limits.values() if limit >= 0}
    blocks = ("█" if n < length else "┊" if n in limits else "·" for n in range(BAR))
    return f"`{''.join(blocks)}`"


def _row(*words: str) -> str:
    return markdown.row([markdown.excerpt(word, _CELL) for word in words])
