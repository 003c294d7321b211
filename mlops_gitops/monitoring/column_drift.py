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
from mlops_gitops.monitoring.watch_kind import Look


def compare_columns(columns: Sequence[str], effect: str, limit: float, look: Look) -> Iterator[Comparison]:
    """A comparison for each column: a drift statistic by its id, `limit` in its unit, with Holm's levels."""
    statistic, limits = drift_statistic(effect), {AT_MOST: limit}
    tests: dict[str, ColumnTest] = {}
    for name in columns:
        try:
            tests[name] = _test(statistic, name, limit, look)
        except Undecided as error:
            yield unavailable(name, effect, limits, error.message)
    for name, bounds in together(tests, look.level).items():
        found = tested(name, effect, bounds, limits, f"{effect} of {name}")
        yield replace(found, reason=found.reason + _new_values(look, name)) if found.outcome is Outcome.ALARM else found


def _new_values(look: Look, name: str) -> str:
    """The values of an alarming column that its reference does not name."""
    scan = look.evidence.scan
    examples = scan.columns[name].examples if isinstance(scan, WindowScan) else ()
    return f"; there are values such as {', '.join(map(repr, examples))}" if examples else ""


def _test(statistic: DriftStatistic, name: str, limit: float, look: Look) -> ColumnTest:
    """The test of a column. Raises Undecided where one side of it is not there."""
    evidence = look.evidence
    column = _profiled(evidence.reference, name)
    scans = [evidence.scan, *evidence.earlier[: look.watch.over - 1]]
    if len(scans) < look.watch.over:
        raise Undecided(f"{len(scans)} of the {look.watch.over} windows that are pooled are there")
    if evidence.clustered and column.design_effect is None:
        reason = f"rows depend on one another, and the profile of {name!r} does not say how much"
        raise Undecided(f"{reason}: declare `cluster` in kpis.yaml, and profile again")
    window = pooled([_counts(column, scan, name) for scan in scans])
    if evidence.windows is None:
        return column_test(statistic, column, reference_counts(column), window, limit)
    references = [_counts(column, scan, name) for scan in evidence.windows]
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
