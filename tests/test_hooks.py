"""The hooks: each really run, by pre-commit and by prek, on commits and pushes of a real repository."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import textwrap
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from house import Repository
from messages import lines_with

from mlops_gitops.onboarding import file_drafts
from mlops_gitops.records.project import default_folders
from mlops_gitops.repository.snapshot import KINDS

pytestmark = pytest.mark.outside

TOP = Path(__file__).parent.parent
HOOKS: list[dict[str, Any]] = yaml.safe_load((TOP / ".pre-commit-hooks.yaml").read_text())
CHANGED, WHOLE, PUSH = (hook["id"] for hook in HOOKS)
MANAGERS = {"pre-commit": [sys.executable, "-m", "pre_commit"], "prek": ["prek"]}
CARD, RECORD = "models/churn/README.md", "promotions/staging/churn/0001.json"


@dataclass
class Hooked:
    """A repository whose commits and pushes run the hooks of one manager."""

    repository: Repository
    manager: str
    source: Path
    env: dict[str, str]

    def run(self, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
        """Runs a program."""
        return subprocess.run(
            words,
            cwd=self.repository.root,
            env=os.environ | self.env | env,
            capture_output=True,
            text=True,
            check=False,
        )

    def configure(self, *args: str) -> None:
        """Writes the hooks' configuration, each with these arguments, and merges it."""
        rev = self.run("git", "-C", str(self.source), "rev-parse", "HEAD").stdout.strip()
        hooks = [{"id": hook["id"], "args": list(args)} for hook in HOOKS]
        config = {"repos": [{"repo": str(self.source), "rev": rev, "hooks": hooks}]}
        self.repository.write(".pre-commit-config.yaml", yaml.safe_dump(config))
        for words in (["add", "."], ["commit", "-q", "--no-verify", "-m", "Hooks"], ["push", "-q", "--no-verify"]):
            self.repository.sh("git", *words)

    def commit(self, *options: str, skip: str = "") -> tuple[bool, str]:
        """Commits what is staged: whether the hooks let it, and what they said."""
        done = self.run("git", "commit", "-m", "x", *options, SKIP=skip, PREK_SKIP=skip)
        return done.returncode == 0, done.stdout + done.stderr

    def push(self, *words: str) -> tuple[bool, str]:
        """Pushes to the bare origin: whether the hooks let it, and what they said."""
        done = self.run("git", "push", "origin", *words)
        return done.returncode == 0, done.stdout + done.stderr

    def shown(self, text: str) -> str:
        """A hook's output as the manager prints it."""
        return textwrap.indent(text, "  ") if self.manager == "prek" else text

    def there(self, branch: str) -> str:
        """The commit of a branch of the origin; empty where there is none."""
        return self.run("git", "ls-remote", "origin", f"refs/heads/{branch}").stdout.partition("\t")[0]


@pytest.fixture(params=MANAGERS)
def hooked(repository: Repository, published: Path, shared: Path, request: pytest.FixtureRequest) -> Hooked:
    """The prepared repository with the three hooks; what the managers install is installed once a test run."""
    homes = {"PRE_COMMIT_HOME": str(shared / "pre-commit"), "PREK_HOME": str(shared / "prek")}
    hooked = Hooked(repository, request.param, published, homes)
    hooked.configure()
    words = [*MANAGERS[hooked.manager], "install", "--hook-type", "pre-commit", "--hook-type", "pre-push"]
    done = hooked.run(*words)
    assert done.returncode == 0, done.stdout + done.stderr
    return hooked


# What a hook answers does not depend on who runs it, so most of it is tried with the quicker of the two.
BY_ONE = pytest.mark.parametrize("hooked", ["prek"], indirect=True)


def _stage(hooked: Hooked, path: str, old: str, new: str) -> None:
    hooked.repository.edit(path, old, new)
    hooked.repository.sh("git", "add", path)


def _said(output: str, hook: str) -> str:
    """What one hook said: its line, and what follows up to the next hook's."""
    names = {hook["id"]: hook["name"] for hook in HOOKS}
    start = output.index(names[hook])
    return output[start : min((n for name in names.values() if (n := output.find(name, start + 1)) > 0), default=None)]


# ── what the configuration says ──


def test_the_files_of_the_first_are_those_of_every_kind_in_its_default_place() -> None:
    locations = [place for kind in KINDS for place in (kind.location, *kind.also)]
    folders = [kind.folder or "" for kind in KINDS for _ in (kind.location, *kind.also)]
    places = [
        place.replace("{folder}", default_folders().get(folder, ""))
        for place, folder in zip(locations, folders, strict=True)
    ]
    forms = [re.sub(r"\{\w+\}", "[^/]+", place.replace(".", r"\.")) for place in places]
    assert HOOKS[0]["files"] == f"^({'|'.join(forms)})$"


def test_init_names_hooks_that_there_are() -> None:
    (repo,) = yaml.safe_load(file_drafts.draft_hooks())["repos"]
    assert [hook["id"] for hook in repo["hooks"]] == [WHOLE, PUSH]


