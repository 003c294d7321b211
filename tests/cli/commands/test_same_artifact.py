"""A release of the artifact that production runs already."""

from __future__ import annotations

import json

from house import Repository


def test_it_is_no_worse_however_few_rows_there_are(repository: Repository) -> None:
    repository.to_production()
    condition = "      at_least: 0.8\n      no_worse_than: {baseline: production, by: 0.02}\n"
    repository.edit("models/churn/kpis.yaml", condition, condition.partition("\n")[2] + "      confidence: 0.95\n")
    found = repository.ok("gate", "churn", "--release", "1.0.0")
    assert "production's 1.0.0, artifact for artifact" in found.out and "no worse" in found.out
    # The work tree is no release, so that only its predictions are known: 50 rows cannot show that it is no worse.
    assert repository.run("gate", "churn").code == 3
    repository.edit("models/churn/kpis.yaml", "no_worse_than: {baseline: production, by: 0.02}",
                    "better_than: {baseline: production}")  # fmt: skip
    assert repository.run("gate", "churn", "--release", "1.0.0").code == 1


def test_a_record_does_not_make_it_the_same(repository: Repository) -> None:
    repository.to_production()
    repository.retrain(46)
    repository.release("1.1.0")
    repository.ok("promote", "churn", "--to", "staging", "--release", "1.1.0")
    repository.sh("git", "fetch", "-q", "origin")
    branch = "promote/staging/churn/0002-1.1.0"
    repository.sh("git", "checkout", "-q", "-b", "more", f"origin/{branch}")
    path = repository.root / "promotions/staging/churn/0002.json"
    record = json.loads(path.read_text())
    record["predicate"]["gates"][0]["baseline"]["same_artifact"] = True
    path.write_text(json.dumps(record, indent=2) + "\n")
    found = repository.run("validate", "--base", "origin/main")
    assert "error[promotion-gates]" in found.out and "the same artifact as 1.0.0" in found.out
