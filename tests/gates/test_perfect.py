"""perfect-gate: a gate that is met without a mistake is a warning, and decides nothing."""

from __future__ import annotations

import json

import pytest
from house import Repository
from messages import lacking, lines_with

KPIS = """apiVersion: mlops-gitops/v1
kind: KPIs
model: churn
data:
  holdout: {path: data/holdout.csv, key: customer, label: churned, prediction: predicted, score: probability}
kpis:
  - id: first
    metric: METRIC
    data: holdout
    gate: {GATE}
"""
COPIED = [(n % 3 == 0, n % 3 == 0, 0.9 if n % 3 == 0 else 0.2) for n in range(60)]
RANKED = [(n % 3 == 0, n % 6 == 0, 0.9 if n % 3 == 0 else 0.2) for n in range(60)]
RIGHT = [(n % 3 == 0, n % 3 == 0, 0.9 if n % 7 else 0.2) for n in range(40)]
LATE = [(n % 3 == 0, n % 3 == 0 if n < 5000 else n % 2 == 0, n % 7 / 10) for n in range(6000)]


def _write(repository: Repository, rows: list[tuple[bool, bool, float]], metric: str, gate: str) -> None:
    lines = [f"c{n},{int(label)},{int(guess)},{score}" for n, (label, guess, score) in enumerate(rows)]
    repository.write("data/holdout.csv", "\n".join(["customer,churned,predicted,probability", *lines]) + "\n")
    repository.write("models/churn/kpis.yaml", KPIS.replace("METRIC", metric).replace("GATE", gate))


def _warnings(repository: Repository) -> list[str]:
    found = repository.ok("validate", "--format", "json").json["diagnostics"]
    return [d["message"] for d in found if d["rule"] == "perfect-gate" and d["severity"] == "warning"]


@pytest.mark.parametrize(
    ("rows", "metric", "reason"),
    [
        (RANKED, "roc_auc", "roc_auc is exactly 1"),
        (RIGHT, "accuracy", "accuracy is exactly 1"),
        (RIGHT, "balanced_accuracy", "balanced_accuracy is exactly 1"),
        (RIGHT, "f1", ""),
        (COPIED, "f1", "label equals the prediction in all 60 rows"),
        (COPIED, "log_loss", "label equals the prediction in all 60 rows"),
        (RANKED, "accuracy", ""),
        (LATE, "accuracy", ""),
    ],
)
def test_validate_warns_where_the_data_is_at_hand(
    repository: Repository, rows: list[tuple[bool, bool, float]], metric: str, reason: str
) -> None:
    _write(repository, rows, metric, "at_most: 0.9" if metric == "log_loss" else "at_least: 0.1")
    found = _warnings(repository)
    assert len(found) == bool(reason) and not any(lacking(message, "first", reason) for message in found)
    repository.edit("models/churn/kpis.yaml", f"metric: {metric}", f"metric: {metric}\n    perfect: expected")
    assert _warnings(repository) == []
    (repository.root / "data/holdout.csv").unlink()
    assert _warnings(repository) == []


def test_a_filter_and_a_threshold_decide_which_rows_are_equal(repository: Repository) -> None:
    late = [(label, guess if n > 5 else not label, score) for n, (label, guess, score) in enumerate(COPIED + COPIED)]
    _write(repository, late, "f1", "at_least: 0.1")
    assert _warnings(repository) == []
    repository.edit("models/churn/kpis.yaml", "label:", 'where: "not customer in (\'c0\', \'c1\', \'c2\', \'c3\', '
                    "'c4', 'c5')\", label:")  # fmt: skip
    (warning,) = _warnings(repository)
    assert not lacking(warning, "first", "label equals the prediction", "all 114 rows")
    repository.edit("models/churn/kpis.yaml", "prediction: predicted", "threshold: 0.5")
    assert len(_warnings(repository)) == 1
    repository.edit("models/churn/kpis.yaml", "threshold: 0.5", "threshold: 0.95")
    assert _warnings(repository) == []


def test_a_number_of_a_metrics_file_warns_too(repository: Repository) -> None:
    repository.edit("models/churn/kpis.yaml", "key: p95_ms}\n    gate: {at_most: 40}",
                    "key: test.AUC}\n    gate: {at_least: 0.5}")  # fmt: skip
    repository.write("metrics.json", '{"test": {"AUC": 0.99}}')
    assert _warnings(repository) == []
    repository.write("metrics.json", '{"test": {"AUC": 1}}')
    assert [message.split(",")[0] for message in _warnings(repository)] == [
        "latency: metrics.json:test.AUC is exactly 1"
    ]


@pytest.fixture
def perfect(repository: Repository) -> Repository:
    """A released model that gets all sixty customers right, on the branch of a promotion."""
    repository.edit("pipeline.py", "range(50)", "range(60)")
    repository.retrain(60)
    return repository


def test_gate_warns_and_passes_as_before(perfect: Repository) -> None:
    answer = perfect.ok("gate", "churn")
    assert lines_with(answer.out, "warning: accuracy", "label equals the prediction", "all 60 rows")
    assert answer.out.endswith("passed: 2 gates on 3 KPIs\n")
    row = perfect.ok("gate", "churn", "--format", "json").json["kpis"][0]
    assert row["outcome"] == "passed" and not lacking(row["perfect"], "label equals the prediction", "all 60 rows")
    assert "warning: accuracy: " in perfect.ok("gate", "churn").out  # of what was measured before, too
    perfect.edit("models/churn/kpis.yaml", "    metric: accuracy\n", "    metric: accuracy\n    perfect: expected\n")
    assert "warning: " not in perfect.ok("gate", "churn").out
    assert "perfect" not in perfect.ok("gate", "churn", "--format", "json").json["kpis"][0]


def test_promote_and_check_warn_and_a_merge_goes_through(perfect: Repository) -> None:
    perfect.release()
    shown = perfect.ok("promote", "churn", "--to", "staging", "--release", "1.0.0", "--dry-run")
    assert lines_with(shown.out, "warning: accuracy", "label equals the prediction", "all 60 rows")
    proposed = perfect.ok("promote", "churn", "--to", "staging", "--release", "1.0.0")
    assert lines_with(proposed.out, "warning: accuracy", "label equals the prediction", "all 60 rows")
    number = perfect.ok("pr", "list", "--format", "json").json["pull_requests"][-1]["number"]
    for who in ("bob", "carol"):
        perfect.ok("pr", "approve", number, "--as", f"{who}@example.org")
    found = [d for d in perfect.ok("check", number, "--format", "json").json["diagnostics"] if d["severity"] != "note"]
    assert [(d["rule"], d["severity"], d["path"], d["line"]) for d in found] == [
        ("perfect-gate", "warning", "models/churn/kpis.yaml", 13)
    ]
    perfect.ok("pr", "merge", "--only", number)
    perfect.pull()
    perfect.ok("record")
    perfect.ok("audit")
    record = json.loads((perfect.root / "promotions/staging/churn/0001.json").read_text())
    assert [gate["outcome"] for gate in record["predicate"]["gates"]] == ["passed", "passed"]
    assert not any("perfect" in gate for gate in record["predicate"]["gates"])


def test_a_push_that_brings_a_perfect_gate_is_warned_of(repository: Repository) -> None:
    repository.edit("pipeline.py", "range(50)", "range(60)")
    repository.write("params.yaml", "hits: 60\n")
    repository.sh("dvc", "repro", "-q")
    repository.commit("Perfect", push=False)
    answer = repository.ok("check", "--push", "--format", "json")
    assert [d["rule"] for d in answer.json["diagnostics"]] == ["perfect-gate"]
