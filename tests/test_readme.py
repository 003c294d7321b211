"""The README: what it shows is so."""

from __future__ import annotations

import json
import posixpath
import re
from pathlib import Path

import yaml
from house import Repository
from messages import lines_with

from mlops_gitops.core import plugins
from mlops_gitops.documents import schema_validation
from mlops_gitops.documents.read_document import parse
from mlops_gitops.records.project import default_folders
from mlops_gitops.repository.snapshot import KINDS

README = (Path(__file__).parent.parent / "README.md").read_text()


def test_its_decision_is_a_valid_one() -> None:
    (block,) = re.findall(r"```yaml\n(apiVersion.*?)```", README, re.DOTALL)
    assert schema_validation.check(parse("decisions/x.yaml", block.encode()), "decision") == ()


def test_its_hook_is_one_of_ours() -> None:
    (block,) = re.findall(r"```yaml\n(repos:.*?)```", README, re.DOTALL)
    hooks = yaml.safe_load((Path(__file__).parent.parent / ".pre-commit-hooks.yaml").read_text())
    assert {hook["id"] for hook in yaml.safe_load(block)["repos"][0]["hooks"]} <= {hook["id"] for hook in hooks}


def test_every_command_it_names_is_one_and_every_one_is_named() -> None:
    named = set(re.findall(r"mlops-gitops ([a-z]+)", README)) | set(re.findall(r"`([a-z]+)`", README))
    assert set(re.findall(r"mlops-gitops ([a-z]+)", README)) <= set(plugins.names("cli.commands"))
    assert set(plugins.names("cli.commands")) - {"demo"} <= named


def test_its_editor_settings_are_of_our_kinds_and_places() -> None:
    (block,) = re.findall(r"```json\n(.*?)```", README, re.DOTALL)
    written = re.findall(r"for kind in (.*?); do mlops-gitops schema", README)[0].split()
    settings = {path: place for path, place in json.loads(block)["yaml.schemas"].items()}
    assert list(settings) == [f".schemas/{name}.json" for name in written]
    for kind in (kind for kind in KINDS if kind.schema in written):
        place = kind.location.replace("{folder}", default_folders().get(kind.folder or "", ""))
        assert settings[f".schemas/{kind.schema}.json"] == re.sub(r"\{\w+\}", "*", place)
    (line,) = re.findall(r"^# yaml-language-server: \$schema=(.*)$", README, re.MULTILINE)
    assert posixpath.normpath(f"models/churn/{line}") in settings


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
    repository.sh("git", "push", "-q", "origin", "begin")
    repository.ok("pr", "open")
    repository.ok("check", 1)
    repository.ok("pr", "merge", 1)
    repository.sh("git", "switch", "-q", "main")
    repository.pull()
    repository.sh("dvc", "push", "-q")
    repository.ok("release", model, "1.0.0")


def test_who_asked_is_told_that_their_approval_does_not_count(repository: Repository) -> None:
    repository.release()
    repository.ok("promote", "churn", "--to", "staging")
    assert lines_with(repository.ok("pr", "approve", 2).out, "asked for it", "not count")