def test_only_the_hook_of_pushes_needs_more_than_the_base_and_exactly_the_gates_extra() -> None:
    extras = tomllib.loads((TOP / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    assert [hook.get("additional_dependencies") for hook in HOOKS] == [None, None, extras["gates"]]


# ── commits ──


def test_try_repo(repository: Repository, published: Path) -> None:
    words = [*MANAGERS["pre-commit"], "try-repo", str(published), "--all-files", "--color", "never"]
    done = subprocess.run(words, cwd=repository.root, env=os.environ, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.count("Passed")) == (0, 2), done.stdout + done.stderr


def test_a_commit_is_judged_as_it_is_staged(hooked: Hooked) -> None:
    good, bad = "class: limited", "class: limitd"
    _stage(hooked, CARD, good, bad)
    finding = hooked.repository.run("validate").out.strip()
    passed, said = hooked.commit()
    assert not passed and hooked.shown(finding) in _said(said, WHOLE)
    assert f'{CARD}:8:17: error[schema] mlops.risk.class is "limitd"' in _said(said, CHANGED)
    hooked.repository.edit(CARD, bad, good)  # in the work tree only
    assert not hooked.commit()[0]
    assert good in (hooked.repository.root / CARD).read_text()
    hooked.repository.edit(CARD, "One country.", "Two countries.")
    hooked.repository.sh("git", "add", CARD)
    hooked.repository.edit(CARD, good, bad)
    passed, said = hooked.commit()
    assert passed, said
    assert bad in (hooked.repository.root / CARD).read_text()
    assert good in hooked.repository.sh("git", "show", f"HEAD:{CARD}")


@BY_ONE
def test_the_first_looks_at_changed_files_alone(hooked: Hooked) -> None:
    hooked.repository.write("models/other/kpis.yaml", "apiVersion: mlops-gitops/v1\nkind: KPIs\n")
    hooked.repository.sh("git", "add", ".")
    assert hooked.commit("--no-verify")[0]
    _stage(hooked, CARD, "One country.", "Two countries.")
    passed, said = hooked.commit()
    assert not passed and "Passed" in _said(said, CHANGED) and "models/other/kpis.yaml" in _said(said, WHOLE)
    passed, said = hooked.commit(skip=WHOLE)
    assert passed, said


@BY_ONE
def test_a_commit_that_only_removes(hooked: Hooked) -> None:
    hooked.repository.release()
    hooked.repository.sh("git", "rm", "-q", CARD)
    passed, said = hooked.commit()
    assert not passed and "no files to check" in _said(said, CHANGED)
    assert "error[card-and-kpis]" in _said(said, WHOLE)


@BY_ONE
def test_a_commit_that_renames(hooked: Hooked) -> None:
    hooked.repository.sh("git", "mv", "models/churn", "models/lapse")
    passed, said = hooked.commit()
    assert not passed
    assert "models/lapse/kpis.yaml:3:8: error[names-agree]" in _said(said, CHANGED)
    assert "models/churn/" not in _said(said, CHANGED).replace("models/churn/model.skops", "")


@BY_ONE
def test_paths_with_a_space_and_beyond_ascii(hooked: Hooked) -> None:
    text = (hooked.repository.root / CARD).read_text()
    for name in ("x y", "clé"):
        hooked.repository.write(f"models/{name}/README.md", text.replace("class: limited", "class: limitd"))
    hooked.repository.write("decisions/2026-01-05-clé à part.yaml", "kind: Decision\n")
    hooked.repository.sh("git", "add", ".")
    passed, said = hooked.commit()
    assert not passed
    for name in ("x y", "clé"):
        assert f"models/{name}/README.md:8:17: error[schema]" in _said(said, CHANGED)
    assert "decisions/2026-01-05-clé à part.yaml:1:1: error[unexpected-file]" in _said(said, WHOLE)
    for name in ("x y", "clé"):
        assert f"models/{name}/README.md:1:1: error[unexpected-file]" in _said(said, WHOLE)
        hooked.repository.sh("git", "rm", "-q", "-f", f"models/{name}/README.md")
    hooked.repository.sh("git", "rm", "-q", "-f", "decisions/2026-01-05-clé à part.yaml")
    hooked.repository.write("models/churn/notes/clé à part.md", "Read by nobody.\n")
    hooked.repository.sh("git", "add", ".")
    passed, said = hooked.commit()
    assert passed, said


# ── pushes ──


def _committed(hooked: Hooked, *words: str) -> None:
    for line in (["add", "--all"], ["commit", "-q", "--no-verify", "-m", "x", *words]):
        hooked.repository.sh("git", *line)


def _trained(hooked: Hooked, hits: int) -> None:
    hooked.repository.write("params.yaml", f"hits: {hits}\n")
    hooked.repository.sh("dvc", "repro", "-q")
    _committed(hooked)


def test_pushes_of_all_kinds(hooked: Hooked) -> None:
    hooked.repository.sh("git", "switch", "-q", "-c", "topic")
    _trained(hooked, 46)
    passed, said = hooked.push("topic")
    assert passed and lines_with(said, "passed", "accuracy", "0.92"), said
    assert "passed: nothing blocks this push" in said
    assert "judged against origin/main" in said
    good = hooked.there("topic")
    _trained(hooked, 30)
    passed, said = hooked.push("topic")
    assert not passed and lines_with(said, "error[gate]", "churn", "gate accuracy", "failed")
    assert hooked.there("topic") == good
    hooked.repository.sh("git", "tag", "-a", "-m", "x", "mark")
    assert not hooked.push("mark")[0]
    hooked.repository.sh("git", "tag", "-f", "-a", "-m", "x", "mark", "topic~1")
    assert hooked.push("mark")[0] and hooked.push("--delete", "topic")[0]
    assert hooked.there("topic") == ""


@BY_ONE
def test_the_first_push_there_is(hooked: Hooked) -> None:
    hooked.repository.sh("git", "init", "-q", "--bare", "-b", "main", "../new.git")
    hooked.repository.sh("git", "remote", "remove", "origin")
    hooked.repository.sh("git", "remote", "add", "origin", "../new.git")
    passed, said = hooked.push("main")
    assert passed and lines_with(said, "nothing to judge", "no branch of origin"), said


@BY_ONE
def test_a_changed_manifest_is_not_pushed(hooked: Hooked) -> None:
    hooked.repository.release()
    hooked.repository.edit("releases/churn/1.0.0.yaml", "kind: Release", "kind: Release # ours")
    _committed(hooked)
    passed, said = hooked.push("HEAD:topic")
    assert not passed and "error[immutable]" in _said(said, PUSH) and hooked.there("topic") == ""


@BY_ONE
def test_a_promotion_is_pushed_when_its_gates_pass(hooked: Hooked) -> None:
    hooked.repository.release()
    hooked.repository.ok("promote", "churn", "--to", "staging")
    hooked.repository.sh("git", "fetch", "-q", "origin")
    hooked.repository.sh("git", "switch", "-q", "-c", "topic", "origin/promote/staging/churn/0001-1.0.0")
    hooked.repository.write("notes.txt", "x\n")
    _committed(hooked)
    passed, said = hooked.push("topic")
    assert passed and RECORD in _said(said, PUSH), said
    record = json.loads((hooked.repository.root / RECORD).read_text())
    record["predicate"]["gates"][0] |= {"value": 0.5, "outcome": "failed"}
    record["predicate"]["gates"][0]["reason"] = "accuracy is 0.5, and at least 0.8 is required"
    hooked.repository.write(RECORD, json.dumps(record, indent=2) + "\n")
    _committed(hooked)
    passed, said = hooked.push("HEAD:refs/heads/failed")
    assert not passed and "error[promotion-gates] accuracy is failed" in _said(said, PUSH), said
    assert hooked.there("failed") == ""


@BY_ONE
def test_without_data_a_push_is_stopped_unless_told(hooked: Hooked) -> None:
    hooked.repository.sh("git", "switch", "-q", "-c", "topic")
    _trained(hooked, 46)
    hooked.repository.sh("rm", "-rf", ".dvc/cache", "../storage", "data/holdout.csv", "models/churn/model.skops")
    passed, said = hooked.push("topic")
    assert not passed and "exit code: 3" in said
    assert lines_with(said, "error[gate]", "churn", "gate accuracy", "not available"), said
    assert hooked.there("topic") == ""
    config = yaml.safe_load((hooked.repository.root / ".pre-commit-config.yaml").read_text())
    config["repos"][0]["hooks"][2]["args"] = ["--allow-unavailable"]
    hooked.repository.write(".pre-commit-config.yaml", yaml.safe_dump(config))
    hooked.repository.sh("git", "add", ".pre-commit-config.yaml")
    passed, said = hooked.push("topic")
    assert passed and lines_with(said, "warning[gate]", "churn", "gate accuracy", "not available"), said


def test_the_hooks_and_the_command_line_give_the_same_bytes(hooked: Hooked) -> None:
    hooked.configure("--format", "json")
    _stage(hooked, CARD, "class: limited", "class: limitd")
    _, said = hooked.commit()
    one = hooked.repository.run("validate", CARD, "--format", "json").out
    every = hooked.repository.run("validate", "--format", "json").out
    assert hooked.shown(one.rstrip()) in _said(said, CHANGED) and hooked.shown(every.rstrip()) in _said(said, WHOLE)
    _trained(hooked, 30)
    _, said = hooked.push("HEAD:topic")
    pushed = hooked.repository.run("check", "--push", "--format", "json").out
    assert hooked.shown(pushed.rstrip()) in _said(said, PUSH)
    assert json.loads(pushed)["gates"] and json.loads(one)["diagnostics"]
