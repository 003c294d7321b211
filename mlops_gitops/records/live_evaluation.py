"""The KPIs of a model as they are read where a release is judged on live windows, and not on its own holdout."""

from __future__ import annotations

from collections.abc import Mapping

from mlops_gitops.core.frozen import replace
from mlops_gitops.records.kpis import LABELS, LIVE, DataSet, Kpis, LabelFile, LiveAnswers, format_by_ending
from mlops_gitops.records.release import LiveEvaluation, Release

# The columns of the file of labels, which this program writes itself; the declared names may be taken there.
KEY, LABEL = "key", "label"


def kpis_of(kpis: Kpis, release: Release) -> Kpis:
    """The KPIs as they are read to judge a release: on its live windows, where it pins some."""
    if release.live is None:
        return kpis
    return on_live_windows(kpis, release.live, {name: pin.path for name, pin in release.evaluation.items()})


def on_live_windows(kpis: Kpis, live: LiveEvaluation, paths: Mapping[str, str]) -> Kpis:
    """The KPIs with each data set read from its files of live windows: name in a release's `evaluation` → path.

    What columns mean stays as declared. A filter of the holdout's rows does not count: the windows have their own.
    A data set that has not all three files stays as it is, and so has no pins that fit.
    """
    return replace(kpis, data={name: _on_live(data, live, paths) for name, data in kpis.data.items()})


def _on_live(data: DataSet, live: LiveEvaluation, paths: Mapping[str, str]) -> DataSet:
    name = data.name
    if not {name, f"{name}{LABELS}", f"{name}{LIVE}"} <= paths.keys():
        return data
    labels, types = paths[f"{name}{LABELS}"], data.column_types
    renamed = {KEY: data.key or "", LABEL: data.label}
    return replace(
        data,
        path=paths[name],
        format=format_by_ending(paths[name]),
        where=None,
        column_types={**types, **{new: types[old] for new, old in renamed.items() if old in types}},
        labels=LabelFile(labels, format_by_ending(labels), KEY, LABEL),
        live=LiveAnswers(paths[f"{name}{LIVE}"], live.environment, live.release),
    )
