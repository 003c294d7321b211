"""The scores of many classes: a log loss exactly as scikit-learn's, or one sentence that says why there is none."""

from __future__ import annotations

import random

import numpy as np
import sklearn.metrics
from cases import cases
from measured import near, write
from messages import lacking

from mlops_gitops.measurement.contract import MeasurementRequest
from mlops_gitops.measurement.engines.duckdb import ENGINE
from mlops_gitops.measurement.measure import measure
from mlops_gitops.metrics import lookup
from mlops_gitops.records.kpis import DataSet

NAME = "log_loss_multiclass"
SEEN = random.Random(20261127)
KINDS = {
    "text": ["a 'cat'", "Dog", "scores.bird", 'an "eel"'],
    "whole": [0, 1, 2, 10],
    "negative": [-10, -1, 0, 1000],
    "boolean": [False, True],
}


def rows(classes, n=200):
    """Labels, and the scores of each class: some of them 0, some 1, all summing to 1."""
    weights = [[SEEN.choice([0, 1, 1, 3]) * SEEN.random() + 1e-12 for _ in classes] for _ in range(n)]
    weights[0] = [1.0, *[0.0 for _ in classes[1:]]]
    scores = np.array([[weight / sum(row) for weight in row] for row in weights])
    return [SEEN.choice(classes) for _ in range(n)], scores


def columns(classes, labels, scores):
    """The columns of a file, and the declaration of its scores."""
    named = {f"p{n}": list(column) for n, column in enumerate(scores.T)}
    written = [str(name).lower() if isinstance(name, bool) else str(name) for name in classes]
    return {"id": list(range(len(labels))), "label": labels} | named, dict(zip(written, named, strict=True))


def measured(folder, columns, scores, baseline=None, file_format="parquet", name=NAME):
    paths = [str(folder / f"{side}.{file_format}") for side in ("candidate", "baseline")]
    write(folder / f"candidate.{file_format}", columns)
    if baseline:
        write(folder / f"baseline.{file_format}", baseline)
    data = DataSet("holdout", paths[0], file_format, "label", "id", scores=scores)
    return measure(ENGINE, data, {"it": MeasurementRequest(lookup.find_metric(name))}, *paths[: 2 if baseline else 1])[
        "it"
    ]


@cases("file_format", ["csv", "parquet"])
@cases("kind", KINDS)
def test_the_loss_is_scikit_learn_s_with_these_labels(tmp_path, kind, file_format):
    classes = KINDS[kind]
    labels, scores = rows(classes)
    found = measured(tmp_path, *columns(classes, labels, scores), file_format=file_format)
    order = sorted(range(len(classes)), key=lambda n: classes[n])
    ordered = scores[:, order]
    expected = sklearn.metrics.log_loss(labels, ordered, labels=[classes[n] for n in order])
    assert found.whole.value == near(expected), found.whole.reason


def test_a_class_that_no_label_has_counts_and_the_baseline_is_measured_on_the_same_rows(tmp_path):
    classes = ["a", "b", "c"]
    labels, scores = rows(classes)
    labels = ["a" if label == "c" else label for label in labels]
    ours, declared = columns(classes, labels, scores)
    theirs, _ = columns(classes, labels, np.roll(scores, 1, axis=0))
    found = measured(tmp_path, ours, declared, theirs)
    expected = [
        sklearn.metrics.log_loss(labels, column, labels=classes) for column in (scores, np.roll(scores, 1, axis=0))
    ]
    assert [found.compared.candidate, found.compared.baseline] == [near(number) for number in expected]
    assert found.whole.value == found.compared.candidate


