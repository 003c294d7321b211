"""Segments: the rows of a file that a watch of drift looks at by themselves, counted in the bins of the whole profile.

A segment keeps rows to themselves as a profile does. Each of its bins and categories holds at least FEWEST rows: bins
of the whole are joined until they do. A segment of fewer rows is not profiled; nor is the smallest one where it alone
would tell the rest of the rows from all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeAlias

from mlops_gitops.core.errors import Undecided
from mlops_gitops.core.frozen import frozen, replace
from mlops_gitops.core.text import clipped
from mlops_gitops.measurement.contract import Engine
from mlops_gitops.measurement.row_filter import columns as filtered_columns
from mlops_gitops.measurement.row_filter import parse
from mlops_gitops.measurement.rows import Rows
from mlops_gitops.monitoring.profiles import bins
from mlops_gitops.monitoring.profiles.column_values import ColumnValues, column_values
from mlops_gitops.monitoring.profiles.count_values import Count, count_groups
from mlops_gitops.monitoring.profiles.open_table import open_table
from mlops_gitops.monitoring.profiles.profile import FEWEST, CategoricalColumn, Column, NumericColumn, Profile, Segment
from mlops_gitops.monitoring.profiles.scan import MEMORY, column_count, column_scan, infinite, retyping
from mlops_gitops.monitoring.profiles.window_scan import ColumnScan, WindowScan
from mlops_gitops.records.kpis import DataSet
from mlops_gitops.records.monitoring import Monitoring, Watch

VIEW = "segmented"
MOST_SEGMENTS, MOST_BINS = 50, 100
SHOWN = 40  # characters of a value

Values: TypeAlias = tuple[str | None, ...]  # what the rows of a segment share, in the order of `by`


@frozen
class Segmentation:
    """How a watch splits rows: those of `where` alone count, and each combination of values of `by` is a segment."""

    where: str | None
    by: tuple[str, ...]

    def name(self, values: Values) -> str:
        """What a table calls a segment; empty where all rows of `where` are one."""
        shown = ("(empty)" if value is None else clipped(value, SHOWN) for value in values)
        return ", ".join(f"{column}={value}" for column, value in zip(self.by, shown, strict=True))


def segmentation(watch: Watch) -> Segmentation | None:
    """How a watch of drift splits rows; None where it looks at all of them, and for other watches."""
    if not watch.check.drift or not (watch.where or watch.by):
        return None
    return Segmentation(watch.where, watch.by)


def segmentations(plan: Monitoring | None) -> list[Segmentation]:
    """Every way in which watches of drift split rows, each once."""
    found = (segmentation(watch) for watch in plan.watches) if plan else ()
    return list(dict.fromkeys(each for each in found if each))


def scan_segments(
    engine: Engine, path: str, data: DataSet, columns: Mapping[str, Column], split: Segmentation
) -> dict[Values, WindowScan]:
    """What is counted of each segment of the file or folder at `path`, in the bins of `columns`, by one query.

    Raises Undecided where the file cannot be read, lacks a column that splits it, or has more than MOST_SEGMENTS
    segments of FEWEST rows or more; smaller ones beyond that are left out.
    """
    kept = " and ".join(f"({where})" for where in (data.where, split.where) if where) or None
    chosen = (*split.by, *(filtered_columns(parse(kept)) if kept else ()))
    with engine.connect({VIEW: (path, data.format)}, memory=MEMORY) as session:
        named = {*columns, *split.by}
        rows = open_table(session, VIEW, replace(data, where=kept), named, untyped=named - {*chosen}, stream=True)
        if lost := [name for name in split.by if name not in rows.types]:
            raise Undecided(f"there is no column {lost[0]!r} to split rows by")
        read = {name: column_values(rows, name, column.kind) for name, column in columns.items() if name in rows.types}
        counts = {name: _counted(columns[name], values) for name, values in read.items()}
        groups = count_groups(session, rows, {name: _as_text(rows, name) for name in split.by}, counts)
    large = [values for values, (total, _) in groups.items() if total >= FEWEST]
    if len(large) > MOST_SEGMENTS:
        raise Undecided(
            f"{', '.join(split.by)} make {len(large):,} segments, and at most {MOST_SEGMENTS} are looked at"
        )
    missing = tuple(name for name in columns if name not in rows.types)
    found = {}
    for values, (total, counted) in sorted(groups.items(), key=lambda item: tuple(map(str, item[0]))):
        if total >= FEWEST or not split.by:
            scans = {name: column_scan(columns[name], each, total) for name, each in counted.items()}
            kinds = {name: retyping(columns[name], read[name], each) for name, each in counted.items()}
            retyped = {name: pair for name, pair in kinds.items() if pair}
            found[values] = WindowScan(total, scans, missing=missing, retyped=retyped)
    return found


def _counted(column: Column, values: ColumnValues) -> Count:
    count = column_count(column, values)
    if not isinstance(column, NumericColumn) or values.kind != column.kind:
        return count
    return replace(count, aggregates=lambda value: {**count.aggregates(value), **infinite(value)})


def _as_text(rows: Rows, name: str) -> str:
    return rows.written_text(name) or rows.sql(name)


def with_segments(
    engine: Engine, path: str, data: DataSet, profile: Profile, splits: Iterable[Segmentation]
) -> Profile:
    """The profile with those segments that its data has. A split that the data does not have is named in `left_out`.

    Raises Undecided where the file cannot be read.
    """
    segments: list[Segment] = []
    left = dict(profile.left_out)
    for split in splits:
        try:
            _require_profiled(profile, split)
            found = scan_segments(engine, path, data, profile.columns, split)
        except Undecided as error:
            left[title(split)] = error.message
            continue
        segments += _private(profile, split, found)
    return replace(profile, segments=tuple(segments), left_out=left)


def _require_profiled(profile: Profile, split: Segmentation) -> None:
    """Raises Undecided for rows split by what is never profiled, such as a key."""
    chosen = (*split.by, *(filtered_columns(parse(split.where)) if split.where else ()))
    for name in chosen:
        if name in profile.left_out:
            raise Undecided(f"column {name!r} splits no rows here: {profile.left_out[name]}")


def title(split: Segmentation) -> str:
    """A split as messages call it."""
    by = f"by {', '.join(split.by)}" if split.by else ""
    return " ".join(filter(None, (by, f"where {split.where}" if split.where else "")))


def _private(profile: Profile, split: Segmentation, found: Mapping[Values, WindowScan]) -> list[Segment]:
    """The segments that may be kept: the rows that are in none of them are FEWEST or more, or none at all."""
    kept = {values: scan for values, scan in found.items() if scan.rows >= FEWEST}
    while kept and 0 < profile.rows - sum(scan.rows for scan in kept.values()) < FEWEST:
        kept.pop(min(kept, key=lambda values: (kept[values].rows, tuple(map(str, values)))))
    return [_segment(profile, split, values, scan) for values, scan in kept.items()]


def _segment(profile: Profile, split: Segmentation, values: Values, scan: WindowScan) -> Segment:
    columns, left = {}, {}
    for name, counted in scan.columns.items():
        finite = sum(counted.counts) or sum(counted.categories.values()) + counted.other
        if finite < FEWEST:
            left[name] = f"the segment has {finite} values of it, and {FEWEST} are needed"
        else:
            columns[name] = segment_column(profile.columns[name], counted)
    return Segment(split.where, dict(zip(split.by, values, strict=True)), scan.rows, columns, left)


def segment_column(whole: Column, scan: ColumnScan) -> Column:
    """The column of a segment, each of its bins and categories of FEWEST rows or more.

    Its design effect is that of the whole column.
    """
    if isinstance(whole, CategoricalColumn):
        named = {name: rows for name, rows in scan.categories.items() if rows >= FEWEST}
        pooled = [rows for name, rows in scan.categories.items() if 0 < rows < FEWEST]
        other = scan.other + sum(pooled)
        return CategoricalColumn(
            whole.kind, scan.rows, scan.nulls, named, other, scan.other_values + len(pooled), whole.design_effect
        )
    edges, counts = bins.merged(whole.edges, scan.counts)
    while len(counts) > MOST_BINS:
        edges, counts = edges[1::2], tuple(sum(counts[place : place + 2]) for place in range(0, len(counts), 2))
    return NumericColumn(
        whole.kind, scan.rows, scan.nulls, scan.infinite, scan.nan, edges, counts, None, None, whole.design_effect
    )


def in_bins_of(column: Column, whole: Column, scan: ColumnScan) -> ColumnScan:
    """A scan in the bins of the whole column, counted in those of a segment, which are joined from them."""
    if isinstance(column, NumericColumn) and isinstance(whole, NumericColumn):
        if not scan.counts or column.edges == whole.edges:
            return scan
        counts, place = [0] * len(column.counts), 0
        for edge, rows in zip((*whole.edges, float("inf")), scan.counts, strict=True):
            while place < len(column.edges) and edge > column.edges[place]:
                place += 1
            counts[place] += rows
        return replace(scan, counts=tuple(counts))
    if not isinstance(column, CategoricalColumn):
        return scan
    own = {name: rows for name, rows in scan.categories.items() if name in column.categories}
    pooled = [rows for name, rows in scan.categories.items() if name not in own and rows]
    return replace(scan, categories=own, other=scan.other + sum(pooled), other_values=scan.other_values + len(pooled))
