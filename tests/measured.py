"""Every metric with its definition in scikit-learn, sample rows, and files of columns measured by metrics."""

from __future__ import annotations

import csv
import random

import duckdb
import numpy as np
import pytest
import sklearn.metrics
from sklearn.calibration import calibration_curve

from mlops_gitops.measurement.contract import MeasurementRequest
from mlops_gitops.measurement.engines.duckdb import ENGINE
from mlops_gitops.measurement.measure import measure
from mlops_gitops.metrics import lookup
from mlops_gitops.metrics.metric import Family
from mlops_gitops.metrics.scikit_learn import TURNED
from mlops_gitops.records.kpis import DataSet

LISTED = [entry.listed_metrics() if isinstance(entry, Family) else (entry,) for entry in lookup.own_metrics()]
OURS = {metric.id: metric for metrics in LISTED for metric in metrics} | {
    name: lookup.find_metric(name) for name in ("f_beta:0.5", "f_beta:13", "pinball:0.1", "pinball:0.5")
}


def calibration_error(label, score):
    """The expected calibration error by the bins of scikit-learn's calibration_curve."""
    rows, _ = np.histogram(np.searchsorted(np.linspace(0, 1, 16)[1:-1], score), bins=range(16))
    true, predicted = calibration_curve(label, score, n_bins=15)
    return rows[rows > 0] @ abs(true - predicted) / len(label)


def two_scores(label, score):
    """The log loss of a column of scores for each of two classes."""
    return sklearn.metrics.log_loss(label, [[1 - positive, positive] for positive in score])


DEFINITIONS = {
    "accuracy": "accuracy_score",
    "average_precision": "average_precision_score",
    "balanced_accuracy": "balanced_accuracy_score",
    "brier": "brier_score_loss",
    "cohen_kappa": "cohen_kappa_score",
    "expected_calibration_error": calibration_error,
    "f1": "f1_score",
    "f1_macro": ("f1_score", {"average": "macro"}),
    "f1_micro": ("f1_score", {"average": "micro"}),
    "f1_weighted": ("f1_score", {"average": "weighted"}),
    "f_beta:0.5": ("fbeta_score", {"beta": 0.5}),
    "f_beta:13": ("fbeta_score", {"beta": 13}),
    "f_beta:2": ("fbeta_score", {"beta": 2}),
    "jaccard": "jaccard_score",
    "log_loss": "log_loss",
    "log_loss_multiclass": two_scores,
    "matthews_corrcoef": "matthews_corrcoef",
    "mean_absolute_error": "mean_absolute_error",
    "mean_absolute_percentage_error": "mean_absolute_percentage_error",
    "mean_squared_error": "mean_squared_error",
    "pinball:0.1": ("mean_pinball_loss", {"alpha": 0.1}),
    "pinball:0.5": "mean_pinball_loss",
    "pinball:0.9": ("mean_pinball_loss", {"alpha": 0.9}),
    "precision": "precision_score",
    "precision_macro": ("precision_score", {"average": "macro"}),
    "precision_weighted": ("precision_score", {"average": "weighted"}),
    "r2": "r2_score",
    "recall": "recall_score",
    "recall_macro": ("recall_score", {"average": "macro"}),
    "recall_weighted": ("recall_score", {"average": "weighted"}),
    "roc_auc": "roc_auc_score",
    "root_mean_squared_error": "root_mean_squared_error",
    "specificity": ("recall_score", {"pos_label": 0}),
}


def write(path, columns):
    """A file of these columns, as Parquet or CSV by its ending."""
    if path.suffix == ".csv":
        with path.open("w", newline="") as file:
            csv.writer(file).writerows([list(columns), *zip(*columns.values(), strict=True)])
        return
    unnested = ", ".join(f'unnest(?) AS "{name}"' for name in columns)
    duckdb.execute(f"CREATE OR REPLACE TABLE t AS SELECT {unnested}", list(columns.values()))
    duckdb.execute(f"COPY t TO '{path}' (FORMAT parquet)")


def evaluate(folder, names, columns, file_format="parquet", **declared):
    """What metrics measure on a file of these columns, by name."""
    path = folder / f"rows.{file_format}"
    write(path, columns)
    meanings = {meaning: meaning for meaning in ("prediction", "score") if meaning in columns}
    scores = {name.removeprefix("scores."): name for name in columns if name.startswith("scores.")}
    data = DataSet("holdout", str(path), file_format, "label", **(meanings | {"scores": scores} | declared))
    found = measure(ENGINE, data, {name: MeasurementRequest(lookup.find_metric(name)) for name in names}, str(path))
    return {name: measurement.whole for name, measurement in found.items()}


def near(value):
    return pytest.approx(value, rel=1e-9, abs=1e-9)


def by_scikit_learn(name, label, output, **more):
    """A metric as scikit-learn defines it."""
    function = name.removeprefix("sklearn:")
    definition = DEFINITIONS.get(name) or TURNED.get(function, function)
    if callable(definition):
        return definition(label, output, **more)
    function, arguments = (definition, {}) if isinstance(definition, str) else definition
    return getattr(sklearn.metrics, function)(label, output, **arguments, **more)


_RANDOM = random.Random(20261124)
LABELS = [int(_RANDOM.random() < 0.3) for _ in range(400)]
SCORES = [min(1.0, max(0.0, _RANDOM.gauss(0.35 + 0.3 * label, 0.3))) for label in LABELS]  # 0 and 1 are among them
GUESSES = [int(score >= 0.5) for score in SCORES]
SALES = [_RANDOM.gauss(1e6, 3.0) for _ in LABELS]  # far from 0: a naive sum of squares would lose every digit
FORECASTS = [sale + _RANDOM.gauss(0.5, 1.0) for sale in SALES]


def defined(name):
    """What scikit-learn says of the sample rows that suit a metric."""
    metric = lookup.find_metric(name)
    label = SALES if metric.numeric else LABELS
    output = SCORES if {"score", "scores"} & metric.needs else FORECASTS if metric.numeric else GUESSES
    return near(by_scikit_learn(name, label, output))
