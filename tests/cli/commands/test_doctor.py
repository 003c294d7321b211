"""doctor: what it says of a repository."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import sound
from house import Repository
from messages import lines_with

from mlops_gitops.core import plugins

GITHUB = ("GITHUB_TOKEN", "GH_TOKEN", "GITHUB_SERVER_URL", "GITHUB_API_URL")


@pytest.fixture(autouse=True)
def _no_token(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in GITHUB:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def tidy(repository: Repository) -> Repository:
    """A repository whose files have no fault."""

    def tidy_up() -> None:
        for path, text in sound.FILES.items():
            if path != ".dvc/config":
                repository.write(path, text)
        repository.sh("dvc", "remote", "modify", "-q", "storage", "verify", "true")
        repository.commit("Look after it")

    repository.once("its files have no fault", tidy_up)
    return repository


def _states(answer: object) -> dict[str, str]:
    return {checkup["id"]: checkup["state"] for checkup in answer.json["checkups"]}  # type: ignore[attr-defined]


def test_a_folder_as_remote_has_no_settings_but_files_are_looked_at(tidy: Repository) -> None:
    answer = tidy.ok("doctor", "--format", "json")
    states = _states(answer)
    assert set(states) == {name.replace("_", "-") for name in plugins.names("doctor.checkups")}
    assert states["dvc-verify"] == states["checkout-history"] == "ok"
    assert states["base-protection"] == states["receipt-tags"] == "not needed"
    assert answer.json["outcome"] == "passed" and answer.json["branch"] == "main"
    assert answer.json["summary"]["fault"] == answer.json["summary"]["unverified"] == 0


def test_a_fault_fails_and_says_what_mends_it(repository: Repository) -> None:
    answer = repository.run("doctor")
    assert answer.code == 1
    assert re.search(
        r"^ +fault\[dvc-verify\] \.dvc/config: .*\n +fix: dvc remote modify storage verify true$", answer.out, re.M
    )
    assert answer.out.splitlines()[-1] == "failed: 1 fault"
    repository.sh("dvc", "remote", "modify", "-q", "storage", "verify", "true")
    assert repository.run("doctor").code == 1, "what is not on the base does not count"
    repository.commit("Verify")
    assert repository.ok("doctor").out.splitlines()[-1].startswith("passed: ")


def test_what_cannot_be_told_is_no_fault_and_not_fine(tidy: Repository) -> None:
    tidy.sh("git", "remote", "set-url", "origin", "https://github.com/example/churn.git")
    answer = tidy.run("doctor", "--format", "json")
    assert answer.code == 3 and answer.json["outcome"] == "undecided"
    states = _states(answer)
    assert states["base-protection"] == states["squash-message"] == states["receipt-tags"] == "unverified"
    assert states["dvc-verify"] == "ok"
    assert "GITHUB_TOKEN is not set" in answer.out


def test_a_workflow_that_cannot_be_read_is_told_by_name(tidy: Repository) -> None:
    tidy.write(".github/workflows/odd.yml", "on: push\non: pull_request\njobs: {}\n")
    tidy.commit("Oddity")
    answer = tidy.run("doctor")
    assert answer.code == 3
    assert lines_with(answer.out, ".github/workflows/odd.yml", "cannot be read", "key 'on'", "twice")


def test_hostile_names_steer_no_terminal(tidy: Repository) -> None:
    tidy.edit(".github/workflows/mlops.yml", "promotions:", '"\\u001b[2J\\u202e":')
    tidy.edit(".github/workflows/mlops.yml", "with: {fetch-depth: 0}", "with: {fetch-depth: 1}")
    tidy.commit("Hostility")
    for output in plugins.names("reporting.formats"):
        answer = tidy.run("doctor", "--format", output)
        assert answer.code == 1 and "\x1b" not in answer.out and "\u202e" not in answer.out


def test_a_shallow_clone_is_told(tidy: Repository, tmp_path: Path) -> None:
    tidy.sh("git", "clone", "-q", "--depth", "1", f"file://{tidy.root.parent}/origin.git", str(tmp_path / "shallow"))
    answer = tidy.run("doctor", "--repo", tmp_path / "shallow")
    assert "this clone is shallow" in answer.out


def test_without_mlops_yaml_it_says_what_to_do(repository: Repository) -> None:
    repository.sh("git", "rm", "-q", "mlops.yaml")
    repository.commit("Without")
    answer = repository.run("doctor")
    assert answer.code == 2 and "mlops-gitops init" in answer.err


UNTIED = """stages:
  train: {cmd: python pipeline.py train, deps: [pipeline.py], params: [hits], outs: [models/churn/model.skops]}
  evaluate: {cmd: python pipeline.py evaluate, deps: [pipeline.py], outs: [data/holdout.csv]}
