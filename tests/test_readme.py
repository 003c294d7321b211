"""The README: what it shows is so."""

from __future__ import annotations

import re
from pathlib import Path

from house import Repository
from messages import lines_with

from mlops_gitops.core import plugins

README = (Path(__file__).parent.parent / "README.md").read_text()


def test_every_command_it_names_is_one_and_every_one_is_named() -> None:
    named = set(re.findall(r"mlops-gitops ([a-z]+)", README)) | set(re.findall(r"`([a-z]+)`", README))
    assert set(re.findall(r"mlops-gitops ([a-z]+)", README)) <= set(plugins.names("cli.commands"))
    assert set(plugins.names("cli.commands")) - {"demo"} <= named


def test_its_first_steps(repository: Repository) -> None:
    """In a repository that has DVC and nothing of ours yet: the commands of the README, as they stand."""
    for path in ("mlops.yaml", "models/churn/README.md", "models/churn/kpis.yaml"):
        repository.sh("git", "rm", "-q", path)
    repository.commit("Only DVC")
    repository.ok("init")
    assert repository.run("validate").code == 1  # the blanks of the card
    repository.fill_in()
    repository.ok("validate")
    model = next(path.name for path in (repository.root / "models").iterdir() if (path / "kpis.yaml").exists())
    assert lines_with(repository.ok("gate", model).out, "nothing judged", "no KPI", "gate")
    repository.sh("git", "switch", "-q", "-c", "begin")
    repository.commit("Begin", push=False)
    repository.sh("dvc", "push", "-q")
    repository.ok("pr", "open")
    repository.ok("pr", "merge", 1)
    repository.ok("release", model, "1.0.0", "--local")


def test_who_asked_is_told_that_their_approval_does_not_count(repository: Repository) -> None:
    repository.release()
    repository.ok("promote", "churn", "--to", "staging")
    assert lines_with(repository.ok("pr", "approve", 2).out, "asked for it", "not count")
