"""Files as other tools have them: what a release changes in each, and how its diff must look."""

from __future__ import annotations

from mlops_gitops.core.frozen import frozen


@frozen
class Shape:
    """A file, the field to set, its new value, and the one line of the file that changes: before and after."""

    id: str
    path: str
    text: str
    field: str
    value: str | int
    before: str
    after: str
    select: tuple[tuple[str, str], ...] = ()


KSERVE = """# The churn model in Europe
apiVersion: serving.kserve.io/v1beta1
kind: InferenceService
metadata:
  name: churn
  annotations:
    serving.kserve.io/deploymentMode: "Serverless"   # a canary needs it
    example.org/release.version: 1.3.2
spec:
  predictor:
    canaryTrafficPercent: 10  # percent
    model:
      modelFormat: {name: sklearn}
      storageUri: "s3://models/churn/aaaa/"  # {"$imagepolicy": "flux-system:churn"}
"""
SEVERAL = """---
# nothing in this one
---
apiVersion: v1
kind: Service
metadata: {name: churn}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: churn, namespace: eu}
spec:
  template:
    spec:
      containers:
      - name: proxy
        image: envoyproxy/envoy:v1.30
      - image: 'registry.example.org/churn:1.3.2' # served
        name: churn
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: churn, namespace: us}
spec: {template: {spec: {containers: [{name: churn, image: registry.example.org/churn:1.3.2}]}}}
...
"""
CLOUDFORMATION = """AWSTemplateFormatVersion: '2010-09-09'
Resources:
  Model:
    Type: AWS::SageMaker::Model
    Properties:
      PrimaryContainer:
        ModelDataUrl: s3://models/churn/aaaa/model.tar.gz
        Image: !Sub "${AWS::AccountId}.dkr.ecr.${AWS::Region}.amazonaws.com/churn:latest"
  Endpoint:
    Type: AWS::SageMaker::EndpointConfig
    Properties:
      ProductionVariants:
        - {ModelName: !GetAtt Model.ModelName, VariantName: canary, InitialVariantWeight: 10}
        - {ModelName: !Ref Stable, VariantName: stable, InitialVariantWeight: 90}
"""
KUSTOMIZE = """resources: [deployment.yaml]
images:
  # the name stays, the digest changes
  - name: churn
    newName: registry.example.org/churn
    newTag: 1.3.2   # by promotion
configMapGenerator:
  - name: model
    literals: [MODEL=aaaa]
"""
HELM_VALUES = """defaults: &defaults
  replicas: 2
eu:
  <<: *defaults
  image: {repository: r, tag: "1.3.2"}
us:
  <<: *defaults
  image: {repository: r, tag: "1.3.1"}
? [a, b]
: a key that is no text
"""
FLUX = """apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata:
  name: churn
spec:
  values:
    podinfo.image:
      tag: v1.3.2 # {"$imagepolicy": "flux-system:churn:tag"}
"""
FLEET = """defaultNamespace: churn
targetCustomizations:
- name: canary
  helm: {values: {model: {digest: 0123456789012345, weight: '10'}}}
- name: all
  helm: {values: {model: {digest: 0123456789012345, weight: '90'}}}
"""
IOT_EDGE = """{
\t"modulesContent": {
\t\t"$edgeAgent": {"properties.desired": {"modules": {"churn": {
\t\t\t"settings": {"image": "registry.example.org\\/churn:1.3.2", "createOptions": "{}"},
\t\t\t"version": "1.0"}}}}
\t}
}
"""
GREENGRASS = """{"RecipeFormatVersion": "2020-01-25", "ComponentVersion": "1.3.2",
 "Manifests": [{"Platform": {"os": "linux"}, "Name": "arm",
                "Artifacts": [{"Uri": "s3://models/churn/aaaa/model.onnx", "Unarchive": "NONE"}]}]}"""
TFVARS = '{\n  "model_uri": "s3://models/churn/aaaa/",\n  "canary_weight": 10,\n  "zones": ["a", "b"]\n}\n'
ARGO = "apiVersion: argoproj.io/v1alpha1\nkind: Rollout\nmetadata: {name: churn}\nspec:\n" + (
    "  template: {spec: {containers: [{name: churn, image: churn@sha256:aaaa, args: ['--x={y}']}]}}\n"
)

