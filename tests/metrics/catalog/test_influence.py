"""The influence of a row, from which bounds follow, is what one more such row changes; over all rows its mean is 0."""

from __future__ import annotations

import math

import numpy as np
import pytest
from cases import cases
from measured import OURS, calibration_error

from mlops_gitops.core.frozen import replace
from mlops_gitops.metrics.aggregates import Cells
from mlops_gitops.metrics.forms.confusion_matrix import Counts
from mlops_gitops.metrics.forms.means import Means
from mlops_gitops.metrics.forms.proportions import Share
from mlops_gitops.metrics.forms.ranking import Ranks, chance_bias

MANY = 1000  # equal rows in each cell: one more is a small step
NEAR = 2e-3


def drawing():
    """The same numbers for each test, whatever ran before."""
    return np.random.default_rng(20261126)


def of_form(form):
    return [name for name, metric in OURS.items() if isinstance(metric.form, form)]


def with_one_more(cells, at, names):
    """The cells with one row more in one of them, and those columns that hold sums grown alike."""
    more = np.where(np.arange(len(cells.rows)) == at, 1 + 1 / cells.rows, 1.0)
    columns = {name: column * more if name in names else column for name, column in cells.columns.items()}
    return replace(cells, rows=cells.rows * more, columns=columns)


def class_cells(classes):
    label, prediction = (codes.ravel() for codes in np.indices((classes, classes)))
    rows = drawing().integers(1, 20, len(label)) * MANY
    return Cells(rows, {"label": label, "prediction": prediction, "positive": label, "predicted": prediction})


@cases("name", of_form(Counts | Share))
def test_of_classes(name):
    metric = OURS[name]
    cells = class_cells(2).with_binary_codes() if metric.binary else class_cells(4)
    psi, value, n = metric.form.influence(cells), metric.form.value(cells), cells.n
    assert psi @ cells.rows / n == pytest.approx(0, abs=1e-9)
    steps = [(n + 1) * (metric.form.value(with_one_more(cells, at, ())) - value) for at in range(len(cells.rows))]
    assert steps == pytest.approx(psi, abs=NEAR)
    assert np.abs(psi).max() > 0.1


