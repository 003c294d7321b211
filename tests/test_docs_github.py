"""The pages on GitHub: the set-up they show is one that doctor finds no fault with."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import sample
import sound

from mlops_gitops.cli import main
from mlops_gitops.core import plugins
from mlops_gitops.core.frozen import replace
from mlops_gitops.doctor.candidate import Candidate
from mlops_gitops.doctor.checkup import Checkup
from mlops_gitops.doctor.finding import State
from mlops_gitops.documents.tree import Overlay
from mlops_gitops.forges.settings import Required
from mlops_gitops.onboarding import workflow_drafts
from mlops_gitops.orchestration.doctor_facts import collect_facts
from mlops_gitops.repository.snapshot import Snapshot

TOP = Path(__file__).parent.parent
PAGE, SET_UP = ((TOP / f"docs/{folder}/github.md").read_text() for folder in ("reference", "how-to"))
WORKFLOWS = dict(re.findall(r"`(\.github/workflows/[a-z-]+\.yml)`(?:(?!```).)*?```yaml\n(.*?)```", PAGE, re.DOTALL))
OWNERS = re.findall(r"```text\n(.*?)```", SET_UP, re.DOTALL)[0]
FILES = sample.files() | {path: text.encode() for path, text in (WORKFLOWS | {".github/CODEOWNERS": OWNERS}).items()}
SETTINGS = replace(
    sound.SETTINGS,
    rulesets=replace(
        sound.SETTINGS.rulesets, required=(sound.SETTINGS.rulesets.required[0], Required("mlops-gitops", 15368))
    ),
    workflows=dict.fromkeys(WORKFLOWS, "active"),
)


def test_it_shows_the_workflows_as_init_writes_them() -> None:
    assert workflow_drafts.draft_workflows("main", ["s3://bucket/data"]) == WORKFLOWS
    assert PAGE.count("```yaml\n") == len(WORKFLOWS)


def test_the_settings_of_zizmor_it_shows_are_ours() -> None:
    shown = re.findall(r"```yaml\n(rules:.*?)```", SET_UP, re.DOTALL)[0]
    assert (TOP / ".github/zizmor.yml").read_text().endswith(f"\n{shown}")


@pytest.mark.parametrize("name", plugins.names("doctor.checkups"))
def test_doctor_finds_no_fault_with_it(name: str) -> None:
    checkup: Checkup = plugins.load("doctor.checkups", name, "CHECKUP")
    files = Snapshot(Overlay(FILES))
    candidate = Candidate(files, files.models(), sample.TODAY, "alice@example.org", {"churn": ()})
    answers = list(checkup.examine(collect_facts(files, "main", SETTINGS, candidate)))
    assert [a for a in answers if a.state in (State.FAULT, State.UNVERIFIED)] == []


def test_every_command_it_gives_the_action_is_one(capsys: pytest.CaptureFixture[str]) -> None:
    text = re.sub(r"\$\{\{.*?\}\}", "x", "".join(WORKFLOWS.values()))
    given = [words.split() for words in re.findall(r"command: (.+)", text)]
    assert {words[0] for words in given} == {
        "check", "record", "advance", "screen", "promote", "rollback", "monitor", "retrain", "audit",
    }  # fmt: skip
    for words in given:
        with pytest.raises(SystemExit) as stopped:
            main.main([*words, "-h"])
        assert stopped.value.code == 0
    capsys.readouterr()
