"""Judgement: numbers to outcomes, and a record back to the same outcome."""

from __future__ import annotations

from cases import cases

from mlops_gitops.core.canonical import digest, git_blob, rounded
from mlops_gitops.core.markdown import text
from mlops_gitops.core.semver import precedence
from mlops_gitops.gates.judge import judge
from mlops_gitops.gates.result import Baseline, Outcome, worst
from mlops_gitops.gates.serialize import gate_to_data, judge_recorded, numbers_agree
from mlops_gitops.measurement.results import Compared, Measured, Measurement
from mlops_gitops.records.gate import Change, Gate
from mlops_gitops.records.kpis import Kpi


def _kpi(**gate: object) -> Kpi:
    return Kpi("k", "accuracy", "holdout", None, None, Gate(**gate))  # type: ignore[arg-type]


BASELINE = Baseline("production", "1.0.0", "sha256:" + "0" * 64)


def _of(value: float | None, before: float | None = None) -> Measurement:
    """A candidate's value on ten rows, and the baseline's on the same."""
    compared = Compared(value, before, 10, "" if before else "gone", (0, 0))
    return Measurement(Measured(value, 10, "" if value else "gone"), compared)


@cases(
    "gate, value, outcome",
    [
        ({"at_least": 0.8}, 0.8, Outcome.PASSED),
        ({"at_least": 0.8}, 0.7999, Outcome.FAILED),
        ({"at_most": 40}, 40.0, Outcome.PASSED),
        ({"at_most": 40}, 40.5, Outcome.FAILED),
        ({"at_least": 0.8}, None, Outcome.NOT_AVAILABLE),
    ],
)
def test_value_gates(gate: dict[str, float], value: float | None, outcome: Outcome) -> None:
    assert judge(_kpi(**gate), "higher", _of(value), None).outcome is outcome


@cases(
    "better, value, before, outcome",
    [
        ("higher", 0.895, 0.9, Outcome.PASSED),  # exactly the margin, whatever binary fractions make of it
        ("higher", 0.8949, 0.9, Outcome.FAILED),
        ("lower", 0.905, 0.9, Outcome.PASSED),
        ("lower", 0.9051, 0.9, Outcome.FAILED),
        ("higher", 0.95, 0.9, Outcome.PASSED),
        ("higher", 0.9, None, Outcome.NOT_AVAILABLE),
        (None, 0.9, 0.9, Outcome.NOT_AVAILABLE),
    ],
)
def test_change_gates(better: str | None, value: float, before: float | None, outcome: Outcome) -> None:
    kpi = _kpi(no_worse_than=Change("production", 0.005))
    assert judge(kpi, better, _of(value, before), BASELINE).outcome is outcome


def test_without_a_baseline_a_change_condition_is_skipped_and_alone_it_is_inconclusive() -> None:
    change = Change("production", 0.01)
    assert judge(_kpi(no_worse_than=change), "higher", _of(0.9), None).outcome is Outcome.INCONCLUSIVE
    assert judge(_kpi(no_worse_than=change, at_least=0.8), "higher", _of(0.9), None).outcome is Outcome.PASSED


def test_failed_outweighs_not_available_outweighs_inconclusive_outweighs_passed() -> None:
    change = Change("production", 0.01)
    results = [
        judge(_kpi(at_least=0.8), "higher", _of(0.9), None),
        judge(_kpi(no_worse_than=change), "higher", _of(0.9), None),
        judge(_kpi(at_least=0.8), "higher", _of(None), None),
        judge(_kpi(at_least=0.8), "higher", _of(0.7), None),
    ]
    assert [worst(results[: n + 1]).value for n in range(4)] == ["passed", "inconclusive", "not_available", "failed"]


def test_a_warning_forgives_a_miss_and_never_missing_data() -> None:
    missed = judge(_kpi(at_least=0.8, on_fail="warn"), "higher", _of(0.7), None)
    lost = judge(_kpi(at_least=0.8, on_fail="warn"), "higher", _of(None), None)
    assert (missed.effective, lost.effective) == (Outcome.PASSED, Outcome.NOT_AVAILABLE)


def test_an_acceptance_forgives_only_what_is_inconclusive() -> None:
    change = Change("production", 0.01)
    unsure = judge(_kpi(no_worse_than=change), "higher", _of(0.9), None, "decisions/x.yaml")
    missed = judge(_kpi(at_least=0.95), "higher", _of(0.9), None, "decisions/x.yaml")
    assert (unsure.effective, unsure.accepted) == (Outcome.PASSED, "decisions/x.yaml")
    assert (missed.effective, missed.accepted) == (Outcome.FAILED, None)


@cases("value", [0.9, 0.5, None])
@cases("before", [0.9, None])
def test_a_record_re_derives(value: float | None, before: float | None) -> None:
    kpi = _kpi(at_least=0.6, no_worse_than=Change("production", 0.01))
    result = judge(kpi, "higher", _of(value, before), BASELINE)
    again = judge_recorded(kpi, "higher", gate_to_data(result))
    told = [{key: value for key, value in gate_to_data(gate).items() if key != "reason"} for gate in (result, again)]
    assert told[0] == told[1]


def test_a_capped_metric_is_another_one_on_record() -> None:
    """A cap that is added, moved or removed makes a record's gate another than the KPI's."""
    gate = Gate(at_most=2.0)
    kpis = [Kpi("k", "mean_absolute_error", "holdout", None, None, gate, cap=cap) for cap in (None, 5, 5.5)]
    recorded = [gate_to_data(judge(kpi, "lower", _of(1.0), None)) for kpi in kpis]
    names = ["mean_absolute_error", "mean_absolute_error capped at 5", "mean_absolute_error capped at 5.5"]
    assert [gate["metric"] for gate in recorded] == names
    assert [gate_to_data(judge_recorded(kpis[0], "lower", gate))["metric"] for gate in recorded] == [names[0]] * 3
    bounded = Kpi("k", "mean_absolute_error", "holdout", None, None, gate, loss_bound=5)
    assert gate_to_data(judge(bounded, "lower", _of(1.0), None)) == recorded[0]


def test_numbers_that_agree() -> None:
    assert (
        numbers_agree(0.1 + 0.2, 0.3)
        and numbers_agree(None, None)
        and not numbers_agree(0.3, None)
        and not numbers_agree(0.3, 0.300001)
    )
    assert rounded(0.1 + 0.2) == 0.3 and rounded(float("nan")) is None


def test_digests() -> None:
    assert digest({"b": 1, "a": 0.1}) == digest({"a": 0.1, "b": 1})
    assert git_blob(b"hello\n") == "ce013625030ba8dba906f756967f9e9ca394464a"


def test_versions_in_order() -> None:
    ordered = [
        "1.0.0-alpha",
        "1.0.0-alpha.1",
        "1.0.0-alpha.beta",
        "1.0.0-beta.2",
        "1.0.0-beta.11",
        "1.0.0",
        "1.2.0",
        "1.10.0",
    ]
    assert sorted(reversed(ordered), key=precedence) == ordered


@cases("hostile", ["@everyone", "<b>", "Fixes #12", "[x](y)", "`x`", "a|b", "https://x.org/1", "line\nbreak"])
def test_text_in_markdown_is_only_text(hostile: str) -> None:
    written = text(hostile)
    assert not set("@<>#[]`|\n*_") & set(written.replace("&#", "")) and "://" not in written