@cases("name", of_form(Means))
def test_of_quantities(name):
    """Sums of each cluster come in: here every cell is one, of equal rows."""
    metric, rows = OURS[name], np.full(30, MANY)
    terms = drawing().gamma(3.0, size=(len(metric.form.terms), len(rows)))
    if name == "r2":  # a square, and another with its root, as an engine sums them
        terms[2] = terms[1] ** 2
    columns = {str(n): term * rows for n, term in enumerate(terms)} | {"positives": rows // 2}
    cells = Cells(rows, columns, np.arange(len(rows)), {str(n): 0.0 for n in range(len(terms))})
    psi = metric.form.influences(cells, ("",)).per_row
    assert psi.sum() / cells.n == pytest.approx(0, abs=1e-9)
    value = metric.form.value(cells)
    steps = [(cells.n + 1) * (metric.form.value(with_one_more(cells, at, columns)) - value) for at in range(len(rows))]
    psi = psi / np.abs(psi).max() * np.abs(steps).max()  # of a cell or of a row: all cells have as many
    assert steps == pytest.approx(psi, rel=NEAR, abs=NEAR)


def score_cells():
    random = drawing()
    scores = np.sort(random.random(40))
    positives, negatives = (random.integers(0, 20, len(scores)) * MANY for _ in range(2))
    positives[3], negatives[5] = 0, 0
    return Cells(positives + negatives, {"score": scores, "positives": positives, "negatives": negatives})


@cases("name", of_form(Ranks))
def test_of_scores(name):
    metric, cells = OURS[name], score_cells()
    ranked = metric.form.ranked(cells)
    positives, negatives = cells["positives"], cells["negatives"]
    assert (ranked.positive_influence @ positives + ranked.negative_influence @ negatives) / cells.n == pytest.approx(
        0, abs=1e-9
    )
    for kind, psi in (("positives", ranked.positive_influence), ("negatives", ranked.negative_influence)):
        for at in range(len(psi)):
            one = np.arange(len(psi)) == at
            grown = replace(cells, rows=cells.rows + one, columns=cells.columns | {kind: cells[kind] + one})
            step = metric.form.value(grown) - ranked.value
            assert (cells.n + 1) * step == pytest.approx(psi[at], abs=NEAR)


def calibrated(random, n):
    """Scores that are true: what is left of their calibration error is chance."""
    scores = np.sort(random.random(n))
    labels = (random.random(n) < scores).astype(int)
    return Cells(np.ones(n, int), {"score": scores, "positives": labels, "negatives": 1 - labels})


def test_what_chance_adds_to_a_calibration_error_is_known():
    random = drawing()
    form, samples = OURS["expected_calibration_error"].form, [calibrated(random, 1000) for _ in range(300)]
    values = [form.value(cells) for cells in samples]
    assert values[0] == pytest.approx(calibration_error(samples[0]["positives"], samples[0]["score"]), abs=1e-9)
    assert np.mean([chance_bias(cells, form.ranked(cells)) for cells in samples]) == pytest.approx(
        np.mean(values), rel=0.05
    )


def test_what_chance_adds_is_a_normal_error_a_bin():
    cells = Cells(np.ones(2, int), {"score": np.array([0.1, 0.8]), "positives": np.array([0, 1]),
                                    "negatives": np.array([1, 0])})  # fmt: skip
    form = OURS["expected_calibration_error"].form
    assert chance_bias(cells, form.ranked(cells)) == pytest.approx(math.sqrt(2 / math.pi) * (0.1 + 0.2) / 2)


def test_rows_that_repeat_one_another_are_as_much_chance_as_one_of_them():
    form, cells = OURS["expected_calibration_error"].form, calibrated(drawing(), 500)
    rows = np.arange(500).repeat(4)
    copies = replace(cells.take(rows), cluster=rows)
    once = chance_bias(cells, form.ranked(cells))
    assert chance_bias(copies, form.ranked(copies)) == pytest.approx(once)
    assert chance_bias(replace(copies, cluster=None), form.ranked(copies)) == pytest.approx(once / 2)


def test_that_a_positive_row_is_above_its_own_score_makes_an_average_precision_too_high():
    scores, labels = np.array([0.7, 0.8, 0.9]), np.array([1, 0, 1])
    cells = Cells(np.ones(3, int), {"score": scores, "positives": labels, "negatives": 1 - labels})
    ranked = OURS["average_precision"].form.ranked(cells)
    # At 0.9 one positive row of one; at 0.7 two of three, and without the row itself one of two: not the ninth more.
    assert (ranked.value, chance_bias(cells, ranked)) == pytest.approx((5 / 6, (0 + 1 / 9) / 2))


@cases(
    "name, fewest",
    [("balanced_accuracy", {"rows that differ from most of their label": 0}),
     ("recall_macro", {"rows that differ from most of their label": 0}),
     ("precision_macro", {"rows that differ from most of their prediction": 4}),
     ("f1_macro", {"rows that differ from most of their class": 4}),
     ("matthews_corrcoef", {})],
)  # fmt: skip
def test_a_class_without_any_variance_is_counted(name, fewest):
    """Ninety right and four plus six wrong of one class, five right of another and twenty wrong of a third."""
    label, prediction = np.array([0, 0, 0, 1, 2, 2]), np.array([0, 1, 2, 1, 2, 0])
    cells = Cells(np.array([90, 4, 6, 5, 80, 20]), {"label": label, "prediction": prediction})
    form = OURS[name].form
    assert form.deviating_rows(form.influence(cells), cells) == fewest


@cases(
    "name, needs_rare_rows",
    [("f1_macro", True), ("balanced_accuracy", True), ("precision_macro", True), ("f1_weighted", False),
     ("precision_weighted", False), ("matthews_corrcoef", False), ("cohen_kappa", False)],
)  # fmt: skip
def test_only_where_all_classes_count_alike_must_the_rarest_label_have_rows(name, needs_rare_rows):
    """One class of 4 rows in 50,000, which is sometimes predicted; two of many rows and errors."""
    label, prediction = np.array([0, 0, 0, 1, 1, 1, 2, 2]), np.array([0, 1, 2, 0, 1, 2, 2, 0])
    cells = Cells(np.array([27_000, 2_980, 20, 1_500, 18_480, 16, 3, 1]), {"label": label, "prediction": prediction})
    assert ("rows of the rarest label" in OURS[name].form.estimate(cells).few) == needs_rare_rows
    assert bool(OURS[name].form.estimate(cells).few) == needs_rare_rows


def test_of_a_change_the_rows_of_a_class_that_only_one_gets_right_vary():
    columns = {"label": [0, 0, 0, 1, 1], "prediction": [0, 1, 0, 1, 0], "before_prediction": [0, 1, 1, 1, 1]}
    cells = Cells(np.array([80, 9, 11, 50, 7]), {name: np.array(column) for name, column in columns.items()})
    form = OURS["balanced_accuracy"].form
    psi = form.influence(cells) - form.influence(cells.baseline_side())
    assert form.deviating_rows(psi, cells) == {"rows that differ from most of their label": 7}


def changed(metric_name, rows):
    """The change of a metric from a baseline that predicts 200 rows as positive, half of them rightly, to others."""
    columns = {"label": [1, 1, 1, 0, 0, 0, 0], "prediction": [1, 1, 0, 1, 1, 0, 0],
               "before_prediction": [1, 0, 1, 1, 0, 1, 0]}  # fmt: skip
    cells = Cells(np.array(rows), {name: np.array(column) for name, column in columns.items()})
    return OURS[metric_name].form.compare(cells, bounds=True).change


@cases("name", ["precision", "precision_macro"])
def test_of_a_change_of_shares_of_other_rows_each_must_vary(name):
    """That all but one of the 20 rows predicted as positive are right does not say how many of another 20 would be."""
    assert " that differ from most" in changed(name, [15, 4, 35, 0, 1, 150, 795]).few
    assert " that differ from most" not in changed(name, [15, 14, 35, 5, 6, 145, 780]).few
