"""The names of the checks that a workflow makes, as GitHub writes them.

Expressions are not evaluated: of a name that one decides, only the beginning is known.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from mlops_gitops.core.frozen import frozen
from mlops_gitops.doctor.workflow_files import EXPRESSION, Job, Workflow, text_in_name

_MOST_NAMES = 1000  # of one call; of more, only the beginnings are kept
_MOST_COMBINATIONS = 256  # GitHub's own limit of jobs of one matrix
_MATRIX_VALUE = re.compile(r"\$\{\{\s*matrix\.([\w-]+)\s*\}\}")


@frozen
class CheckNames:
    """Names of checks: those that are known, and beginnings of those whose rest is known only when they run."""

    exact: frozenset[str]
    prefixes: frozenset[str] = frozenset()

    def makes(self, name: str) -> bool | None:
        """Whether a check of this name is among them; None where that is not known."""
        if name in self.exact:
            return True
        return None if any(name.startswith(prefix) for prefix in self.prefixes) else False


_UNKNOWN = CheckNames(frozenset(), frozenset({""}))


def check_names(
    workflow: Workflow, workflows: Mapping[str, Workflow], known: dict[str, CheckNames] | None = None
) -> CheckNames:
    """The names of the checks of a workflow, those of the reusable workflows it calls among them.

    `known` are those of workflows that were visited already: the names of one that calls itself are unknown.
    """
    known = {} if known is None else known
    if workflow.path in known:
        return known[workflow.path]
    known[workflow.path] = _UNKNOWN
    parts = [_with_called(job, workflows, known) for job in workflow.jobs]
    exact = frozenset[str]().union(*(part.exact for part in parts))
    prefixes = frozenset[str]().union(*(part.prefixes for part in parts))
    known[workflow.path] = CheckNames(exact, prefixes)
    return known[workflow.path]


def _with_called(job: Job, workflows: Mapping[str, Workflow], known: dict[str, CheckNames]) -> CheckNames:
    """The names of a job's checks: `job`, or `job / called` for each of the workflow that it calls."""
    names = _job_names(job)
    if not job.calls:
        return names
    target = workflows.get(job.calls.removeprefix("./"))
    called = check_names(target, workflows, known) if target else _UNKNOWN
    if len(names.exact) * (len(called.exact) + len(called.prefixes)) > _MOST_NAMES:
        return CheckNames(frozenset(), names.prefixes | {f"{name} / " for name in names.exact})
    exact = frozenset(f"{name} / {inner}" for name in names.exact for inner in called.exact)
    return CheckNames(
        exact, names.prefixes | {f"{name} / {inner}" for name in names.exact for inner in called.prefixes}
    )


def _job_names(job: Job) -> CheckNames:
    combinations = _combinations(job.matrix)
    if EXPRESSION in job.name:
        return _expanded(job.name, combinations or [])
    if job.matrix is None:
        return CheckNames(frozenset({job.name}))
    if combinations is None:
        return CheckNames(frozenset(), frozenset({f"{job.name} ("}))
    values = [", ".join(map(text_in_name, combination.values())) for combination in combinations]
    return CheckNames(frozenset(_shortened(f"{job.name} ({value})") for value in values))


def _expanded(name: str, combinations: Sequence[Mapping[str, Any]]) -> CheckNames:
    """The names of a job whose name has expressions: known where they are all values of its matrix."""
    names = {_filled(name, combination) for combination in combinations}
    if not names or any(EXPRESSION in name for name in names):
        return CheckNames(frozenset(), frozenset({name.partition(EXPRESSION)[0]}))
    return CheckNames(frozenset(names))


def _filled(name: str, combination: Mapping[str, Any]) -> str:
    def value(match: re.Match[str]) -> str:
        return text_in_name(combination[match[1]]) if match[1] in combination else match[0]

    return _MATRIX_VALUE.sub(value, name)


def _shortened(name: str) -> str:
    return name if len(name) <= 100 else f"{name[:97]}..."


def _combinations(matrix: Any) -> list[dict[str, Any]] | None:
    """The combinations of a matrix of plain values; None where they are not known, as with `include`."""
    if not isinstance(matrix, dict) or not matrix or "include" in matrix:
        return None
    combinations: list[dict[str, Any]] = [{}]
    for key, values in matrix.items():
        if key == "exclude":
            continue
        if not isinstance(values, list) or not all(map(_is_plain, values)):
            return None
        if len(combinations) * len(values) > _MOST_COMBINATIONS:
            return None
        combinations = [{**combination, key: value} for combination in combinations for value in values]
    excluded = matrix.get("exclude", [])
    if not isinstance(excluded, list) or not all(isinstance(values, dict) for values in excluded):
        return None
    return [combination for combination in combinations if not _is_excluded(combination, excluded)]


def _is_excluded(combination: Mapping[str, Any], excluded: Sequence[Mapping[str, Any]]) -> bool:
    return any(values.items() <= combination.items() for values in excluded)


def _is_plain(value: Any) -> bool:
    return isinstance(value, bool | int | float) or (isinstance(value, str) and EXPRESSION not in value)
