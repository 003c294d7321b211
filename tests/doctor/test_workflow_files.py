"""Workflow files: the names of their checks, what they run, and which branches their filters let through."""

from __future__ import annotations

from cases import cases

from mlops_gitops.doctor import workflow_files
from mlops_gitops.doctor.check_names import CheckNames, check_names
from mlops_gitops.doctor.workflow_files import Workflow
from mlops_gitops.doctor.workflow_runs import (
    NO_TOKEN,
    OTHER_TOKEN,
    RUN_TOKEN,
    all_jobs,
    covers_branch,
    opening_tokens,
    starts_on_pull_requests,
)
from mlops_gitops.documents.tree import Overlay
from mlops_gitops.forges.settings import Unknown

PATH = ".github/workflows/ci.yml"


def _read(text: str, **others: str) -> dict[str, Workflow]:
    files = {PATH: text} | {f".github/workflows/{name}.yml": other for name, other in others.items()}
    found = workflow_files.read_workflows(Overlay({path: its.encode() for path, its in files.items()}))
    assert all(isinstance(its, Workflow) for its in found.values()), found
    return {path: its for path, its in found.items() if isinstance(its, Workflow)}


def _checks(job: str, **others: str) -> CheckNames:
    every = _read(f"on: pull_request\njobs: {{ {job} }}\n", **others)
    return check_names(every[PATH], every)


CALLED = "on: workflow_call\njobs: {ruff: {name: Ruff}, mypy: {strategy: {matrix: {v: [1]}}}}\n"


@cases(
    "job, told",
    [
        ("test: {}", {"test"}),
        ("test: {name: All tests}", {"All tests"}),
        ("test: {name: 7}", {"7"}),
        ("test: {strategy: {matrix: {v: [3.10, '3.10', true]}}}", {"test (3.1)", "test (3.10)", "test (true)"}),
        ("t: {strategy: {matrix: {os: [a, b], v: [1, 2]}}}", {"t (a, 1)", "t (a, 2)", "t (b, 1)", "t (b, 2)"}),
        ("test: {strategy: {matrix: {os: [a, b], exclude: [{os: a}]}}}", {"test (b)"}),
        ("test: {name: Test, strategy: {matrix: {os: [a]}}}", {"Test (a)"}),
        ("test: {name: 'On ${{ matrix.os }}', strategy: {matrix: {os: [a, b]}}}", {"On a", "On b"}),
        ("lint: {uses: ./.github/workflows/called.yml}", {"lint / Ruff", "lint / mypy (1)"}),
        ("lint: {name: Lint, strategy: {matrix: {x: [p]}}, uses: ./.github/workflows/called.yml}",
         {"Lint (p) / Ruff", "Lint (p) / mypy (1)"}),
        (f"{'x' * 90}: {{strategy: {{matrix: {{os: [{'y' * 20}]}}}}}}", {f"{'x' * 90} (yyyyy..."}),
    ],
)  # fmt: skip
def test_the_names_of_checks(job: str, told: set[str]) -> None:
    assert _checks(job, called=CALLED) == CheckNames(frozenset(told))


@cases(
    "job, maybe, never",
    [
        ("test: {strategy: {matrix: '${{ fromJSON(vars.x) }}'}}", "test (1)", "tests"),
        ("test: {strategy: {matrix: {v: '${{ fromJSON(vars.x) }}'}}}", "test (1)", "lint"),
        ("test: {strategy: {matrix: {v: [1], include: [{v: 2}]}}}", "test (2)", "lint"),
        ("test: {strategy: {matrix: {v: ['${{ vars.x }}']}}}", "test (2)", "lint"),
        ("test: {strategy: {matrix: {v: [{a: 1}]}}}", "test (1)", "lint"),
        ("test: {name: 'Test ${{ inputs.x }}'}", "Test anything", "test"),
        ("test: {name: 'Test ${{ matrix.y }}', strategy: {matrix: {x: [1]}}}", "Test anything", "test"),
        ("lint: {uses: example/shared/.github/workflows/lint.yml@v1}", "lint / ruff", "ruff"),
        ("lint: {uses: ./.github/workflows/gone.yml}", "lint / ruff", "lint"),
    ],
)
def test_what_an_expression_or_another_repository_decides_cannot_be_told(job: str, maybe: str, never: str) -> None:
    checks = _checks(job)
    assert (checks.makes(maybe), checks.makes(never)) == (None, False)


def test_workflows_that_call_themselves_or_call_many_come_to_an_end() -> None:
    itself = "on: workflow_call\njobs: {a: {uses: ./.github/workflows/ci.yml}}\n"
    every = _read(itself)
    assert check_names(every[PATH], every).makes("a / x") is None
    assert list(all_jobs(every[PATH], every)) == []
    fan = ", ".join(f"j{n}: {{uses: ./.github/workflows/NEXT.yml}}" for n in range(20))
    deep = {f"w{n}": f"on: workflow_call\njobs: {{ {fan.replace('NEXT', f'w{n + 1}')} }}\n" for n in range(20)}
    every = _read(f"on: push\njobs: {{ {fan.replace('NEXT', 'w0')} }}\n", **deep, w20="on: push\njobs: {last: {}}\n")
    assert check_names(every[PATH], every).makes("j1 / j2 / j3 / j4 / x") is None
    assert [job.id for _, job in all_jobs(every[PATH], every)] == ["last"]


