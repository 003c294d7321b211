"""The reference of a release under the names that the columns of live windows have."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from mlops_gitops.core.errors import Undecided
from mlops_gitops.core.frozen import frozen, replace
from mlops_gitops.core.text import clipped
from mlops_gitops.measurement.row_filter import columns, parse
from mlops_gitops.monitoring.profiles.profile import Column, Profile, Segment
from mlops_gitops.records.kpis import DataSet, Kpis
from mlops_gitops.records.monitoring import DataDrift, Fairness, Monitoring, Quality, Watch, Windows

MOST_EXTRA, LONGEST = 20, 60  # names of columns that are kept, and characters of each


@frozen
class Reference:
    """The profiled columns by their names in a window; `left_out` says why a column has no profile.

    The columns of `segments` have these names too.
    """

    columns: Mapping[str, Column]
    left_out: Mapping[str, str]
    segments: tuple[Segment, ...] = ()

    def why_not(self, column: str) -> str:
        """Why a column has no reference."""
        reason = self.left_out.get(column, "it is not in the data that was profiled")
        return f"column {column!r} has no reference: {reason}"


def reference_of(profile: Profile, windows: Windows, profiled: DataSet | None) -> Reference:
    """The reference that a profile is for windows.

    The score and the prediction of a window are compared with those of the data set that was `profiled`, whatever
    their columns are called.
    """
    names = dict(_named_apart(windows, profiled)) if profiled else {}
    segments = (
        replace(each, **dict(zip(("columns", "left_out"), _renamed(each, names), strict=True)))
        for each in profile.segments
    )
    return Reference(*_renamed(profile, names), tuple(segments))


def _renamed(profiled: Profile | Segment, names: Mapping[str, str]) -> tuple[dict[str, Column], dict[str, str]]:
    """The columns, and why others have no profile, under the names of live windows."""
    columns, left_out = dict(profiled.columns), dict(profiled.left_out)
    for live, own in names.items():
        for known in (columns, left_out):
            known.pop(live, None)
        if own in profiled.columns:
            columns[live] = profiled.columns[own]
        elif own in profiled.left_out:
            left_out[live] = profiled.left_out[own]
    return columns, left_out


def profiled_data(profile: Profile, kpis: Kpis | None) -> DataSet | None:
    """The data set of kpis.yaml that was profiled; None where it declares none at that path."""
    declared = kpis.data.values() if kpis else ()
    return next((data for data in declared if data.path == profile.data.path), None)


def known_columns(windows: Windows, reference: Reference) -> set[str]:
    """Every column that a window may have, as far as the windows or the profile say so."""
    named = (windows.key, windows.prediction, windows.score, windows.release, windows.cluster)
    declared = {*named, *windows.scores.values(), *windows.column_types, *reference.columns, *reference.left_out}
    return {name for name in declared if name is not None}


def extra_columns(names: Iterable[str], plan: Monitoring, reference: Reference) -> tuple[str, ...]:
    """The columns of a window that neither its reference nor its plan knows, in their order; the first of many."""
    known = known_columns(plan.windows, reference)
    known |= {name for watch in plan.watches for name in watched_columns(watch)} | {*filtered(plan.windows.where)}
    return tuple(clipped(name, LONGEST) for name in names if name not in known)[:MOST_EXTRA]


def watched_columns(watch: Watch) -> Iterator[str]:
    """The columns that a watch names, also those of its filter."""
    check = watch.check
    if isinstance(check, Quality | DataDrift):
        yield from check.columns
    if isinstance(check, Fairness):
        yield from check.by
    yield from (*watch.by, *filtered(watch.where))


def filtered(where: str | None) -> tuple[str, ...]:
    """The columns of a filter; none of one that cannot be read, which the rule monitoring-filter reports."""
    try:
        return columns(parse(where)) if where is not None else ()
    except Undecided:
        return ()


def _named_apart(windows: Windows, profiled: DataSet) -> Iterator[tuple[str, str]]:
    """The columns that are called otherwise in the data that was profiled, as (in the window, there)."""
    pairs = [(windows.score, profiled.score), (windows.prediction, profiled.prediction)]
    pairs += [(name, profiled.scores.get(label)) for label, name in windows.scores.items()]
    for live, own in pairs:
        if live and own and live != own:
            yield live, own
