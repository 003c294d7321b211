"""Decisions on bounds: passed when the bound clears the limit, failed when the other misses it, else inconclusive."""

from __future__ import annotations

from cases import cases
from messages import lacking

from mlops_gitops.core.frozen import replace
from mlops_gitops.gates.judge import judge
from mlops_gitops.gates.result import Baseline, GateResult, Outcome
from mlops_gitops.gates.serialize import gate_to_data, judge_recorded, same_measurement
from mlops_gitops.measurement.results import Bounds, Compared, Gap, Measured, Measurement, Slice
from mlops_gitops.records.gate import Gate, read_gate
from mlops_gitops.records.kpis import Kpi

BASELINE = Baseline("production", "1.0.0", "sha256:" + "0" * 64)
LOSS = {"no_worse_than": {"baseline": "production", "by": 0.01}}
GAIN = {"better_than": {"baseline": "production", "by": 0.01}}


def measured(value, low, high, n=1000, few="", **refutes):
    return Measured(value, n, "", Bounds(low, high, "exact", few, refutes))


def compared(change, low, high, n=1000, unpaired=(0, 0), few="", **refutes):
    return Compared(0.8 + change, 0.8, n, "", unpaired, Bounds(low, high, "exact", few, refutes))


def judged(gate, *parts, better="higher", baseline=BASELINE, **rest) -> GateResult:
    """A gate with confidence judged, and judged again from its own record."""
    kpi = Kpi("k", "accuracy", "holdout", None, None, read_gate({"confidence": 0.95} | gate))
    result = judge(kpi, better, Measurement(*parts, **rest), baseline)
    record = gate_to_data(result)
    again = gate_to_data(judge_recorded(kpi, better, record))
    assert again == record and same_measurement(record, again)
    return result


@cases(
    "gate, low, high, outcome",
    [
        ({"at_least": 0.8}, 0.80, 0.90, "passed"),
        ({"at_least": 0.8}, 0.79, 0.90, "inconclusive"),
        ({"at_least": 0.8}, 0.79, 0.80, "inconclusive"),
        ({"at_least": 0.8}, 0.70, 0.79, "failed"),
        ({"at_most": 0.8}, 0.70, 0.80, "passed"),
        ({"at_most": 0.8}, 0.70, 0.81, "inconclusive"),
        ({"at_most": 0.8}, 0.81, 0.90, "failed"),
        ({"at_least": 0.7, "at_most": 0.8}, 0.71, 0.79, "passed"),
        ({"at_least": 0.7, "at_most": 0.8}, 0.69, 0.79, "inconclusive"),
    ],
)
def test_the_bound_decides_and_not_the_value(gate, low, high, outcome):
    assert judged(gate, measured(0.85, low, high)).outcome == outcome


@cases(
    "gate, better, low, high, outcome",
    [
        (LOSS, "higher", -0.010, 0.02, "passed"),
        (LOSS, "higher", -0.011, 0.02, "inconclusive"),
        (LOSS, "higher", -0.050, -0.011, "failed"),
        (LOSS, "lower", -0.020, 0.010, "passed"),
        (LOSS, "lower", 0.011, 0.05, "failed"),
        (GAIN, "higher", 0.011, 0.05, "passed"),
        (GAIN, "higher", 0.010, 0.05, "inconclusive"),
        (GAIN, "higher", -0.01, 0.010, "failed"),
        (GAIN, "lower", -0.05, -0.011, "passed"),
    ],
)
def test_a_change_is_judged_by_the_bounds_of_the_paired_difference(gate, better, low, high, outcome):
    assert judged(gate, measured(0.8, 0.7, 0.9), compared(0.0, low, high), better=better).outcome == outcome


def test_a_change_of_nothing_is_as_good() -> None:
    result = judged(LOSS, measured(0.8, 0.7, 0.9), compared(0.0, -0.011, 0.02))
    assert not lacking(result.reason, "as good as the 0.8", "production's 1.0.0")


def test_too_few_rows_for_the_method_are_inconclusive_however_good_the_bound_looks():
    result = judged({"at_least": 0.5}, measured(0.9, 0.8, 0.99, few="3 positives, and newcombe needs 10"))
    assert result.outcome is Outcome.INCONCLUSIVE
    assert not lacking(result.reason, "too few rows", "3 positives", "newcombe needs 10")


