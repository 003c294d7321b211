"""Metrics of classes, as many as there are, held to scikit-learn: where that warns, they have no value."""

from __future__ import annotations

import random
import warnings

import numpy as np
import pytest
import sklearn.metrics
from cases import cases
from hypothesis import given, settings
from hypothesis import strategies as st
from measured import DEFINITIONS, OURS, by_scikit_learn, evaluate, near

from mlops_gitops.core.errors import Undecided
from mlops_gitops.metrics.aggregates import Cells

SEEN = random.Random(20261125)
CLASSES = [name for name, metric in OURS.items() if metric.needs == {"label", "prediction"} and not metric.numeric]
MANY = [name for name in CLASSES if not OURS[name].binary]
ALPHABETS = {
    "text": ["cat", "Dog", "bird", "an eel", ""],
    "whole": [0, 1, 2, 30, 4],
    "negative": [-1, 1, 5, 7, 9],
    "boolean": [False, True],
}


def cells(matrix):
    """The counts of labels (rows) and predictions as an engine gives them: only the combinations that occur."""
    label, prediction = np.nonzero(matrix)
    binary = {"positive": label, "predicted": prediction}
    return Cells(matrix[label, prediction], {"label": label, "prediction": prediction, **binary})


def defined(name, label, prediction, **more):
    """scikit-learn's value, None where it warns or a correlation has nothing to vary."""
    if name == "matthews_corrcoef" and 1 in (len({*label}), len({*prediction})):
        return None  # scikit-learn says 0, without a warning
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.filterwarnings("ignore", message="A single label was found")
        try:
            return by_scikit_learn(name, label, prediction, **more)
        except (sklearn.exceptions.UndefinedMetricWarning, UserWarning):
            return None


@cases("file_format", ["csv", "parquet"])
@cases("kind", ALPHABETS)
def test_labels_of_any_type_give_what_scikit_learn_gives(tmp_path, kind, file_format):
    known = ALPHABETS[kind]
    if kind == "text" and file_format == "csv":
        known = known[:-1]  # there an empty text is a missing value
    label = [SEEN.choice(known) for _ in range(300)]
    prediction = [true if SEEN.random() < 0.6 else SEEN.choice(known) for true in label]
    found = evaluate(tmp_path, MANY, {"label": label, "prediction": prediction}, file_format)
    expected = {name: near(by_scikit_learn(name, label, prediction)) for name in MANY}
    assert {name: measured.value for name, measured in found.items()} == expected


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(1, 50)), min_size=1, max_size=8))
def test_every_pattern_of_classes_has_scikit_learn_s_value_or_none_where_that_warns(counted):
    matrix = np.zeros((4, 4), int)
    for label, prediction, rows in counted:
        matrix[label, prediction] += rows
    (label, prediction), weights = np.nonzero(matrix), matrix[matrix > 0]
    for name in MANY:
        expected = defined(name, label, prediction, sample_weight=weights)
        assert OURS[name].form.value(cells(matrix)) == (None if expected is None else near(expected)), name


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 40), min_size=4, max_size=4).filter(any))
def test_so_has_every_pattern_of_two(counts):
    matrix = np.array(counts).reshape(2, 2)
    (label, prediction), weights = np.nonzero(matrix), matrix[matrix > 0]
    for name in CLASSES:
        if OURS[name].binary:
            expected = defined(name, label, prediction, sample_weight=weights)
            found = OURS[name].form.value(cells(matrix).with_binary_codes())
            assert found == (None if expected is None else near(expected)), name


def test_many_rows_lose_no_digits():
    """A class of one row in ten million: the correlation is a difference of squares that agree in seven digits."""
    matrix = np.array([[10**7, 1], [2, 3]])
    (label, prediction), weights = np.nonzero(matrix), matrix[matrix > 0]
    for name in MANY:
        assert OURS[name].form.value(cells(matrix)) == near(by_scikit_learn(name, label, prediction,
                                                                            sample_weight=weights))  # fmt: skip


def test_more_classes_than_a_matrix_should_hold_are_refused():
    with pytest.raises(Undecided, match=r"201 classes.* at most 200"):
        OURS["f1_macro"].form.value(cells(np.eye(201, dtype=int)))
    assert OURS["f1_macro"].form.value(cells(np.eye(200, dtype=int))) == 1.0
    assert "f1_macro" in DEFINITIONS
