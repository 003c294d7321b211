"""The tables of figures: what the gates said, and what changes against the release that is replaced."""

from __future__ import annotations

import json
from typing import Any

import sample
import yaml
from cases import cases
from proposed import GATE, trees

from mlops_gitops.documents.tree import Overlay
from mlops_gitops.pull_requests.figures import gates, kpi_change, kpi_row
from mlops_gitops.records.promotion import Promotion
from mlops_gitops.repository.snapshot import Snapshot

FIRST = "promotions/staging/churn/0001.json"


def _rows(lines: list[str]) -> list[list[str]]:
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines if line.startswith("| ")][2:]


def _change(files: dict[str, bytes] | None = None, **gate: Any) -> list[list[str]]:
    base, _, record = trees(files, gates=[{**GATE, **gate}])
    return _rows(kpi_change(base, record))


def _before(**changed: Any) -> dict[str, bytes]:
    """The sample with another first record."""
    files = sample.files()
    data = json.loads(files[FIRST])
    data["predicate"] |= changed
    files[FIRST] = json.dumps(data).encode()
    return files


def test_the_table_says_where_the_old_value_comes_from() -> None:
    base, _, record = trees()
    assert kpi_change(base, record) == [
        "#### KPIs against 1.0.0, which it replaces",
        "",
        "| KPI | 1.0.0 | 1.1.0 | difference |  | compared |",
        "| --- | --- | --- | --- | --- | --- |",
        "| roc-auc | 0.9 | 0.92 | +0.02 | better | as recorded |",
        "",
        f"What was recorded of 1.0.0 is in `{FIRST}`.",
    ]


@cases(
    "value, shown",
    [
        (0.92, ["0.9", "0.92", "+0.02", "better"]),
        (0.88, ["0.9", "0.88", "-0.02", "worse"]),
        (0.9 + 1e-12, ["0.9", "0.9", "0", "the same"]),
        (None, ["0.9", "—", "—", "—"]),
    ],
)
def test_better_is_what_the_metric_calls_better(value: float | None, shown: list[str]) -> None:
    assert _change(value=value)[0][1:5] == shown


def test_lower_is_better_where_the_base_says_so() -> None:
    kpis = yaml.safe_load(sample.KPIS)
    kpis["kpis"][0] = {"id": "roc-auc", "metric": {"file": "metrics.json", "key": "p95"}, "gate": {"at_most": 40}}
    metric = "metrics.json:p95"
    files = _before(gates=[{**GATE, "metric": metric, "value": 0.9}]) | {
        "models/churn/kpis.yaml": json.dumps(kpis).encode()
    }
    assert _change(files, metric=metric)[0][4] == "worse"
    kpis["kpis"][0]["gate"] = {"at_least": 0.1, "at_most": 40}
    files["models/churn/kpis.yaml"] = json.dumps(kpis).encode()
    assert _change(files, metric=metric)[0][4] == "—", "nothing says which direction is better"


def test_a_baseline_of_the_same_rows_is_taken_first() -> None:
    baseline = {"environment": "staging", "release": "1.0.0", "record": "sha256:" + "0" * 64, "value": 0.95}
    assert _change(baseline=baseline)[0][1:] == ["0.95", "0.92", "-0.03", "worse", "on the same rows"]
    assert _change(baseline=baseline | {"environment": "production"})[0][5] == "as recorded"
    assert _change(baseline=baseline | {"release": "0.9.0"})[0][5] == "as recorded"


def test_another_metric_is_not_compared() -> None:
    assert _change(metric="f1")[0][3:] == ["—", "—", "another metric then"]


def test_a_kpi_that_is_new_or_gone_is_shown() -> None:
    rows = _change(id="recall")
    assert rows == [["recall", "—", "0.92", "—", "—", "—"], ["roc-auc", "0.9", "—", "—", "—", "—"]]


@cases(
    "changed",
    [{"replaces": None}, {"replaces": "1.1.0"}, {"previous": "sha256:" + "1" * 64}, {"sequence": 9}, {"gates": []}],
)
def test_without_a_record_to_compare_with_there_is_no_table(changed: dict[str, Any]) -> None:
    base, _, record = trees(**changed)
    assert kpi_change(base, record) == []


def test_a_record_without_gates_tells_nothing() -> None:
    base, _, record = trees(_before(action="adopt", gates=[]))
    assert kpi_change(base, record) == []


def _third(**changed: Any) -> tuple[Snapshot, Promotion]:
    """A third record, after a second that put 1.1.0 there."""
    base, head, second = trees()
    files = {path: base.tree.read(path) or b"" for path in head.tree.paths() if base.tree.exists(path)}
    files[second.path] = second.render()
    again, _, record = trees(files, sequence=3, previous=second.digest, replaces="1.1.0", release="1.0.0", **changed)
    assert isinstance(again.tree, Overlay)
    return again, record


def test_a_rollback_compares_what_was_recorded_of_both() -> None:
    base, record = _third(action="rollback", gates=[])
    assert _rows(kpi_change(base, record)) == [["roc-auc", "0.92", "0.9", "-0.02", "worse", "as recorded"]]


def test_a_huge_sequence_is_no_long_search() -> None:
    base, _, record = trees(sequence=10**9)
    assert kpi_change(base, record) == []


def test_gates_are_judged_again_by_the_base() -> None:
    base, _, record = trees(gates=[{**GATE, "value": 0.1, "outcome": "passed", "at_least": 0.0}])
    assert _rows(gates(base, record))[0][0] == "FAILED"


def test_a_gate_the_base_does_not_know_is_not_shown() -> None:
    base, _, record = trees(gates=[{**GATE, "id": "other"}])
    assert gates(base, record) == []


@cases("interval, word", [((-0.01, 0.03), "not shown"), ((0.01, 0.03), "better"), (None, "better")])
def test_a_change_whose_bounds_hold_zero_is_not_shown(interval: tuple[float, float] | None, word: str) -> None:
    assert kpi_row("accuracy", 0.9, 0.92, "higher", "on the same rows", interval)[4] == word