def test_an_inconclusive_gate_says_how_many_rows_it_needs():
    result = judged({"at_least": 0.8}, measured(0.82, 0.79, 0.85))
    # z = 1.645 at 0.95 and 0.842 at power 0.8: (0.03 / 0.02 × 2.487 / 1.645)² × 1000
    assert not lacking(result.reason, "5,100 rows needed", "1,000 available")
    at_it = judged({"at_least": 0.8}, measured(0.8, 0.79, 0.81))
    assert not lacking(at_it.reason, "too near to the limit", "any number of rows")


def test_a_confidence_without_bounds_is_not_available():
    assert judged({"at_least": 0.8}, Measured(0.9, None)).outcome is Outcome.NOT_AVAILABLE


@cases("allowed, outcome", [(0.0, "not_available"), (0.05, "passed")])
def test_rows_without_a_partner_are_bounded_by_what_the_gate_allows(allowed, outcome):
    gate = {"no_worse_than": {"baseline": "production", "by": 0.01, "unpaired": allowed}}
    result = judged(gate, measured(0.8, 0.7, 0.9), compared(0.0, -0.001, 0.001, n=960, unpaired=(40, 3)))
    assert result.outcome == outcome
    if allowed == 0.0:
        assert not lacking(result.reason, "40 of the candidate's", "3 of the baseline's", "no partner", "4.00%")


# ── groups ──

EACH = {"at_least": 0.8, "slices": {"by": ["region"], "min_samples": 100}}


def group(name, value, low, high, n=1000, few="", p=0.5):
    return Slice({"region": name}, measured(value, low, high, n, few, at_least=p))


SOUND = group("EU", 0.9, 0.85, 0.95)
WHOLE = measured(0.9, 0.85, 0.95)


@cases(
    "part, outcome",
    [
        (group("US", 0.85, 0.81, 0.9), "passed"),
        (group("US", 0.82, 0.79, 0.85), "inconclusive"),
        (group("US", 0.7, 0.65, 0.75, p=1e-6), "failed"),
        # Its own bound misses, yet with two groups that is no evidence: Holm asks for 0.025.
        (group("US", 0.7, 0.65, 0.79, p=0.04), "inconclusive"),
        (group("US", 0.9, 0.85, 0.95, n=99), "inconclusive"),
        (group("US", 0.9, 0.85, 0.95, n=100), "passed"),
        (group("US", 0.9, 0.85, 0.95, few="2 positives, and newcombe needs 10"), "inconclusive"),
    ],
)
def test_each_group_must_be_proven(part, outcome):
    result = judged(EACH, WHOLE, slices=(SOUND, part))
    assert result.outcome == outcome
    assert [g.outcome for g in result.slices] == ["passed", outcome]


def test_the_worst_group_is_named():
    parts = (SOUND, group("US", 0.7, 0.65, 0.75, p=1e-6), group("ASIA", 0.6, 0.5, 0.7, p=1e-6))
    facts = ("region=ASIA", "0.6", "0.5 to 0.7 at 95 %", "at least 0.8", "1 more of 3 groups")
    assert not lacking(judged(EACH, WHOLE, slices=parts).reason, *facts)


@cases("p, outcome", [(0.02, "failed"), (0.026, "passed")])
def test_not_refuted_blocks_only_on_evidence_that_holds_for_all_groups_together(p, outcome):
    gate = {"at_least": 0.8, "slices": {"by": ["region"], "min_samples": 100, "require": "not_refuted"}}
    assert judged(gate, WHOLE, slices=(SOUND, group("US", 0.75, 0.6, 0.79, p=p))).outcome == outcome
    unproven = judged(gate, measured(0.82, 0.79, 0.85), slices=(SOUND,))
    assert unproven.outcome is Outcome.INCONCLUSIVE  # all rows together must be proven


def test_a_group_too_small_can_be_declared_to_be_reported_only():
    gate = {"at_least": 0.8, "slices": {"by": ["region"], "min_samples": 100, "too_small": "report"}}
    result = judged(gate, WHOLE, slices=(SOUND, group("US", 0.1, 0.05, 0.2, n=20, p=1e-9)))
    assert result.outcome is Outcome.PASSED
    assert result.slices[1].outcome is None and "20 rows, and 100 are required" in result.slices[1].reason
    nothing = judged(gate, WHOLE, slices=(group("US", 0.9, 0.8, 0.95, n=20),))
    assert nothing.outcome is Outcome.INCONCLUSIVE


