"""How far columns of a window are from their reference, all columns of a watch at one level."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mlops_gitops.core.errors import Undecided
from mlops_gitops.core.frozen import replace
from mlops_gitops.monitoring.drift.binning import ColumnCounts, pooled, reference_counts, window_counts
from mlops_gitops.monitoring.drift.holm import ColumnTest, column_test, column_test_among_windows, together
from mlops_gitops.monitoring.drift.statistic import DriftStatistic, drift_statistic
from mlops_gitops.monitoring.limits import AT_MOST, tested, unavailable
from mlops_gitops.monitoring.outcome import Comparison, Outcome
from mlops_gitops.monitoring.profiles.profile import Column
from mlops_gitops.monitoring.profiles.window_scan import ColumnScan, WindowScan
from mlops_gitops.monitoring.reference_columns import Reference
from mlops_gitops.monitoring.watch_kind import Look, SegmentEvidence


def compare_columns(columns: Sequence[str], effect: str, limit: float, look: Look) -> Iterator[Comparison]:
    """A comparison for each column of each segment: a drift statistic by its id, `limit` in its unit.

    All of them share the level of the look, by Holm's procedure.
    """
    statistic, limits = drift_statistic(effect), {AT_MOST: limit}
    tests: dict[str, ColumnTest] = {}
    found_in: dict[str, tuple[SegmentEvidence, str]] = {}
    parts = _parts(look)
    if isinstance(parts, str):
        yield unavailable("", effect, limits, parts)
        return
    for part in parts:
        for name in columns:
            about = f"{name} where {part.name}" if part.name else name
            try:
                tests[about] = _test(statistic, name, limit, look, part)
                found_in[about] = part, name
            except Undecided as error:
                reason = f"where {part.name}: {error.message}" if part.name else error.message
                yield unavailable(about, effect, limits, reason)
    for about, bounds in together(tests, look.level).items():
        found = tested(about, effect, bounds, limits, f"{effect} of {about}")
        alarms = found.outcome is Outcome.ALARM
        yield replace(found, reason=found.reason + _new_values(*found_in[about])) if alarms else found


def _parts(look: Look) -> Sequence[SegmentEvidence] | str:
    """What is compared: the segments of the watch, or all rows; or why there is nothing."""
    evidence, watch = look.evidence, look.watch
    if watch.where or watch.by:
        return evidence.segments.get(watch.id, "its segments were not looked at")
    return [SegmentEvidence("", evidence.reference, evidence.scan, evidence.earlier, evidence.windows)]


def _new_values(part: SegmentEvidence, name: str) -> str:
    """The values of an alarming column that its reference does not name."""
    examples = part.scan.columns[name].examples if isinstance(part.scan, WindowScan) else ()
    return f"; there are values such as {', '.join(map(repr, examples))}" if examples else ""


def _test(statistic: DriftStatistic, name: str, limit: float, look: Look, part: SegmentEvidence) -> ColumnTest:
    """The test of a column. Raises Undecided where one side of it is not there."""
    column = _profiled(part.reference, name)
    scans = [part.scan, *part.earlier[: look.watch.over - 1]]
    if len(scans) < look.watch.over:
        raise Undecided(f"{len(scans)} of the {look.watch.over} windows that are pooled are there")
    if look.evidence.clustered and column.design_effect is None:
        reason = f"rows depend on one another, and the profile of {name!r} does not say how much"
        raise Undecided(f"{reason}: declare `cluster` in kpis.yaml, and profile again")
    window = pooled([_counts(column, scan, name) for scan in scans])
    if part.windows is None:
        return column_test(statistic, column, reference_counts(column), window, limit)
    references = [_counts(column, scan, name) for scan in part.windows]
    return column_test_among_windows(statistic, column, references, window, limit)


def _profiled(reference: Reference | str, name: str) -> Column:
    if isinstance(reference, str):
        raise Undecided(reference)
    if name not in reference.columns:
        raise Undecided(reference.why_not(name))
    return reference.columns[name]


def _counts(column: Column, scan: WindowScan | str, name: str) -> ColumnCounts:
    return window_counts(column, _column_scan(scan, name))


def _column_scan(scan: WindowScan | str, name: str) -> ColumnScan:
    """The scan of a column. Raises Undecided where there is none, or it holds another kind of values."""
    if isinstance(scan, str):
        raise Undecided(scan)
    if name in scan.missing or name not in scan.columns:
        raise Undecided(f"there is no column {name!r} in the window")
    if name in scan.retyped:
        before, now = scan.retyped[name]
        raise Undecided(f"column {name!r} was profiled as {before}, and holds {now} in the window")
    return scan.columns[name]
