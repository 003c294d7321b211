"""GitHub's workflow files as far as `doctor` asks: triggers, jobs, steps, and the names of the checks they make.

Nothing is evaluated: where an expression decides, the answer is that it cannot be told.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mlops_gitops.core.frozen import frozen
from mlops_gitops.documents.document import load
from mlops_gitops.documents.tree import Tree
from mlops_gitops.forges.settings import Unknown

FOLDER = ".github/workflows"
EXPRESSION = "${{"
# Commands that read history or receipts, and those that open pull requests.
OPENS = frozenset({"promote", "rollback", "release", "advance"})
NEEDS_HISTORY = OPENS | {"check", "record", "audit", "status", "history", "fetch"}
RUN_TOKEN, OTHER_TOKEN, NO_TOKEN = "run", "given", "none"
ANY = "?"  # a command that an expression decides

_CALL = re.compile(r"\bmlops[-_]gitops[ \t]+([a-z]+)([^\n;&|]*)")
_MANY = 1000  # names of checks of one call; more are not told one by one


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
        """The tokens it is seen to be given, as they are written: in `GITHUB_TOKEN`, `GH_TOKEN` and its inputs."""
        given = [str(self.env[name]) for name in ("GITHUB_TOKEN", "GH_TOKEN") if name in self.env]
        return (*given, *(str(value) for name, value in self.inputs.items() if "token" in name.casefold()))

    def commands(self) -> tuple[tuple[str, str], ...]:
        """The commands of ours it runs, each with its arguments; the command is ANY where an expression decides."""
        if self.action.endswith("/mlops-gitops"):
            said = str(self.inputs.get("command", "validate"))
            first, _, rest = said.strip().partition(" ")
            return ((ANY, "") if EXPRESSION in said else (first, rest),)
        return tuple((its[1], its[2]) for its in _CALL.finditer(self.run))


@frozen
class Job:
    """One job: its steps, or the reusable workflow it calls, and the environment it runs in, "" for none."""

    id: str
    name: str
    calls: str
    matrix: Any
    steps: tuple[Step, ...]
    environment: str


@frozen
class Workflow:
    """One workflow: what starts it, event → filters, and its jobs."""

    path: str
    triggers: Mapping[str, Mapping[str, Any]]
    jobs: tuple[Job, ...]


@frozen
class CheckNames:
    """Names of checks: those that can be told, and beginnings of those whose rest is known only when they run."""

    exact: frozenset[str]
    prefixes: frozenset[str] = frozenset()

    def makes(self, name: str) -> bool | None:
        """Whether a check of this name is among them; None where that cannot be told."""
        if name in self.exact:
            return True
        return None if any(name.startswith(its) for its in self.prefixes) else False


_UNTOLD = CheckNames(frozenset(), frozenset({""}))


def read_workflows(tree: Tree) -> dict[str, Workflow | Unknown]:
    """Every workflow of a tree by its path; Unknown for one that is not what GitHub could run."""
    paths = [path for path in tree.paths(FOLDER) if path.endswith((".yml", ".yaml"))]
    return {path: _read(tree, path) for path in paths if path.count("/") == 2}


def _read(tree: Tree, path: str) -> Workflow | Unknown:
    document = load(tree, path)
    if document is None or document.problems:
        return Unknown(document.problems[0].message if document else "it is gone")
    try:
        data = _mapping(document.data, "the file")
        jobs = _mapping(data.get("jobs"), "jobs")
        shared = _env(data)
        read = tuple(_job(str(id), _mapping(its, f"the job {id}"), shared) for id, its in jobs.items())
        return Workflow(path, _triggers(data.get("on")), read)
    except ValueError as error:
        return Unknown(str(error))


def _mapping(value: Any, what: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise ValueError(f"{what} is no mapping")
    return value


def _triggers(value: Any) -> dict[str, Mapping[str, Any]]:
    if isinstance(value, dict):
        return {str(event): its if isinstance(its, dict) else {} for event, its in value.items()}
    events = value if isinstance(value, list) else [value]
    if not all(isinstance(event, str) for event in events):
        raise ValueError("on: names no event")
    return {event: {} for event in events}


def _job(id: str, data: Mapping[str, Any], env: Mapping[str, Any]) -> Job:
    steps = data.get("steps") or []
    if not isinstance(steps, list):
        raise ValueError(f"the steps of the job {id} are no list")
    inherited = {**env, **_env(data)}
    read = tuple(_step(_mapping(step, f"a step of the job {id}"), inherited) for step in steps)
    strategy = data.get("strategy")
    matrix = strategy.get("matrix") if isinstance(strategy, dict) else strategy
    name = data.get("name")
    where = data.get("environment")
    environment = str((where.get("name") if isinstance(where, dict) else where) or "")
    return Job(id, id if name is None else _text(name), str(data.get("uses") or ""), matrix, read, environment)


def _step(data: Mapping[str, Any], inherited: Mapping[str, Any]) -> Step:
    inputs = data.get("with")
    uses, run = str(data.get("uses") or ""), str(data.get("run") or "")
    return Step(uses, inputs if isinstance(inputs, dict) else {}, run, {**inherited, **_env(data)})


def _env(data: Mapping[str, Any]) -> Mapping[str, Any]:
    env = data.get("env") or {}
    return env if isinstance(env, dict) else {"": str(env)}


def _text(value: Any) -> str:
    """A value as GitHub writes it into a name."""
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)


# ── the names of checks ──


def check_names(
    workflow: Workflow, every: Mapping[str, Workflow], known: dict[str, CheckNames] | None = None
) -> CheckNames:
    """The checks a workflow makes, those of the reusable workflows it calls among them.

    `known` are those of workflows met already: one that calls itself is never told.
    """
    known = {} if known is None else known
    if workflow.path in known:
        return known[workflow.path]
    known[workflow.path] = _UNTOLD
    told: set[str] = set()
    begun: set[str] = set()
    for job in workflow.jobs:
        own = _names(job)
        there = every.get(job.calls.removeprefix("./"))
        called = (check_names(there, every, known) if there else _UNTOLD) if job.calls else None
        begun |= own.prefixes
        if called is None:
            told |= own.exact
        elif len(own.exact) * (len(called.exact) + len(called.prefixes)) > _MANY:
            begun |= {f"{name} / " for name in own.exact}
        else:
            told |= {f"{name} / {inner}" for name in own.exact for inner in called.exact}
            begun |= {f"{name} / {inner}" for name in own.exact for inner in called.prefixes}
    known[workflow.path] = CheckNames(frozenset(told), frozenset(begun))
    return known[workflow.path]


def _names(job: Job) -> CheckNames:
    combinations = _combinations(job.matrix)
    if EXPRESSION in job.name:
        return _expanded(job.name, combinations or [])
    if job.matrix is None:
        return CheckNames(frozenset({job.name}))
    if combinations is None:
        return CheckNames(frozenset(), frozenset({f"{job.name} ("}))
    values = [", ".join(map(_text, its.values())) for its in combinations]
    return CheckNames(frozenset(_shortened(f"{job.name} ({its})") for its in values))


def _expanded(name: str, combinations: Sequence[Mapping[str, Any]]) -> CheckNames:
    told = set()
    for values in combinations:
        written = re.sub(
            r"\$\{\{\s*matrix\.([\w-]+)\s*\}\}",
            lambda found, values=values: _text(values[found[1]]) if found[1] in values else found[0],  # type: ignore[misc]
            name,
        )
        told.add(written)
    if not told or any(EXPRESSION in its for its in told):
        return CheckNames(frozenset(), frozenset({name.partition(EXPRESSION)[0]}))
    return CheckNames(frozenset(told))


def _shortened(name: str) -> str:
    return name if len(name) <= 100 else f"{name[:97]}..."


def _combinations(matrix: Any) -> list[dict[str, Any]] | None:
    """The combinations of a matrix of plain values; None where they cannot be told, as with `include`."""
    if not isinstance(matrix, dict) or not matrix or "include" in matrix:
        return None
    found: list[dict[str, Any]] = [{}]
    for key, values in matrix.items():
        if key == "exclude":
            continue
        if not isinstance(values, list) or not all(_plain(its) for its in values) or len(found) * len(values) > 256:
            return None
        found = [{**its, key: value} for its in found for value in values]
    left_out = matrix.get("exclude", [])
    if not isinstance(left_out, list) or not all(isinstance(its, dict) for its in left_out):
        return None
    return [its for its in found if not any(out.items() <= its.items() for out in left_out)]


def _plain(value: Any) -> bool:
    return isinstance(value, bool | int | float) or (isinstance(value, str) and EXPRESSION not in value)


# ── what runs ──


def all_jobs(
    workflow: Workflow, every: Mapping[str, Workflow], met: set[str] | None = None
) -> Iterator[tuple[str, Job]]:
    """Every job a workflow runs, once, with the path it stands in; one that calls what is not here is given itself."""
    met = set() if met is None else met
    met.add(workflow.path)
    for job in workflow.jobs:
        there = every.get(job.calls.removeprefix("./")) if job.calls else None
        if there is None:
            yield workflow.path, job
        elif there.path not in met:
            yield from all_jobs(there, every, met)


def runs_command(workflow: Workflow, every: Mapping[str, Workflow], command: str) -> bool | None:
    """Whether a workflow runs a command of ours; None where another repository's workflow may, or an expression."""
    found = list(all_jobs(workflow, every))
    said = {name for _, job in found for step in job.steps for name, _ in step.commands()}
    if command in said:
        return True
    return None if ANY in said or any(job.calls for _, job in found) else False


