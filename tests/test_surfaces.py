"""The Action runs, and answers as the command line does."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
import yaml
from house import Repository


def _in(repository: Repository, words: list[str], **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        words,
        cwd=repository.root,
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | env | {"NO_COLOR": "1"},
    )


def _step(published: Path, number: int) -> str:
    action = yaml.safe_load((published / "action.yml").read_text())
    assert all("${{" not in step["run"] for step in action["runs"]["steps"]), "an input would reach the shell as code"
    run: str = action["runs"]["steps"][number]["run"]
    return run


@pytest.fixture(scope="session")
def installed(published: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The runner's temporary folder, with the Action installed in it by its own first step."""
    temporary = tmp_path_factory.mktemp("runner")
    env = os.environ | {"ACTION_PATH": str(published), "ACTION_COMMAND": "validate", "RUNNER_TEMP": str(temporary)}
    subprocess.run(["bash", "-c", _step(published, 0)], check=True, env=env, capture_output=True)
    return temporary


def test_the_action(repository: Repository, published: Path, installed: Path) -> None:
    step = _step(published, 1)
    env = {"ACTION_COMMAND": "validate", "ACTION_ARGUMENTS": "--format=github\n", "RUNNER_TEMP": str(installed)}
    good = _in(repository, ["bash", "-c", step], **env)
    assert (good.returncode, good.stdout) == (0, "3 files checked: 0 errors, 0 warnings\n")
    repository.edit("models/churn/README.md", "class: limited", "class: limitd")
    bad = _in(repository, ["bash", "-c", step], **env)
    assert bad.returncode == 1
    assert bad.stdout.startswith("::error file=models/churn/README.md,line=8,col=17")


@pytest.mark.parametrize(
    "command", ["validate; touch ran", "validate $(touch ran)", "validate `touch ran`", "validate *"]
)
def test_the_action_s_input_is_words_only(
    repository: Repository, published: Path, installed: Path, command: str
) -> None:
    done = _in(
        repository,
        ["bash", "-c", _step(published, 1)],
        ACTION_COMMAND=command,
        ACTION_ARGUMENTS="",
        RUNNER_TEMP=str(installed),
    )
    assert done.returncode == 2
    assert not (repository.root / "ran").exists()
