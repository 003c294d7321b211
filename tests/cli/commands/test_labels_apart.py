"""Labels in another file than the predictions: gate, release, promote, check and audit read and pin both files."""

from __future__ import annotations

import hashlib
import json

import pytest
import yaml
from house import Repository
from messages import lacking, lines_with

TRUTH = "data/truth.csv"
KPIS = "models/churn/kpis.yaml"
LABEL = f"label: {{path: {TRUTH}, key: id, column: churned, missing: 0.03}}"


def truth(rows: range) -> str:
    """The labels of these customers, and the region of each."""
    lines = (f"{n % 2},c{n},{'eu' if n % 3 else 'uk'}\n" for n in rows)
    return "churned,id,region\n" + "".join(lines)


def track(repository: Repository, text: str) -> None:
    """Writes the file of labels and tracks it, as `dvc add` and `dvc push` do in a second."""
    md5 = hashlib.md5(text.encode()).hexdigest()
    repository.write(TRUTH, text)
    repository.write(f"{TRUTH}.dvc", f"outs:\n- md5: {md5}\n  size: {len(text)}\n  hash: md5\n  path: truth.csv\n")
    for store in (".dvc/cache", "../storage"):
        repository.write(f"{store}/files/md5/{md5[:2]}/{md5[2:]}", text)
    repository.write("data/.gitignore", "/holdout.csv\n/truth.csv\n")


@pytest.fixture
def apart(repository: Repository) -> Repository:
    """The sample repository with its labels in a file of their own; of one customer in fifty there is none."""
    track(repository, truth(range(1, 50)))
    repository.edit(KPIS, "label: churned", LABEL)
    repository.edit(KPIS, "    score: probability", "    score: probability\n    where: region in ('eu', 'uk')")
    repository.begin_so()
    return repository


def test_both_files_are_measured_pinned_promoted_and_audited(apart: Repository) -> None:
    table = apart.ok("gate", "churn")
    assert not lacking(table.out, "accuracy", "0.897959", "49", "passed: 2 gates")
    left_out = ("accuracy, roc-auc", "1 row without a label", "0 labels without a row", "left out")
    assert lines_with(table.out, *left_out)
    apart.release()
    assert lines_with(apart.ok("promote", "churn", "--to", "staging").out, *left_out)
    assert lines_with(apart.run("check", 2).out, *left_out)
    apart.merge("bob")
    apart.promote("production")
    evaluation = yaml.safe_load((apart.root / "releases/churn/1.0.0.yaml").read_text())["evaluation"]
    assert evaluation["holdout.label"]["path"] == TRUTH and evaluation["holdout.label"]["md5"]
    assert evaluation["holdout"]["stage"] == "evaluate"
    (record,) = (apart.root / "promotions/production/churn").iterdir()
    gates = {gate["id"]: gate for gate in json.loads(record.read_text())["predicate"]["gates"]}
    assert (gates["accuracy"]["n"], gates["accuracy"]["missing"]) == (49, [1, 0])
    assert "missing" not in gates["latency"]
    apart.ok("audit", "--data")


def test_a_label_that_is_gone_or_changed_counts_for_the_next_release_alone(apart: Repository) -> None:
    apart.to_production()
    kpi = gate(apart, 0)["accuracy"]
    assert (kpi["outcome"], kpi["baseline"]["value"], kpi["n"]) == ("passed", kpi["value"], 49)
    track(apart, truth(range(5, 50)))
    fewer = gate(apart, 3)["accuracy"]
    assert not lacking(fewer["message"], "5 rows of holdout without a label", TRUTH, "10 %", "3 %")
    track(apart, truth(range(1, 50)).replace("1,c1,", "0,c1,"))
    changed = gate(apart, 3)["accuracy"]
    assert changed["value"] != kpi["value"]
    assert not lacking(changed["message"], "'churned of data/truth.csv' differs", "the baseline's holdout", "1 row")


def test_labels_that_nothing_tracks_are_kept_in_git(repository: Repository) -> None:
    repository.write(TRUTH, truth(range(50)))
    repository.edit(KPIS, "label: churned", LABEL)
    repository.edit(KPIS, "prediction: predicted", "prediction: churned")
    repository.begin_so()
    found = gate(repository, 0)["accuracy"]
    assert (found["value"], found["n"], found["missing"]) == (1.0, 50, [0, 0])
    assert "exactly 1" in str(found["perfect"])
    assert "[perfect-gate]" in repository.ok("validate").out  # which measures what lies in the work tree
    repository.release()
    pin = yaml.safe_load((repository.root / "releases/churn/1.0.0.yaml").read_text())["evaluation"]["holdout.label"]
    assert pin == {"path": TRUTH, "git_blob": repository.sh("git", "rev-parse", f"HEAD:{TRUTH}")}


def gate(repository: Repository, code: int) -> dict[str, dict[str, object]]:
    answer = repository.run("gate", "churn", "--format", "json")
    assert answer.code == code, answer
    return {kpi["id"]: kpi for kpi in answer.json["kpis"]}
