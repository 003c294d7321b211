"""GitHub's workflow files: triggers, jobs and steps.

Expressions are not evaluated: where one decides, the answer is that it is not known.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from mlops_gitops.core.frozen import frozen
from mlops_gitops.documents.read_document import load
from mlops_gitops.documents.tree import Tree
from mlops_gitops.forges.settings import Unknown

FOLDER = ".github/workflows"
EXPRESSION = "${{"
ANY = "?"  # a command that an expression decides

_COMMAND = re.compile(r"\bmlops[-_]gitops[ \t]+([a-z]+)([^\n;&|]*)")


@frozen
class Step:
    """One step: the action it uses with its inputs, or what it runs; `env` holds the step's and its job's variables."""

    uses: str
    inputs: Mapping[str, Any]
    run: str
    env: Mapping[str, Any]

    @property
    def action(self) -> str:
        """The action without its version, in lower case."""
        return self.uses.partition("@")[0].casefold()

    def tokens(self) -> tuple[str, ...]:
        """The tokens it visibly gets, as they are written: in `GITHUB_TOKEN`, `GH_TOKEN` and its inputs."""
        variables = [str(self.env[name]) for name in ("GITHUB_TOKEN", "GH_TOKEN") if name in self.env]
        return (*variables, *(str(value) for name, value in self.inputs.items() if "token" in name.casefold()))

    def commands(self) -> tuple[tuple[str, str], ...]:
        """The commands of ours it runs, each with its arguments; the command is ANY where an expression decides."""
        if self.action.endswith("/mlops-gitops"):
            command = str(self.inputs.get("command", "validate"))
            name, _, arguments = command.strip().partition(" ")
            more = str(self.inputs.get("arguments", ""))
            return ((ANY, "") if EXPRESSION in command else (name, f"{arguments} {more}".strip()),)
        return tuple((match[1], match[2]) for match in _COMMAND.finditer(self.run.replace("\\\n", " ")))


@frozen
class Job:
    """One job: its steps, or the reusable workflow it calls, and the environment it runs in, "" for none.

    `permissions` are those of the job or its workflow as they are written; None where neither says it.
    """

    id: str
    name: str
    calls: str
    matrix: Any
    steps: tuple[Step, ...]
    environment: str
    permissions: Any = None


@frozen
class Workflow:
    """One workflow: what starts it, event → filters, its jobs, and the concurrency groups of it and of its jobs."""

    path: str
    triggers: Mapping[str, Mapping[str, Any]]
    jobs: tuple[Job, ...]
    groups: tuple[str, ...] = ()


def read_workflows(tree: Tree) -> dict[str, Workflow | Unknown]:
    """Every workflow of a tree by its path; Unknown for one that is not what GitHub could run."""
    paths = [path for path in tree.paths(FOLDER) if path.endswith((".yml", ".yaml"))]
    return {path: _read_workflow(tree, path) for path in paths if path.count("/") == 2}


def text_in_name(value: Any) -> str:
    """A value as GitHub writes it into the name of a job or a check."""
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)


def _read_workflow(tree: Tree, path: str) -> Workflow | Unknown:
    document = load(tree, path)
    if document is None or document.problems:
        return Unknown(document.problems[0].message if document else "it is gone")
    try:
        data = _mapping(document.data, "the file")
        jobs = _mapping(data.get("jobs"), "jobs")
        common = {"env": data.get("env"), "permissions": data.get("permissions")}
        read_jobs = tuple(_read_job(str(id), _mapping(job, f"the job {id}"), common) for id, job in jobs.items())
        groups = tuple(filter(None, map(_group, (data, *jobs.values()))))
        return Workflow(path, _triggers(data.get("on")), read_jobs, groups)
    except ValueError as error:
        return Unknown(str(error))


def _mapping(value: Any, name: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise ValueError(f"{name} is not a mapping")
    return value


def _triggers(value: Any) -> dict[str, Mapping[str, Any]]:
    if isinstance(value, dict):
        return {str(event): filters if isinstance(filters, dict) else {} for event, filters in value.items()}
    events = value if isinstance(value, list) else [value]
    if not all(isinstance(event, str) for event in events):
        raise ValueError("on: names no event")
    return {event: {} for event in events}


def _read_job(id: str, data: Mapping[str, Any], common: Mapping[str, Any]) -> Job:
    """A job; `common` is what its workflow says for every job."""
    steps = data.get("steps") or []
    if not isinstance(steps, list):
        raise ValueError(f"the steps of the job {id} are no list")
    env = {**_env(common), **_env(data)}
    read_steps = tuple(_read_step(_mapping(step, f"a step of the job {id}"), env) for step in steps)
    strategy, name = data.get("strategy"), data.get("name")
    matrix = strategy.get("matrix") if isinstance(strategy, dict) else strategy
    return Job(
        id, id if name is None else text_in_name(name), str(data.get("uses") or ""), matrix, read_steps,
        _environment(data.get("environment")), data.get("permissions", common.get("permissions")),
    )  # fmt: skip


def _group(data: Mapping[str, Any]) -> str:
    value = data.get("concurrency")
    return text_in_name((value.get("group") if isinstance(value, dict) else value) or "")


def _environment(value: Any) -> str:
    return str((value.get("name") if isinstance(value, dict) else value) or "")


def _read_step(data: Mapping[str, Any], job_env: Mapping[str, Any]) -> Step:
    inputs = data.get("with")
    uses, run = str(data.get("uses") or ""), str(data.get("run") or "")
    return Step(uses, inputs if isinstance(inputs, dict) else {}, run, {**job_env, **_env(data)})


def _env(data: Mapping[str, Any]) -> Mapping[str, Any]:
    env = data.get("env") or {}
    return env if isinstance(env, dict) else {"": str(env)}
