"""The reference of a release under the names that the columns of live windows have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mlops_gitops.core.frozen import frozen, replace
from mlops_gitops.monitoring.profiles.profile import Column, Profile, Segment
from mlops_gitops.records.kpis import DataSet, Kpis
from mlops_gitops.records.monitoring import Windows


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


def answers(windows: Windows) -> tuple[str, ...]:
    """The columns of what the model answered: its score or the scores of its classes, else its prediction."""
    if windows.scores:
        return tuple(windows.scores.values())
    return tuple(name for name in (windows.score or windows.prediction,) if name)


def _named_apart(windows: Windows, profiled: DataSet) -> Iterator[tuple[str, str]]:
    """The columns that are called otherwise in the data that was profiled, as (in the window, there)."""
    pairs = [(windows.score, profiled.score), (windows.prediction, profiled.prediction)]
    pairs += [(name, profiled.scores.get(label)) for label, name in windows.scores.items()]
    for live, own in pairs:
        if live and own and live != own:
            yield live, own
