"""Tables that may be predictions: their first rows, to see what the columns hold, and what they measure today."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from itertools import islice

from mlops_gitops.core.errors import Undecided
from mlops_gitops.core.table import Columns
from mlops_gitops.discovery.discover import Discovery
from mlops_gitops.discovery.prediction_tables import Predictions, recognise
from mlops_gitops.measurement.contract import MeasurementRequest
from mlops_gitops.measurement.measure import measure
from mlops_gitops.metrics import lookup
from mlops_gitops.records.kpis import DataSet
from mlops_gitops.storage.table_head import _csv, _parquet

MOST = 100  # tables
QUICK = 1 << 28  # bytes of a table that is measured while somebody waits


def sample_tables(root: str, found: Discovery) -> tuple[Mapping[str, Columns], list[str]]:
    """The first rows of each table that is here, and a sentence for each that cannot be read."""
    heads: dict[str, Columns] = {}
    unread = []
    for path in islice(_table_paths(found), MOST):
        full = os.path.join(root, *path.split("/"))
        if not os.path.isfile(full):
            continue
        try:
            heads[path] = _csv(full) if _format(path) == "csv" else _parquet(full)
        except Undecided as error:
            unread.append(f"{path} was not looked into: {error.message}" + (f" ({error.help})" if error.help else ""))
    return heads, unread


def _table_paths(found: Discovery) -> Iterator[str]:
    """The tables made from a model, then those that no stage makes."""
    yield from (path for path in found.tables if found.sources(path))
    makers = {path: found.pipelines.maker(path) for path in found.tables}
    yield from (path for path, stage in makers.items() if stage and not stage.name and not found.sources(path))


def table_metrics(root: str, tables: Mapping[str, Columns]) -> dict[str, dict[str, float]]:
    """What each metric of a table of predictions is today, where it can be measured."""
    from mlops_gitops.measurement.engines.duckdb import ENGINE

    found = {}
    for path, columns in tables.items():
        predictions, full = recognise(path, columns), os.path.join(root, *path.split("/"))
        if predictions is not None and os.path.getsize(full) <= QUICK:
            requests = {name: MeasurementRequest(lookup.find_metric(name)) for name in predictions.metrics}
            measured = measure(ENGINE, _data_set(predictions), requests, full)
            values = {name: measurement.whole.value for name, measurement in measured.items()}
            found[path] = {name: value for name, value in values.items() if value is not None}
    return found


def _data_set(predictions: Predictions) -> DataSet:
    key, prediction, score = (predictions.columns.get(name) for name in ("key", "prediction", "score"))
    label, file_format = predictions.columns["label"], _format(predictions.path)
    return DataSet(
        predictions.path, predictions.path, file_format, label, key, prediction, score, positive=predictions.positive
    )


def _format(path: str) -> str:
    return path.rpartition(".")[2].lower()