NAMED = (("kind", "Deployment"), ("name", "churn"))
SHAPES = [
    Shape(
        "KServe, a quoted address with Flux's marker behind it",
        "deploy/eu.yaml",
        KSERVE,
        "spec.predictor.model.storageUri",
        "s3://models/churn/bbbb/",
        '"s3://models/churn/aaaa/"  #',
        '"s3://models/churn/bbbb/"  #',
    ),
    Shape(
        "KServe, traffic as a number",
        "eu.yaml",
        KSERVE,
        "spec.predictor.canaryTrafficPercent",
        100,
        ": 10  #",
        ": 100  #",
    ),
    Shape(
        "an annotation with dots in its key",
        "eu.yaml",
        KSERVE,
        r"metadata.annotations.example\.org/release\.version",
        "1.4.0",
        "version: 1.3.2",
        "version: 1.4.0",
    ),
    Shape(
        "the same in brackets",
        "eu.yaml",
        KSERVE,
        "metadata.annotations.[example.org/release.version]",
        "1.10.0",
        "version: 1.3.2",
        "version: 1.10.0",
    ),
    Shape(
        "one of several documents, its container by name, single quotes",
        "all.yml",
        SEVERAL,
        "spec.template.spec.containers.[name=churn].image",
        "registry.example.org/churn:1.4.0",
        "'registry.example.org/churn:1.3.2' #",
        "'registry.example.org/churn:1.4.0' #",
        (*NAMED, ("namespace", "eu")),
    ),
    Shape(
        "flow style, a plain image",
        "all.yml",
        SEVERAL,
        "spec.template.spec.containers.[name=churn].image",
        "registry.example.org/churn:1.4.0",
        "registry.example.org/churn:1.3.2}",
        "registry.example.org/churn:1.4.0}",
        (*NAMED, ("namespace", "us")),
    ),
    Shape(
        "CloudFormation with tags, an address",
        "template.yaml",
        CLOUDFORMATION,
        "Resources.Model.Properties.PrimaryContainer.ModelDataUrl",
        "s3://models/churn/bbbb/model.tar.gz",
        "aaaa",
        "bbbb",
    ),
    Shape(
        "CloudFormation with tags, a weight",
        "template.yaml",
        CLOUDFORMATION,
        "Resources.Endpoint.Properties.ProductionVariants.[VariantName=canary].InitialVariantWeight",
        100,
        "canary, InitialVariantWeight: 10}",
        "canary, InitialVariantWeight: 100}",
    ),
    Shape(
        "Kustomize", "kustomization.yaml", KUSTOMIZE, "images.[name=churn].newTag", "1.4.0", "1.3.2   #", "1.4.0   #"
    ),
    Shape(
        "Kustomize, digits alone must stay text",
        "kustomization.yaml",
        KUSTOMIZE,
        "images.[name=churn].newTag",
        "12345678",
        "1.3.2   #",
        '"12345678"   #',
    ),
    Shape(
        "Kustomize, what some readers take for a number",
        "kustomization.yaml",
        KUSTOMIZE,
        "images.[name=churn].newTag",
        "12345e67",
        "1.3.2   #",
        '"12345e67"   #',
    ),
    Shape(
        "Helm values with anchors, merge keys and a key that is no text",
        "values-prod.yaml",
        HELM_VALUES,
        "eu.image.tag",
        "1.4.0",
        '"1.3.2"',
        '"1.4.0"',
    ),
    Shape(
        "a HelmRelease of Flux",
        "release.yaml",
        FLUX,
        r"spec.values.podinfo\.image.tag",
        "v1.4.0",
        "v1.3.2 #",
        "v1.4.0 #",
    ),
    Shape(
        "Fleet, a weight in quotes",
        "fleet.yaml",
        FLEET,
        "targetCustomizations.[name=canary].helm.values.model.weight",
        100,
        "weight: '10'",
        "weight: '100'",
    ),
    Shape(
        "IoT Edge, JSON with tabs",
        "deployment.json",
        IOT_EDGE,
        r"modulesContent.$edgeAgent.properties\.desired.modules.churn.settings.image",
        "registry.example.org/churn:1.4.0",
        r'"registry.example.org\/churn:1.3.2"',
        '"registry.example.org/churn:1.4.0"',
    ),
    Shape(
        "Greengrass, JSON without a last line break",
        "recipe.json",
        GREENGRASS,
        "Manifests.[Name=arm].Artifacts.[Unarchive=NONE].Uri",
        "s3://models/churn/bbbb/model.onnx",
        "aaaa",
        "bbbb",
    ),
    Shape("Terraform, text", "eu.auto.tfvars.json", TFVARS, "model_uri", "s3://models/churn/bbbb/", "aaaa", "bbbb"),
    Shape("Terraform, a number", "eu.auto.tfvars.json", TFVARS, "canary_weight", 100, '": 10,', '": 100,'),
    Shape(
        "Argo Rollouts, all in flow style",
        "rollout.yaml",
        ARGO,
        "spec.template.spec.containers.[name=churn].image",
        "churn@sha256:bbbb",
        "aaaa",
        "bbbb",
    ),
    Shape(
        "a comment that names the value, in another script",
        "x.yaml",
        "# naïve 模型 😀 1.3.2\nä: {😀: '1.3.2', é: 1.3.2} # 1.3.2\n",
        "ä.é",
        "1.4.0",
        "é: 1.3.2}",
        "é: 1.4.0}",
    ),
    Shape(
        "text that must be quoted now",
        "x.yaml",
        "a: plain # c\n",
        "a",
        "with: colon # and more",
        "plain #",
        '"with: colon # and more" #',
    ),
]
