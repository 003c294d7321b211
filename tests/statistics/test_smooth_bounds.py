"""Bounds of a smooth statistic."""

from __future__ import annotations

import pytest

from mlops_gitops.statistics.smooth_bounds import hall_quantile


def test_hall_s_quantile_is_the_inverse_of_his_transformation() -> None:
    for a in (-0.4, -1e-7, 0.0, 0.2, 0.6):
        for q in (-2.3, 0.0, 1.6):
            t = float(hall_quantile(q, a))
            assert t + a / 3 * t * t + a * a / 27 * t**3 + a / 6 == pytest.approx(q, abs=1e-6)
