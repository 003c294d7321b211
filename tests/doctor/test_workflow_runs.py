"""What starts a workflow, the tokens it opens pull requests with, and which branches its filters let through."""

from __future__ import annotations

from cases import cases
from workflows import PATH, read

from mlops_gitops.doctor.workflow_runs import (
    NO_TOKEN,
    OTHER_TOKEN,
    RUN_TOKEN,
    covers_branch,
    opening_tokens,
    starts_on_pull_requests,
)


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
    every = read(f"{text}    - run: mlops-gitops promote churn --to staging\n      {at['step']}\n")
    assert opening_tokens(every[PATH], every) == {kind}


@cases("step", [
    "run: mlops-gitops promote churn --to staging --dry-run",
    "run: \"mlops-gitops monitor \\\\\\n  --dry-run\"",
    "{uses: example/mlops-gitops@v1, with: {command: monitor, arguments: --heartbeat}}",
])  # fmt: skip
def test_a_command_that_writes_nothing_needs_no_token(step: str) -> None:
    start = "on: push\njobs:\n  a:\n    steps:\n    - "
    every = read(f"{start}{step}\n")
    assert opening_tokens(every[PATH], every) == set()
    writing = read(f"{start}run: mlops-gitops monitor\n")
    assert opening_tokens(writing[PATH], writing) == {NO_TOKEN}


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
    assert starts_on_pull_requests(read(f"on: {on}\njobs: {{a: {{}}}}\n")[PATH]) is started


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
