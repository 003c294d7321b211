"""A candidate that is its baseline, artifact for artifact: no worse, no better, and nothing else is told by it."""

from __future__ import annotations

from cases import cases

from mlops_gitops.core.frozen import replace
from mlops_gitops.gates.judge import judge
from mlops_gitops.gates.result import Baseline, Outcome
from mlops_gitops.gates.serialize import gate_to_data, judge_recorded
from mlops_gitops.measurement.results import Bounds, Compared, Measured, Measurement, Slice
from mlops_gitops.records.gate import read_gate
from mlops_gitops.records.kpis import Kpi

OTHER = Baseline("production", "1.0.0", "sha256:" + "0" * 64)
SAME = replace(OTHER, same_artifact=True)
NO_WORSE = {"no_worse_than": {"baseline": "production", "by": 0.005}}
BETTER = {"better_than": {"baseline": "production"}}
UNKNOWN = Outcome.NOT_AVAILABLE
WIDE = Bounds(0.7, 0.97, "clopper_pearson")


def kpi(**gate: object) -> Kpi:
    return Kpi("k", "accuracy", "holdout", None, None, read_gate({"confidence": 0.95} | gate))


def of(candidate: float | None = 0.9, baseline: float | None = 0.9) -> Measurement:
    """Fifty rows, too few to prove that a change is small."""
    compared = Compared(candidate, baseline, 50, "" if baseline else "gone", (0, 0), Bounds(-0.06, 0.06, "tango"))
    return Measurement(Measured(candidate, 50, "" if candidate else "gone", WIDE if candidate else None), compared)


@cases(
    "gate, measured, outcome, fact",
    [
        (NO_WORSE, of(), Outcome.PASSED, "production's 1.0.0, artifact for artifact"),
        (BETTER, of(), Outcome.FAILED, "no better"),
        (NO_WORSE | BETTER, of(), Outcome.FAILED, "no better"),
        (NO_WORSE, of(baseline=None), Outcome.PASSED, "no worse"),
        (NO_WORSE, of(None), Outcome.PASSED, "no worse"),
        # What else the gate asks is measured as ever.
        (NO_WORSE | {"at_least": 0.8}, of(), Outcome.INCONCLUSIVE, "at least 0.8"),
        (NO_WORSE | {"at_least": 0.98}, of(), Outcome.FAILED, "at least 0.98"),
        (NO_WORSE | {"at_least": 0.8}, of(None), UNKNOWN, "gone"),
        (NO_WORSE | {"at_least": 0.6}, of(), Outcome.PASSED, "no worse"),
        # Without a value nothing can be said of groups either.
        *(
            (NO_WORSE | {"slices": {"by": ["region"], "min_samples": 10, name: 0.5}}, of(None), UNKNOWN, "gone")
            for name in ("at_least", "at_most", "max_gap", "min_ratio")
        ),
        # The same artifacts with other predictions: something beside the artifacts differs.
        (NO_WORSE, of(0.8), Outcome.FAILED, "0.1 worse"),
    ],
)
def test_conditions_on_the_change_need_no_rows(
    gate: dict[str, object], measured: Measurement, outcome: Outcome, fact: str
) -> None:
    bounds = Bounds(-0.2, -0.05, "tango")
    if measured.compared and measured.compared.change:
        measured = replace(measured, compared=replace(measured.compared, bounds=bounds))
    result = judge(kpi(**gate), "higher", measured, SAME)
    assert result.outcome is outcome and fact in result.reason
    again = judge_recorded(kpi(**gate), "higher", gate_to_data(result))
    assert (again.outcome, again.reason) == (outcome, result.reason)


def test_another_artifact_with_the_same_predictions_is_measured() -> None:
    result = judge(kpi(**NO_WORSE), "higher", of(), OTHER)
    assert result.outcome is Outcome.INCONCLUSIVE
    assert "same_artifact" not in gate_to_data(result)["baseline"]


def test_groups_of_rows_are_no_worse_either() -> None:
    gate = {"slices": {"by": ["region"], "min_samples": 10, **NO_WORSE}}
    part = Slice({"region": "EU"}, Measured(0.9, 50, "", WIDE), of().compared)
    result = judge(kpi(**gate), "higher", replace(of(), slices=(part,)), SAME)
    assert result.outcome is Outcome.PASSED and "no worse" in result.reason
    lost = replace(part, compared=replace(part.compared, candidate=0.7, bounds=Bounds(-0.3, -0.1, "tango")))
    assert judge(kpi(**gate), "higher", replace(of(), slices=(lost,)), SAME).outcome is not Outcome.PASSED
