"""The segments of a watch of drift: each with its own reference, of the profile or of reference windows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

from mlops_gitops.core.frozen import replace
from mlops_gitops.monitoring.profiles.profile import FEWEST, Column
from mlops_gitops.monitoring.profiles.segments import Segmentation, Values, in_bins_of, title
from mlops_gitops.monitoring.profiles.window_scan import ColumnScan, WindowScan
from mlops_gitops.monitoring.reference_columns import Reference
from mlops_gitops.monitoring.watch_kind import SegmentEvidence

Scans: TypeAlias = Mapping[Values, WindowScan] | str  # of the segments of one window, or why there are none


def segment_evidence(
    split: Segmentation,
    reference: Reference | str,
    now: Scans,
    earlier: Sequence[Scans] = (),
    windows: Sequence[Scans] | None = None,
) -> tuple[SegmentEvidence, ...] | str:
    """What is known of each segment that the reference or the window has; or why nothing is.

    With `windows` these are the reference, in the bins of the whole profile; without, the segments that the profile
    holds. A segment that is in one of the two alone says so.
    """
    if isinstance(now, str) or isinstance(reference, str):
        return now if isinstance(now, str) else str(reference)
    known = profiled_segments(split, reference) if windows is None else _of_windows(reference, windows)
    if isinstance(known, str):
        return known
    every = sorted({*known, *now}, key=lambda values: tuple(map(str, values)))
    return tuple(_segment(split, values, known.get(values), (now, *earlier), windows, reference) for values in every)


def profiled_segments(split: Segmentation, reference: Reference) -> dict[Values, Reference] | str:
    """The references of the segments that the profile holds; or why it holds none."""
    segments = [each for each in reference.segments if each.where == split.where and {*each.values} == {*split.by}]
    if not segments:
        why = reference.left_out.get(title(split), "")
        again = "mlops-gitops profile writes them, and a new release pins them"
        return f"the profile holds no segments {title(split)}" + (f": {why}" if why else f": {again}")
    return {tuple(each.values[name] for name in split.by): Reference(each.columns, each.left_out) for each in segments}


def _of_windows(reference: Reference, windows: Sequence[Scans]) -> dict[Values, Reference]:
    """Segments with rows enough in all reference windows together; a window that could not be read is said so later."""
    rows: dict[Values, int] = {}
    for window in windows:
        for values, scan in window.items() if not isinstance(window, str) else ():
            rows[values] = rows.get(values, 0) + scan.rows
    return {values: reference for values, count in rows.items() if count >= FEWEST or not values}


def _segment(
    split: Segmentation,
    values: Values,
    known: Reference | None,
    scans: Sequence[Scans],
    windows: Sequence[Scans] | None,
    whole: Reference,
) -> SegmentEvidence:
    name = split.name(values)
    if known is None:
        return SegmentEvidence(name, "the reference has no such segment, and the window has", "not compared")
    now, *earlier = (_scan(each, values, known, whole) for each in scans)
    if values not in scans[0]:
        now = f"the window has fewer than {FEWEST} rows of it"
    past = None if windows is None else tuple(_scan(each, values, known, whole) for each in windows)
    return SegmentEvidence(name, known, now, tuple(earlier), past)


def _scan(found: Scans, values: Values, known: Reference, whole: Reference) -> WindowScan | str:
    """The scan of a segment in the bins of its reference; of a window that has no rows of it, one without rows."""
    if isinstance(found, str):
        return found
    if values not in found:
        return WindowScan(0, {name: _without_rows(column) for name, column in known.columns.items()})
    scan = found[values]
    columns = {
        name: in_bins_of(known.columns[name], whole.columns[name], counted) if name in known.columns else counted
        for name, counted in scan.columns.items()
    }
    return replace(scan, columns=columns)


def _without_rows(column: Column) -> ColumnScan:
    return ColumnScan(0, 0, counts=(0,) * len(getattr(column, "counts", ())))
