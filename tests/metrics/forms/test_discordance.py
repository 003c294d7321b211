"""How far rows can move a metric of a confusion matrix."""

from __future__ import annotations

import numpy as np
import pytest
from cases import cases

from mlops_gitops.metrics import lookup
from mlops_gitops.metrics.forms import discordance
from mlops_gitops.metrics.forms.discordance import farthest_move, matrix_slopes

MATRIX = np.array([[50.0, 3, 2, 1, 0], [4, 30, 0, 2, 1], [1, 0, 20, 1, 0], [2, 1, 0, 9, 1], [0, 0, 1, 1, 5]])


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
