"""A number that another tool measured."""

from __future__ import annotations

from cases import cases
from messages import lacking
from monitoring.looks import LEVEL, evidence, watch

from mlops_gitops.measurement.results import Measured
from mlops_gitops.monitoring.judge import judge_watch
from mlops_gitops.monitoring.outcome import Outcome
from mlops_gitops.records.monitoring import NumberLimit

CHECK = NumberLimit("live/latency.json", "p95_ms", at_least=1, at_most=80)


@cases("value, outcome", [(80.0, Outcome.FINE), (80.1, Outcome.ALARM), (0.5, Outcome.ALARM)])
def test_the_value_decides(value: float, outcome: Outcome) -> None:
    finding = judge_watch(watch("number", CHECK), evidence(numbers={"w": Measured(value)}), LEVEL)
    assert finding.outcome is outcome
    assert finding.level is None
    (comparison,) = finding.comparisons
    assert (comparison.lower, comparison.upper) == (None, None)


def test_a_number_that_is_not_there_is_not_available() -> None:
    for known in ({}, {"w": Measured(None, None, "live/latency.json is missing")}):
        finding = judge_watch(watch("number", CHECK), evidence(numbers=known), LEVEL)
        assert (finding.outcome, lacking(finding.reason, "live/latency.json")) == (Outcome.NOT_AVAILABLE, [])
