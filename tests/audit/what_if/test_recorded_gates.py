"""A recorded gate under other KPIs: what the numbers on record decide, and where they say that data must."""

from __future__ import annotations

from typing import Any

from cases import cases

from mlops_gitops.audit.what_if.recorded_gates import GateThen, gate_objection
from mlops_gitops.documents.read_document import parse
from mlops_gitops.records.kpis import Kpis, read

GATE = "{at_least: 0.85, confidence: 0.95}"
COMPARED = "{confidence: 0.95, no_worse_than: {baseline: production, by: 0.02}}"
GROUPED = "{at_least: 0.80, confidence: 0.95, slices: {by: [region], at_least: 0.80, min_samples: 50}}"
DATA = "{path: data/holdout.csv, key: id, label: churned, prediction: predicted, slices: [region]}"
NUMBER: dict[str, Any] = {
    "id": "accuracy", "metric": "accuracy", "outcome": "passed", "on_fail": "block", "value": 0.9, "n": 400,
    "interval": [0.87, 0.93], "method": "clopper-pearson",
}  # fmt: skip
PAIRED = NUMBER | {
    "baseline": {"environment": "production", "release": "1.0.0", "record": f"sha256:{'0' * 64}", "value": 0.89},
    "change": 0.01,
    "paired": {"n": 400, "value": 0.9, "interval": [-0.01, 0.03], "method": "tango", "unpaired": [4, 0]},
}
GROUPS = NUMBER | {
    "groups": [
        {"values": {"region": name}, "outcome": "passed", "value": value, "n": n, "interval": [low, 0.97],
         "method": "clopper-pearson", "refutes": {"at_least": 1.0}}
        for name, value, low, n in (("north", 0.88, 0.82, 200), ("south", 0.92, 0.88, 200))
    ]
}  # fmt: skip


def kpis(gate: str, data: str = DATA, more: str = "") -> Kpis:
    text = f"model: churn\ndata: {{holdout: {data}}}\nkpis:\n- {{id: accuracy, metric: accuracy, data: holdout"
    return read(parse("kpis.yaml", f"{text}, gate: {gate}{more}}}\n".encode()))


def answer(then: Kpis, recorded: dict[str, Any], now: Kpis, accepted: str | None = None) -> str:
    """passes, refused or unknown."""
    found = gate_objection(now.kpis[0], now, GateThen(then.kpis[0], then, recorded), accepted)
    return "passes" if found is None else "unknown" if found.unknown else "refused"


@cases(
    "gate, expected",
    [
        (GATE, "passes"),
        ("{at_least: 0.87, confidence: 0.95}", "passes"),  # exactly the bound on record
        ("{at_least: 0.88, confidence: 0.95}", "refused"),  # inconclusive
        ("{at_least: 0.94, confidence: 0.95}", "refused"),
        ("{at_least: 0.94, confidence: 0.95, on_fail: warn}", "passes"),
        ("{at_most: 0.92, confidence: 0.95}", "refused"),
        ("{at_least: 0.89}", "passes"),  # without a confidence the value decides
        ("{at_least: 0.91}", "refused"),
        ("{at_least: 0.85, confidence: 0.99}", "unknown"),  # no bounds at 0.99 are on record
        (COMPARED, "unknown"),
        (GROUPED, "unknown"),
    ],
)
def test_another_threshold_is_judged_by_value_and_bounds_on_record(gate: str, expected: str) -> None:
    assert answer(kpis(GATE), NUMBER, kpis(gate)) == expected


@cases(
    "by, expected",
    [
        ("{baseline: production, by: 0.01, unpaired: 0.01}", "passes"),
        ("{baseline: production, by: 0.005, unpaired: 0.01}", "refused"),
        ("{baseline: production, by: 0.02}", "refused"),  # 1 % of the rows have no partner
        ("{baseline: staging, by: 0.02}", "unknown"),
    ],
)
def test_another_margin_is_judged_by_the_paired_bounds_on_record(by: str, expected: str) -> None:
    then = kpis("{confidence: 0.95, no_worse_than: {baseline: production, by: 0.02, unpaired: 0.01}}")
    assert answer(then, PAIRED, kpis(f"{{confidence: 0.95, no_worse_than: {by}}}")) == expected


