"""promote: the pull request that is the promotion."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from house import Repository
from messages import lacking, lines_with

OVERRIDE = """apiVersion: mlops-gitops/v1
kind: Decision
type: override
subject: {model: churn, release: "1.0.0", environment: production, skip: order}
role: operations
by: bob
reason: Staging is down.
expires: 2099-12-31
"""


def test_a_promotion_is_one_commit_with_a_record_and_the_desired_state(repository: Repository) -> None:
    repository.release()
    answer = repository.ok("promote", "churn", "--to", "staging", "--why", "First", "--format", "json")
    pull = answer.json["pull_request"]
    assert pull["branch"] == "promote/staging/churn/0001-1.0.0"
    changed = repository.sh("git", "diff", "--name-only", "origin/main", pull["head"]).split()
    assert changed == ["environments/staging/churn.yaml", "promotions/staging/churn/0001.json"]
    record = json.loads(repository.sh("git", "show", f"{pull['head']}:promotions/staging/churn/0001.json"))
    assert record["predicate"]["requested_by"] == {"email": "alice@example.org", "via": "command line"}
    assert [gate["outcome"] for gate in record["predicate"]["gates"]] == ["passed", "passed"]
    assert record["predicate"]["gates"][0]["value"] == 0.9
    assert repository.sh("git", "status", "--short") == ""


def test_run_again_with_nothing_new_it_writes_nothing(repository: Repository) -> None:
    repository.release()
    repository.ok("promote", "churn", "--to", "staging")
    before = repository.sh("git", "ls-remote", "origin")
    answer = repository.ok("promote", "churn", "--to", "staging", "--why", "Again")
    assert "nothing was written" in answer.out
    assert repository.sh("git", "ls-remote", "origin") == before


def test_a_dry_run_prints_the_whole_change_and_writes_nothing(repository: Repository) -> None:
    repository.release()
    before = repository.sh("git", "ls-remote", "origin")
    change = repository.ok("promote", "churn", "--to", "staging", "--dry-run", "--format", "json").json["change"]
    assert set(change["files"]) == {"environments/staging/churn.yaml", "promotions/staging/churn/0001.json"}
    assert repository.sh("git", "ls-remote", "origin") == before


def test_a_worse_model_is_refused_with_one_clear_sentence(repository: Repository) -> None:
    repository.to_production()
    repository.retrain(42)
    repository.ok("release", "churn", "1.1.0", "--local")
    before = repository.sh("git", "ls-remote", "origin")
    answer = repository.run("promote", "churn", "--to", "staging", "--release", "1.1.0")
    assert answer.code == 1
    facts = ("accuracy is 0.84", "0.06 worse", "0.9", "production's 1.0.0", "0.02 worse is allowed")
    assert lines_with(answer.out, *facts)
    assert "runbook: Hold the release." in answer.out
    assert repository.sh("git", "ls-remote", "origin") == before


def test_a_second_model_is_not_promoted_on_a_holdout_that_may_judge_one(repository: Repository) -> None:
    repository.write("data/test.csv", "customer,churned\nc0,0\nc1,1\n")
    repository.sh("dvc", "add", "-q", "data/test.csv")
    repository.edit("dvc.yaml", "deps: [pipeline.py, models", "deps: [pipeline.py, data/test.csv, models")
    repository.edit("models/churn/kpis.yaml", "    label: churned\n", "    label: churned\n    max_releases: 1\n")
    repository.retrain(45)
    repository.release()
    repository.promote("staging")
    repository.retrain(46)
    repository.ok("release", "churn", "1.1.0", "--local")
    answer = repository.run("promote", "churn", "--to", "staging", "--release", "1.1.0")
    assert answer.code == 1
    assert lines_with(answer.out, "holdout", "2nd release of churn", "same data", "data/test.csv", "at most 1")
    repository.write("data/test.csv", "customer,churned\nc2,0\nc3,1\n")
    repository.sh("dvc", "add", "-q", "data/test.csv")
    repository.retrain(47)
    repository.ok("release", "churn", "1.2.0", "--local")
    repository.ok("promote", "churn", "--to", "staging", "--release", "1.2.0")


def test_a_newer_release_supersedes_the_open_pull_request(repository: Repository) -> None:
    repository.release()
    repository.ok("promote", "churn", "--to", "staging")
    repository.retrain(46)
    repository.ok("release", "churn", "1.1.0", "--local")
    answer = repository.ok("promote", "churn", "--to", "staging", "--format", "json").json
    assert answer["superseded"] == [2]
    states = {
        p["number"]: p["state"] for p in repository.ok("pr", "list", "--all", "--format", "json").json["pull_requests"]
    }
    assert states == {1: "merged", 2: "closed", 3: "open"}
    refused = repository.run("promote", "churn", "--to", "staging", "--release", "1.0.0")
    assert refused.code == 1
    assert "already proposes something newer" in refused.err


def test_a_foreign_commit_on_the_branch_stops_everything(repository: Repository) -> None:
    repository.release()
    pull = repository.ok("promote", "churn", "--to", "staging", "--format", "json").json["pull_request"]
    repository.sh("git", "fetch", "-q", "origin")
    repository.sh("git", "checkout", "-q", "-b", "mine", f"origin/{pull['branch']}")
    repository.write("notes.txt", "mine\n")
    repository.commit("By hand", push=False)
    repository.sh("git", "push", "-q", "origin", f"mine:{pull['branch']}")
    repository.sh("git", "checkout", "-q", "main")
    before = repository.sh("git", "ls-remote", "origin")
    answer = repository.run("promote", "churn", "--to", "staging", "--why", "Again")
    assert (answer.code, "not this tool's" in answer.err) == (1, True)
    assert repository.sh("git", "ls-remote", "origin") == before


def test_a_branch_left_by_an_interrupted_run_is_written_again(repository: Repository) -> None:
    repository.release()
    pull = repository.ok("promote", "churn", "--to", "staging", "--format", "json").json["pull_request"]
    repository.sh("git", "push", "-q", "origin", ":refs/mlops/pulls/2")
    repository.sh("git", "update-ref", "-d", "refs/mlops/pulls/2")
    answer = repository.ok("promote", "churn", "--to", "staging", "--format", "json").json
    assert answer["done"] == "opened"
    assert answer["pull_request"]["branch"] == pull["branch"]


def test_somebodys_branch_of_that_name_is_not_touched(repository: Repository) -> None:
    repository.release()
    repository.sh("git", "push", "-q", "origin", "main:refs/heads/promote/staging/churn/0001-1.0.0")
    repository.write("notes.txt", "mine\n")
    repository.commit("By hand", push=False)
    repository.sh("git", "push", "-q", "origin", "HEAD:promote/staging/churn/0001-1.0.0")
    answer = repository.run("promote", "churn", "--to", "staging")
    assert (answer.code, "somebody's work" in answer.err) == (1, True)


def test_a_branch_whose_pull_request_was_closed_is_replaced(repository: Repository) -> None:
    repository.release()
    repository.ok("promote", "churn", "--to", "staging")
    repository.ok("pr", "close", 2)
    answer = repository.ok("promote", "churn", "--to", "staging", "--format", "json").json
    assert (answer["done"], answer["pull_request"]["number"]) == ("opened", 3)


def test_production_waits_for_staging(repository: Repository) -> None:
    repository.release()
    answer = repository.run("promote", "churn", "--to", "production")
    assert answer.code == 1
    assert lines_with(answer.out, "churn 1.0.0", "not been in staging", "before production")


def test_a_promotion_without_a_receipt_satisfies_no_order(repository: Repository) -> None:
    repository.release()
    repository.ok("promote", "churn", "--to", "staging")
    repository.ok("pr", "merge", "--only", 2, "--force")
    repository.pull()
    assert "no receipt proves its approval there" in repository.run("promote", "churn", "--to", "production").out
    assert "approvals unmet" in repository.ok("record").out
    assert "no receipt proves its approval there" in repository.run("promote", "churn", "--to", "production").out


def test_an_approved_override_may_skip_the_order(repository: Repository) -> None:
    repository.release()
    repository.write("decisions/2026-11-24-outage.yaml", """apiVersion: mlops-gitops/v1
