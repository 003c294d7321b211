"""Edits of the sample repository that the examples of several rules share."""

from __future__ import annotations

from mlops_gitops.core.canonical import sha256
from mlops_gitops.policy.rule import Edit

KPIS = "models/churn/kpis.yaml"
GATE = "gate: {at_least: 0.85, no_worse_than: {baseline: production, by: 0.01}}"  # the one gate in KPIS

PRODUCTION_RECORD = "promotions/production/churn/0001.json"
# The first record of production, a copy of that of staging.
PROMOTED_TO_PRODUCTION = Edit(PRODUCTION_RECORD, "staging", "production", copy="promotions/staging/churn/0001.json")

# A stage that reads a parameter of params.yaml, a file that the sample lacks.
PARAMETER = Edit("dvc.yaml", "deps: [data/train.csv]", "deps: [data/train.csv], params: [train.rows]")

REFERENCE = "reference: release\n"  # in WATCHED
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
  scored: {path: "remote://live/{environment}/{date}/", key: customer_id, score: probability}
  labels: {path: "remote://live/labels/{date}.csv", key: customer_id, label: churned, delay: 30d}
watch:
  - {id: rows, quality: {rows: {at_least: 5000}, fresh: 48h}}
  - {id: scores, prediction_drift: {effect: {psi: 0.1}}}
  - {id: auc, kpi: {id: roc-auc}}
budget: {false_alarms: 0.1}
"""

RETRAINING = "models/churn/retraining.yaml"
# Nor does the sample have this: when its model is retrained.
RETRAINED = """apiVersion: mlops-gitops/v1
kind: Retraining
model: churn
decides: {data-science: 1, operations: 1}
triggers:
  - {id: decayed, alarm: auc}
  - {id: stale, age: 180d}
  - {id: labels, new_labels: {rows: 10000}}
  - {id: data, changed: data/holdout.csv}
  - {id: by-hand}
require: {new_rows: 5000}
cooldown: 14d
budget: {runs: 4 per month, minutes: 120}
pipeline: {stages: [train, evaluate]}
evaluate: {windows: 4}
then: pull_request
"""

PROFILE_PATH = "models/churn/profile.json"
_DIGEST = f"md5:{'d' * 32}"  # that of data/holdout.csv in release 1.1.0
# What the sample does not have either: the reference profile of its model.
PROFILE = f"""{{
  "format": "mlops-gitops/profile/v1",
  "model": "churn",
  "data": {{"path": "data/holdout.csv", "digest": "{_DIGEST}", "sha256": null, "where": null}},
  "rows": 40,
  "clusters": null,
  "columns": {{
    "age": {{"kind": "number", "rows": 40, "nulls": 0, "infinite": 0, "nan": 0, "edges": [40], "counts": [20, 20],
      "mean": 41.5, "variance": 90.25, "design_effect": null}},
    "probability": {{"kind": "number", "rows": 40, "nulls": 0, "infinite": 0, "nan": 0, "edges": [0.5],
      "counts": [20, 20], "mean": 0.5, "variance": 0.25, "design_effect": null}},
    "region": {{"kind": "category", "rows": 40, "nulls": 0, "categories": {{"north": 20, "south": 20}}, "other": 0,
      "other_values": 0, "design_effect": null}}
  }},
  "left_out": {{"customer_id": "it is a key"}}
}}
"""


# The windows that judge a release; no release of the sample has them.
LIVE = f"""live:
  environment: staging
  release: "1.0.0"
  windows:
  - start: "2026-01-05T00:00:00Z"
    end: "2026-01-12T00:00:00Z"
    scored: "sha256:{"1" * 64}"
    labels: "sha256:{"2" * 64}"
  - start: "2026-01-12T00:00:00Z"
    end: "2026-01-19T00:00:00Z"
    scored: "sha256:{"3" * 64}"
    labels: "sha256:{"4" * 64}"
"""


MANIFEST, ROSTER, _SCHEMA = "deploy/churn.yaml", "fleets/tills.csv", ".schemas/inferenceservice.json"
_TARGETS = f"""targets:
  eu-api:
    files:
      - path: {MANIFEST}
        select: {{kind: InferenceService, name: churn}}
        set:
          spec.predictor.model.storageUri: "s3://models/churn/{{md5}}/"
          spec.predictor.canaryTrafficPercent: "{{traffic}}"
        schema: {_SCHEMA}
  tills: {{roster: {ROSTER}}}
"""
_STAGING = "environments/staging/churn.yaml"
# What the sample does not have either: targets of its desired state in staging, and their files.
TARGETED = (
    Edit(_STAGING, 'release: "1.0.0"\n', f'release: "1.0.0"\n{_TARGETS}'),
    Edit(
        MANIFEST,
        None,
        f"""apiVersion: serving.kserve.io/v1beta1
kind: InferenceService
metadata: {{name: churn}}
spec:
  predictor:
    canaryTrafficPercent: 100
    model: {{storageUri: "s3://models/churn/{"a" * 31}1/"}}
""",
    ),
    Edit(
        _SCHEMA,
        None,
        """{"type": "object", "properties": {"spec": {"type": "object", "properties": {"predictor": {"type": "object",
  "properties": {"canaryTrafficPercent": {"type": "integer"}, "model": {"type": "object"}}}}}}}
""",
    ),
    Edit(ROSTER, None, "device,group\ntill-1,pilot\ntill-2,pilot\n"),
)


def new_release(version: str) -> Edit:
    """Another release of the sample's model, a copy of 1.1.0."""
    return Edit(f"releases/churn/{version}.yaml", "1.1.0", version, copy="releases/churn/1.1.0.yaml")


def profiled_release(version: str, profile: str = PROFILE) -> tuple[Edit, ...]:
    """The same with a profile, which the release pins."""
    pin = f"profile: {{path: {PROFILE_PATH}, sha256: {sha256(profile.encode())}}}"
    path = f"releases/churn/{version}.yaml"
    return Edit(PROFILE_PATH, None, profile), new_release(version), Edit(path, "evaluation:", f"{pin}\nevaluation:")


def kpis_edit(old: str, new: str) -> tuple[Edit, ...]:
    """One edit of the sample's KPIs."""
    return (Edit(KPIS, old, new),)


def watched(*edits: str) -> tuple[Edit, ...]:
    """A monitoring.yaml for the sample's model, with edits of it: old text, new text, and so on."""
    text = WATCHED
    for old, new in zip(edits[::2], edits[1::2], strict=True):
        text = text.replace(old, new, 1)
    return (Edit(MONITORING, None, text),)


def retrained(*edits: str, watching: tuple[Edit, ...] | None = None) -> tuple[Edit, ...]:
    """A retraining.yaml for the sample's model, with edits of it, beside its monitoring.yaml, or what is `watching`."""
    text = RETRAINED
    for old, new in zip(edits[::2], edits[1::2], strict=True):
        text = text.replace(old, new, 1)
    return (*(watched() if watching is None else watching), Edit(RETRAINING, None, text))
