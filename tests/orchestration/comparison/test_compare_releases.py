"""diff: KPIs of two releases on the same rows, and what their manifests pin differently."""

from __future__ import annotations

import re
import shutil

from house import Repository
from messages import lines_with


def _two(repository: Repository) -> None:
    repository.release()
    repository.retrain(47)
    repository.edit("models/churn/README.md", "Pricing.", "Prices and nothing else.")
    repository.commit("The card")
    repository.release("1.1.0")


def test_kpis_are_measured_on_the_same_rows_and_the_manifests_compared(repository: Repository) -> None:
    _two(repository)
    found = repository.ok("diff", "churn", "1.0.0", "1.1.0", "--format", "json").json
    kpis = {kpi["id"]: kpi for kpi in found["kpis"]}
    accuracy = kpis["accuracy"]
    assert (accuracy["before"], accuracy["after"], accuracy["rows"], accuracy["better"]) == (0.9, 0.94, 50, "higher")
    low, high = accuracy["change_interval"]
    assert low < accuracy["change"] < high and abs(accuracy["change"] - 0.04) < 1e-9
    assert kpis["latency"]["better"] == "lower", "its gate has a limit from above"
    assert kpis["latency"]["compared"] == "in metrics files" and kpis["latency"]["change_interval"] is None
    differ = {(each["part"], each["name"]): (each["before"], each["after"]) for each in found["differences"]}
    assert differ["parameter", "params.yaml:hits"] == ("45", "47")
    assert differ["card", "Out of scope"] == ("Pricing.", "Prices and nothing else.")
    assert any(part == "artifact" and before != after for (part, _), (before, after) in differ.items())
    assert not any(part == "KPIs" for part, _ in differ), "what is the same is left out"


def test_the_same_in_text_and_markdown_and_by_environment(repository: Repository) -> None:
    _two(repository)
    text = repository.ok("diff", "churn", "1.0.0", "1.1.0").out
    assert lines_with(text, "accuracy", "0.9", "0.94", "+0.04", "not shown") and max(map(len, text.splitlines())) <= 100
    table = repository.ok("diff", "churn", "1.0.0", "1.1.0", "--format", "markdown").out
    assert lines_with(table, "accuracy", "not shown") and lines_with(table, "parameter", "45", "47")
    repository.promote("staging")
    assert "1.0.0 and 1.0.0 pin the same files" in repository.ok("diff", "churn", "staging", "1.0.0").out
    unknown = repository.run("diff", "churn", "stagin", "1.0.0")
    assert unknown.code == 2 and "did you mean 'staging'?" in unknown.err


def test_without_its_data_it_says_so_or_takes_what_is_on_record(repository: Repository) -> None:
    _two(repository)
    repository.promote("staging")
    for folder in (repository.root / ".dvc/cache", repository.root.parent / "storage"):
        shutil.rmtree(folder, ignore_errors=True)
    for found in repository.root.glob("data/*.csv"):
        found.unlink()
    shutil.rmtree(repository.root / ".git/mlops-gitops", ignore_errors=True)
    answer = repository.run("diff", "churn", "1.0.0", "1.1.0")
    assert answer.code == 3 and re.search(r"accuracy .*—", answer.out)


def test_the_pull_request_of_a_promotion_says_what_differs(repository: Repository) -> None:
    _two(repository)
    repository.promote("staging")
    repository.ok("promote", "churn", "--to", "staging", "--release", "1.1.0")
    body = repository.ok("pr", "show", 4, "--format", "json").json["pull_request"]["body"]
    assert "#### What differs from 1.0.0" in body and "| artifact | models/churn/model.skops |" in body
    assert lines_with(body, "parameter", "all", "sha256") and "mlops-gitops diff churn 1.0.0 1.1.0" in body
    assert "KPIs against 1.0.0, which it replaces" in body