"""


def test_the_first_pull_request_hears_what_its_release_would_be_refused_for(tidy: Repository) -> None:
    """Each once, with the fix, though the files themselves may be merged."""
    brought = {path: (tidy.root / path).read_text() for path in ("mlops.yaml", "models/churn/kpis.yaml")}
    for path in brought:
        (tidy.root / path).unlink()
    tidy.write("dvc.yaml", UNTIED)
    tidy.sh("git", "rm", "-q", "--cached", "dvc.lock")
    (tidy.root / "dvc.lock").unlink()
    tidy.begin_so()
    for path, text in brought.items():
        tidy.write(path, text.replace("{login: bob,", "{login: alice,").replace("bob@", "alice@"))
    before = tidy.run("doctor", "churn")
    number = tidy.propose("begin")
    checked = tidy.run("check", number)
    for facts in (
        ("operations", "staging, production", "changes of the policy", "alice cannot approve"),
        ("dvc.lock", "no digest of models/churn/model.skops", "stage train", "not run"),
        ("nothing ties data/holdout.csv", "models/churn/model.skops", "stage evaluate", "not read"),
    ):
        assert len(lines_with(before.out, *facts)) == len(lines_with(checked.out, *facts)) == 1, facts
    assert "merged[" not in checked.out and lines_with(before.out, "fault[merged]", "mlops.yaml", "origin/main")
    assert before.code == 1 and "once this is merged" in checked.out


def test_a_change_of_a_model_that_is_there_hears_nothing_of_it(tidy: Repository) -> None:
    tidy.edit("models/churn/README.md", "Pricing.", "Prices.")
    assert "once this is merged" not in tidy.ok("check", tidy.propose("card")).out


def test_settings_of_dvc_behind_a_link_hide_no_other_finding(tidy: Repository) -> None:
    """A pull request can bring them, with a model in that project."""
    tidy.sh("git", "switch", "-q", "-c", "new")
    card, kpis = ((tidy.root / f"models/churn/{name}").read_text() for name in ("README.md", "kpis.yaml"))
    tidy.write("models/new/README.md", card.replace("models/churn/", "cv/"))
    tidy.write("models/new/kpis.yaml", kpis.replace("churn", "new", 1))
    tidy.write("cv/model.skops.dvc", f"outs: [{{md5: {'ab' * 16}, size: 3, path: model.skops}}]\n")
    (tidy.root / "cv/.dvc").mkdir()
    (tidy.root / "cv/.dvc/config").symlink_to("../../.dvc/config")
    tidy.commit("A model, and a link", push=False)
    tidy.sh("git", "push", "-q", "origin", "new")
    tidy.ok("pr", "open")
    checked, examined = tidy.run("check", 1), tidy.run("doctor", "new")
    assert checked.code == 1 and "error[dvc-settings]" in checked.out
    for answer in (checked, examined):
        assert "unverified[bytes-pushed] cv/.dvc/config is a symbolic link" in answer.out


def test_one_model_that_is_not_there(tidy: Repository) -> None:
    answer = tidy.run("doctor", "chrun")
    assert (answer.code, "there is no model 'chrun'" in answer.err) == (2, True)


def test_in_a_repository_without_a_remote_or_a_commit_the_files_are_looked_at(tidy: Repository) -> None:
    tidy.sh("rm", "-rf", ".git")
    tidy.sh("git", "init", "-q", "-b", "main")
    answer = tidy.run("doctor", "--format", "json")
    assert _states(answer)["releasable"] == "ok" and "Traceback" not in answer.err


def test_a_project_that_is_not_valid_is_one_fault_of_the_list(repository: Repository) -> None:
    """Before the first push, and where the remote has no valid one either."""
    repository.edit("mlops.yaml", "kind: Project", "kind: Projekt")
    repository.commit("Break it")
    for first_push in (False, True):
        if first_push:
            repository.sh("rm", "-rf", ".git")
            repository.sh("git", "init", "-q", "-b", "main")
        answer = repository.run("doctor")
        assert answer.code == 1 and lines_with(answer.out, "fault[files-valid]", "mlops.yaml:2"), answer
        assert lines_with(answer.out, "mlops.yaml is not valid") and lines_with(answer.out, "fault[merged]"), answer