@cases(
    "step, commands",
    [
        ("run: mlops-gitops check --today 2026-01-01 && make", (("check", " --today 2026-01-01 "),)),
        ("run: python -m mlops_gitops record", (("record", ""),)),
        ("run: .venv/bin/mlops-gitops record; mlops-gitops audit", (("record", ""), ("audit", ""))),
        ("run: pip install mlops-gitops", ()),
        ("uses: mlops-gitops/mlops-gitops@v1", (("validate", ""),)),
        ("{uses: fork/mlops-gitops@v1, with: {command: check --format github}}", (("check", "--format github"),)),
        ("{uses: fork/mlops-gitops@v1, with: {command: '${{ inputs.command }}'}}", ((workflow_files.ANY, ""),)),
        ("uses: actions/checkout@v4", ()),
    ],
)
def test_the_commands_a_step_runs(step: str, commands: tuple[tuple[str, str], ...]) -> None:
    (job,) = _read(f"on: push\njobs:\n  a:\n    steps:\n    - {step}\n")[PATH].jobs
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
    assert _read(f"on: push\njobs: {{a: {job}}}\n")[PATH].jobs[0].environment == environment


@cases(
    "env, kind",
    [
        ("GITHUB_TOKEN: '${{ secrets.GITHUB_TOKEN }}'", RUN_TOKEN),
        ("GH_TOKEN: '${{ github.token }}'", RUN_TOKEN),
        ("GITHUB_TOKEN: '${{ secrets.APP_TOKEN }}'", OTHER_TOKEN),
        ("X: '1'", NO_TOKEN),
    ],
)
@cases("place", ["workflow", "job", "step"])
def test_the_token_pull_requests_are_opened_with(env: str, kind: str, place: str) -> None:
    at = {name: f"env: {{{env}}}" if name == place else "env: {}" for name in ("workflow", "job", "step")}
    text = f"on: push\n{at['workflow']}\njobs:\n  a:\n    {at['job']}\n    steps:\n"
    every = _read(f"{text}    - run: mlops-gitops promote churn --to staging\n      {at['step']}\n")
    assert opening_tokens(every[PATH], every) == {kind}


@cases(
    "on, started",
    [
        ("pull_request", True),
        ("[push, workflow_dispatch]", True),
        ("{push: {branches: [main]}}", False),
        ("{push: {paths: [src/**]}}", True),
        ("{push: {tags: ['*']}}", False),
        ("{pull_request: }", True),
        ("[schedule, workflow_dispatch, workflow_call]", False),
    ],
)
def test_what_a_pull_request_starts(on: str, started: bool) -> None:
    assert starts_on_pull_requests(_read(f"on: {on}\njobs: {{a: {{}}}}\n")[PATH]) is started


@cases(
    "filters, branch, covered",
    [
        ({}, "main", True),
        ({"branches": ["main"]}, "main", True),
        ({"branches": "main"}, "main", True),
        ({"branches": ["ma*"]}, "main", True),
        ({"branches": ["*"]}, "release/1", False),
        ({"branches": ["**"]}, "release/1", True),
        ({"branches": ["release/**", "!release/1"]}, "release/1", False),
        ({"branches": ["!release/1", "release/**"]}, "release/1", True),
        ({"branches": ["mai?n"]}, "main", True),
        ({"branches": ["v[0-9]+"]}, "v12", True),
        ({"branches": ["m.in"]}, "main", False),
        ({"branches-ignore": ["main"]}, "main", False),
        ({"branches-ignore": ["docs/**"]}, "main", True),
        ({"branches": ["[z-a]"]}, "main", None),
        ({"branches": ["?"]}, "main", None),
    ],
)
def test_what_filters_let_through(filters: dict[str, object], branch: str, covered: bool | None) -> None:
    assert covers_branch(filters, branch) is covered


@cases(
    "text, reason",
    [
        ("- a\n", "the file is no mapping"),
        ("on: push\n", "jobs is no mapping"),
        ("on: {push: }\njobs: {a: 1}\n", "the job a is no mapping"),
        ("on: push\njobs: {a: {steps: 1}}\n", "the steps of the job a are no list"),
        ("on: push\njobs: {a: {steps: [x]}}\n", "a step of the job a is no mapping"),
        ("jobs: {a: {}}\n", "on: names no event"),
        ("on: push\non: push\njobs: {}\n", "the key 'on' stands twice"),
        ("on: [\n", "not YAML"),
    ],
)
def test_what_is_no_workflow_is_unknown_with_the_reason(text: str, reason: str) -> None:
    (its,) = workflow_files.read_workflows(Overlay({PATH: text.encode()})).values()
    assert isinstance(its, Unknown) and reason in its.reason


def test_only_files_right_in_the_folder_are_workflows() -> None:
    files = {PATH: b"on: push\njobs: {}\n", ".github/workflows/old/x.yml": b"", ".github/workflows/README.md": b"x"}
    assert list(workflow_files.read_workflows(Overlay(files))) == [PATH]
