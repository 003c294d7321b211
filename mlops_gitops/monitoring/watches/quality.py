"""Fixed limits of a window's rows, its age, and the values of its columns: nothing here is a statistical test."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mlops_gitops.monitoring.limits import AT_MOST, Limits, limited, stated, unavailable
from mlops_gitops.monitoring.outcome import Comparison, Outcome
from mlops_gitops.monitoring.profiles.window_scan import LimitScan
from mlops_gitops.monitoring.watch_kind import Look, Stated, WatchKind
from mlops_gitops.records.duration import duration
from mlops_gitops.records.monitoring import ColumnLimits, Quality, share

_HOUR = 3600


def _read(data: Mapping[str, Any]) -> Quality:
    rows = data.get("rows", {})
    fresh = duration(data["fresh"]) if "fresh" in data else None
    columns = {name: _column_limits(limits) for name, limits in data.get("columns", {}).items()}
    return Quality(rows.get("at_least"), rows.get("at_most"), fresh, columns)


def _column_limits(data: Mapping[str, Any]) -> ColumnLimits:
    nulls = share(data["nulls"]) if "nulls" in data else None
    values = tuple(data["values"]) if "values" in data else None
    return ColumnLimits(data.get("min"), data.get("max"), nulls, values, data.get("unique", False))


def _compare(check: Quality, look: Look) -> Iterator[Comparison]:
    if check.fresh is not None:
        yield _lateness(check, look)
    scan = look.evidence.scan
    limits = stated(check.rows_at_least, check.rows_at_most)
    if isinstance(scan, str):
        if limits or check.columns:
            yield unavailable("", "rows", limits, scan)
        return
    if limits:
        yield limited("", "rows", float(scan.rows), limits, "the number of rows")
    for name, column in check.columns.items():
        absent = LimitScan(scan.rows, 0, fault=f"there is no column {name!r}")
        yield from _column(name, column, scan.limited.get((look.watch.id, name), absent))


def _lateness(check: Quality, look: Look) -> Comparison:
    limits, statistic = _late_limits(check), "hours late"
    if look.evidence.late is None:
        return unavailable("", statistic, limits, "nothing says when the window was written")
    late, found = look.evidence.late.time.total_seconds() / _HOUR, look.evidence.late
    if not found.arrived and late <= limits[AT_MOST]:
        reason = f"the window has not arrived, and has {limits[AT_MOST]:g} hours for that"
        return unavailable("", statistic, limits, reason)
    return limited("", statistic, late, limits, "the time from the end of the window to its last file, in hours,")


def _late_limits(check: Quality) -> Limits:
    return stated(at_most=check.fresh.total_seconds() / _HOUR) if check.fresh else {}


def _column(name: str, limits: ColumnLimits, found: LimitScan) -> Iterator[Comparison]:
    if found.fault:
        yield Comparison(name, "faults of the column", 1.0, {AT_MOST: 0.0}, Outcome.ALARM, found.fault)
        return
    if not found.rows:
        yield unavailable(name, "column", {}, f"column {name!r} has no rows")
        return
    if limits.nulls is not None:
        share = found.nulls / found.rows
        yield limited(name, "nulls", share, {AT_MOST: limits.nulls}, f"the share of empty values of {name!r}")
    if found.nulls == found.rows:
        if limits != ColumnLimits(nulls=limits.nulls):
            yield unavailable(name, "column", {}, f"column {name!r} has no value in any row")
        return
    if limits.min is not None:
        yield _none(name, "min", found.below, f"{name!r} is below {limits.min}")
    if limits.max is not None:
        yield _none(name, "max", found.above, f"{name!r} is above {limits.max}")
    if limits.values is not None:
        shown = f", such as {', '.join(map(repr, found.examples))}" if found.examples else ""
        yield _none(name, "values", found.unlisted, f"{name!r} has none of its listed values{shown}")
    if limits.unique:
        yield _none(name, "unique", found.repeated, f"{name!r} has the value of another row")


def _none(name: str, statistic: str, rows: int, title: str) -> Comparison:
    """A limit that no row may break."""
    broken = rows > 0
    reason = f"in {rows:,} rows {title}" if rows > 1 else f"in 1 row {title}" if broken else ""
    outcome = Outcome.ALARM if broken else Outcome.FINE
    return Comparison(name, f"rows against {statistic}", float(rows), {AT_MOST: 0.0}, outcome, reason)


def _allowed(check: Quality, about: str, _: Stated) -> list[Limits]:
    """Those of the rows and the age, or of a column: of its empty values, and of rows that break another limit."""
    if not about:
        return [stated(check.rows_at_least, check.rows_at_most), _late_limits(check)]
    column = check.columns.get(about)
    return [stated(at_most=0), *([stated(at_most=column.nulls)] if column else [])]


KIND = WatchKind("quality", __doc__, _read, _compare, _allowed)
