"""The columns of one watch: which alarm, at which level, and what several reference windows change."""

from __future__ import annotations

import numpy as np
import pytest

from mlops_gitops.core.errors import Undecided
from mlops_gitops.monitoring.drift.binning import ColumnCounts, reference_counts
from mlops_gitops.monitoring.drift.holm import column_test, column_test_among_windows, levels, together
from mlops_gitops.monitoring.drift.statistic import drift_statistic
from mlops_gitops.monitoring.outcome import Outcome, judged
from mlops_gitops.monitoring.profiles.profile import CategoricalColumn, NumericColumn
from mlops_gitops.statistics.multiple_testing import holm
from simulations.drift import mean_shift

EQUAL = np.full(40, 1 / 40)
COLUMN = NumericColumn("number", 20_000, 0, 0, 0, tuple(map(float, range(39))), (500,) * 40, 0.0, 1.0, None)
LEVEL = 3e-4


def window(shift: float, rows: int = 5_000, seed: int = 1) -> ColumnCounts:
    drawn = np.random.default_rng(seed).multinomial(rows, mean_shift(EQUAL, shift))
    return ColumnCounts(tuple(int(count) for count in drawn))


def test_columns_alarm_by_holm_s_procedure_and_the_outcome_follows_from_the_bounds() -> None:
    psi = drift_statistic("psi")
    shifts = {"age": 0.0, "income": 0.4, "region": 0.0, "tenure": 0.3, "visits": 0.15}
    tests = {
        name: column_test(psi, COLUMN, reference_counts(COLUMN), window(shift, seed=seed), 0.02)
        for seed, (name, shift) in enumerate(shifts.items())
    }
    found = together(tests, LEVEL)
    assert (found["income"].level, found["tenure"].level) == (LEVEL / 5, LEVEL / 4)
    assert {found[name].level for name in ("age", "region", "visits")} == {LEVEL / 3}
    outcomes = {name: judged(one.value, {"at_most": 0.02}, one.lower, one.upper) for name, one in found.items()}
    assert outcomes == {
        "age": Outcome.FINE, "income": Outcome.ALARM, "region": Outcome.FINE, "tenure": Outcome.ALARM,
        "visits": Outcome.INCONCLUSIVE,
    }  # fmt: skip
    assert sum(found["age"].evidence["window"]["counts"]) == 5_000


def test_the_levels_name_the_columns_that_holm_rejects() -> None:
    rng = np.random.default_rng(4)
    for _ in range(200):
        p_values = {str(place): float(p) for place, p in enumerate(rng.uniform(size=6) ** 4)}
        rejected = {name for _, name in holm({(0, name): p for name, p in p_values.items()}, 0.05)}
        assert {name for name, level in levels(p_values, 0.05).items() if p_values[name] <= level} == rejected


def test_a_column_of_too_few_rows_never_alarms_and_says_what_lacks() -> None:
    psi = drift_statistic("psi")
    tests = {"age": column_test(psi, COLUMN, reference_counts(COLUMN), window(3.0, rows=300), 0.02)}
    found = together(tests, LEVEL)["age"]
    assert "300 independent rows in the window" in found.few == found.evidence["few"]


def test_a_statistic_of_numbers_is_not_for_texts() -> None:
    texts = CategoricalColumn("category", 1_000, 0, {"a": 500, "b": 500}, 0, 0, None)
    for name in ("ks", "wasserstein"):
        with pytest.raises(Undecided, match=f"{name} is not for a column of kind category"):
            column_test(drift_statistic(name), texts, reference_counts(texts), ColumnCounts((50, 50)), 0.1)


def test_a_new_category_and_nulls_alarm() -> None:
    texts = CategoricalColumn("category", 20_000, 0, {"a": 12_000, "b": 8_000}, 0, 0, None)
    for changed in (ColumnCounts((2_700, 1_800), other=500), ColumnCounts((2_700, 1_800), missing=500)):
        test = column_test(drift_statistic("psi"), texts, reference_counts(texts), changed, 0.1)
        assert test.estimate.lower(LEVEL) > 0.1
        assert test.p_value < LEVEL
        assert test.estimate.few == ""


def test_every_statistic_allows_for_weeks_that_differ_without_drift() -> None:
    rng = np.random.default_rng(8)
    calm, restless = ([window(spread * shift, seed=100 + place) for place, shift in enumerate(rng.normal(size=12))]
                      for spread in (0.0, 0.2))  # fmt: skip
    for name, limit in (("psi", 0.02), ("cramers_v", 0.05), ("ks", 0.05), ("wasserstein", 0.1)):
        statistic, shifted = drift_statistic(name), window(1.0, seed=77)
        few, much = (column_test_among_windows(statistic, COLUMN, weeks, shifted, limit) for weeks in (calm, restless))
        assert few.p_value < LEVEL < much.p_value, name
        assert much.estimate.lower(0.01) < few.estimate.lower(0.01) < few.estimate.value < few.estimate.upper(0.01)
        assert few.estimate.upper(0.01) < much.estimate.upper(0.01), name
        least = column_test_among_windows(statistic, COLUMN, calm, window(0.3), limit)
        assert 1e-10 < least.p_value < 0.1, name
        assert least.estimate.lower(least.p_value * 1.001) > limit >= least.estimate.lower(least.p_value * 0.999), name


def test_fewer_than_eight_reference_windows_are_named() -> None:
    weeks = [window(0.0, seed=seed) for seed in range(7)]
    with pytest.raises(Undecided, match="7 reference windows, and 8 are needed"):
        column_test_among_windows(drift_statistic("psi"), COLUMN, weeks, window(0.0), 0.02)
