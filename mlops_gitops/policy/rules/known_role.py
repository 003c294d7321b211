"""Every role that is named is one of mlops.yaml.

A role without members can never approve, and nobody is responsible for a card, a KPI or an alarm that it owns. It
checks the `approvals:` of environments and policies in mlops.yaml, the owners of model cards and of monitoring.yaml,
the roles that `decides:` of retraining.yaml names, the owner and the approvals of a rollout, and in KPIs the owners and
the roles that may accept a gate.

Correct the name (the nearest one is offered), or add the role and its members to mlops.yaml.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from mlops_gitops.core.diagnostics import Diagnostic
from mlops_gitops.core.names import did_you_mean
from mlops_gitops.documents.document import Route
from mlops_gitops.policy.examples import retrained, watched
from mlops_gitops.policy.rule import Edit, Rule, Scope
from mlops_gitops.records import card, kpis, monitoring, retraining
from mlops_gitops.records.card import Card
from mlops_gitops.records.kpis import Kpis
from mlops_gitops.records.monitoring import Monitoring
from mlops_gitops.records.project import Project
from mlops_gitops.records.retraining import Retraining
from mlops_gitops.repository.context import Context
from mlops_gitops.repository.snapshot import Snapshot


def check(context: Context) -> Iterator[Diagnostic]:
    """One error for each name that mlops.yaml does not have."""
    head = context.head
    if head.project is None:
        return
    known = head.project.roles
    for path, route, name, key in _named(head):
        if name not in known:
            help = did_you_mean(name, known, f"{head.project.path} has {', '.join(known)}")
            message = f"there is no role {name!r} in {head.project.path}"
            yield head.document(path).problem(RULE.id, message, route, key=key, help=help)


def _named(head: Snapshot) -> Iterator[tuple[str, Route, str, bool]]:
    for route, approvals in _approvals(head.project) if head.project else ():
        for role in approvals:
            yield head.project_path, (*route, role), role, True
    for model_card in head.records(card.KIND, Card):
        for n, role in enumerate(model_card.owner_roles):
            yield model_card.path, ("mlops", "owners", n, "role"), role, False
    for model in head.records(kpis.KIND, Kpis):
        for n, kpi in enumerate(model.kpis):
            if kpi.owner:
                yield model.path, ("kpis", n, "owner"), kpi.owner, False
            for m, role in enumerate(kpi.gate.accept_roles if kpi.gate else ()):
                yield model.path, ("kpis", n, "gate", "accept", "roles", m), role, False
    yield from _named_of_models(head)


def _named_of_models(head: Snapshot) -> Iterator[tuple[str, Route, str, bool]]:
    for plan in head.records(monitoring.KIND, Monitoring):
        yield plan.path, ("owner",), plan.owner, False
    for policy in head.records(retraining.KIND, Retraining):
        for role in policy.decides:
            yield policy.path, ("decides", role), role, True
    for state in head.states():
        if state.rollout:
            yield state.path, ("rollout", "owner"), state.rollout.owner, False
            for n, wave in enumerate(state.rollout.waves):
                for role in wave.approvals:
                    yield state.path, ("rollout", "waves", n, "approvals", role), role, True


def _approvals(head: Project) -> Iterator[tuple[Route, Iterable[str]]]:
    for name, environment in head.environments.items():
        yield ("environments", name, "approvals"), environment.approvals
    yield ("policies", "approvals"), head.data.get("policies", {}).get("approvals", ())
    if head.adopt:
        yield ("policies", "adopt", "approvals"), head.adopt.approvals


_ADOPT = 'policies: {adopt: {until: "2026-12-31", approvals: {operation: 1}}}'
RULE = Rule(
    "known-role",
    __doc__,
    check,
    Scope.FILE,
    kinds=("Project", "ModelCard", "KPIs", "Monitoring", "Retraining", "DesiredState"),
    about="Project",
    bad=(
        (Edit("models/churn/kpis.yaml", "owner: data-science", "owner: data"),),
        watched("owner: operations", "owner: ops"),
        retrained("operations: 1", "ops: 1"),
        (Edit("mlops.yaml", "branch: main", "branch: main\npolicies: {approvals: {operation: 1}}"),),
        (Edit("mlops.yaml", "branch: main", f"branch: main\n{_ADOPT}"),),
    ),
)
