"""Decisions that accept a gate's result."""

from __future__ import annotations

from mlops_gitops.records.kpis import Kpi
from mlops_gitops.repository.context import Context


def accept_decision(context: Context, kpi: Kpi, model: str, release: str, environment: str) -> str | None:
    """The accept decision in force for a gate, of a role the gate names."""
    roles = kpi.gate.accept_roles if kpi.gate else ()
    for _, d in context.decisions():
        if d.type == "accept" and d.gate == kpi.id and d.role in roles and d.covers(model, release, environment):
            return d.path
    return None
