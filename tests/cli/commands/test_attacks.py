"""Attacks that went through once, each on a real repository."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from house import Repository

from mlops_gitops.orchestration.workspace import open_workspace
from mlops_gitops.repository.policy_files import digest_of

QUARANTINE = """apiVersion: mlops-gitops/v1
kind: Decision
type: quarantine
subject: {model: churn, release: "1.0.0"}
role: operations
by: bob
reason: It leaks.
"""


def _submodule(repository: Repository, *paths: str) -> None:
    """Commits a submodule at each path, of a commit that nobody has."""
    for path in paths:
        repository.sh("git", "update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},{path}")
    repository.sh("git", "commit", "-q", "-m", "Submodules")


@pytest.mark.parametrize(
    "path",
    [
        "decisions/2026-11-29-x.yaml",
        "releases/churn/9.0.0.yaml",
        "promotions/staging/churn/0001.json",
        "environments/staging/churn.yaml",
        "models/other/kpis.yaml",
        "FREEZE",
    ],
)
def test_a_submodule_in_the_place_of_a_record_is_refused(repository: Repository, path: str) -> None:
    repository.sh("git", "switch", "-q", "-c", "evil")
    _submodule(repository, path)
    repository.sh("git", "push", "-q", "origin", "evil")
    repository.ok("pr", "open")
    assert repository.run("check", "1", "--no-status").code in (1, 3)


def test_a_record_that_follows_a_submodule_is_on_record(repository: Repository) -> None:
    path = "decisions/2026-11-29-x.yaml"
    repository.release()
    _submodule(repository, path)
    repository.sh("git", "push", "-q", "origin", "HEAD:main")
    repository.sh("git", "rm", "-q", "--cached", path)
    repository.write(path, QUARANTINE)
    repository.commit("Quarantine")
    assert "quarantine" in repository.run("promote", "churn", "--to", "staging", "--release", "1.0.0").err
    assert repository.run("audit").code == 1  # the submodule itself


@pytest.mark.parametrize("value", ["remerge", "combined", "dense-combined", "off"])
def test_how_somebody_likes_to_see_merges_changes_no_history(repository: Repository, value: str) -> None:
    repository.to_production()
    before = repository.ok("history").out
    repository.sh("git", "config", "log.diffMerges", value)
    repository.sh("git", "config", "i18n.logOutputEncoding", "UTF-16")
    assert (repository.ok("history").out, repository.ok("audit").code) == (before, 0)


@pytest.mark.parametrize("date", ["²", "9" * 5000, "-5", ""])
def test_a_date_that_is_none_stops_no_command(repository: Repository, date: str) -> None:
    repository.release()
    head = repository.sh("git", "rev-parse", "HEAD")
    tag = f"object {head}\ntype commit\ntag churn@v9.9.9\ntagger x <x@example.org> {date} +0000\n\nx\n"
    commit = f"tree {head}^{{tree}}\n"
    tree = repository.sh("git", "rev-parse", "HEAD^{tree}")
    commit = (
        f"tree {tree}\nparent {head}\nauthor x <x@example.org> 1 +0000\ncommitter x <x@example.org> {date} +0000\n\nx\n"
    )
    for kind, text, ref in (("tag", tag, "refs/tags/churn@v9.9.9"), ("commit", commit, "refs/heads/main")):
        words = ["git", "hash-object", "-t", kind, "-w", "--literally", "--stdin"]
        made = subprocess.run(words, cwd=repository.root, input=text.encode(), capture_output=True, check=True)
        repository.sh("git", "push", "-q", "../origin.git", f"{made.stdout.decode().strip()}:{ref}")
    for command in (["status"], ["record"], ["history"], ["pr", "list"], ["check", "--all"]):
        answer = repository.run(*command)
        assert answer.code == 0 and "this is a bug" not in answer.out + answer.err, (command, answer)


def test_a_pull_request_does_not_say_which_branch_is_the_base(repository: Repository) -> None:
    repository.sh("git", "remote", "set-head", "origin", "--delete")  # as after git init and git fetch
    repository.sh("git", "switch", "-q", "-c", "evil")
    repository.edit("mlops.yaml", "branch: main", "branch: evil")
    repository.edit("models/churn/kpis.yaml", "at_least: 0.8", "at_least: 0.1")
    repository.commit("Another base", push=False)
    repository.sh("git", "push", "-q", "origin", "evil")
    for command in (["check", "--push"], ["gate", "churn"], ["status"]):
        answer = repository.run(*command)
        assert "origin/evil" not in answer.err, (command, answer)
    assert "origin/main" in repository.run("check", "--push").err


def test_a_baseline_of_a_pushed_policy_needs_those_who_agreed_to_the_one_before(repository: Repository) -> None:
    repository.to_production()
    for tag in repository.sh("git", "ls-remote", "origin", "refs/tags/mlops-gitops/policy/*").splitlines():
        if not tag.endswith("^{}"):
            repository.sh("git", "push", "-q", "origin", f":{tag.split()[1]}")
    repository.sh("git", "fetch", "-q", "--prune", "--prune-tags", "origin")
    project = (repository.root / "mlops.yaml").read_text()
    lax = project.replace("operations:\n", "operations:\n    - {login: mallory, emails: [mallory@example.org]}\n", 1)
    repository.write("mlops.yaml", lax + "policies: {approvals: {}}\n")
    repository.write(
        "models/churn/kpis.yaml",
        (repository.root / "models/churn/kpis.yaml").read_text().replace("    owner: data-science\n", ""),
    )
    repository.commit("Lax")
    digest = digest_of(open_workspace(str(repository.root)).at("HEAD"))
    repository.sh("git", "switch", "-q", "-c", "state")
    text = QUARANTINE.replace("quarantine", "policy").replace(
        '{model: churn, release: "1.0.0"}', f'{{policy: "{digest}"}}'
    )
    repository.write("decisions/2026-11-29-policy.yaml", text)
    repository.commit("State it", push=False)
    repository.sh("git", "push", "-q", "origin", "state")
    repository.ok("pr", "open")
    number = repository.ok("pr", "list", "--format", "json").json["pull_requests"][-1]["number"]
    repository.ok("pr", "approve", number, "--as", "mallory@example.org")
    assert repository.run("check", number, "--no-status").code == 1
    repository.ok("pr", "approve", number, "--as", "bob@example.org")
    repository.ok("pr", "approve", number, "--as", "carol@example.org")
    repository.ok("check", number, "--no-status")


@pytest.mark.parametrize("name", ["GIT_LITERAL_PATHSPECS", "GIT_ICASE_PATHSPECS", "GIT_GLOB_PATHSPECS"])
def test_no_variable_of_git_hides_what_is_tracked(
    repository: Repository, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    repository.write(".dvc/config.local", "[core]\n    remote = x\n")
    repository.sh("git", "add", "--force", ".dvc/config.local")
    monkeypatch.setenv(name, "1")
    answer = repository.run("gate", "churn")
    assert answer.code in (2, 3) and ".dvc/config.local" in answer.out + answer.err, answer


def test_settings_of_git_reached_by_a_link_or_from_another_work_tree_are_refused(
    repository: Repository, tmp_path: Path
) -> None:
    repository.write(".gitconfig", "[user]\n\tname = Mallory\n")
    repository.commit("Settings")
    (tmp_path / "link").symlink_to(repository.root)
    for place in (tmp_path / "link/.gitconfig", Path("../.gitconfig")):
        repository.sh("git", "config", "include.path", str(place))
        assert repository.run("status").code == 2, place
    repository.sh("git", "worktree", "add", "-q", "--detach", str(tmp_path / "other"))
    assert Repository(tmp_path / "other", repository.capsys).run("status").code == 2


def test_files_of_a_submodule_count_as_tracked(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    repository.write(".dvc/config", "[core]\n    remote = far\n['remote \"far\"']\n    url = s3://models/x\n")
    repository.commit("A far remote")
    (repository.root / "ci").mkdir()
    repository.write("ci/aws", "[default]\n")
    repository.sh("git", "update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},ci")
    repository.sh("rm", "-rf", ".dvc/cache", "data/holdout.csv")
    for value in (str(repository.root / "ci/aws"), "ci/aws", "$PWD/ci/aws"):
        monkeypatch.setenv("PWD", str(repository.root))
        monkeypatch.setenv("AWS_CONFIG_FILE", value)
        answer = repository.run("gate", "churn")
        assert answer.code in (2, 3) and "which git tracks" in answer.out + answer.err, (value, answer)


def test_a_job_that_may_not_ask_the_remote_takes_the_default_branch_from_its_event(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository.sh("git", "remote", "set-head", "origin", "--delete")
    repository.sh("git", "remote", "set-url", "origin", str(tmp_path / "private"))
    assert repository.run("status").code == 3
    (tmp_path / "event.json").write_text('{"repository": {"default_branch": "main"}}')
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_EVENT_PATH", str(tmp_path / "event.json"))
    assert "passed" in repository.ok("gate", "churn").out


def test_a_job_without_the_base_branch_says_what_it_lacks(repository: Repository) -> None:
    repository.sh("git", "update-ref", "-d", "refs/remotes/origin/main")
    repository.sh("git", "switch", "-q", "--detach")
    repository.sh("git", "branch", "-D", "main")
    repository.sh("rm", "-rf", ".dvc/cache", "data/holdout.csv")
    answer = repository.run("gate", "churn")
    assert (answer.code, "fetch-depth: 0" in answer.out) == (3, True)
