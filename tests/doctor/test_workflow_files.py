"""Workflow files: the commands of a step, the environment of a job, and what is no workflow."""

from __future__ import annotations

from cases import cases
from workflows import PATH, read

from mlops_gitops.doctor.workflow_files import ANY, read_workflows
from mlops_gitops.documents.tree import Overlay
from mlops_gitops.forges.settings import Unknown


@cases(
    "step, commands",
    [
        ("run: mlops-gitops check --today 2026-01-01 && make", (("check", " --today 2026-01-01 "),)),
        ("run: python -m mlops_gitops record", (("record", ""),)),
        ("run: .venv/bin/mlops-gitops record; mlops-gitops audit", (("record", ""), ("audit", ""))),
        ("run: pip install mlops-gitops", ()),
        ("uses: mlops-gitops/mlops-gitops@v1", (("validate", ""),)),
        ("{uses: fork/mlops-gitops@v1, with: {command: check --format github}}", (("check", "--format github"),)),
        ("{uses: fork/mlops-gitops@v1, with: {command: '${{ inputs.command }}'}}", ((ANY, ""),)),
        ("uses: actions/checkout@v4", ()),
    ],
)
def test_the_commands_a_step_runs(step: str, commands: tuple[tuple[str, str], ...]) -> None:
    (job,) = read(f"on: push\njobs:\n  a:\n    steps:\n    - {step}\n")[PATH].jobs
    assert job.steps[0].commands() == commands


@cases(
    "job, environment",
    [
        ("{}", ""),
        ("{environment: }", ""),
        ("{environment: production}", "production"),
        ("{environment: {name: production, url: https://example.org}}", "production"),
        ("{environment: {url: https://example.org}}", ""),
        ("{environment: '${{ inputs.where }}'}", "${{ inputs.where }}"),
    ],
)
def test_the_environment_a_job_runs_in(job: str, environment: str) -> None:
    assert read(f"on: push\njobs: {{a: {job}}}\n")[PATH].jobs[0].environment == environment


@cases(
    "text, reason",
    [
        ("- a\n", "the file is not a mapping"),
        ("on: push\n", "jobs is not a mapping"),
        ("on: {push: }\njobs: {a: 1}\n", "the job a is not a mapping"),
        ("on: push\njobs: {a: {steps: 1}}\n", "the steps of the job a are no list"),
        ("on: push\njobs: {a: {steps: [x]}}\n", "a step of the job a is not a mapping"),
        ("jobs: {a: {}}\n", "on: names no event"),
        ("on: push\non: push\njobs: {}\n", "the key 'on' appears twice"),
        ("on: [\n", "not YAML"),
    ],
)
def test_what_is_no_workflow_is_unknown_with_the_reason(text: str, reason: str) -> None:
    (workflow,) = read_workflows(Overlay({PATH: text.encode()})).values()
    assert isinstance(workflow, Unknown) and reason in workflow.reason


def test_only_files_right_in_the_folder_are_workflows() -> None:
    files = {PATH: b"on: push\njobs: {}\n", ".github/workflows/old/x.yml": b"", ".github/workflows/README.md": b"x"}
    assert list(read_workflows(Overlay(files))) == [PATH]
