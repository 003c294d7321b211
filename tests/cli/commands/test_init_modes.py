"""init for workflows without an App, the command that gives them one, and init for one person alone."""

from __future__ import annotations

import pytest
from house import Repository
from messages import lines_with

from mlops_gitops.orchestration.workspace import open_workspace

CHECK, RECORD, PROMOTE = (f".github/workflows/mlops-gitops{name}.yml" for name in ("", "-record", "-promote"))


@pytest.fixture
def fresh(repository: Repository) -> Repository:
    """A repository with a pipeline that has run, and nothing of ours."""
    for path in ("mlops.yaml", "models/churn/README.md", "models/churn/kpis.yaml"):
        (repository.root / path).unlink()
    return repository


def test_without_an_app_the_jobs_act_as_their_run_and_a_command_upgrades_them(fresh: Repository) -> None:
    written = fresh.ok("init", "--github", "simple", "--format", "json").json
    assert [path for path in written["written"] if path.startswith(".github/")] == [CHECK, RECORD]
    assert lines_with("\n".join(written["next"]), "without an App", "init --github app")
    record = fresh.root / RECORD
    assert "github.token" in record.read_text() and "steps.app" not in record.read_text()
    fresh.commit("Begin")
    assert fresh.ok("init", "--upgrade", "--format", "json").json["written"] == []
    assert fresh.ok("init", "--format", "json").json["written"] == []
    fresh.edit(RECORD, '- cron: "23 * * * *"', '- cron: "7 * * * *"')
    assert lines_with(fresh.ok("init", "--github", "app", "--dry-run").out, "would be renewed", RECORD)
    assert "steps.app" not in record.read_text()
    answer = fresh.ok("init", "--github", "app")
    assert f"kept {RECORD}" not in answer.out
    assert lines_with(answer.out, "renewed", RECORD, "with your edits") and lines_with(answer.out, "wrote", PROMOTE)
    text = record.read_text()
    assert 'cron: "7 * * * *"' in text and "environment: mlops-gitops" in text and "github.token" not in text
    assert lines_with(fresh.run("init", "--github", "simple").err, "act as an App already")
    assert fresh.ok("init", "--upgrade", "--format", "json").json["written"] == []


def test_edits_that_are_in_the_way_of_the_app_are_left_and_shown(fresh: Repository) -> None:
    fresh.ok("init", "--github", "simple")
    fresh.commit("Begin")
    fresh.edit(RECORD, "      contents: write # the repository", "      contents: write # ours")
    before = (fresh.root / RECORD).read_text()
    answer = fresh.run("init", "--github", "app")
    assert answer.code == 1 and lines_with(answer.out, "left", RECORD)
    assert "+    environment: mlops-gitops" in answer.out
    assert (fresh.root / RECORD).read_text() == before


def test_one_person_alone_asks_nobody_for_approvals(fresh: Repository) -> None:
    fresh.ok("init", "--solo")
    project = open_workspace(str(fresh.root)).work.project
    assert project and [environment.approvals for environment in project.environments.values()] == [{}, {}]
    assert "<login>" not in (fresh.root / "mlops.yaml").read_text()
    fresh.fill_in()
    assert "[enough-approvers]" not in fresh.run("doctor").out
    again = fresh.run("init", "--solo")
    assert again.code == 2 and lines_with(again.err, "mlops.yaml is there already", "--solo")


def test_a_whole_way_alone_on_a_plain_remote(repository: Repository) -> None:
    roles = (repository.root / "mlops.yaml").read_text().partition("environments:")[0]
    repository.write("mlops.yaml", f"{roles}environments:\n  staging: {{}}\n  production: {{after: [staging]}}\n")
    repository.begin_so()
    repository.release()
    for environment in ("staging", "production"):
        repository.ok("promote", "churn", "--to", environment)
        repository.merge()
    answer = repository.ok("audit")
    assert lines_with(answer.out, "approvals", "none required", "2 of 2 promotions")
