"""Planning: shares of runs that would pass, and rows needed, held to a simulation of the gate itself."""

from __future__ import annotations

import random
from math import sqrt
from statistics import NormalDist

import numpy as np
import pytest
from cases import cases
from messages import lacking

from mlops_gitops.gates.judge import judge
from mlops_gitops.gates.plan import all_slices_pass, prospects
from mlops_gitops.gates.plan_table import prospect_lines, prospect_table
from mlops_gitops.gates.result import Baseline
from mlops_gitops.measurement.results import Bounds, Compared, Measured, Measurement, Slice
from mlops_gitops.records.gate import read_gate
from mlops_gitops.records.kpis import Kpi
from mlops_gitops.reporting.formats import text
from mlops_gitops.reporting.report import Report
from mlops_gitops.reporting.reporter import PLAIN
from simulations.plans import CASES, FIRST, foretold

Z = 1.6448536269514722
LOSS = {"no_worse_than": {"baseline": "production", "by": 0.02}}
BASELINE = Baseline("production", "1.0.0", "sha256:" + "0" * 64)


def planned(gate, value=0.85, n=1000, change_error=0.004, groups=(), **given):
    error = sqrt(value * (1 - value) / n)
    bounds = given.get("bounds") or Bounds(
        value - Z * error, value + Z * error, "normal", counts=given.get("counts", {})
    )
    change = Bounds(-Z * change_error, Z * change_error, "normal")
    kpi = Kpi("k", "accuracy", "holdout", None, None, read_gate({"confidence": 0.95} | gate))
    measured = Measurement(Measured(value, n, "", bounds), Compared(0.8, 0.8, n, "", (0, 0), change), groups)
    return prospects(judge(kpi, "higher", measured, BASELINE), given.get("margin"), given.get("rows"))


@cases("rows", [500, 2000])
def test_the_shares_are_those_of_many_runs(rows):
    (chances,) = planned({"at_least": 0.84}, rows=rows)
    rng, passed, missed, runs = random.Random(7), 0, 0, 4000
    for _ in range(runs):
        value = rng.gauss(0.85, sqrt(0.85 * 0.15 / rows))
        error = sqrt(0.85 * 0.15 / rows)
        passed += value - Z * error >= 0.84
        missed += value + Z * error < 0.84
    assert chances.passes == pytest.approx(passed / runs, abs=0.03)
    assert chances.misses == pytest.approx(missed / runs, abs=0.01)
    assert chances.unsure == pytest.approx(1 - chances.passes - chances.misses)


def test_with_the_rows_it_names_nine_in_ten_pass():
    (chances,) = planned({"at_least": 0.84})
    (again,) = planned({"at_least": 0.84}, rows=round(chances.rows))
    assert again.passes == pytest.approx(0.9, abs=0.001)


def test_at_its_limit_a_gate_passes_one_time_in_twenty_and_no_rows_change_that():
    (chances,) = planned({"at_least": 0.84}, margin=0.0)
    assert (chances.passes, chances.misses, chances.rows) == (pytest.approx(0.05), pytest.approx(0.05), None)


def test_of_a_change_it_asks_how_often_an_equal_model_passes_all_groups():
    change = Bounds(-Z * 0.01, Z * 0.01, "normal")
    parts = [
        Slice({"region": str(n)}, Measured(0.85, 200), Compared(0.8, 0.8, 200, "", None, change)) for n in range(38)
    ]
    gate = {"no_worse_than": {"baseline": "production", "by": 0.03}, "slices": {"by": ["region"], "min_samples": 100}}
    whole, *each = planned(gate, groups=tuple(parts))
    assert whole.passes > 0.99 and each[0].passes == pytest.approx(0.912, abs=0.001)
    assert all_slices_pass([whole, *each]) == pytest.approx(0.912**38, abs=0.005)


def test_a_method_out_of_its_range_passes_nothing_until_there_are_rows_enough():
    counts = {"positives": (80.0, 100.0), "rows": (1000.0, 50.0)}
    (chances,) = planned({"at_least": 0.7}, counts=counts)
    assert (chances.passes, chances.misses, chances.unsure) == (0, 0, 1)
    assert lacking(chances.few, "80 of 100 positives") == []
    assert chances.rows == pytest.approx(1250) and chances.typical == {"positives": 100}
    (more,) = planned({"at_least": 0.7}, counts=counts, rows=1250)
    assert more.passes > 0.99 and more.few == ""


def test_what_no_count_can_say_is_not_mended_by_rows():
    (chances,) = planned({"at_least": 0.7}, bounds=Bounds(0.8, 0.9, "mean", "all rows have the same value"))
    assert (chances.passes, chances.rows, chances.few) == (0, None, "rows that differ")


