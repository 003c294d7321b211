"""What starts a workflow, and what it runs: its jobs, our commands, and the tokens they get."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from mlops_gitops.doctor.workflow_files import ANY, Job, Workflow

# Commands that open pull requests, and those that read history or receipts.
OPENS = frozenset({"promote", "rollback", "release", "advance", "monitor", "retrain"})
NEEDS_HISTORY = OPENS | {"check", "record", "audit", "status", "history", "fetch"}
READS_ALONE = frozenset(
    {"--dry-run", "--no-status", "--heartbeat", "--backtest", "--check"}
)  # with these, nothing is written
RUN_TOKEN, OTHER_TOKEN, NO_TOKEN = "run", "given", "none"

_RUN_TOKEN = re.compile(r"secrets\.GITHUB_TOKEN|github\.token", re.IGNORECASE)


def all_jobs(
    workflow: Workflow, workflows: Mapping[str, Workflow], visited: set[str] | None = None
) -> Iterator[tuple[str, Job]]:
    """Every job a workflow runs, once, with the path of its workflow, those of the workflows it calls in their place.

    A job that calls a workflow that is not among `workflows` is yielded itself.
    """
    visited = set() if visited is None else visited
    visited.add(workflow.path)
    for job in workflow.jobs:
        called = workflows.get(job.calls.removeprefix("./")) if job.calls else None
        if called is None:
            yield workflow.path, job
        elif called.path not in visited:
            yield from all_jobs(called, workflows, visited)


def runs_command(workflow: Workflow, workflows: Mapping[str, Workflow], command: str) -> bool | None:
    """Whether a workflow runs a command of ours; None where another repository's workflow may, or an expression."""
    if any(words[0] == command for words in words_of_commands(workflow, workflows)):
        return True
    return None if may_run(workflow, workflows) else False


def words_of_commands(workflow: Workflow, workflows: Mapping[str, Workflow]) -> Iterator[tuple[str, ...]]:
    """Each command of ours that a workflow runs, with the words after it; ANY where an expression decides."""
    for _, job in all_jobs(workflow, workflows):
        for step in job.steps:
            for name, arguments in step.commands():
                yield name, *arguments.split()


def may_run(workflow: Workflow, workflows: Mapping[str, Workflow]) -> bool:
    """Whether a workflow may run commands of ours that are not seen: by another repository, or an expression."""
    calls = any(job.calls for _, job in all_jobs(workflow, workflows))
    return calls or any(words[0] == ANY for words in words_of_commands(workflow, workflows))


def opening_tokens(workflow: Workflow, workflows: Mapping[str, Workflow]) -> set[str]:
    """The tokens it opens pull requests with: the run's own, another, or none that is visible."""
    return command_tokens(workflow, workflows, OPENS)


def command_tokens(workflow: Workflow, workflows: Mapping[str, Workflow], commands: Collection[str]) -> set[str]:
    """The tokens it gives to steps that run one of these commands to write: kinds as of `opening_tokens`."""
    steps = [step for _, job in all_jobs(workflow, workflows) for step in job.steps]
    running = [step for step in steps if any(writes(commands, *command) for command in step.commands())]
    return {_token_kind(step.tokens()) for step in running}


def writes(commands: Collection[str], name: str, arguments: str) -> bool:
    """Whether a command is one of these, without an option with which nothing is written."""
    return name in commands and READS_ALONE.isdisjoint(arguments.split())


def _token_kind(tokens: tuple[str, ...]) -> str:
    if any(map(_RUN_TOKEN.search, tokens)):
        return RUN_TOKEN
    return OTHER_TOKEN if tokens else NO_TOKEN


def starts_on_pull_requests(workflow: Workflow) -> bool:
    """Whether pull requests start it, or pushes to any branch, of which pull requests are made."""
    push = workflow.triggers.get("push")
    every_push = push is not None and not {"branches", "branches-ignore", "tags", "tags-ignore"} & set(push)
    return every_push or bool({"pull_request", "pull_request_target"} & set(workflow.triggers))


def covers_branch(filters: Mapping[str, Any], branch: str) -> bool | None:
    """Whether an event's `branches` and `branches-ignore` let a branch through; None where that is not known."""
    if "branches" in filters:
        return _matches(filters["branches"], branch)
    if "branches-ignore" in filters:
        ignored = _matches(filters["branches-ignore"], branch)
        return None if ignored is None else not ignored
    return True


def _matches(patterns: Any, branch: str) -> bool | None:
    """Whether the last pattern that matches includes the branch."""
    included = False
    for pattern in patterns if isinstance(patterns, list) else [patterns]:
        negated = str(pattern).startswith("!")
        try:
            if re.fullmatch(_regular_expression(str(pattern).removeprefix("!")), branch):
                included = not negated
        except re.error:
            return None
    return included


def _regular_expression(pattern: str) -> str:
    """A filter pattern as a regular expression: `?` and `+` are about the character before them."""
    pieces = re.findall(r"\*\*|\*|\?|\+|\[[^\]]*\]|.", pattern)
    wildcards = {"**": ".*", "*": "[^/]*", "?": "?", "+": "+"}
    return "".join(wildcards.get(piece) or (piece if _is_set(piece) else re.escape(piece)) for piece in pieces)


def _is_set(piece: str) -> bool:
    return piece[:1] == "[" and len(piece) > 1
