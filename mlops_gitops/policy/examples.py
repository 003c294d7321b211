"""Edits of the sample repository that the examples of several rules share."""

from __future__ import annotations

from mlops_gitops.policy.rule import Edit

KPIS = "models/churn/kpis.yaml"
GATE = "gate: {at_least: 0.85, no_worse_than: {baseline: production, by: 0.01}}"  # the one gate in KPIS

PRODUCTION_RECORD = "promotions/production/churn/0001.json"
# The first record of production, a copy of that of staging.
PROMOTED_TO_PRODUCTION = Edit(PRODUCTION_RECORD, "staging", "production", copy="promotions/staging/churn/0001.json")

# A stage that reads a parameter of params.yaml, a file that the sample lacks.
PARAMETER = Edit("dvc.yaml", "deps: [data/train.csv]", "deps: [data/train.csv], params: [train.rows]")

MONITORING = "models/churn/monitoring.yaml"
# What the sample does not have: what is watched of its model.
WATCHED = """apiVersion: mlops-gitops/v1
kind: Monitoring
model: churn
owner: operations
start: 2026-01-05
every: 7d
grace: 2d
environments: [production]
reference: release
windows:
  scored: {path: "remote://live/scored/{environment}/{date}/", key: customer_id, score: probability}
  labels: {path: "remote://live/labels/{date}.csv", key: customer_id, label: churned, delay: 30d, missing: 10 %}
watch:
  - {id: rows, quality: {rows: {at_least: 5000}, fresh: 48h}}
  - {id: scores, prediction_drift: {effect: {psi: 0.1}}}
  - {id: auc, kpi: {id: roc-auc}}
budget: {false_alarms: 0.1}
"""


def new_release(version: str) -> Edit:
    """Another release of the sample's model, a copy of 1.1.0."""
    return Edit(f"releases/churn/{version}.yaml", "1.1.0", version, copy="releases/churn/1.1.0.yaml")


def kpis_edit(old: str, new: str) -> tuple[Edit, ...]:
    """One edit of the sample's KPIs."""
    return (Edit(KPIS, old, new),)


def watched(old: str = "", new: str = "") -> tuple[Edit, ...]:
    """A monitoring.yaml for the sample's model, with one edit of it."""
    return (Edit(MONITORING, None, WATCHED.replace(old, new, 1) if old else WATCHED),)
