"""The level of each look: the levels of a year's looks add up to the budget."""

from __future__ import annotations

from datetime import timedelta

import pytest
from cases import cases
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from monitoring.plans import plan

from mlops_gitops.core.frozen import replace
from mlops_gitops.monitoring import budget
from mlops_gitops.monitoring.calendar import YEAR
from mlops_gitops.records.monitoring import NumberLimit, PredictionDrift, Watch

LIMIT, TEST = NumberLimit("live/latency.json", "p95", at_most=80), PredictionDrift("psi", 0.1)
FEW = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)


def test_the_levels_of_weekly_looks_of_two_watches() -> None:
    assert budget.tests(plan()) == 2
    assert budget.level(plan()) == pytest.approx(0.1 / 2 / 52.179, rel=1e-4)


@FEW
@given(
    st.integers(0, 9), st.integers(1, 9), st.integers(1, 5), st.floats(1e-3, 100),
    st.integers(1, 400), st.integers(1, 50), st.integers(1, 50),
)  # fmt: skip
def test_the_expected_false_alarms_of_all_looks_of_a_year_are_the_budget(
    limits: int, tested: int, environments: int, false_alarms: float, days: int, over: int, consecutive: int
) -> None:
    watches = [Watch(f"l{n}", "number", LIMIT) for n in range(limits)]
    more = {"over": over, "consecutive": consecutive, "cooldown": timedelta(days=days)}
    watches += [Watch(f"t{n}", "prediction_drift", TEST, **more) for n in range(tested)]
    names = tuple(f"e{n}" for n in range(environments))
    whole = replace(plan(), watches=tuple(watches), environments=names, false_alarms=false_alarms,
                    every=timedelta(days=days))  # fmt: skip
    level = budget.level(whole)
    assert level is not None
    looks = tested * environments * (YEAR / timedelta(days=days))
    assert looks * level == pytest.approx(false_alarms)


@cases("key", ["over: 4", "consecutive: 2", "cooldown: 30d"])
def test_nothing_but_the_budget_and_the_number_of_looks_changes_the_level(key: str) -> None:
    assert budget.level(plan(("{id: scores,", f"{{id: scores, {key},"))) == budget.level(plan())


def test_limits_take_no_share_and_have_no_level() -> None:
    limits = [w for w in plan().watches if not w.tested]
    assert budget.level(replace(plan(), watches=tuple(limits), false_alarms=0.0)) is None
    more = plan(("watch:\n", "watch:\n  - {id: p95, number: {file: a.json, key: p95, at_most: 80}}\n"))
    assert budget.level(more) == budget.level(plan())
