"""Columns of other types than double precision: a literal compares as a number of the column's own type."""

from __future__ import annotations

import decimal

import numpy as np
import pyarrow
import pyarrow.parquet
import sklearn.metrics
from cases import cases
from measured import near
from messages import lacking

from mlops_gitops.measurement.columns.column_types import comparable_number, comparison_kind, nearest
from mlops_gitops.measurement.contract import MeasurementRequest
from mlops_gitops.measurement.engines.duckdb import ENGINE
from mlops_gitops.measurement.measure import measure
from mlops_gitops.metrics import lookup
from mlops_gitops.records.gate import Conditions, Gate, Slices
from mlops_gitops.records.kpis import DataSet

FLOATS = {"FLOAT16": np.float16, "FLOAT": np.float32, "DOUBLE": np.float64}
LABELS = np.array([0] * 50 + [1] * 50 + [0] * 100)
SCORES = np.array([0.7] * 50 + [0.9] * 50 + [0.2] * 100)


def measured(folder, columns, metric="accuracy", baseline=None, gate=None, **declared):
    """What a metric is on a Parquet file of these arrays, or why it is nothing."""
    files = []
    for name, arrays in (("candidate", columns), ("baseline", baseline)):
        if arrays:
            table = pyarrow.table({column: pyarrow.array(values) for column, values in arrays.items()})
            pyarrow.parquet.write_table(table, folder / name)
            files.append(str(folder / name))
    data = DataSet("holdout", "holdout.parquet", "parquet", "label", **declared)
    found = measure(ENGINE, data, {"kpi": MeasurementRequest(lookup.find_metric(metric), gate)}, *files)["kpi"]
    return found.compared if baseline else found.whole


def test_the_types_of_floats_round_as_numpy_does():
    values = np.random.default_rng(1).normal(size=500) * np.logspace(-9, 4, 500)
    for name, dtype in FLOATS.items():
        assert [nearest(value, name) for value in values.tolist()] == values.astype(dtype).astype(float).tolist(), name
    with ENGINE.open({}) as session:
        for name, dtype in FLOATS.items():
            rounded = comparable_number("x", "DOUBLE", name)
            query = f"SELECT {rounded} AS x FROM (SELECT unnest({values.tolist()}::DOUBLE[]) AS x)"
            assert (session.arrays(query)["x"] == values.astype(dtype).astype(float)).all(), name
    assert nearest(1e300, "FLOAT") == float("inf")


def test_kinds_of_types():
    kinds = {
        "UTINYINT": "number", "DECIMAL(9,2)": "number", "FLOAT16": "number", "VARCHAR": "text", "UUID": "other",
        "DATE": "time", "TIMESTAMP_NS": "time", "DECIMAL(9,2)[]": "nested", "STRUCT(a INTEGER)": "nested", "": "",
    }  # fmt: skip
    assert {type: comparison_kind(type) for type in kinds} == kinds


@cases("dtype", FLOATS.values())
def test_a_threshold_is_a_number_of_the_scores_own_type(tmp_path, dtype):
    """The scores that are the threshold are positive, as numpy has it: a failing model must not pass."""
    columns = {"label": LABELS, "score": SCORES.astype(dtype)}
    assert measured(tmp_path, columns, score="score", threshold=0.7).value == 0.75


@cases("dtype", [np.float16, np.float32])
def test_a_filter_compares_numbers_of_the_columns_own_type(tmp_path, dtype):
    values = np.array([0.7] * 22 + [0.9] * 36 + [0.6] * 22 + [0.2] * 8).astype(dtype)
    columns = {"label": np.ones(len(values), int), "guess": np.ones(len(values), int), "x": values}
    filters = {
        "x >= 0.7": 58, "x > 0.7": 36, "x = 0.7": 22, "x != 0.7": 66, "x in (0.2, 0.9)": 44, "x <= 0.6": 30,
        "x < 0.6": 8, "not x in (0.2)": 80,
    }  # fmt: skip
    rows = {where: measured(tmp_path, columns, prediction="guess", where=where).n for where in filters}
    assert rows == filters


@cases("dtype", FLOATS.values())
def test_classes_and_the_positive_class_are_numbers_of_the_labels_own_type(tmp_path, dtype):
    label, guess = np.array([0.1, 0.7, 0.1, 0.7]), np.array([0.1, 0.7, 0.7, 0.7])
    columns = {"label": label.astype(dtype), "guess": guess.astype(dtype)}
    assert measured(tmp_path, columns, prediction="guess", classes=(0.1, 0.7)).value == 0.75
    assert measured(tmp_path, columns, "recall", prediction="guess", positive=0.7).value == 1.0
    scores = {"low": np.array([0.9, 0.1, 0.9, 0.1]), "high": np.array([0.1, 0.9, 0.1, 0.9])}
    named = {"0.1": "low", "0.7": "high"}
    found = measured(tmp_path, columns | scores, "log_loss_multiclass", scores=named)
    assert found.value == near(sklearn.metrics.log_loss([0, 1, 0, 1], np.array(list(scores.values())).T))


