"""release: a manifest of what is merged, pinned by digest, its bytes in the remote."""

from __future__ import annotations

import hashlib

import pytest
import yaml
from cases import cases
from house import Repository
from messages import lines_with


def test_a_manifest_pins_every_file(repository: Repository) -> None:
    repository.release()
    manifest = yaml.safe_load((repository.root / "releases/churn/1.0.0.yaml").read_text())
    (artifact,) = manifest["artifacts"]
    model = (repository.root / "models/churn/model.skops").read_bytes()
    assert artifact["md5"] == hashlib.md5(model).hexdigest()
    assert artifact["sha256"] == hashlib.sha256(model).hexdigest()
    assert (artifact["format"], artifact["remote"], artifact["hash"]) == ("skops", "storage", "md5")
    assert manifest["evaluation"]["latency"]["git_blob"] == repository.sh("git", "rev-parse", "HEAD:metrics.json")
    assert manifest["evaluation"]["holdout"]["stage"] == "evaluate"
    assert manifest["lineage"]["stage"] == "train"
    assert 'version: "1.0.0"' in (repository.root / "releases/churn/1.0.0.yaml").read_text()


def test_the_next_release_supersedes_the_highest_lower_one(repository: Repository) -> None:
    for version in ("1.9.0", "1.10.0"):
        repository.release(version)
    manifest = yaml.safe_load((repository.root / "releases/churn/1.10.0.yaml").read_text())
    assert manifest["supersedes"] == "1.9.0"


def test_bytes_that_are_not_in_the_remote_are_refused(repository: Repository) -> None:
    repository.sh("rm", "-rf", "../storage")
    (repository.root.parent / "storage").mkdir()
    answer = repository.run("release", "churn", "1.0.0")
    assert (answer.code, "is not in the DVC remote 'storage'" in answer.err, "dvc push" in answer.err) == (
        1,
        True,
        True,
    )


def test_a_remote_that_is_not_there_decides_nothing(repository: Repository) -> None:
    repository.sh("rm", "-rf", "../storage")
    assert repository.run("release", "churn", "1.0.0").code == 3


def test_without_a_remote_there_is_no_release(repository: Repository) -> None:
    repository.write(".dvc/config", "")
    repository.commit("No remote")
    answer = repository.run("release", "churn", "1.0.0")
    assert (answer.code, "no DVC remote is configured" in answer.err) == (2, True)


def test_a_work_tree_that_differs_from_what_is_merged_is_refused(repository: Repository) -> None:
    repository.edit("models/churn/README.md", "Pricing.", "Pricing, and hiring.")
    answer = repository.run("release", "churn", "1.0.0")
    assert answer.code == 2 and lines_with(answer.err, "models/churn/README.md", "origin/main", "merged")


def test_a_version_is_released_once(repository: Repository) -> None:
    repository.release()
    answer = repository.run("release", "churn", "1.0.0")
    assert (answer.code, "is released already" in answer.err) == (2, True)


def test_run_again_it_writes_nothing(repository: Repository) -> None:
    repository.ok("release", "churn", "1.0.0")
    before = repository.sh("git", "ls-remote", "origin")
    assert "nothing was written" in repository.ok("release", "churn", "1.0.0").out
    assert repository.sh("git", "ls-remote", "origin") == before


def test_locally_it_only_writes_the_file(repository: Repository) -> None:
    before = repository.sh("git", "ls-remote", "origin")
    repository.ok("release", "churn", "1.0.0", "--local")
    assert repository.sh("git", "status", "--short", "-uall") == "?? releases/churn/1.0.0.yaml"
    assert repository.sh("git", "ls-remote", "origin") == before
    repository.ok("validate", "--base", "HEAD")


def test_a_prohibited_model_cannot_be_released(repository: Repository) -> None:
    repository.edit("models/churn/README.md", "class: limited", "class: prohibited")
    repository.commit("Prohibit it")
    answer = repository.run("release", "churn", "1.0.0")
    assert (answer.code, "risk class prohibited" in answer.out) == (1, True)


@pytest.mark.parametrize("version", ["1", "1.0", "v1.0.0", "1.0.0\n", "01.0.0", "../1.0.0"])
def test_what_is_no_version(repository: Repository, version: str) -> None:
    answer = repository.run("release", "churn", version)
    assert (answer.code, "is not a version" in answer.err) == (2, True)


def test_a_dvc_tracked_file_without_a_stage_is_unlinked(repository: Repository) -> None:
    repository.write("data/other.csv", "customer,churned,predicted,probability\nc1,1,1,0.9\n")
    repository.sh("dvc", "add", "-q", "data/other.csv")
    repository.sh("dvc", "push", "-q")
    repository.edit("models/churn/kpis.yaml", "data/holdout.csv", "data/other.csv")
    repository.commit("Measure on a file from nowhere")
    answer = repository.run("release", "churn", "1.0.0")
    assert (answer.code, "no DVC stage made data/other.csv" in answer.out) == (1, True)
    repository.edit("mlops.yaml", "branch: main", "branch: main\npolicies: {unlinked_evaluation: allow}")
    repository.commit("Allow it")
    repository.ok("release", "churn", "1.0.0")


@cases("where", [[], ["--local"]])
def test_the_errors_of_its_card_keep_a_model_from_being_released(repository: Repository, where: list[str]) -> None:
    repository.edit("models/churn/README.md", "Pricing.", "'To be written: what it is not for'")
    repository.begin_so()
    answer = repository.run("release", "churn", "1.0.0", *where)
    assert (answer.code, "mlops.out_of_scope is not filled in" in answer.out) == (1, True)
    assert (
        repository.sh("git", "status", "--short") == "" and repository.ok("pr", "list").out == "no open pull requests\n"
    )
    repository.edit("models/churn/README.md", "'To be written: what it is not for'", "Pricing.")