def opening_tokens(workflow: Workflow, every: Mapping[str, Workflow]) -> set[str]:
    """The tokens it opens pull requests with: RUN_TOKEN, OTHER_TOKEN, or NO_TOKEN where none is seen."""
    found = set()
    for _, job in all_jobs(workflow, every):
        for step in job.steps:
            if any(name in OPENS for name, _ in step.commands()):
                given = step.tokens()
                own = any(re.search(r"secrets\.GITHUB_TOKEN|github\.token", its, re.IGNORECASE) for its in given)
                found.add(RUN_TOKEN if own else OTHER_TOKEN if given else NO_TOKEN)
    return found


def on_pull_requests(workflow: Workflow) -> bool:
    """Whether it is started by pull requests, or by a push to any branch, of which pull requests are made."""
    push = workflow.triggers.get("push")
    every_push = push is not None and not {"branches", "branches-ignore", "tags", "tags-ignore"} & set(push)
    return every_push or bool({"pull_request", "pull_request_target"} & set(workflow.triggers))


def covers_branch(filters: Mapping[str, Any], branch: str) -> bool | None:
    """Whether an event's `branches` and `branches-ignore` let a branch through; None where that cannot be told."""
    if "branches" in filters:
        return _matched(filters["branches"], branch)
    if "branches-ignore" in filters:
        ignored = _matched(filters["branches-ignore"], branch)
        return None if ignored is None else not ignored
    return True


def _matched(patterns: Any, branch: str) -> bool | None:
    """Whether the last pattern that matches takes the branch in."""
    its = False
    for pattern in patterns if isinstance(patterns, list) else [patterns]:
        negated = str(pattern).startswith("!")
        try:
            if re.fullmatch(_form(str(pattern).removeprefix("!")), branch):
                its = not negated
        except re.error:
            return None
    return its


def _form(pattern: str) -> str:
    """A filter pattern as a regular expression: `?` and `+` are about the character before them."""
    pieces = re.findall(r"\*\*|\*|\?|\+|\[[^\]]*\]|.", pattern)
    known = {"**": ".*", "*": "[^/]*", "?": "?", "+": "+"}
    return "".join(known.get(its) or (its if its[:1] == "[" and len(its) > 1 else re.escape(its)) for its in pieces)
