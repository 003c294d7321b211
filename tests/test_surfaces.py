"""A laptop and CI never disagree: the hook, the Action and the command line give the same bytes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from acting import Job
from house import Repository

pytestmark = pytest.mark.outside

CARD, KPIS, DECISION = "models/churn/README.md", "models/churn/kpis.yaml", "decisions/2026-01-05-clé.yaml"


def _faulty(repository: Repository) -> None:
    """Faults of several kinds, in names and words beyond ASCII too."""
    repository.edit(CARD, "class: limited", "class: limitd")
    repository.edit(CARD, "One country.", "Größe: ⟂ “x” \U0001f600")
    repository.edit(CARD, "# Churn", "# Churn\n\n[there](nowhere.md)")
    repository.edit(KPIS, "metric: roc_auc", "metric: roc_acu")
    repository.write(DECISION, "kind: Decision\n")


def _hooked(repository: Repository, published: Path, shared: Path) -> str:
    """What pre-commit's hook prints of the staged files, as JSON."""
    rev = repository.sh("git", "-C", str(published), "rev-parse", "HEAD")
    hook = {"id": "mlops-gitops-validate", "args": ["--format", "json"]}
    config = {"repos": [{"repo": str(published), "rev": rev, "hooks": [hook]}]}
    repository.write(".pre-commit-config.yaml", yaml.safe_dump(config))
    repository.sh("git", "add", ".")
    done = subprocess.run(
        [sys.executable, "-m", "pre_commit", "run", "--color", "never"],
        cwd=repository.root, env=os.environ | {"PRE_COMMIT_HOME": str(shared / "pre-commit")},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1, done.stdout + done.stderr
    return done.stdout[done.stdout.index("\n{\n") + 1 : done.stdout.rindex("\n}\n") + 3]


def test_the_hook_and_the_action_give_the_same_bytes(
    repository: Repository, published: Path, shared: Path, job: Job
) -> None:
    _faulty(repository)
    hooked = _hooked(repository, published, shared)
    acted = job.use(repository.root)
    assert (acted.code, acted.outputs["outcome"]) == (1, "failed"), acted.log
    assert Path(acted.outputs["diagnostics"]).read_bytes() == hooked.encode()
    assert repository.run("validate", "--format", "json").out == hooked
    assert {diagnostic["path"] for diagnostic in json.loads(hooked)["diagnostics"]} == {CARD, KPIS, DECISION}
