"""The averages over classes have the values and influences of their formulas, to the last bit."""

from __future__ import annotations

import numpy as np
import pytest
from cases import cases
from measured import OURS

from mlops_gitops.core.errors import Error
from mlops_gitops.metrics import lookup
from mlops_gitops.metrics.aggregates import Cells
from mlops_gitops.metrics.forms.confusion_matrix import Counts

FORMULAS = {
    "f1_macro": lambda right, labelled, predicted: (2 * right / (labelled + predicted)).mean(),
    "f1_weighted": lambda right, labelled, predicted: (
        (labelled * 2 * right / (labelled + predicted)).sum() / labelled.sum()
    ),
    "precision_macro": lambda right, labelled, predicted: (right / predicted).mean(),
    "precision_weighted": lambda right, labelled, predicted: (labelled * right / predicted).sum() / labelled.sum(),
    "recall_macro": lambda right, labelled, predicted: (right / labelled).mean(),
    "recall_weighted": lambda right, labelled, predicted: right.sum() / labelled.sum(),
}
AVERAGED = {"f1_macro": "class", "precision_macro": "prediction", "precision_weighted": "prediction",
            "recall_macro": "label"}  # fmt: skip


def matrix_cells(classes):
    """Cells of a confusion matrix in which every combination occurs."""
    label, prediction = (codes.ravel() for codes in np.indices((classes, classes)))
    rows = np.random.default_rng(20261129).integers(1, 10**6, classes**2)
    return Cells(rows, {"label": label, "prediction": prediction})


@cases("name", FORMULAS)
def test_a_value_and_its_influences_are_those_of_the_formula(name):
    def measure(matrix):
        return FORMULAS[name](matrix.diagonal(), matrix.sum(axis=1), matrix.sum(axis=0))

    form, formula = OURS[name].form, Counts(measure)
    assert form.averaged == AVERAGED.get(name, "")
    for classes in (2, 3, 7, 40):
        cells = matrix_cells(classes)
        assert form.value(cells) == formula.value(cells)
        assert form.influence(cells).tolist() == formula.influence(cells).tolist()


def test_each_is_a_metric_of_its_own():
    listed = [metric.id for metric in lookup.own_metrics()]
    assert set(FORMULAS) <= set(listed) and listed == sorted(listed)
    assert "class_averages" not in listed
    for name in ("class_averages", "class_averages:f1_macro"):
        with pytest.raises(Error, match="no metric is called"):
            lookup.find_metric(name)
