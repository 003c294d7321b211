"""Every environment that is named is one of mlops.yaml.

A misspelt environment would leave a release waiting for a place that does not exist, or compare it with nothing. It
checks the `after:` lists, freezes and `auto_promote:` of mlops.yaml, the baselines that KPIs compare with, the
environments that monitoring.yaml watches, and those of desired states.

Correct the name (the nearest one is offered), or add the environment to mlops.yaml.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_gitops.core.diagnostics import Diagnostic
from mlops_gitops.core.names import did_you_mean
from mlops_gitops.documents.document import Route
from mlops_gitops.policy.examples import watched
from mlops_gitops.policy.rule import Edit, Rule, Scope
from mlops_gitops.records import kpis, monitoring
from mlops_gitops.records.kpis import Kpis
from mlops_gitops.records.monitoring import Monitoring
from mlops_gitops.records.project import Project
from mlops_gitops.repository.context import Context
from mlops_gitops.repository.snapshot import Snapshot


def check(context: Context) -> Iterator[Diagnostic]:
    """One error for each name that mlops.yaml does not have."""
    head = context.head
    if head.project is None:
        return
    known = head.project.environments
    for path, route, name in _named(head):
        if name not in known:
            help = did_you_mean(name, known, f"{head.project.path} has {', '.join(known)}")
            message = f"there is no environment {name!r} in {head.project.path}"
            yield head.document(path).problem(RULE.id, message, route, help=help)


def _named(head: Snapshot) -> Iterator[tuple[str, Route, str]]:
    for route, name in _in_project(head.project) if head.project else ():
        yield head.project_path, route, name
    for model in head.records(kpis.KIND, Kpis):
        for n, kpi in enumerate(model.kpis):
            for route, change in kpi.gate.changes() if kpi.gate else ():
                yield model.path, ("kpis", n, "gate", *route, "baseline"), change.baseline
    for plan in head.records(monitoring.KIND, Monitoring):
        for n, name in enumerate(plan.environments):
            yield plan.path, ("environments", n), name
    for state in head.states():
        yield state.path, ("environment",), state.environment


def _in_project(project: Project) -> Iterator[tuple[Route, str]]:
    for name, environment in project.environments.items():
        for n, before in enumerate(environment.after):
            yield ("environments", name, "after", n), before
    for n, name in enumerate(project.auto_promote):
        yield ("policies", "auto_promote", n), name
    for n, freeze in enumerate(project.freezes):
        for m, name in enumerate(freeze.environments):
            yield ("policies", "freeze", n, "environments", m), name


RULE = Rule(
    "known-environment",
    __doc__,
    check,
    Scope.FILE,
    kinds=("Project", "KPIs", "Monitoring", "DesiredState"),
    about="Project",
    bad=(
        watched("[production]", "[prod]"),
        (Edit("mlops.yaml", "after: [staging]", "after: [stagng]"),),
        (Edit("mlops.yaml", "branch: main", "branch: main\npolicies: {auto_promote: [stagng]}"),),
    ),
)
