"""How far rows can move a metric of a confusion matrix."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from cases import cases

from mlops_gitops.metrics import lookup
from mlops_gitops.metrics.catalog import average_precision, expected_calibration_error
from mlops_gitops.metrics.forms import discordance
from mlops_gitops.metrics.forms.discordance import farthest_move, matrix_slopes

MATRIX = np.array([[50.0, 3, 2, 1, 0], [4, 30, 0, 2, 1], [1, 0, 20, 1, 0], [2, 1, 0, 9, 1], [0, 0, 1, 1, 5]])
SCORES = (0.0, 0.02, 0.11, 0.15, 0.5, 0.85, 0.99, 1.0)


@cases("name", ["f1_macro", "recall_macro", "precision_weighted", "matthews_corrcoef", "cohen_kappa"])
def test_slopes_of_many_classes_are_those_of_each_count(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    measure = lookup.find_metric(name).form.measure  # type: ignore[attr-defined]
    each = matrix_slopes(measure, MATRIX)
    monkeypatch.setattr(discordance, "MOST_STEPPED", 2)
    assert matrix_slopes(measure, MATRIX) == pytest.approx(each, abs=1e-12)


def test_rows_move_as_far_as_there_are_any() -> None:
    """Of balanced accuracy the five right rows of the rarest class first, each a fifth of a seventh; then the next."""
    measure = lookup.find_metric("balanced_accuracy").form.measure  # type: ignore[attr-defined]
    slopes = -matrix_slopes(measure, MATRIX)

    def farthest(rows: float) -> float:
        return farthest_move(lambda moved: -float(measure(moved)), MATRIX, slopes, rows)

    assert farthest(3) == pytest.approx(3 / 7 / 5)
    assert farthest(5) == pytest.approx(5 / 7 / 5)
    assert farthest(7) == pytest.approx((5 / 7 + 2 / 13) / 5)
    assert farthest_move(float, MATRIX[:1, :1], slopes[:1, :1], 1) == float("inf")


@cases("metric", [average_precision, expected_calibration_error])
def test_no_rows_move_a_metric_of_scores_farther_than_is_said(metric: Any) -> None:
    """Rows of small samples, moved to any scores: average precision by a few per cent more, since shares are tried."""
    draw, slack = np.random.default_rng(20_261_130), 0.02 if metric is average_precision else 0.0
    for _ in range(300):
        labels, scores = draw.permutation([1] * 8 + [0] * 12), draw.choice(SCORES, 20)
        before = _value(metric, labels, scores)
        for rows in (1, 4):
            moved = np.where(np.arange(20) < rows, draw.choice(SCORES, 20), scores)
            change = _value(metric, labels, moved) - before
            most = metric.farthest(*_counts(labels, scores)[1:], float(rows), np.sign(change))
            assert abs(change) <= most * (1 + slack) + 1e-12, (labels, scores, moved)


def test_a_row_that_goes_to_another_bin_moves_both() -> None:
    """Of 77 rows one leaves a bin, whose sum it had lowered by 0.98, for one that lacks 0.85, and then twice that."""
    labels, scores = np.array([1, *[0] * 75, 1]), np.array([0.02, *[0.02] * 75, 0.15])
    before = _value(expected_calibration_error, labels, scores)
    after = _value(expected_calibration_error, labels, np.array([0.15, *scores[1:]]))
    most = expected_calibration_error.farthest(*_counts(labels, scores)[1:], 1.0, 1.0)
    assert after - before == pytest.approx((0.98 + 0.85) / 77)
    assert after - before <= most


def _counts(labels: Any, scores: Any) -> tuple[Any, Any, Any]:
    distinct, place = np.unique(scores, return_inverse=True)
    positives, rows = np.bincount(place, labels, len(distinct)), np.bincount(place, minlength=len(distinct))
    return distinct, positives.astype(int), rows - positives.astype(int)


def _value(metric: Any, labels: Any, scores: Any) -> float:
    return float(metric.METRIC.form.influence(*_counts(labels, scores)).value)
