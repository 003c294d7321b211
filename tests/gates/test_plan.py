"""Planning: shares of runs that would pass, and rows needed, held to a simulation of the gate itself."""

from __future__ import annotations

import random
from math import sqrt

import pytest
from cases import cases

from mlops_gitops.gates.judge import judge
from mlops_gitops.gates.plan import all_slices_pass, prospects
from mlops_gitops.gates.result import Baseline
from mlops_gitops.measurement.results import Bounds, Compared, Measured, Measurement, Slice
from mlops_gitops.records.gate import read_gate
from mlops_gitops.records.kpis import Kpi

Z = 1.6448536269514722
BASELINE = Baseline("production", "1.0.0", "sha256:" + "0" * 64)


def planned(gate, value=0.85, n=1000, change_error=0.004, groups=(), **given):
    error = sqrt(value * (1 - value) / n)
    bounds = Bounds(value - Z * error, value + Z * error, "normal")
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


def test_without_a_confidence_there_is_nothing_to_plan():
    kpi = Kpi("k", "accuracy", "holdout", None, None, read_gate({"at_least": 0.8}))
    assert prospects(judge(kpi, "higher", Measurement(Measured(0.9, 10)), None), None, None) == []