@cases(
    "slices, expected",
    [
        ("{by: [region], at_least: 0.80, min_samples: 50}", "passes"),
        ("{by: [region], at_least: 0.82, min_samples: 50}", "passes"),
        ("{by: [region], at_least: 0.85, min_samples: 50}", "refused"),  # the north is not proven
        ("{by: [region], at_least: 0.80, min_samples: 300}", "refused"),  # both are too small
        ("{by: [region], at_least: 0.80, min_samples: 300, too_small: report}", "refused"),  # and none is left
        ("{by: [region], at_least: 0.85, min_samples: 50, require: not_refuted}", "unknown"),
        ("{by: [region], at_least: 0.80, min_samples: 50, max_gap: 0.1}", "unknown"),
        ("{by: [age], at_least: 0.80, min_samples: 50}", "unknown"),
    ],
)
def test_other_limits_of_groups_are_judged_by_their_bounds_on_record(slices: str, expected: str) -> None:
    then, now = (kpis(f"{{at_least: 0.80, confidence: 0.95, slices: {text}}}") for text in (SLICES, slices))
    assert answer(then, GROUPS, now) == expected


SLICES = "{by: [region], at_least: 0.80, min_samples: 50}"


def test_whether_an_accepted_group_would_have_failed_is_unknown() -> None:
    strict = kpis(f"{{at_least: 0.80, confidence: 0.95, slices: {SLICES.replace('0.80', '0.85')}}}")
    then = kpis(GROUPED)
    assert answer(then, GROUPS, strict, accepted="decisions/x.yaml") == "unknown"


def test_an_accept_decision_of_then_counts_for_what_is_inconclusive() -> None:
    strict = kpis("{at_least: 0.88, confidence: 0.95, accept: {roles: [operations]}}")
    assert answer(kpis(GATE), NUMBER, strict, accepted="decisions/x.yaml") == "passes"
    failing = kpis("{at_least: 0.94, confidence: 0.95, accept: {roles: [operations]}}")
    assert answer(kpis(GATE), NUMBER, failing, accepted="decisions/x.yaml") == "refused"


@cases(
    "data, more",
    [
        (DATA.replace("holdout.csv", "other.csv"), ""),
        (DATA.replace("label: churned", "label: churned, where: region = 'north'"), ""),
        (DATA.replace("label: churned", "label: left"), ""),
        (DATA, ", loss_bound: 5"),
        (DATA, ", cap: 5"),
    ],
)
def test_other_rows_columns_or_numbers_must_be_measured(data: str, more: str) -> None:
    assert answer(kpis(GATE), NUMBER, kpis(GATE, data, more)) == "unknown"


def test_what_changes_neither_rows_nor_columns_need_not_be() -> None:
    assert (
        answer(kpis(GATE), NUMBER, kpis(GATE, DATA.replace("[region]", "[region, age], max_releases: 3"))) == "passes"
    )


def test_another_direction_must_be_measured() -> None:
    metric = "{file: metrics.json, key: p95_ms}"
    then, now = (
        read(
            parse(
                "kpis.yaml", f"model: churn\nkpis:\n- {{id: p, metric: {metric}, better: {way}, gate: {gate}}}".encode()
            )
        )
        for way, gate in (("lower", "{at_most: 40}"), ("higher", "{at_least: 10}"))
    )
    recorded = {"id": "p", "metric": "p95", "outcome": "passed", "on_fail": "block", "value": 12.5, "n": None}
    assert answer(then, recorded, now) == "unknown"


def test_a_gate_that_was_not_there_must_be_measured() -> None:
    found = gate_objection(kpis(GATE).kpis[0], kpis(GATE), GateThen(None, kpis(GATE), None), None)
    assert found and found.unknown and "on record" in found.why
