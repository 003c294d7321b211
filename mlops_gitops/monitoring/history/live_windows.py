"""The value of a KPI in the first live windows of a release, as the records of monitoring hold it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from mlops_gitops.core.errors import Undecided
from mlops_gitops.core.frozen import frozen
from mlops_gitops.gates.serialize import TOLERANCE
from mlops_gitops.measurement.results import Bounds, Measured, Unlabelled
from mlops_gitops.measurement.unlabelled.strata import described
from mlops_gitops.monitoring.outcome import Comparison, Observation

UNLABELLED = "unlabelled"  # the key of evidence about rows without a label
SHARED = "level"  # the key of evidence about the part of the level that a group of rows has
ENDS = ("against", "for")  # the model: all labels that have not come


@frozen
class LiveBaseline:
    """Which recorded values a window is compared with: those of a watch, in the first `count` windows of a release.

    `definition` is the digest of what the KPI is and of which rows; `before` is the start of the window that is judged,
    UTC, ISO 8601: neither it nor a later one is its own baseline. `level` is how often one of its bounds may be wrong.
    `group` is the name of a group of rows, "" for all. Looks that pool `over` windows have none of them in common.
    """

    release: str
    watch: str
    count: int
    definition: str
    before: str
    level: float
    group: str = ""
    over: int = 1


def evidence_of(measured: Measured) -> dict[str, Any]:
    """What a record keeps of a window's value, so that later windows can be compared with it."""
    bounds = measured.bounds
    if measured.value is None or bounds is None:
        return {}
    found = {"n": measured.n, "value": measured.value, "bounds": [bounds.lower, bounds.upper], "method": bounds.method}
    found |= {"few": bounds.few} if bounds.few else {}
    return found | ({UNLABELLED: unlabelled_evidence(measured.unlabelled)} if measured.unlabelled else {})


def unlabelled_evidence(
    found: Unlabelled, worst_case: tuple[float | None, float | None] | None = None
) -> dict[str, Any]:
    """What a record keeps of rows without a label: what is assumed of them, its numbers, and the worst case.

    With a `worst_case` of its own, as that of a gap between groups, bounds do not follow from the labelled rows.
    """
    known: dict[str, Any] = {"assumption": described(found), "strata": [list(pair) for pair in found.strata]}
    if worst_case is None:
        known |= {"labelled": list(found.labelled), "span": list(found.span)}
    return known | dict(zip(ENDS, worst_case or found.worst_case, strict=True))


def first_windows(observations: Iterable[Observation], baseline: LiveBaseline) -> tuple[Measured, ...]:
    """The values of all rows in those windows, in their order, with bounds at the level of the baseline.

    Of a window that was judged again, the last counts. Raises Undecided where there are fewer.
    """
    found = {}
    for seen in observations:
        start, end = seen.window.start, seen.window.end
        if seen.release == baseline.release and start and end and start < baseline.before:
            for value in _values(seen, baseline):
                found[start] = (end, value)
    apart = _apart([(start, end, value) for start, (end, value) in sorted(found.items())], baseline)
    values = tuple(apart)[: baseline.count]
    if len(values) < baseline.count:
        # Without their number: the same reason for the same window is not recorded again.
        where = f" where {baseline.group}" if baseline.group else ""
        count = f"fewer than {baseline.count} live windows of {baseline.release}{where}"
        raise Undecided(f"{count} are recorded to compare with")
    return values


def _apart(looks: Sequence[tuple[str, str, Measured]], baseline: LiveBaseline) -> Iterator[Measured]:
    """Looks in the order of the calendar, by start and end of their last window, that have no pooled window in common.

    Nor do they with the look that is judged.
    """
    after = None
    for start, end, value in looks:
        last, length = datetime.fromisoformat(start), datetime.fromisoformat(end) - datetime.fromisoformat(start)
        pools = (baseline.over - 1) * length
        if (after is None or last - pools >= after) and last < datetime.fromisoformat(baseline.before) - pools:
            after = datetime.fromisoformat(end)
            yield value


def _values(seen: Observation, baseline: LiveBaseline) -> Iterable[Measured]:
    findings = [finding for finding in seen.findings if finding.watch == baseline.watch]
    found = [(each, finding.level) for finding in findings for each in finding.comparisons]
    return [value for each, level in found if (value := _value(each, level, baseline))]


def _value(comparison: Comparison, level: float | None, baseline: LiveBaseline) -> Measured | None:
    """A recorded value; groups of rows shared the level of their watch, and say which part of it was theirs."""
    held = comparison.evidence
    scale = _scale(held.get(SHARED, level), baseline.level)
    if comparison.about != baseline.group or held.get("definition") != baseline.definition:
        return None
    if not {"n", "value", "bounds"} <= held.keys():
        return None
    value, (lower, upper) = held["value"], held["bounds"]
    if scale != 1:
        lower, upper = value - scale * (value - lower), value + scale * (upper - value)
    bounds = Bounds(lower, upper, held.get("method", ""), held.get("few", ""))
    return Measured(value, held["n"], "", bounds)


def _scale(recorded: float | None, level: float) -> float:
    """How much wider bounds at `level` are than those on record.

    The variance that a recorded bound stands for is that of a normal value at its own level (the method of variance
    estimates recovery, Zou & Donner, Stat. Med. 27 (2008) 1693-1702), so the distance grows with the normal quantile.
    """
    if recorded is None or math.isclose(recorded, level, rel_tol=TOLERANCE):
        return 1.0
    from statistics import NormalDist

    normal = NormalDist()
    return normal.inv_cdf(1 - level) / normal.inv_cdf(1 - recorded)
