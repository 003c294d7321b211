"""Measures prediction files: every metric has a value, or one sentence that says why it has none."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import groupby

from mlops_gitops import filtering, queries, soundness
from mlops_gitops.canonical import rounded
from mlops_gitops.contracts import Engine, Metric
from mlops_gitops.errors import Undecided
from mlops_gitops.queries import Rows
from mlops_gitops.records.kpis import DataSet
from mlops_gitops.results import Measured


@dataclass(frozen=True, slots=True)
class _File:
    """A prediction file as it was measured, by metric id; `fault` is what makes all of it unavailable."""

    path: str
    rows: Rows
    n: int | None = None
    fault: str = ""
    measured: Mapping[str, Measured] = field(default_factory=dict)

    def of(self, metric: Metric) -> Measured:
        return Measured(None, self.n, self.fault) if self.fault else self.measured[metric.id]


def measure(
    engine: Engine, data: DataSet, metrics: Mapping[str, Metric], candidate: str, baseline: str | None = None
) -> dict[str, tuple[Measured, Measured | None]]:
    """Each metric of a data set on the candidate's file and, paired by key, on the baseline's.

    `metrics` are named as the caller likes, and so is the result; `candidate` and `baseline` are paths of local files
    whose digests were verified. Fails closed: what cannot be trusted is `Measured(None, n, reason)`. Values are rounded
    to 12 significant digits.
    """
    ours = _measure_file(engine, data, metrics.values(), "candidate", candidate)
    if baseline is None:
        return {name: (ours.of(metric), None) for name, metric in metrics.items()}
    theirs = _measure_file(engine, data, metrics.values(), "baseline", baseline)
    unpaired = _unpaired(engine, ours, theirs)
    return {name: (ours.of(metric), _paired(theirs.of(metric), unpaired)) for name, metric in metrics.items()}


def _paired(measured: Measured, unpaired: str) -> Measured:
    return Measured(None, measured.n, measured.reason or unpaired) if unpaired else measured


def _measure_file(engine: Engine, data: DataSet, metrics: Iterable[Metric], view: str, path: str) -> _File:
    rows, chosen = Rows(data, {}, view), {metric.id: metric for metric in metrics}
    try:
        rows = Rows(data, engine.columns(path, data.format), view)
        if fault := soundness.schema_fault(rows, *(["key"] if data.key else []), "label"):
            return _File(path, rows, fault=fault)
        if data.where is not None and view == "candidate":
            rows = Rows(data, rows.types, view, filtering.sql(data.where, rows.types))
        classes = rows.derived or any(metric.binary for metric in chosen.values())
        (counts,) = engine.rows(queries.soundness(rows, classes=classes), {view: (path, data.format)})
    except Undecided as error:
        return _File(path, rows, fault=f"{rows.title} cannot be read: {_sentence(error)}")
    n = counts["rows"]
    if fault := soundness.shared_fault(rows, counts):
        return _File(path, rows, n, fault)
    faults = {name: soundness.metric_fault(rows, metric, counts) for name, metric in chosen.items()}
    sound = [metric for name, metric in chosen.items() if not faults[name]]
    unsound = {name: Measured(None, n, fault) for name, fault in faults.items() if fault}
    return _File(path, rows, n, measured=unsound | _values(engine, rows, path, sound, n))


def _values(engine: Engine, rows: Rows, path: str, metrics: Iterable[Metric], n: int) -> dict[str, Measured]:
    """Metrics that share a grouping share one pass over the file."""
    measured: dict[str, Measured] = {}
    for _, sharing in groupby(sorted(metrics, key=_grouping), key=_grouping):
        together = list(sharing)
        try:
            groups = engine.rows(queries.statistics(rows, together), {rows.view: (path, rows.data.format)})
        except Undecided as error:
            reason = f"{rows.title} cannot be measured: {_sentence(error)}"
            measured |= {metric.id: Measured(None, n, reason) for metric in together}
        else:
            measured |= {metric.id: _value(rows, metric, groups, n) for metric in together}
    return measured


def _value(rows: Rows, metric: Metric, groups: Iterable[Mapping[str, object]], n: int) -> Measured:
    kept = {metric.by: metric.by} if metric.by else {}
    names = kept | {name: f"{metric.id}.{name}" for name in metric.statistics}
    try:
        value = metric.finish([{name: group[column] for name, column in names.items()} for group in groups])
    except Undecided as error:
        return Measured(None, n, f"{metric.id} of {rows.title} cannot be computed: {_sentence(error)}")
    if value is None:
        return Measured(None, n, f"{metric.id} of {rows.title} is undefined: {metric.undefined}")
    if not math.isfinite(value):
        return Measured(None, n, f"{metric.id} of {rows.title} is not a finite number")
    return Measured(rounded(value), n)


def _unpaired(engine: Engine, ours: _File, theirs: _File) -> str:
    """Why the two files cannot be compared row by row; empty when they can."""
    data = ours.rows.data
    if data.key is None:
        return f"{data.name} declares no key column to pair its rows with the baseline's"
    if ours.fault or theirs.fault:
        return theirs.fault or f"{data.name} cannot be paired with the baseline's: {ours.fault}"
    if fault := soundness.kinds_fault(ours.rows, theirs.rows):
        return fault
    files = {file.rows.view: (file.path, data.format) for file in (ours, theirs)}
    try:
        (counts,) = engine.rows(queries.pairing(ours.rows, theirs.rows), files)
    except Undecided as error:
        return f"{data.name} cannot be paired with the baseline's: {_sentence(error)}"
    return soundness.pairing_fault(ours.rows, theirs.rows, counts)


def _grouping(metric: Metric) -> str:
    return metric.by or ""


def _sentence(error: Undecided) -> str:
    return f"{error.message} ({error.help})" if error.help else error.message