@cases("narrow", [np.float16, np.float32])
def test_two_floats_compare_in_the_narrower_type(tmp_path, narrow):
    label, guess = np.array([0.1, 0.7, 0.3, 0.7]), np.array([0.1, 0.7, 0.7, 0.7])
    keys = {"id": np.arange(4), "x": label}
    for ours, theirs in ((narrow, float), (float, narrow)):
        columns = keys | {"label": label.astype(ours), "guess": guess.astype(theirs)}
        assert measured(tmp_path, columns, prediction="guess").value == 0.75
        baseline = {"id": np.arange(4), "label": label.astype(theirs), "guess": label.astype(ours)}
        baseline |= {"x": label.astype(narrow)}
        found = measured(tmp_path, columns, baseline=baseline, prediction="guess", key="id", where="x > 0")
        assert (found.reason, found.candidate, found.baseline) == ("", 0.75, 1.0)


def test_a_mean_of_differences_keeps_the_digits_of_both_types(tmp_path):
    label, guess = np.array([0.1, 0.7, 0.3]), np.array([0.11, 0.72, 0.33], np.float32)
    columns = {"label": label, "guess": guess}
    for metric in ("mean_absolute_error", "sklearn:max_error"):
        function = getattr(sklearn.metrics, metric.removeprefix("sklearn:"))
        assert measured(tmp_path, columns, metric, prediction="guess").value == near(function(label, guess))


@cases("dtype", FLOATS.values())
def test_a_likelihood_is_clipped_at_the_epsilon_of_the_scores_own_type(tmp_path, dtype):
    """As scikit-learn does: with scores of exactly 0 and 1, where the gate turns on it."""
    label, score = np.array([0, 1, 1, 0, 1, 0]), np.array([0.0, 1.0, 0.0, 0.5, 0.75, 1.0]).astype(dtype)
    columns = {"label": label, "score": score}
    clipped = np.clip(score.astype(float), np.finfo(dtype).eps, 1 - np.finfo(dtype).eps)
    assert measured(tmp_path, columns, "log_loss", score="score").value == near(
        sklearn.metrics.log_loss(label, clipped)
    )
    for metric in ("log_loss", "d2_log_loss_score", "neg_log_loss"):
        expected = getattr(sklearn.metrics, metric.removeprefix("neg_"))(label, score)
        assert measured(tmp_path, columns, f"sklearn:{metric}", score="score").value == near(expected), metric
    other = np.array([0.9, 0.2, 0.6, 0.4, 0.3, 0.1])
    baseline = columns | {"score": other, "id": np.arange(6)}
    found = measured(tmp_path, columns | {"id": np.arange(6)}, "log_loss", baseline, score="score", key="id")
    assert (found.candidate, found.baseline) == (
        near(sklearn.metrics.log_loss(label, clipped)), near(sklearn.metrics.log_loss(label, other)),
    )  # fmt: skip
    many = {"label": label, "p0": (1 - score).astype(dtype), "p1": score}
    found = measured(tmp_path, many, "log_loss_multiclass", scores={"0": "p0", "1": "p1"})
    assert found.value == near(sklearn.metrics.log_loss(label, clipped)), found.reason


@cases("metric", ["accuracy", "f1_macro", "roc_auc", "mean_absolute_error"])
def test_a_list_is_no_class(tmp_path, metric):
    columns = {"label": [[1], [1, 2]], "guess": [[1], [1, 2]], "score": [0.1, 0.2], "id": [1, 2]}
    declared = {"prediction": "guess", "score": "score", "key": "id"}
    for lists in (("label", "guess"), ("guess",), ("id",)):
        own = {name: values if name in lists else [1, 0] for name, values in columns.items()} | {"score": [0.1, 0.2]}
        if "id" in lists:
            own["id"] = [[1], [2]]
        found = measured(tmp_path, own, metric, **declared)
        assert f"column '{lists[0]}' of holdout is BIGINT[]" in found.reason, found


def test_a_slice_is_by_no_list(tmp_path):
    columns = {"label": [1, 0], "guess": [1, 0], "tags": [["a"], ["b"]]}
    gate = Gate(at_least=0.5, slices=Slices(("tags",), 1, Conditions()))
    assert "column 'tags' of holdout is VARCHAR[]" in measured(tmp_path, columns, gate=gate, prediction="guess").reason


@cases("dtype", FLOATS.values())
def test_scores_of_many_classes_sum_to_one_as_far_as_their_type_tells(tmp_path, dtype):
    scores = np.random.default_rng(5).dirichlet(np.ones(7), 300)
    label = np.arange(300) % 7
    for array in (scores.astype(dtype), scores.round(3).astype(dtype)):
        named = {f"p{n}": column for n, column in enumerate(array.T)}
        declared = {str(n): f"p{n}" for n in range(7)}
        found = measured(tmp_path, {"label": label} | named, "log_loss_multiclass", scores=declared)
        clipped = np.clip(array.astype(float), np.finfo(dtype).eps, 1 - np.finfo(dtype).eps)
        assert found.value == near(-np.log(clipped[np.arange(300), label]).mean()), found.reason


def test_decimals_that_are_one_number_in_double_precision_are_no_classes(tmp_path):
    near_one = pyarrow.array([decimal.Decimal("0.1"), decimal.Decimal("0.10000000000000000001")] * 2)
    columns = {"label": near_one, "guess": near_one}
    found = measured(tmp_path, columns, prediction="guess")
    assert not lacking(found.reason, "'label'", "holdout", "2 numbers", "more than 15 digits")
    assert measured(tmp_path, columns, "mean_absolute_error", prediction="guess").value == 0
    wide = pyarrow.array([decimal.Decimal("0.1"), decimal.Decimal("123456789.7")] * 2).cast(pyarrow.decimal128(38, 20))
    assert measured(tmp_path, {"label": wide, "guess": wide}, prediction="guess").value == 1
