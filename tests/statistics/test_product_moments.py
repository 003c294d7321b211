"""Moments of a combination of quantities, and three values that have them, beside those of the rows themselves."""

from __future__ import annotations

import numpy as np
import pytest
from cases import cases

from mlops_gitops.statistics.product_moments import (
    central_moments,
    product_name,
    products,
    three_point_distribution,
)

RNG = np.random.default_rng(3)
ROWS = {"a": RNG.exponential(1, 500), "b": RNG.normal(0, 2, 500), "c": RNG.lognormal(0, 1, 500)}
SLOPES = {"a": 0.5, "b": -1.5, "c": 0.7}


def test_central_moments_of_a_combination_follow_from_means_of_products() -> None:
    means = {
        product_name(product): float(np.prod([ROWS[factor] for factor in product], axis=0).mean())
        for product in products(list(ROWS))
    }
    combined = sum(slope * ROWS[quantity] for quantity, slope in SLOPES.items())
    deviations = combined - combined.mean()
    assert central_moments(means, SLOPES) == pytest.approx([(deviations**k).mean() for k in (2, 3, 4)])


@cases("rows", [*ROWS.values(), np.array([0, 0, 1]), np.array([-1.0, 1.0])])
def test_three_values_have_the_moments_of_all_rows(rows) -> None:
    deviations = rows - rows.mean()
    moments = [(deviations**k).mean() for k in (2, 3, 4)]
    values, shares = map(np.array, three_point_distribution(*moments))
    assert shares.sum() == pytest.approx(1) and (shares >= 0).all()
    assert [(shares * values**k).sum() for k in (1, 2, 3, 4)] == pytest.approx([0, *moments], abs=1e-12)


def test_rows_that_do_not_differ_have_one_value() -> None:
    assert three_point_distribution(0.0, 0.0, 0.0) == ((0.0,), (1.0,))


@cases(
    "second, third, fourth",
    [(1e-17, 1e-17, 1e-17), (1e-17, -1e-17, 0.0), (1e-16, 1e-8, 1e-20), (1.0, 1e8, 1e16), (1.0, -1e9, 0.0)],
)
def test_what_rounding_leaves_of_rows_that_are_all_alike_is_a_distribution(
    second: float, third: float, fourth: float
) -> None:
    """The sums of two models that are one leave a variance of nearly nothing, and a skewness of any size."""
    values, shares = map(np.array, three_point_distribution(second, third, fourth))
    assert np.isfinite(values).all() and (shares >= 0).all() and shares.sum() == pytest.approx(1)
    assert shares @ values**2 == pytest.approx(second) and shares @ values**3 == pytest.approx(third)


@cases("moments", [(1e-300, 1e-10, 0.0), (1e-200, 0.0, 1e-10)])
def test_moments_whose_ratios_are_infinite_are_those_of_no_scatter(moments: tuple[float, float, float]) -> None:
    assert three_point_distribution(*moments) == ((0.0,), (1.0,))
