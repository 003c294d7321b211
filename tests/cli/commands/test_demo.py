"""demo: the main job from start to end, as a newcomer sees it."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

import pytest
from house import Repository
from messages import lines_with

from mlops_gitops.cli.main import main

pytestmark = pytest.mark.outside


def test_the_whole_story(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["demo", "--out", str(tmp_path / "demo")]) == 0
    told = capsys.readouterr().out
    assert "help: did you mean 'high'?" in told
    assert re.search("refused.* breast-cancer 1[.]1[.]0 .*staging.* accuracy is 0[.]91", told)
    assert "of production's 1.0.0 (-0.09" in told  # the bounds of the paired change
    assert lines_with(told, "passed", "9 commits", "5 records", "proven")
    assert lines_with(told, "promotions/production/breast-cancer/0001.json was changed", "on record")
    repository = Repository(tmp_path / "demo/repository", capsys)
    explained, _ = repository.ok("explain", "verify", "breast-cancer", "--format", "json").json["explanations"]
    assert (explained["level"], explained["refuted"]) == ("re-derived", False)
    history = repository.ok("history", "--in", "production", "--format", "json").json["promotions"]
    assert [(p["release"], p["action"]) for p in history] == [
        ("1.0.0", "promote"),
        ("1.2.0", "promote"),
        ("1.0.0", "rollback"),
    ]
    repository.ok("fetch", "breast-cancer", "--in", "production", "--out", str(tmp_path / "device"))
    assert json.loads((tmp_path / "device/.mlops-gitops.json").read_text())["release"] == "1.0.0"
    assert repository.ok("validate").code == 0


def test_a_folder_that_is_there_is_left_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["demo", "--out", str(tmp_path)]) == 2
    assert "is there already" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_three_weeks_of_a_model_in_use(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["demo", "--part", "monitoring", "--out", str(tmp_path / "demo")]) == 0
    told = capsys.readouterr().out
    assert lines_with(told, "charge", "psi", "ALARM")
    assert lines_with(told, "roc-auc", "ALARM")
    assert lines_with(told, "1", "of", "3", "past windows")
    repository = Repository(tmp_path / "demo/repository", capsys)
    issues = repository.ok("issue", "list", "--all", "--format", "json").json["issues"]
    assert [(issue["key"].rpartition("/")[2], issue["state"]) for issue in issues] == [
        ("inputs", "closed"),
        ("roc-auc", "open"),
    ]
    history = repository.ok("history", "--in", "production", "--format", "json").json["promotions"]
    assert [(p["release"], p["action"]) for p in history] == [
        ("1.0.0", "promote"),
        ("1.1.0", "promote"),
        ("1.0.0", "rollback"),
    ]
    assert repository.ok("audit").code == 0


def test_a_model_that_decays_is_retrained_and_judged_on_live_windows(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["demo", "--part", "retraining", "--out", str(tmp_path / "demo")]) == 0
    told = capsys.readouterr().out
    assert lines_with(told, "decayed", "MET")
    assert lines_with(told, "churn: proposed", "churn 1.1.0", "passes its gates")
    assert lines_with(told, "Judged on 2 windows", "1.0.0 answered in production")
    assert lines_with(told, "churn is not retrained", "cooldown")
    assert lines_with(told, "passed", "records", "proven")
    repository = Repository(tmp_path / "demo/repository", capsys)
    history = repository.ok("history", "--in", "production", "--format", "json").json["promotions"]
    assert [(p["release"], p["action"]) for p in history] == [("1.0.0", "promote"), ("1.1.0", "promote")]
    gate = repository.ok("gate", "churn", "--release", "1.1.0", "--format", "json").json["kpis"][0]
    assert (gate["n"], gate["outcome"]) == (10_000, "passed")
    assert gate["value"] > 0.8
    pulls = repository.ok("pr", "list", "--all", "--format", "json").json["pull_requests"]
    assert len(pulls) == 4  # the second run opened none


def test_a_release_on_its_way_to_two_clouds_and_fifty_tills(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["demo", "--part", "rollout", "--out", str(tmp_path / "demo")]) == 0
    told = capsys.readouterr().out
    assert lines_with(told, "3 tills report failed: 1.1.0", "still have")
    assert lines_with(told, "till-50", "off")
    assert lines_with(told, "passed", "10 records", "proven")
    repository = Repository(tmp_path / "demo/repository", capsys)
    history = repository.ok("history", "--in", "production", "--format", "json").json["promotions"]
    assert [(p["release"], p["action"]) for p in history] == [
        ("1.0.0", "promote"),
        *(("1.1.0", action) for action in ("open", "advance", "advance")),
        ("1.0.0", "rollback"),
        *(("1.2.0", action) for action in ("open", "advance", "advance", "advance", "settle")),
    ]
    shown = repository.ok("rollout", "refunds", "--in", "production", "--format", "json").json
    assert (shown["state"], shown["in_force"]) == ("settled", "1.2.0")
    wanted = json.loads((tmp_path / "demo/fleet/desired.json").read_text())["devices"][0]["files"]
    digests = {hashlib.sha256((till / "model").read_bytes()).hexdigest() for till in _tills(tmp_path)}
    assert digests == {wanted["models/refunds/model.json"]["sha256"], _digest_of_silent(tmp_path)}
    assert len(_tills(tmp_path)) == 50


def _tills(folder: Path) -> list[Path]:
    return sorted((folder / "demo/fleet/tills").iterdir())


def _digest_of_silent(folder: Path) -> str:
    """What the till that was off still has: the release before."""
    return hashlib.sha256((folder / "demo/fleet/tills/till-50/model").read_bytes()).hexdigest()


def test_what_an_auditor_asks_ends_with_evidence_that_verifies_elsewhere(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["demo", "--part", "governance", "--out", str(tmp_path / "demo")]) == 0
    said = capsys.readouterr().out
    assert lines_with(said, "refused", "production", "LAB-4")
    assert lines_with(said, "LAB-4", "attested")
    assert lines_with(said, "LAB-5", "passed")
    assert lines_with(said, "would be refused", "production", "1.0.0")
    assert lines_with(said, "passed", "follows from what is on record")
    assert lines_with(said, "passed", "every file is as audit@example.org signed it")
    repository = Repository(tmp_path / "demo/repository", capsys)
    (running,) = repository.ok("inventory", "--format", "json").json["models"]
    assert (running["environment"], running["release"]) == ("production", "1.0.0")
    assert repository.ok("audit", "--data", "--anchor", "../anchor.json").code == 0
    with (tmp_path / "demo/evidence.zip").open("ab") as file:
        file.write(b"x")
    assert repository.run("audit", "verify", "../evidence.zip").code == 1
