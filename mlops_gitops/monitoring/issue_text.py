"""The rolling issue of a watch: what is wrong in the newest window, who answers for it, and how it came to that."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from mlops_gitops.core import markdown
from mlops_gitops.forges.issue import CLOSED, OPEN, Issue, monitoring_key
from mlops_gitops.monitoring.outcome import Comparison, Finding, Observation, Outcome
from mlops_gitops.monitoring.table import COLUMNS, SHOWN, cells, mark, observation_title

LAST = 12  # windows of the chart
_WIDTH = 24  # characters of its longest bar


def wanted_issue(
    observation: Observation, finding: Finding, owner: str, earlier: Iterable[Observation]
) -> Issue | None:
    """The issue as it has to be after a finding: open on an alarm, closed on recovery.

    None where the finding says neither, so that an open issue stays as it is. `earlier` are the observations on record
    before, oldest first; `owner` is the role that answers for the model.
    """
    state = {Outcome.ALARM: OPEN, Outcome.FINE: CLOSED}.get(finding.outcome)
    if state is None:
        return None
    key = monitoring_key(observation.environment, observation.model, finding.watch)
    title = f"{observation.model} in {observation.environment}: {finding.watch}"
    body = "\n".join(_body(observation, finding, owner, earlier))
    return Issue(key, title, body, ("monitoring",), state)


def _body(observation: Observation, finding: Finding, owner: str, earlier: Iterable[Observation]) -> Iterator[str]:
    yield f"**{mark(finding.outcome)}** · {markdown.text(observation_title(observation))}"
    yield ""
    if finding.reason:
        yield markdown.text(finding.reason)
        yield ""
    yield from _table(finding)
    yield ""
    yield f"Owner: {markdown.text(owner)}."
    if finding.runbook:
        yield f"Runbook: {markdown.text(' '.join(finding.runbook.split()))}"
    if chart := _chart(finding, [*earlier, observation]):
        yield ""
        yield from chart


def _table(finding: Finding) -> Iterator[str]:
    ordered = sorted(finding.comparisons, key=lambda found: -found.outcome.weight)
    yield from markdown.table(COLUMNS[1:], [(*cells(found), mark(found.outcome)) for found in ordered[:SHOWN]])
    if len(ordered) > SHOWN:
        yield ""
        yield f"… and {len(ordered) - SHOWN} more in the record"


def _chart(finding: Finding, observations: Sequence[Observation]) -> list[str]:
    """The path of the number that alarms, one line a window; nothing where fewer than two windows have it."""
    worst = max(finding.comparisons, key=lambda found: found.outcome.weight, default=None)
    if worst is None or worst.value is None:
        return []
    points = [(seen, value) for seen in observations if (value := _value(seen, finding.watch, worst)) is not None]
    points = points[-LAST:]
    if len(points) < 2:
        return []
    largest = max(abs(value) for _, value in points) or 1.0
    title = markdown.text(" ".join(filter(None, (worst.statistic, worst.about))))
    bars = [_bar((seen.window.start or "")[:10], value, largest) for seen, value in points]
    return [f"{title}, by window:", "", "```", *bars, "```"]


def _bar(day: str, value: float, largest: float) -> str:
    return f"{day:10}  {value:>10.4g}  {'█' * round(_WIDTH * abs(value) / largest)}".rstrip()


def _value(seen: Observation, watch: str, like: Comparison) -> float | None:
    for finding in seen.findings:
        if finding.watch == watch:
            for found in finding.comparisons:
                if (found.about, found.statistic) == (like.about, like.statistic):
                    return found.value
    return None
