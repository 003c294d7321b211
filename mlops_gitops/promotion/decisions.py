"""The decisions that a promotion depends on: those that accept a gate's result, and those that skip a rule."""

from __future__ import annotations

from mlops_gitops.records.decision import Decision
from mlops_gitops.records.kpis import Kpi
from mlops_gitops.records.promotion import Promotion
from mlops_gitops.repository.context import Context


def accept_decision(context: Context, kpi: Kpi, model: str, release: str, environment: str) -> str | None:
    """The path of the accept decision in force for a gate, by a role that the gate names."""
    roles = kpi.gate.accept_roles if kpi.gate else ()
    for _, decision in context.decisions():
        accepts = decision.type == "accept" and decision.gate == kpi.id and decision.role in roles
        if accepts and decision.covers(model, release, environment):
            return decision.path
    return None


def lists_decision(record: Promotion, path: str) -> bool:
    """Whether a record names a decision among those that it depends on."""
    return any(listed["path"] == path for listed in record.predicate["decisions"])


def unlisted_override(record: Promotion, override: Decision | None, skip: str) -> str:
    """Why an override does not count for a record that does not name it; empty where it counts or there is none."""
    if override is None or lists_decision(record, override.path):
        return ""
    return f"{override.path} lets it skip the {skip}, and is not among the record's decisions"
