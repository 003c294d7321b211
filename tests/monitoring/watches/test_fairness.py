"""The widest gap between groups."""

from __future__ import annotations

from cases import cases
from messages import lacking
from monitoring.looks import LEVEL, evidence, kpi, measured, watch

from mlops_gitops.measurement.results import Bounds, Gap, Measured, Slice
from mlops_gitops.monitoring.judge import judge_watch
from mlops_gitops.monitoring.outcome import Finding, Outcome
from mlops_gitops.monitoring.watch_kind import MeasuredKpi
from mlops_gitops.records.monitoring import Fairness

GROUPS = tuple(Slice({"region": name}, measured(0.8, 0.7, 0.9)) for name in ("north", "south"))


def _judge(found: MeasuredKpi | str) -> Finding:
    return judge_watch(watch("fairness", Fairness("recall", ("region",), 0.1)), evidence(kpis={"w": found}), LEVEL)


@cases(
    "bounds, outcome",
    [((0.11, 0.3), Outcome.ALARM), ((0.05, 0.3), Outcome.INCONCLUSIVE), ((0.0, 0.1), Outcome.FINE)],
)
def test_the_bounds_of_the_gap_decide(bounds: tuple[float, float], outcome: Outcome) -> None:
    gap = Gap(sum(bounds) / 2, (1, 0), Bounds(*bounds, "joint"))
    finding = _judge(kpi(measured(0.8, 0.7, 0.9), slices=GROUPS, gap=gap))
    assert finding.outcome is outcome
    (comparison,) = finding.comparisons
    assert comparison.about == "region=south and region=north"


def test_groups_without_rows_enough_are_not_fine() -> None:
    finding = _judge(kpi(measured(0.8, 0.7, 0.9), slices=GROUPS))
    assert (finding.outcome, lacking(finding.reason, "region")) == (Outcome.NOT_AVAILABLE, [])


def test_rows_that_cannot_be_measured_are_not_fine() -> None:
    for found, fact in (("no labels", "no labels"), (kpi(Measured(None, 0, "no rows")), "no rows")):
        finding = _judge(found)
        assert (finding.outcome, lacking(finding.reason, fact)) == (Outcome.NOT_AVAILABLE, [])
