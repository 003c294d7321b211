"""How a number ends beside its limits."""

from __future__ import annotations

from cases import cases

from mlops_gitops.monitoring.outcome import Outcome, judged

FINE, ALARM, OPEN, ABSENT = Outcome.FINE, Outcome.ALARM, Outcome.INCONCLUSIVE, Outcome.NOT_AVAILABLE


@cases(
    "limits, bounds, outcome",
    [
        ({"at_most": 0.1}, (0.11, 0.3), ALARM),
        ({"at_most": 0.1}, (0.1, 0.3), OPEN),
        ({"at_most": 0.1}, (0.05, 0.1), FINE),
        ({"at_least": 0.8}, (0.6, 0.79), ALARM),
        ({"at_least": 0.8}, (0.6, 0.8), OPEN),
        ({"at_least": 0.8}, (0.8, 0.9), FINE),
        ({"at_least": 1, "at_most": 9}, (0, 5), OPEN),
        ({"at_least": 1, "at_most": 9}, (0, 0.5), ALARM),
        ({"at_most": 0.1}, (0.05, None), OPEN),
        ({"at_most": 0.1}, (0.2, None), ALARM),
        ({}, (0.2, 0.3), ABSENT),
    ],
)
def test_bounds_decide(limits: dict[str, float], bounds: tuple[float, float], outcome: Outcome) -> None:
    assert judged(0.2, limits, *bounds) is outcome


@cases(
    "value, outcome",
    [(80.0, FINE), (80.1, ALARM), (None, ABSENT), (float("nan"), ABSENT), (float("inf"), ABSENT)],
)
def test_without_bounds_the_value_is_exact(value: float | None, outcome: Outcome) -> None:
    assert judged(value, {"at_most": 80}) is outcome
