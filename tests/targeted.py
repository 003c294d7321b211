"""A desired state with targets, and their files, for the tests' repository: a manifest of KServe, values, a roster."""

from __future__ import annotations

import hashlib

from house import Repository, desired

MANIFEST, VALUES, ROSTER, SCHEMA = (
    "deploy/churn.yaml", "deploy/values-prod.yaml", "fleets/tills.csv", ".schemas/inferenceservice.json"
)  # fmt: skip
TARGETS = f"""targets:
  eu-api:  # the cluster in Europe
    files:
      - path: {MANIFEST}
        select: {{kind: InferenceService, name: churn}}
        set:
          spec.predictor.model.storageUri: "s3://models/{{md5}}/model.skops"
          spec.predictor.canaryTrafficPercent: "{{traffic}}"
        schema: {SCHEMA}
  web:
    files:
      - path: {VALUES}
        set: {{image.tag: "v{{release}}"}}
    mutable: accepted
  tills: {{roster: {ROSTER}}}
"""
STRICT = """{"type": "object", "properties": {"spec": {"type": "object", "properties": {"predictor": {"type": "object",
 "properties": {"canaryTrafficPercent": {"type": "integer"}, "minReplicas": {"type": "integer"},
 "model": {"type": "object", "properties": {"storageUri": {"type": "string"}}}}}}}}}
"""


def md5_of(hits: int) -> str:
    """The digest of the model that gets `hits` of fifty right."""
    return hashlib.md5(f"model {hits}\n".encode()).hexdigest()


def manifest(md5: str, traffic: object = 100) -> str:
    """The manifest as people wrote it: a service, and what serves the model."""
    return f"""apiVersion: v1
kind: Service
metadata: {{name: churn}}
---
# served in Frankfurt
apiVersion: serving.kserve.io/v1beta1
kind: InferenceService
metadata:
  name: churn
spec:
  predictor:
    canaryTrafficPercent: {traffic}  # by promotion
    minReplicas: 2
    model:
      storageUri: "s3://models/{md5}/model.skops" # read only
"""


def values(version: str) -> str:
    """The values of a Helm chart."""
    return f"defaults: &d {{replicas: 2}}\nimage: {{repository: r, tag: v{version}}} # ours\nweb: *d\n"


def write_targets(repository: Repository, hits: int = 45, targets: str = TARGETS) -> None:
    """Writes the targets of staging and their files as they are while it runs 1.0.0."""
    repository.write("environments/staging/churn.yaml", desired("1.0.0") + targets)
    repository.write(MANIFEST, manifest(md5_of(hits)))
    repository.write(VALUES, values("1.0.0"))
    repository.write(ROSTER, "device,group\ntill-1,pilot\ntill-2,fleet\n")
    repository.write(SCHEMA, STRICT)


ROLLOUT = """rollout:
  owner: operations
  waves:
    - {name: canary, targets: [eu-api], traffic: 10}
    - {name: cloud, targets: [eu-api, web], approvals: {data-science: 1}}
    - {name: pilot, targets: [tills], groups: [pilot]}
    - {name: fleet, targets: [tills]}
"""


def write_rollout(repository: Repository, rollout: str = ROLLOUT) -> None:
    """Writes the targets of staging with waves."""
    write_targets(repository, targets=TARGETS + rollout)


def plan_rollout(repository: Repository) -> None:
    """Brings 1.0.0 into staging, which takes what follows in waves, and releases 1.1.0."""

    def plan() -> None:
        repository.release()
        repository.promote("staging")
        write_rollout(repository)
        repository.agree("rollout", "bob", "carol")
        repository.retrain(46)
        repository.release("1.1.0")

    repository.once("1.1.0 released, to be rolled out in waves", plan)
