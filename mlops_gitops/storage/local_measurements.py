"""What prediction files in the work tree measure, where that takes a moment: for a warning before a release."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from mlops_gitops.core.errors import Error, Undecided
from mlops_gitops.storage.columns import is_inside

if TYPE_CHECKING:
    from mlops_gitops.core.table import Columns
    from mlops_gitops.measurement.results import Measurement
    from mlops_gitops.records.kpis import DataSet, Kpi

MOST_BYTES = 1 << 26  # of a file that is measured while somebody waits


def local_measurements(root: str) -> Callable[[DataSet, Sequence[Kpi]], Mapping[str, Measurement]]:
    """The measurements that `Context.measured` reads, of files in the work tree at `root`.

    A CSV file whose first rows show a mistake is not read further.
    """

    def measured(data: DataSet, kpis: Sequence[Kpi]) -> Mapping[str, Measurement]:
        files = [os.path.join(root, *path.split("/")) for path in data.files().values()]
        inside = all(is_inside(root, path) for path in data.files().values())
        if not inside or not all(map(os.path.isfile, files)) or sum(map(os.path.getsize, files)) > MOST_BYTES:
            return {}
        quick = data.format == "csv" and data.labels is None
        return {} if quick and _has_mistake(files[0], data) else _measured(files, data, kpis)

    return measured


def _measured(files: Sequence[str], data: DataSet, kpis: Sequence[Kpi]) -> Mapping[str, Measurement]:
    from importlib.util import find_spec

    if find_spec("duckdb") is None:
        return {}
    from mlops_gitops.measurement.contract import MeasurementRequest
    from mlops_gitops.measurement.engines.duckdb import ENGINE
    from mlops_gitops.measurement.measure import measure
    from mlops_gitops.metrics.lookup import kpi_metric

    requests = {}
    for kpi in kpis:
        try:
            metric = kpi_metric(kpi)
        except Error:  # the rule kpi-metric reports it
            continue
        if metric:
            requests[kpi.id] = MeasurementRequest(metric)
    labels = {"candidate": files[1]} if data.labels else {}
    return measure(ENGINE, data, requests, files[0], labels=labels) if requests else {}


def _has_mistake(path: str, data: DataSet) -> bool:
    """Whether the first rows of a CSV file show that its label neither equals the prediction nor follows the score."""
    if data.where is not None:
        return False  # the rows with a mistake may not count
    from mlops_gitops.storage import table_head  # which loads csv

    try:
        columns, _ = table_head.head(path)
    except Undecided:
        return True  # which the rule data-columns reports
    return _differs(columns, data) and _overlaps(columns, data)


def _differs(columns: Columns, data: DataSet) -> bool:
    """Whether a prediction is not the label: another class, or another number."""
    if data.prediction is None:
        return True
    labels, predictions = columns.get(data.label, ()), columns.get(data.prediction, ())
    return any(_value(label) != _value(prediction) for label, prediction in zip(labels, predictions, strict=False))


def _overlaps(columns: Columns, data: DataSet) -> bool:
    """Whether some row of a class has a score above, and another one below, those of the other classes."""
    if data.score is None:
        return True
    scores: dict[float | str, list[float]] = {}
    for label, text in zip(columns.get(data.label, ()), columns.get(data.score, ()), strict=False):
        score = _value(text)
        if isinstance(score, float):
            scores.setdefault(_value(label), []).append(score)
    ranges = sorted((min(values), max(values)) for values in scores.values())
    return any(below[1] > above[0] for below, above in pairwise(ranges))


def _value(text: str) -> float | str:
    """A cell as the number it is, or else as text."""
    try:
        return float(text)
    except ValueError:
        return text