def test_neither_other_metrics_nor_two_classes_need_the_scores(tmp_path):
    columns = {"id": [1, 2], "label": ["a", "b"], "pa": [0.5, 7.0], "pb": [None, 0.5]}
    data = DataSet("holdout", "", "parquet", "label", "id", prediction="label", scores={"a": "pa", "b": "pb"})
    write(tmp_path / "it.parquet", columns)
    asks = {name: MeasurementRequest(lookup.find_metric(name)) for name in ("accuracy", NAME)}
    found = measure(ENGINE, data, asks, str(tmp_path / "it.parquet"))
    assert found["accuracy"].whole.value == 1.0
    assert not lacking(found[NAME].whole.reason, "'pb'", "holdout", "1 empty value")


GOOD = {"id": [1, 2, 3], "label": ["a", "b", "a"], "pa": [0.5, 0.25, 1.0], "pb": [0.5, 0.75, 0.0]}
DECLARED = {"a": "pa", "b": "pb"}


@cases(
    "change, declared, facts",
    [
        ({}, {}, ("no scores column",)),
        ({}, {"a": "pa", "b": "pc"}, ("no column 'pc'", "nearest")),
        ({"pa": ["x", "y", "z"]}, DECLARED, ("'pa'", "VARCHAR", "a number")),
        ({"pa": [0.5, None, 1.0]}, DECLARED, ("'pa'", "1 empty value")),
        ({"pb": [float("nan"), 0.75, float("inf")]}, DECLARED, ("'pb'", "2 values NaN or infinite")),
        ({"pa": [-0.5, 0.25, 1.0], "pb": [1.5, 0.75, 0.0]}, DECLARED, ("'pa'", "1 score outside [0, 1]")),
        ({"pa": [0.4, 0.25, 0.99]}, DECLARED, ("scores", "not sum to 1", "2 rows")),
        ({"pa": [0.500002, 0.25, 1.0]}, DECLARED, ("scores", "not sum to 1", "1 row")),
        ({"label": ["a", "c", "d"]}, DECLARED, ("'label'", "'c', 'd'", "`scores`", "no such class")),
        ({"label": [1, 2, 1]}, DECLARED, ("'a' of `scores`", "not compare", "'label'", "INTEGER")),
        ({"label": [1, 2, 1]}, {"1": "pa", "1.0": "pb"}, ("'1' and '1.0' of `scores`", "same label")),
    ],
)
def test_scores_that_cannot_be_trusted_are_a_reason(tmp_path, change, declared, facts):
    found = measured(tmp_path, GOOD | change, declared).whole
    assert found.value is None and not lacking(found.reason, "holdout", *facts)


def test_sums_of_single_precision_are_near_enough_to_one(tmp_path):
    single = [float(np.float32(score)) for score in (0.1, 0.9)]
    assert sum(single) != 1
    columns = GOOD | {"pa": [single[0], 0.25, 1.0], "pb": [single[1], 0.75, 0.0]}
    assert measured(tmp_path, columns, DECLARED).whole.value is not None


def test_what_rounding_leaves_of_a_sum_is_accepted_and_scores_are_taken_as_they_are(tmp_path):
    """As scikit-learn does, which warns of such sums and does not divide by them."""
    classes = ["a", "b", "c", "d", "e", "f", "g"]
    labels, scores = rows(classes)
    for decimals in (3, 4, 6):
        rounded = scores.round(decimals)
        assert (abs(rounded.sum(axis=1) - 1) > 1e-6).any() or decimals == 6
        clipped = np.clip(rounded, np.finfo(float).eps, 1)
        loss = -np.log([row[classes.index(label)] for row, label in zip(clipped, labels, strict=True)]).mean()
        for file_format in ("csv", "parquet"):
            found = measured(tmp_path, *columns(classes, labels, rounded), file_format=file_format).whole
            assert found.value == near(loss), (decimals, file_format, found.reason)
    wrong = scores.round(3)
    wrong[0, 0] -= 0.01
    for file_format in ("csv", "parquet"):
        found = measured(tmp_path, *columns(classes, labels, wrong), file_format=file_format).whole
        assert not lacking(found.reason, "sum to 1", "in 1 row", "3 decimals")
