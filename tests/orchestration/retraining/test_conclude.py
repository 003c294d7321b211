"""Both jobs on a real repository: a pipeline run in a clone, and what it hands over judged and proposed."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from buckets import S3, Project
from house import Repository
from messages import lines_with
from retrained import handed_over, job_one, job_two, with_policy

from mlops_gitops.core.errors import Refused
from mlops_gitops.retraining.handover.handed_run import Ending
from mlops_gitops.retraining.record import RunOutcome


@pytest.mark.outside
def test_a_better_candidate_is_proposed(repository: Repository, tmp_path: Path) -> None:
    with_policy(repository)
    repository.to_production()
    before = repository.sh("git", "status", "--porcelain")
    claims = job_one(repository, tmp_path / "handed")
    assert (claims.ending, claims.reason) == (Ending.FINISHED, "")
    found = job_two(repository, tmp_path / "handed")
    assert (found.run.outcome, found.reasons, found.exit_code) == (RunOutcome.PROPOSED, (), 0)
    assert (found.run.version, found.run.branch) == ("1.1.0", "retrain/churn/1.1.0")
    assert repository.sh("git", "status", "--porcelain") == before
    changed = repository.sh("git", "diff", "--name-only", "origin/main", "origin/retrain/churn/1.1.0").split()
    assert changed == ["dvc.lock", "params.yaml", "releases/churn/1.1.0.yaml"]
    repository.merge("bob", "carol")
    repository.promote("staging", version="1.1.0")
    repository.ok("audit", "--data")


def _main(repository: Repository) -> str:
    return repository.sh("git", "ls-remote", "origin")


def test_a_worse_candidate_is_reported_and_not_proposed(repository: Repository, tmp_path: Path) -> None:
    with_policy(repository, hits=30)
    repository.to_production()
    before, stored = _main(repository), sorted((repository.root / "../storage").rglob("*"))
    found = job_two(repository, handed_over(repository, tmp_path / "handed", 30))
    assert (found.run.outcome, found.exit_code, found.proposal) == (RunOutcome.WORSE, 1, None)
    assert next((gate.id, gate.outcome.value) for gate in found.gates) == ("accuracy", "failed")
    assert any("accuracy" in reason for reason in found.reasons)
    assert _main(repository) == before
    assert sorted((repository.root / "../storage").rglob("*")) == stored


@pytest.mark.outside
def test_a_run_that_makes_the_model_in_force_again_proposes_nothing(repository: Repository, tmp_path: Path) -> None:
    with_policy(repository, hits=45)
    repository.to_production()
    folder = handed_over(repository, tmp_path / "handed", 45)
    (folder / "files/params.yaml").unlink()  # as it was
    for path in ("models/churn/model.skops", "data/holdout.csv"):
        (folder / "files" / path).unlink()
    found = job_two(repository, folder)
    assert (found.run.outcome, found.exit_code) == (RunOutcome.INCONCLUSIVE, 3)
    assert "1.0.0" in found.run.reason


def test_a_hand_over_that_is_refused_names_each_file(repository: Repository, tmp_path: Path) -> None:
    with_policy(repository)
    repository.to_production()
    before, folder = _main(repository), handed_over(repository, tmp_path / "handed")
    (folder / "files/mlops.yaml").write_text("kind: Project\n")
    (folder / "files/.github/workflows").mkdir(parents=True)
    (folder / "files/.github/workflows/promote.yml").write_text("on: push\n")
    found = job_two(repository, folder)
    assert (found.run.outcome, found.exit_code, len(found.reasons)) == (RunOutcome.FAILED, 1, 2)
    assert [path in " ".join(found.reasons) for path in ("mlops.yaml", "promote.yml")] == [True, True]
    assert _main(repository) == before


@pytest.mark.outside
def test_the_card_claims_what_was_measured(repository: Repository, tmp_path: Path) -> None:
    metrics = "metrics: [{type: accuracy, value: 0.90}, {type: p95_ms, value: 12.5}]"
    result = f"{{task: {{type: t}}, dataset: {{type: d, name: D}}, {metrics}}}"
    repository.edit(
        "models/churn/README.md", "mlops:\n", f"model-index: [{{name: churn, results: [{result}]}}]\nmlops:\n"
    )
    with_policy(repository)
    repository.to_production()
    found = job_two(repository, handed_over(repository, tmp_path / "handed"))
    assert (found.run.outcome, found.reasons) == (RunOutcome.PROPOSED, ())
    card = repository.sh("git", "show", "origin/retrain/churn/1.1.0:models/churn/README.md")
    assert metrics.replace("0.90", "0.94") in card
    repository.merge("bob", "carol")


@pytest.mark.outside
def test_the_profile_of_data_that_was_made_anew_is_measured_again(repository: Repository, tmp_path: Path) -> None:
    repository.ok("profile", "churn")
    with_policy(repository)
    repository.to_production()
    found = job_two(repository, handed_over(repository, tmp_path / "handed"))
    assert (found.run.outcome, found.reasons) == (RunOutcome.PROPOSED, ())
    changed = repository.sh("git", "diff", "--name-only", "origin/main", "origin/retrain/churn/1.1.0").split()
    assert "models/churn/profile.json" in changed


@pytest.mark.outside
def test_concluded_twice_is_proposed_once(repository: Repository, tmp_path: Path) -> None:
    with_policy(repository)
    repository.to_production()
    folder = handed_over(repository, tmp_path / "handed")
    first = job_two(repository, folder)
    before = _main(repository)
    second = job_two(repository, folder)
    assert second.proposal is not None and second.proposal.done == "unchanged"
    assert (second.run, _main(repository)) == (first.run, before)
    stored = [path for path in (repository.root.parent / "storage").rglob("*") if path.is_file()]
    lost = next(
        path for path in stored if path.read_bytes() == (folder / "files/models/churn/model.skops").read_bytes()
    )
    lost.unlink()
    assert job_two(repository, folder).run == first.run
    assert lost.exists()  # what the remote has is not pushed again, what it lost is
    other = handed_over(repository, tmp_path / "other", 47, started="2026-03-01T00:00:11Z")
    with pytest.raises(Refused, match="#4"):  # of two runs at once, the first one counts
        job_two(repository, other)
    assert _main(repository) == before


@pytest.mark.outside
def test_the_next_run_records_what_a_stopped_job_had_opened(repository: Repository, tmp_path: Path) -> None:
    with_policy(repository)
    repository.to_production()
    old = {"decided": "2099-01-10T00:00:00Z", "started": "2099-01-10T00:00:10Z"}  # by then the release is too old
    job_two(repository, handed_over(repository, tmp_path / "handed", **old), why="", record=False)
    answer = repository.ok("retrain", "churn")
    assert lines_with(answer.out, "proposed", "#4", "stopped") and lines_with(answer.out, "recorded:"), answer
    (past,) = repository.ok("history", "--retraining", "--format", "json").json["retrainings"]
    assert (past["cause"]["triggers"], past["run"]["version"], past["run"]["minutes"]) == (["stale"], "1.1.0", 1.02)
    assert past["run"]["started"] == old["started"]
    before = _main(repository)
    again = repository.ok("retrain", "churn")
    assert lines_with(again.out, "#4", "is open")
    assert _main(repository) == before


def test_what_people_started_and_no_record_knows_is_said_plainly(repository: Repository, tmp_path: Path) -> None:
    with_policy(repository)
    repository.to_production()
    job_two(repository, handed_over(repository, tmp_path / "handed"), record=False)
    before = _main(repository)
    answer = repository.run("retrain", "churn")
    assert answer.code == 3 and lines_with(answer.err, "#4", "no record", "stopped"), answer
    assert lines_with(answer.err, "retrain propose", "pr close 4")
    assert _main(repository) == before


@pytest.mark.outside
def test_a_bucket_that_keeps_versions_names_them_in_the_pull_request(
    repository: Repository, tmp_path: Path, s3: S3
) -> None:
    settings = f"    url = s3://versioned/retrained\n    endpointurl = {s3.url}\n    version_aware = true\n"
    repository.write(".dvc/config", "[core]\n    remote = bucket\n['remote \"bucket\"']\n" + settings)
    with Project(repository.root).real() as dvc:
        dvc.push()
    with_policy(repository)
    repository.to_production()
    claims = job_one(repository, tmp_path / "real")
    assert claims.ending is Ending.FINISHED, (tmp_path / "real/log.txt").read_text()
    found = job_two(repository, tmp_path / "real")
    assert (found.run.outcome, found.reasons) == (RunOutcome.PROPOSED, ())
    repository.sh("git", "fetch", "-q")
    release = yaml.safe_load(repository.sh("git", "show", "origin/retrain/churn/1.1.0:releases/churn/1.1.0.yaml"))
    versions = s3.versions("retrained")
    assert release["artifacts"][0]["version_id"] == versions["retrained/models/churn/model.skops"]
    repository.merge("bob", "carol")
    repository.ok("gate", "churn", "--release", "1.1.0")
