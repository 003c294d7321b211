"""What a release sets where models are deployed, in the shapes people write, and a desired state that names it all."""

from __future__ import annotations

from house import Repository, desired

STATE = "environments/staging/churn.yaml"
KSERVE, PLAIN, KUSTOMIZE, CHART, TEMPLATE, FLEET, TFVARS = (
    "deploy/kserve.yaml", "deploy/plain.yaml", "deploy/kustomize", "deploy/chart", "deploy/template.yaml",
    "deploy/fleet/fleet.yaml", "deploy/eu.auto.tfvars.json",
)  # fmt: skip
NONE = "0" * 64
_DEPLOYMENT = """apiVersion: apps/v1
kind: Deployment
metadata: {name: churn, namespace: eu}
spec:
  replicas: 2
  selector: {matchLabels: {app: churn}}
  template:
    metadata: {labels: {app: churn}}
    spec:
      containers:
        - name: proxy # not ours
          image: 'envoyproxy/envoy:v1.30'
        - image: registry.example.org/churn@sha256:NONE # set by promotion
          name: churn
          env: [{name: MODEL_URI, value: "s3://models/churn/NONE/"}]
"""
FILES = {
    KSERVE: """# what serves the model in Europe
apiVersion: v1
kind: Namespace
metadata: {name: eu}
---
apiVersion: serving.kserve.io/v1beta1
kind: InferenceService
metadata:
  name: churn
  namespace: eu
  annotations: {serving.kserve.io/deploymentMode: "Serverless"}   # a canary needs it
spec:
  predictor:
    canaryTrafficPercent: 100  # percent, by promotion
    minReplicas: 1
    model:
      modelFormat: {name: sklearn}
      storageUri: "s3://models/churn/NONE/"  # {"$imagepolicy": "flux-system:churn"}
""",
    # Windows ends its lines so, and all of them must stay.
    PLAIN: (
        _DEPLOYMENT + "---\napiVersion: v1\nkind: Service\nmetadata: {name: churn, namespace: eu}\n"
        "spec: {selector: {app: churn}, ports: [{port: 80}]}\n"
    ).replace("\n", "\r\n"),
    f"{KUSTOMIZE}/deployment.yaml": _DEPLOYMENT.replace("@sha256:NONE", "").replace("churn/NONE/", "churn/"),
    f"{KUSTOMIZE}/kustomization.yaml": """apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources: [deployment.yaml]
images:
  # the name stays, the digest changes
  - name: registry.example.org/churn
    digest: "sha256:NONE"   # by promotion
""",
    f"{CHART}/Chart.yaml": "apiVersion: v2\nname: churn\nversion: 0.1.0\n",
    f"{CHART}/templates/deployment.yaml": """apiVersion: apps/v1
kind: Deployment
metadata: {name: {{ .Release.Name }}}
spec:
  replicas: {{ .Values.eu.replicas }}
  selector: {matchLabels: {app: churn}}
  template:
    metadata: {labels: {app: churn}}
    spec:
      containers:
        - name: churn
          image: "{{ .Values.eu.image.repository }}@sha256:{{ .Values.eu.image.digest }}"
          args: ["--share={{ .Values.eu.share }}"]
""",
    f"{CHART}/values-prod.yaml": """defaults: &defaults
  replicas: 2
eu:
  <<: *defaults
  share: '100' # percent, and text
  image: {repository: registry.example.org/churn, digest: "NONE"} # by promotion
""",
    TEMPLATE: """AWSTemplateFormatVersion: '2010-09-09'
Parameters:
  Role: {Type: String}
Resources:
  Model:
    Type: AWS::SageMaker::Model
    Properties:
      ExecutionRoleArn: !Ref Role
      PrimaryContainer:
        ModelDataUrl: s3://models/churn/NONE/model.tar.gz # by promotion
        Image: !Sub "${AWS::AccountId}.dkr.ecr.${AWS::Region}.amazonaws.com/churn:latest"
  Configuration:
    Type: AWS::SageMaker::EndpointConfig
    Properties:
      ProductionVariants:
        - {ModelName: !GetAtt Model.ModelName, VariantName: all, InitialVariantWeight: 1,
           InitialInstanceCount: 1, InstanceType: ml.m5.large}
  Endpoint:
    Type: AWS::SageMaker::Endpoint
    Properties:
      EndpointConfigName: !GetAtt Configuration.EndpointConfigName
""",
    FLEET: """defaultNamespace: churn
helm: {chart: ../chart}
targetCustomizations:
- name: canary # the shop in the ground floor
  clusterSelector: {matchLabels: {stage: canary}}
  helm: {values: {eu: {share: '100', image: {digest: "NONE"}}}}
- name: all
  clusterSelector: {}
""",
    TFVARS: '{\n  "model_uri": "s3://models/churn/NONE/",\n  "zones": ["a", "b"]\n}\n',
}
TARGETS = f"""targets:
  eu-api:
    files:
      - path: {KSERVE}
        select: {{kind: InferenceService, name: churn}}
        set:
          spec.predictor.model.storageUri: "s3://models/churn/{{sha256}}/"
          spec.predictor.canaryTrafficPercent: "{{traffic}}"
      - path: {PLAIN}
        select: {{kind: Deployment, name: churn}}
        set:
          spec.template.spec.containers.[name=churn].image: "registry.example.org/churn@sha256:{{sha256}}"
          spec.template.spec.containers.[name=churn].env.[name=MODEL_URI].value: "s3://models/churn/{{sha256}}/"
      - path: {KUSTOMIZE}/kustomization.yaml
        set: {{"images.[name=registry.example.org/churn].digest": "sha256:{{sha256}}"}}
      - path: {CHART}/values-prod.yaml
        set: {{eu.image.digest: "{{sha256}}", eu.share: "{{traffic}}"}}
      - path: {TEMPLATE}
        set: {{Resources.Model.Properties.PrimaryContainer.ModelDataUrl: "s3://models/churn/{{sha256}}/model.tar.gz"}}
      - path: {FLEET}
        set:
          targetCustomizations.[name=canary].helm.values.eu.image.digest: "{{sha256}}"
          targetCustomizations.[name=canary].helm.values.eu.share: "{{traffic}}"
      - path: {TFVARS}
        set: {{model_uri: "s3://models/churn/{{sha256}}/"}}
rollout:
  owner: operations
  waves:
    - {{name: canary, targets: [eu-api], traffic: 10}}
    - {{name: all, targets: [eu-api]}}
"""


def write_manifests(repository: Repository) -> None:
    """Writes all of it, as it is before any release."""
    repository.write(STATE, desired("1.0.0") + TARGETS)
    for path, text in FILES.items():
        place = repository.root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(text.replace("NONE", NONE).encode())