kind: Decision
type: override
subject: {model: churn, release: "1.0.0", environment: production, skip: order}
role: operations
by: bob
reason: Staging is down.
expires: 2099-01-01
""")  # fmt: skip
    answer = repository.ok("promote", "churn", "--to", "production", "--decision", "decisions/2026-11-24-outage.yaml")
    repository.ok("pr", "approve", 2, "--as", "carol@example.org")
    without_operations = repository.run("check", 2)
    assert len(lines_with(without_operations.out, "operations", "0 of 1")) == 2
    repository.merge("bob")
    assert repository.ok("audit").code == 0, answer


def test_what_ran_before_the_tool_came_is_adopted_once(repository: Repository) -> None:
    repository.allow_adoption()
    repository.release()
    assert repository.run("promote", "churn", "--to", "production", "--adopt").code == 2
    repository.ok("promote", "churn", "--to", "production", "--adopt", "--why", "It ran before")
    repository.merge("bob", "carol")
    repository.retrain(46)
    repository.ok("release", "churn", "1.1.0", "--local")
    answer = repository.run("promote", "churn", "--to", "production", "--release", "1.1.0", "--adopt", "--why", "Again")
    assert (answer.code, "nothing is left to adopt" in answer.err) == (1, True)


def test_what_runs_already_is_not_promoted_again(repository: Repository) -> None:
    repository.release()
    repository.promote("staging")
    answer = repository.run("promote", "churn", "--to", "staging", "--release", "1.0.0")
    assert (answer.code, answer.err) == (1, "error: staging runs churn 1.0.0 already\n")


@pytest.mark.parametrize(
    ("args", "code", "said"),
    [
        (("--to", "prod"), 2, "there is no environment 'prod'"),
        (("--to", "staging", "--release", "9.9.9"), 2, "there is no valid releases/churn/9.9.9.yaml"),
        (("--to", "staging", "--decision", "../x.yaml"), 2, "there is no decision ../x.yaml"),
    ],
)
def test_bad_requests_get_one_plain_line(repository: Repository, args: tuple[str, ...], code: int, said: str) -> None:
    repository.release()
    answer = repository.run("promote", "churn", *args)
    assert (answer.code, said in answer.err) == (code, True), answer


@pytest.mark.parametrize("name", ["../etc", "a b", "-x", "a/b", ""])
def test_hostile_model_names_are_refused(repository: Repository, name: str) -> None:
    answer = repository.run("promote", "--to", "staging", "--", name)
    assert answer.code == 2
    assert len(answer.err.splitlines()) <= 2


def test_what_a_promotion_took_along_comes_back_with_any_pull(repository: Repository) -> None:
    repository.ok("release", "churn", "1.0.0", "--local")
    manifest = repository.root / "releases/churn/1.0.0.yaml"
    written = manifest.read_bytes()
    assert "git pull brings it" in repository.ok("promote", "churn", "--to", "staging").out
    assert not manifest.exists() and repository.sh("git", "status", "--short") == ""
    assert "nothing was written" in repository.ok("promote", "churn", "--to", "staging").out
    assert repository.ok("gate", "churn", "--release", "1.0.0").out
    repository.ok("pr", "approve", 1, "--as", "bob@example.org")
    repository.ok("check", 1)
    repository.ok("pr", "merge", "--only", 1)
    for how in ("--ff-only", "--rebase", "--no-rebase"):
        clone = Path(shutil.copytree(repository.root, repository.root.with_name(how)))
        if how != "--ff-only":
            repository.sh("git", "-C", str(clone), "commit", "-q", "--allow-empty", "-m", "By hand")
        repository.sh("git", "-C", str(clone), "pull", "-q", "--no-edit", how)
        assert (clone / "releases/churn/1.0.0.yaml").read_bytes() == written


def test_a_manifest_that_git_tracks_or_that_no_pull_request_holds_stays(repository: Repository) -> None:
    repository.ok("release", "churn", "1.0.0", "--local")
    manifest = repository.root / "releases/churn/1.0.0.yaml"
    repository.ok("promote", "churn", "--to", "staging", "--dry-run")
    repository.sh("git", "add", "releases")
    repository.ok("promote", "churn", "--to", "staging")
    assert manifest.exists()


def test_a_manifest_of_a_closed_pull_request_is_promoted_again(repository: Repository) -> None:
    repository.ok("release", "churn", "1.0.0", "--local")
    repository.ok("promote", "churn", "--to", "staging")
    repository.ok("pr", "close", 1)
    assert "opened" in repository.ok("promote", "churn", "--to", "staging", "--why", "Again").out


def test_a_decision_that_a_promotion_took_along_comes_back_with_the_manifest(repository: Repository) -> None:
    decision = "decisions/2026-01-05-outage.yaml"
    repository.write(decision, OVERRIDE)
    repository.ok("release", "churn", "1.0.0", "--local")
    promote = ("promote", "churn", "--to", "production", "--release", "1.0.0", "--decision", decision)
    repository.ok(*promote)
    assert repository.sh("git", "status", "--short") == ""
    assert "nothing was written" in repository.ok(*promote).out
    repository.merge("bob", "carol")
    assert (repository.root / decision).read_text() == OVERRIDE


def test_a_promotion_that_nobody_can_ever_approve_says_so(repository: Repository) -> None:
    repository.edit(
        "mlops.yaml", "{login: bob, emails: [bob@example.org]}", "{login: alice, emails: [alice@example.org]}"
    )
    repository.begin_so()
    repository.release()
    (wait,) = repository.ok("promote", "churn", "--to", "staging", "--format", "json").json["waits"]
    assert lacking(wait, "operations", "staging", "alice", "nobody") == [] and "production" not in wait


def test_what_was_taken_along_is_brought_back_by_the_command_that_is_shown(repository: Repository) -> None:
    repository.ok("release", "churn", "1.0.0", "--local")
    manifest = repository.root / "releases/churn/1.0.0.yaml"
    written = manifest.read_bytes()
    line = next(
        row for row in repository.ok("promote", "churn", "--to", "staging").out.splitlines() if "restore" in row
    )
    repository.ok("pr", "close", 1)
    repository.sh("sh", "-c", line.partition(": ")[2])
    assert manifest.read_bytes() == written


def test_nothing_behind_a_link_is_taken_along(repository: Repository) -> None:
    """A branch of somebody else can hold the link."""
    path = "decisions/2026-01-05-outage.yaml"
    outside = repository.root.parent / "outside"
    outside.mkdir()
    (outside / Path(path).name).write_text(OVERRIDE)
    (repository.root / "decisions").symlink_to(outside)
    repository.ok("release", "churn", "1.0.0", "--local")
    promote = ("promote", "churn", "--to", "production", "--release", "1.0.0", "--decision", path)
    answer = repository.run(*promote)
    assert answer.code == 2 and lacking(answer.err, path, "link") == []
    (repository.root / "decisions").unlink()
    repository.write(path, OVERRIDE)
    repository.ok(*promote)
    (repository.root / "decisions").rmdir()
    (repository.root / "decisions").symlink_to(outside)
    repository.run(*promote)
    assert (outside / Path(path).name).read_text() == OVERRIDE