def test_groups_are_compared_with_the_baseline_each_on_its_own_rows():
    gate = LOSS | {"slices": {"by": ["region"], "min_samples": 100}}
    worse = Slice({"region": "US"}, measured(0.8, 0.7, 0.9), compared(-0.1, -0.2, -0.05, no_worse_than=1e-6))
    result = judged(gate, WHOLE, compared(0.0, -0.005, 0.005), slices=(worse,))
    assert result.outcome is Outcome.FAILED and "region=US" in result.reason
    unknown = judged(gate, WHOLE, compared(0.0, -0.005, 0.005), slices=(worse,), baseline=None)
    assert unknown.outcome is Outcome.INCONCLUSIVE and "runs nothing yet" in unknown.reason


def test_a_fault_in_a_group_is_not_available():
    lost = Slice({"region": "US"}, Measured(None, 500, "roc_auc is undefined"))
    assert judged(EACH, WHOLE, slices=(SOUND, lost)).outcome is Outcome.NOT_AVAILABLE


@cases(
    "asked, gap, outcome",
    [
        ({"max_gap": 0.1}, {"gap": (0.05, 0.01, 0.09)}, "passed"),
        ({"max_gap": 0.1}, {"gap": (0.05, 0.01, 0.11)}, "inconclusive"),
        ({"max_gap": 0.1}, {"gap": (0.2, 0.11, 0.3)}, "failed"),
        ({"min_ratio": 0.8}, {"ratio": (0.9, 0.81, 0.95)}, "passed"),
        ({"min_ratio": 0.8}, {"ratio": (0.7, 0.6, 0.79)}, "failed"),
    ],
)
def test_the_gap_between_groups_is_judged_by_its_bounds(asked, gap, outcome):
    ((name, (value, low, high)),) = gap.items()
    gaps = {name: Gap(value, (0, 1), Bounds(low, high, "mover"))}
    gate = {"slices": {"by": ["region"], "min_samples": 100} | asked}
    result = judged(gate, WHOLE, slices=(SOUND, group("US", 0.9, 0.8, 0.95)), **gaps)
    assert result.outcome == outcome
    if outcome != "passed":
        assert "between region=EU and region=US" in result.reason


def test_without_two_groups_there_is_no_gap_to_judge():
    gate = {"slices": {"by": ["region"], "min_samples": 100, "max_gap": 0.1}}
    assert judged(gate, WHOLE, slices=(SOUND,)).outcome is Outcome.INCONCLUSIVE


@cases("baseline, same", [(BASELINE, False), (replace(BASELINE, same_artifact=True), True), (None, False)])
def test_a_group_that_a_gap_leaves_out_for_its_few_rows_is_not_passed_over(baseline, same):
    """Slices ask for a change alone, which each group meets; the gap is between the two others."""
    gate = {"slices": {"by": ["region"], "min_samples": 100, "max_gap": 0.1} | LOSS}
    change = compared(0.0, 0.0 if same else -0.001, 0.001)
    whole, few = measured(0.9, 0.85, 0.95), measured(0.2, 0.1, 0.3, few="2 positives, and delong needs 20")
    parts = [Slice({"region": name}, one, change) for name, one in (("EU", whole), ("US", whole), ("ASIA", few))]
    gap = Gap(0.0, (0, 1), Bounds(-0.05, 0.05, "mover"))
    result = judged(gate, whole, change, slices=tuple(parts), gap=gap, baseline=baseline)
    assert result.outcome is Outcome.INCONCLUSIVE and not lacking(result.reason, "region=ASIA", "2 positives")


def test_a_record_that_was_typed_is_not_the_one_measured_again():
    record = gate_to_data(judged(EACH, WHOLE, slices=(SOUND,)))
    assert same_measurement(record, record | {"reason": "other words"})
    assert not same_measurement(record, record | {"interval": [0.86, 0.95]})
    groups = [record["groups"][0] | {"n": 1001}]
    assert not same_measurement(record, record | {"groups": groups})


def test_a_gate_is_written_as_its_conditions():
    gate: Gate = read_gate(EACH | LOSS | {"confidence": 0.95})
    assert gate.conditions() == EACH | LOSS | {"confidence": 0.95} | {
        "slices": {"by": ["region"], "min_samples": 100, "require": "proven"}
    }
