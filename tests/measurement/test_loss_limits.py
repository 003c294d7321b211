"""Losses with a declared bound or a cap, measured on files by the real engine."""

from __future__ import annotations

import numpy as np
import pytest
from cases import cases
from measured import write
from messages import lacking
from scipy import stats

from mlops_gitops.gates.evaluate import measurement_requests
from mlops_gitops.gates.judge import judge
from mlops_gitops.gates.result import Baseline, Outcome
from mlops_gitops.measurement.engines.duckdb import ENGINE
from mlops_gitops.measurement.measure import measure
from mlops_gitops.records.gate import read_gate
from mlops_gitops.records.kpis import DataSet, Kpi

RNG = np.random.default_rng(20261130)
N = 400
SOLD = RNG.normal(100, 10, N)
ERROR = np.clip(RNG.normal(0, 3, N), -8, 8)
ERROR[0], ERROR[1] = 9.5, 30.0
COLUMNS = {"id": np.arange(N), "sold": SOLD, "region": np.where(np.arange(N) < 150, "EU", "US"),
           "shop": np.arange(N) // 2}  # fmt: skip
METRICS = ["mean_absolute_error", "mean_squared_error", "root_mean_squared_error", "r2", "pinball:0.5",
           "mean_absolute_percentage_error"]  # fmt: skip
PRODUCTION = Baseline("production", "1.0.0", None)
LOSS = {"no_worse_than": {"baseline": "production", "by": 0.5}}


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Errors of up to 8, of which one is 9.5 and one 30; and those of a baseline, all up to 8."""
    folder = tmp_path_factory.mktemp("losses")
    found = {}
    for name, error in (("ours", ERROR), ("theirs", np.clip(ERROR, -8, 8))):
        columns = COLUMNS | {"forecast": SOLD + error}
        for ending in ("parquet", "csv"):
            write(folder / f"{name}.{ending}", {key: column.tolist() for key, column in columns.items()})
            found[name, ending] = str(folder / f"{name}.{ending}")
    return found


def kpi(metric, gate=None, **limits):
    return Kpi("k", metric, "holdout", None, None, read_gate({"confidence": 0.95, "at_most": 1e6} | (gate or {})),
               **limits)  # fmt: skip


def found(paths, *kpis, **declared):
    """The measurement of each KPI on such files, of which the second is the baseline."""
    ending = paths[0].rsplit(".", 1)[1]
    data = DataSet("holdout", paths[0], ending, "sold", key="id", prediction="forecast", **declared)
    requests = {str(n): next(iter(measurement_requests([kpi]).values())) for n, kpi in enumerate(kpis)}
    return list(measure(ENGINE, data, requests, *paths).values())


@cases("ending", ["parquet", "csv"])
@cases(
    "metric, bound, largest",
    [
        ("mean_absolute_error", 9.9, "30"),
        ("root_mean_squared_error", 9.9, "30"),
        ("r2", 9.9, "30"),
        ("mean_squared_error", 99, "900"),
        ("pinball:0.5", 4.9, "15"),
    ],
)
def test_a_row_beyond_the_bound_makes_the_kpi_not_available(files, metric, bound, largest, ending):
    one, two = kpi(metric, loss_bound=bound), kpi(metric, loss_bound=bound / 1.1)
    measured = found([files["ours", ending]], one, two, kpi(metric))
    result = judge(one, "lower", measured[0], None)
    assert result.outcome is Outcome.NOT_AVAILABLE and result.candidate.value is None
    assert lacking(result.reason, "1 row has", f"{bound:g}", largest, "loss_bound") == []
    assert lacking(measured[1].whole.reason, "2 rows have", largest) == []
    assert measured[2].whole.value is not None


def test_a_loss_at_the_bound_is_none_beyond_it(tmp_path):
    """Rounding alone makes |0.4 − 0.1| larger than 0.3."""
    path = tmp_path / "rows.parquet"
    write(path, {"id": list(range(60)), "sold": [0.1] * 60, "forecast": [0.4, *[0.2, 0.15] * 29, 0.1]})
    (measured,) = found([str(path)], kpi("mean_absolute_error", loss_bound=0.3))
    assert measured.whole.value and measured.whole.bounds


def test_a_row_of_the_baseline_beyond_the_bound_makes_the_comparison_not_available(files):
    bounded = kpi("mean_absolute_error", LOSS, loss_bound=9.9)
    (measured,) = found([files["theirs", "csv"], files["ours", "csv"]], bounded)
    result = judge(bounded, "lower", measured, PRODUCTION)
    assert result.outcome is Outcome.NOT_AVAILABLE and measured.whole.value is not None
    assert lacking(result.reason, "1 row of the baseline", "9.9", "30") == []


def test_a_group_does_not_hide_a_row_beyond_the_bound(files):
    sliced = kpi("mean_absolute_error", {"slices": {"by": ["region"], "min_samples": 10}}, loss_bound=9.9)
    (measured,) = found([files["ours", "parquet"]], sliced)
    assert judge(sliced, "lower", measured, None).outcome is Outcome.NOT_AVAILABLE


@cases("metric", METRICS)
def test_a_capped_metric_is_that_of_the_capped_losses(files, metric):
    error, percent = np.abs(ERROR), np.abs(ERROR) / np.abs(SOLD)
    expected = {
        "mean_absolute_error": np.minimum(error, 5).mean(),
        "mean_squared_error": np.minimum(error**2, 5).mean(),
        "root_mean_squared_error": np.sqrt(np.minimum(error, 5) ** 2).mean(),
        "r2": 1 - (np.minimum(error, 5) ** 2).sum() / ((SOLD - SOLD.mean()) ** 2).sum(),
        "pinball:0.5": np.minimum(error / 2, 5).mean(),
        "mean_absolute_percentage_error": np.minimum(percent, 5).mean(),
    }
    expected["root_mean_squared_error"] = np.sqrt((np.minimum(error, 5) ** 2).mean())
    capped = kpi(metric, cap=5)
    for ending in ("parquet", "csv"):
        measured, plain = found([files["ours", ending]], capped, kpi(metric))
        assert measured.whole.value == pytest.approx(expected[metric], rel=1e-9)
        assert plain.whole.value != measured.whole.value or metric == "mean_absolute_percentage_error"
        assert judge(capped, "lower", measured, None).metric == f"{metric} capped at 5"


@cases("metric, bound", [("mean_absolute_error", 40), ("root_mean_squared_error", 40), ("r2", 40)])
@cases("declared", [{}, {"cluster": "shop"}])
def test_a_bound_widens_the_side_on_which_an_unseen_loss_would_be(files, metric, bound, declared):
    paths = [files["ours", "parquet"], files["theirs", "parquet"]]
    bounded, plain = found(paths, kpi(metric, LOSS, loss_bound=bound), kpi(metric, LOSS), **declared)
    assert bounded.whole.value == plain.whole.value
    assert bounded.whole.bounds.method == "bounded_mean" and plain.whole.bounds.method != "bounded_mean"
    worse, better = ("lower", "upper") if metric == "r2" else ("upper", "lower")
    assert getattr(bounded.whole.bounds, better) == getattr(plain.whole.bounds, better)
    wider = abs(getattr(bounded.whole.bounds, worse) - bounded.whole.value)
    assert wider > abs(getattr(plain.whole.bounds, worse) - plain.whole.value)
    # Of a change both sides have losses that were not drawn, and the baseline's largest is further from the bound.
    # Where the moments are out of their range, the rows in which the two differ decide, since each has a bound.
    ours, theirs = bounded.compared.bounds, plain.compared.bounds
    if theirs.few:
        assert ours.method == "discordant" and not ours.few
    else:
        assert ours.lower < theirs.lower and ours.upper > theirs.upper


def test_the_bound_is_the_rule_of_three_beside_the_moments(files):
    bounded, plain = found(
        [files["theirs", "csv"]], kpi("mean_absolute_error", loss_bound=20), kpi("mean_absolute_error")
    )
    share = stats.beta.ppf(0.95, 1, N)  # Clopper and Pearson's upper bound of no row among N
    half = np.hypot(plain.whole.bounds.upper - plain.whole.value, share * (20 - 8))
    assert bounded.whole.bounds.upper == pytest.approx(plain.whole.value + half, rel=1e-9)
    assert plain.whole.bounds.largest_loss == pytest.approx(8)
    assert bounded.whole.bounds.largest_loss is None


def test_bounds_stay_inside_what_a_capped_loss_can_be(files):
    """Where nearly all losses are capped, the mean is near the cap, and no bound goes beyond it."""
    for metric in ("mean_absolute_error", "root_mean_squared_error"):
        (measured,) = found([files["ours", "csv"]], kpi(metric, cap=0.5))
        assert measured.whole.value < measured.whole.bounds.upper <= 0.5