@cases("at_least, at_most", [(0.80, None), (None, 0.9)])
def test_the_bound_that_decides_is_the_one_towards_the_limit(at_least, at_most):
    """A skewed interval: 0.04 down and 0.01 up."""
    gate = {"at_least": at_least} if at_least else {"at_most": at_most}
    (chances,) = planned(gate, bounds=Bounds(0.81, 0.86, "skewed"))
    margin, half = 0.05, 0.04 if at_least else 0.01
    error = sqrt(0.04 * 0.01) / Z
    assert chances.passes == pytest.approx(NormalDist().cdf((margin - half) / error))


def test_of_a_change_of_a_loss_the_upper_bound_decides():
    change = Bounds(-0.001, 0.01, "skewed")
    for better, half in (("lower", 0.01), ("higher", 0.001)):
        kpi = Kpi("k", "m", "holdout", None, None, read_gate({"confidence": 0.95} | LOSS))
        measured = Measurement(Measured(0.8, 500, "", Bounds(0.7, 0.9, "normal")),
                               Compared(0.8, 0.8, 500, "", (0, 0), change))  # fmt: skip
        (chances,) = prospects(judge(kpi, better, measured, BASELINE), None, None)
        error = sqrt(0.001 * 0.01) / Z
        assert chances.passes == pytest.approx(NormalDist().cdf((0.02 - half) / error)), better


def test_a_method_for_few_rows_decides_until_there_are_enough_for_the_other():
    later = Bounds(0.94, 0.98, "delong", "12 positives", {}, {"positives": (12.0, 20.0)})
    (now,) = planned({"at_least": 0.93}, value=0.96, bounds=Bounds(0.9, 0.99, "newcombe", with_more_rows=later))
    assert now.few == "" and now.passes < 0.1  # 0.9 is below the limit
    (more,) = planned({"at_least": 0.93}, value=0.96, rows=1700,
                      bounds=Bounds(0.9, 0.99, "newcombe", with_more_rows=later))  # fmt: skip
    assert more.passes > 0.9 and 1600 < now.rows <= 1700


def test_a_span_holds_the_rows_that_most_other_samples_name():
    truth = planned({"at_least": 0.80})[0].rows
    rng, held, runs = random.Random(11), 0, 400
    for _ in range(runs):
        (chances,) = planned({"at_least": 0.80}, value=rng.gauss(0.85, sqrt(0.85 * 0.15 / 1000)))
        held += chances.fewest <= truth and (chances.most is None or truth <= chances.most)
    assert held / runs == pytest.approx(0.9, abs=0.08)


def test_the_more_rows_a_plan_rests_on_the_narrower_its_span():
    spans = []
    for n in (200, 20_000):
        (chances,) = planned({"at_least": 0.84}, n=n, margin=0.01)
        spans.append(chances.most / chances.fewest)
        assert chances.fewest < chances.rows < chances.most
    assert spans[0] > 1.2 > 1.05 > spans[1]


def test_a_plan_fits_in_eighty_columns_and_says_what_the_rows_hold():
    gate = {"at_least": 0.84, "no_worse_than": {"baseline": "production", "by": 0.005}, "confidence": 0.95}
    kpi = Kpi("roc-auc-overall", "roc_auc", "holdout", None, None, read_gate(gate))
    bounds = Bounds(0.83, 0.87, "delong", counts={"positives": (100.0, 20.0), "negatives": (900.0, 20.0)})
    measured = Measurement(Measured(0.85, 1000, "", bounds), Compared(0.8, 0.8, 1000, "", (0, 0), bounds))
    results = (judge(kpi, "higher", measured, BASELINE),)
    table, lines = prospect_table(results, "churn", None, None), prospect_lines(results, None, None)
    drawn = text.render(Report({}, (), (table,)), PLAIN)
    assert max(map(len, drawn.splitlines())) <= 80
    assert (
        lacking(lines[0], "roc-auc-overall", "≥ 0.84", "90%", "13,000 rows", "1,300 positives", "11,000 negatives")
        == []
    )


@cases("case", [case for case in CASES if case.name in FIRST])
def test_it_is_within_five_points_of_what_the_gate_then_does(case):
    """`make soak` tries them all, with more samples."""
    found = foretold(case, np.random.default_rng(20261130), 250)
    assert found.planned == pytest.approx(found.passed, abs=0.05)


def test_without_a_confidence_there_is_nothing_to_plan():
    kpi = Kpi("k", "accuracy", "holdout", None, None, read_gate({"at_least": 0.8}))
    assert prospects(judge(kpi, "higher", Measurement(Measured(0.9, 10)), None), None, None) == []
