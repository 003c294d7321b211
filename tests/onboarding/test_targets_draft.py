"""init: what deployment manifests name of a model becomes a draft of targets, in comments, that promotions can set."""

from __future__ import annotations

import re
from collections.abc import Mapping

from cases import cases
from sample import TODAY

from mlops_gitops.core.diagnostics import Severity
from mlops_gitops.discovery.discover import discover
from mlops_gitops.documents.tree import Overlay
from mlops_gitops.onboarding import init
from mlops_gitops.onboarding.init import RepositoryFacts
from mlops_gitops.policy.engine import validate
from mlops_gitops.policy.rule import Scope
from mlops_gitops.records.desired_state import DesiredState
from mlops_gitops.repository.context import Context
from mlops_gitops.repository.snapshot import Snapshot

MD5 = "0123456789abcdef" * 2
PIPELINE = "stages: {train: {cmd: python train.py, deps: [train.py], outs: [out/churn.skops]}}\n"
LOCK = f"""schema: '2.0'
stages:
  train:
    cmd: python train.py
    outs: [{{path: out/churn.skops, md5: {MD5}, size: 8}}]
"""
KSERVE = f"""apiVersion: serving.kserve.io/v1beta1
kind: InferenceService
metadata: {{name: churn}}
spec:
  predictor:
    canaryTrafficPercent: 100
    model: {{storageUri: "s3://models/{MD5}/churn.skops"}}
"""
DEPLOYMENT = """apiVersion: apps/v1
kind: Deployment
metadata: {name: api}
spec:
  template:
    spec:
      containers:
        - {name: proxy, image: "registry/proxy:2.0.1"}
        - {name: api, image: "registry/churn:1.2.0"}
---
apiVersion: v1
kind: Service
metadata: {name: api}
"""
CLOUDFORMATION = """AWSTemplateFormatVersion: "2010-09-09"
Resources:
  Model:
    Type: AWS::SageMaker::Model
    Properties: {PrimaryContainer: {ModelDataUrl: "s3://bucket/churn/churn.skops", Image: !Ref Image}}
"""
HEAD = 'apiVersion: mlops-gitops/v1\nkind: DesiredState\nmodel: churn\nenvironment: {0}\nrelease: "1.2.0"\n'
FILES = [  # the manifest, the draft's environment, fields and templates
    ("KServe", "deploy/staging/churn.yaml", KSERVE, "staging", {
        "spec.predictor.model.storageUri": "s3://models/{md5}/churn.skops",
        "spec.predictor.canaryTrafficPercent": "{traffic}",
    }),
    ("Deployment", "k8s/api.yaml", DEPLOYMENT, "production", {
        "spec.template.spec.containers.[name=api].image": "registry/churn:{release}",
    }),
    ("kustomization", "k8s/kustomization.yaml", "images: [{name: registry/churn, newTag: v1.2.0}]\n", "production", {
        "images.[name=registry/churn].newTag": "v{release}",
    }),
    ("Helm values", "chart/values-staging.yaml", "image: {repository: registry/churn, tag: 1.2.0}\n", "staging", {
        "image.tag": "{release}",
    }),
    ("CloudFormation", "cloud/endpoint.yaml", CLOUDFORMATION, "production", {
        "Resources.Model.Properties.PrimaryContainer.ModelDataUrl": "s3://bucket/churn/{md5}/churn.skops",
    }),
    ("Compose", "compose.yaml", "services: {api: {image: 'churn:1.2.0'}}\n", "production", {
        "services.api.image": "churn:{release}",
    }),
    ("Terraform", "prod.tfvars.json", '{"churn_image": "registry/churn:1.2.0"}', "production", {
        "churn_image": "registry/churn:{release}",
    }),
]  # fmt: skip


def _drafts(files: Mapping[str, str]) -> dict[str, str]:
    """The desired states that init writes for files; all of them are valid, and none counts yet."""
    whole = {"dvc.yaml": PIPELINE, "dvc.lock": LOCK, "train.py": "", **files}
    tree = Overlay({path: text.encode() for path, text in whole.items()})
    start = init.plan_init(tree, discover(tree, "ml-churn"), RepositoryFacts("ml-churn", "main", None, frozenset(), {}))
    written = Snapshot(Overlay({path: text.encode() for path, text in start.files.items()}, tree))
    assert list(written.states()) == []
    found = validate(Context(written, TODAY), Scope.TREE)
    assert [d for d in found if d.severity is Severity.ERROR and d.span.path.startswith("environments")] == []
    return {path: text for path, text in start.files.items() if path.startswith("environments/")}


@cases("name, path, manifest, environment, fields", FILES)
def test_what_names_a_model_becomes_a_target(
    name: str, path: str, manifest: str, environment: str, fields: dict[str, str]
) -> None:
    ((written, draft),) = _drafts({path: manifest}).items()
    assert written == f"environments/{environment}/churn.yaml"
    assert all(line.startswith("#") or not line for line in draft.splitlines())
    lines = re.sub("(?m)^# ?", "", draft[draft.index("# targets:") :]).replace("# mutable:", "mutable:")
    snapshot = Snapshot(Overlay({written: (HEAD.format(environment) + lines).encode()}))
    taken = snapshot.state(environment, "churn")
    assert isinstance(taken, DesiredState), lines
    (target,) = taken.targets
    assert [(file.path, dict(file.values)) for file in target.files] == [(path, fields)]


NOTHING = [
    ("another model", "k8s/api.yaml", DEPLOYMENT.replace("churn", "uplift")),
    ("no deployment", "params.yaml", "model: s3://bucket/churn/churn.skops\n"),
    ("a template", "chart/templates/api.yaml", DEPLOYMENT.replace("1.2.0", "{{ .Values.tag }}")),
    ("a name without a release", "k8s/api.yaml", DEPLOYMENT.replace(":1.2.0", "")),
    ("no YAML", "k8s/api.yaml", "apiVersion: [churn\n"),
]


@cases("name, path, text", NOTHING)
def test_what_names_no_release_is_left_alone(name: str, path: str, text: str) -> None:
    assert _drafts({path: text}) == {}


def test_files_of_one_name_become_targets_of_their_own() -> None:
    (draft,) = _drafts({"eu/churn.yaml": KSERVE, "us/churn.yaml": KSERVE}).values()
    assert "#   churn:\n" in draft and "#   churn-2:\n" in draft
