"""gate: KPIs measured by digest and judged, on the laptop and everywhere else alike."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest
from house import Repository
from messages import lacking, lines_with


def _kpi(repository: Repository, id: str, *args: str, code: int = 0) -> dict[str, object]:
    answer = repository.run("gate", "churn", "--format", "json", *args)
    assert answer.code == code, answer
    found: dict[str, object] = next(kpi for kpi in answer.json["kpis"] if kpi["id"] == id)
    return found


def test_the_table(repository: Repository) -> None:
    answer = repository.ok("gate", "churn")
    assert lines_with(answer.out, "passed", "accuracy", "0.9") and lines_with(answer.out, "latency", "12.5")
    assert answer.out.endswith("passed: 2 gates on 3 KPIs\n")


def test_without_a_remote_or_a_commit(repository: Repository) -> None:
    repository.sh("rm", "-rf", ".git", "../origin.git", "../storage")
    repository.sh("git", "init", "-q", "-b", "main")
    repository.ok("gate", "churn")


def test_a_missed_threshold_fails_with_what_happens_then(repository: Repository) -> None:
    repository.retrain(30)
    answer = repository.run("gate", "churn")
    assert answer.code == 1
    assert lines_with(answer.out, "accuracy is 0.6", "at least 0.8")
    assert "runbook: Hold the release." in answer.out


def test_a_warning_is_shown_and_does_not_count(repository: Repository) -> None:
    repository.edit("models/churn/kpis.yaml", "at_least: 0.8", "at_least: 0.95\n      on_fail: warn")
    answer = repository.ok("gate", "churn")
    assert "FAILED (warning)" in answer.out


def test_what_was_measured_of_the_same_bytes_is_not_measured_again(repository: Repository) -> None:
    repository.ok("gate", "churn")
    (kept,) = (
        path for path in (repository.root / ".git/mlops-gitops/measured").iterdir() if "0.9," in path.read_text()
    )
    kept.write_text(kept.read_text().replace("0.9,", "0.91,"))
    assert _kpi(repository, "accuracy")["value"] == 0.91
    repository.edit("models/churn/kpis.yaml", "at_least: 0.8", "at_least: 0.81")
    assert _kpi(repository, "accuracy")["value"] == 0.9  # another definition


@pytest.mark.parametrize("change", ["altered", "deleted"])
def test_what_was_measured_is_not_used_without_the_bytes(repository: Repository, change: str) -> None:
    """With a warm cache as with a cold one: bytes that are altered or gone are not available."""
    repository.ok("gate", "churn")
    repository.sh("rm", "-rf", ".dvc/cache", "../storage")
    holdout = repository.root / "data/holdout.csv"
    text = holdout.read_text()
    holdout.unlink()
    if change == "altered":
        holdout.write_text(text + text.splitlines()[-1] + "\n")
    warm = _kpi(repository, "accuracy", code=3)
    repository.sh("rm", "-rf", ".git/mlops-gitops")
    assert warm == _kpi(repository, "accuracy", code=3)
    assert warm["outcome"] == "not_available"


def test_it_is_compared_with_what_the_baseline_runs(repository: Repository) -> None:
    repository.to_production()
    repository.retrain(43)
    kpi = _kpi(repository, "accuracy", code=1)
    assert kpi["baseline"] == {"environment": "production", "release": "1.0.0", "value": 0.9}
    assert (kpi["value"], kpi["outcome"]) == (0.86, "failed")
    assert _kpi(repository, "accuracy", "--release", "1.0.0")["change"] == 0
    assert _kpi(repository, "accuracy", "--against", "HEAD")["outcome"] == "passed"
    assert _kpi(repository, "accuracy", "--rev", "HEAD~1")["value"] == 0.9


def test_a_change_gate_alone_is_inconclusive_without_a_baseline(repository: Repository) -> None:
    repository.edit("models/churn/kpis.yaml", "      at_least: 0.8\n", "")
    kpi = _kpi(repository, "accuracy", code=3)
    assert kpi["outcome"] == "inconclusive"
    assert not lacking(str(kpi["message"]), "production", "runs nothing", "accuracy")


def test_what_the_tracked_digest_says_is_judged_not_what_lies_there(repository: Repository) -> None:
    path = repository.root / "data/holdout.csv"
    text = path.read_text()
    path.unlink()
    path.write_text(text.replace(",0,", ",1,"))
    assert _kpi(repository, "accuracy")["value"] == 0.9


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("prediction: predicted", "prediction: predictd", "predictd"),
        ("label: churned", "label: churn", "churn"),
        ("key: p95_ms", "key: p99_ms", "metrics.json has no p99_ms"),
        ("data/holdout.csv", "data/nothing.csv", "DVC does not track data/nothing.csv"),
    ],
)
def test_what_cannot_be_measured_is_not_available_by_name(
    repository: Repository, old: str, new: str, said: str
) -> None:
    repository.edit("models/churn/kpis.yaml", old, new)
    answer = repository.run("gate", "churn")
    assert (answer.code, said in answer.out, "not available" in answer.out) == (3, True, True), answer


def test_a_metrics_file_that_is_not_the_stage_s_is_not_available(repository: Repository) -> None:
    repository.write("metrics.json", '{"p95_ms": 1}\n')
    kpi = _kpi(repository, "latency", code=3)
    assert not lacking(str(kpi["message"]), "metrics.json", "is not", "dvc.lock", "stage evaluate")


@pytest.mark.parametrize("text", ['{"p95_ms": NaN}', '{"p95_ms": "fast"}', "{", '{"p95_ms": true}', "[1]"])
def test_a_metrics_file_of_odd_content(repository: Repository, text: str) -> None:
    repository.edit("pipeline.py", 'json.dumps({"p95_ms": 12.5})', f"{text!r}")
    repository.sh("dvc", "repro", "-q")
    assert _kpi(repository, "latency", code=3)["outcome"] == "not_available"


def test_a_scikit_learn_metric_by_name(repository: Repository) -> None:
    repository.edit(
        "models/churn/kpis.yaml",
        "  - id: roc-auc\n    metric: roc_auc",
        "  - id: mcc\n    metric: sklearn:matthews_corrcoef",
    )
    kpi = _kpi(repository, "mcc")
    assert isinstance(kpi["value"], float) and 0.7 < kpi["value"] < 0.9


def test_a_filter_of_kpis_yaml_chooses_the_rows_of_every_metric(repository: Repository) -> None:
    more = "score: probability\n    classes: [0, 1]\n    where: \"customer < 'c10' or probability > 0.5\""
    repository.edit("models/churn/kpis.yaml", "score: probability", more)
    repository.edit("models/churn/kpis.yaml", "metric: roc_auc", "metric: sklearn:matthews_corrcoef")
    rows = [line.split(",") for line in (repository.root / "data/holdout.csv").read_text().splitlines()]
    at = rows[0].index
    kept = [row for row in rows[1:] if row[at("customer")] < "c10" or float(row[at("probability")]) > 0.5]
    right = sum(row[at("churned")] == row[at("predicted")] for row in kept)
    answer = repository.run("gate", "churn", "--format", "json")
    found = {kpi["id"]: (kpi["value"], kpi["n"]) for kpi in answer.json["kpis"]}
    assert 0 < len(kept) < len(rows) - 1
    assert found["accuracy"] == (pytest.approx(right / len(kept)), len(kept))
    assert found["roc-auc"][1] == len(kept)
    repository.edit("models/churn/kpis.yaml", "customer < 'c10'", "lower(customer) = 'c1'")
    answer = repository.run("gate", "churn")
    assert (answer.code, "`where` at character 6: '(' stands where" in answer.out) == (3, True), answer


def test_a_scorer_that_is_minus_a_loss_is_shown_as_the_loss(repository: Repository) -> None:
    repository.edit("models/churn/kpis.yaml", "metric: roc_auc", "metric: sklearn:neg_brier_score")
    kpi = _kpi(repository, "roc-auc")
    assert kpi["metric"] == "sklearn:neg_brier_score (sign turned)"
    assert isinstance(kpi["value"], float) and 0 < kpi["value"] < 0.25


def test_a_capped_metric_has_its_own_name_and_a_plan(repository: Repository) -> None:
    repository.edit(
        "models/churn/kpis.yaml",
        "metric: accuracy",
        "metric: mean_absolute_error\n    cap: 0.5",
    )
    repository.edit("models/churn/kpis.yaml", "at_least: 0.8", "at_most: 0.3\n      confidence: 0.8")
    kpi = _kpi(repository, "accuracy", code=3)
    assert (kpi["metric"], kpi["value"], kpi["n"]) == ("mean_absolute_error capped at 0.5", 0.05, 50)
    plan = repository.ok("gate", "plan", "churn")
    assert max(len(line) for line in plan.out.split("\n\n")[1].splitlines()) <= 80
    assert lines_with(plan.out, "accuracy ≤ 0.3", "90%")
    repository.edit("models/churn/kpis.yaml", "metric: roc_auc", "metric: roc_auc\n    cap: 10")
    refused = repository.run("gate", "churn")
    assert refused.code == 2 and refused.err.startswith("error: roc-auc: `cap`"), refused


def test_a_plan_without_any_gate(repository: Repository) -> None:
    kpis = (repository.root / "models/churn/kpis.yaml").read_text()
    repository.write("models/churn/kpis.yaml", re.sub(r"\n    gate:.*(\n      .*)*", "", kpis))
    (line,) = repository.ok("gate", "plan", "churn").out.splitlines()
    assert not lacking(line, "nothing to plan", "no KPI of churn", "gate")


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("gate", "chrun"), "did you mean 'churn'?"),
        (("gate", "churn", "--release", "9.9.9"), "no valid manifest of churn 9.9.9"),
        (("gate", "churn", "--rev", "nowhere"), "there is no commit 'nowhere'"),
        (("gate", "churn", "--against", "staging"), "staging runs nothing of churn yet"),
        (("gate", "churn", "--rev=--help"), "there is no commit '--help'"),
    ],
)
def test_bad_requests_get_one_plain_line(repository: Repository, args: tuple[str, ...], said: str) -> None:
    answer = repository.run(*args)
    assert (answer.code, said in answer.err) == (2, True), answer


def test_the_one_model_need_not_be_named_and_of_several_one_must_be(repository: Repository) -> None:
    assert repository.ok("gate").out == repository.ok("gate", "churn").out
    assert repository.ok("gate", "plan").out == repository.ok("gate", "plan", "churn").out
    kpis = (repository.root / "models/churn/kpis.yaml").read_text()
    repository.write("models/risk/kpis.yaml", kpis.replace("model: churn", "model: risk"))
    answer = repository.run("gate", "plan")
    assert answer.code == 2 and "churn, risk" in answer.err and "help: mlops-gitops gate plan churn" in answer.err
    repository.sh("rm", "-r", "models")
    assert "mlops-gitops init" in repository.run("gate").err


def test_a_metric_is_named_where_the_kpi_has_another_name(repository: Repository) -> None:
    answer = repository.ok("gate", "churn")
    assert lines_with(answer.out, "latency", "metrics.json") and answer.out.count("accuracy") == 1


# What no gate of shares needs: quantiles, a library's metrics, clouds, and what takes long to read.
UNUSED = {
    "mlops_gitops.github.forge", "mlops_gitops.measurement.unlabelled.stand_ins", "git", "scipy", "sklearn", "dvc",
    "numpy.ma", "pandas",
}  # fmt: skip
PROGRAM = """
import os, sys
opened = []
sys.addaudithook(lambda event, args: opened.append(args[0]) if event == "open" else None)
from mlops_gitops.cli.main import main
code = main(["gate", "churn"])
paths = [os.path.relpath(path) for path in opened if isinstance(path, str) and os.path.isabs(path)]
print(*sorted(path for path in paths if path.endswith((".yaml", ".lock", ".dvc"))), *sorted(sys.modules), sep="\\n")
sys.exit(code)
"""


def test_a_gate_reads_each_file_once_and_imports_nothing_that_it_does_not_need(repository: Repository) -> None:
    words = [sys.executable, "-P", "-c", PROGRAM]
    done = subprocess.run(words, cwd=repository.root, capture_output=True, text=True, check=True)
    printed = done.stdout.split("\n")
    for path in ("dvc.lock", "dvc.yaml", "mlops.yaml", "models/churn/kpis.yaml"):
        assert printed.count(path) == 1, path
    assert {"duckdb", "numpy"} <= set(printed)
    assert sorted(UNUSED & set(printed)) == []
