"""Those who read what a release set: each gives the faults that it finds in a folder, none where all is well."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jsonschema
import yaml
from ground import go_programs
from validators import manifests

HELM = ("helm.sh/helm/v3/cmd/helm", "v3.22.0")
KUSTOMIZE = ("sigs.k8s.io/kustomize/kustomize/v5", "v5.8.2")
KUBECONFORM = ("github.com/yannh/kubeconform/cmd/kubeconform", "v0.8.0")
KUBERNETES = "1.34"
SCHEMAS = Path(__file__).parent / "schemas"


def build() -> None:
    """Builds what Go builds, one after another."""
    for program in (KUBECONFORM, KUSTOMIZE, HELM):
        print(go_programs.built(*program, ".validators"), flush=True)


def _go(program: tuple[str, str], *args: str | Path, text: str = "") -> subprocess.CompletedProcess[str]:
    words = [go_programs.built(*program, ".validators"), *args]
    return subprocess.run(words, input=text, capture_output=True, text=True, check=False)


def _kubernetes(text: str) -> list[str]:
    """What kubernetes-validate finds in the documents of a text, strictly: a key too many is a fault."""
    import kubernetes_validate

    found = []
    for document in filter(None, yaml.safe_load_all(text)):
        try:
            kubernetes_validate.validate(document, KUBERNETES, strict=True)
        except (kubernetes_validate.ValidationError, kubernetes_validate.SchemaNotFoundError) as error:
            found.append(error.message)
    return found


def _kubeconform(path: Path) -> list[str]:
    """What kubeconform finds, by Kubernetes' strict schemas and that of KServe's own definition."""
    own, version = path.parent / ".kubernetes", f"v{KUBERNETES}.0-local-strict"
    _write_schemas(own, version)
    places = (f"{own}/{{{{.ResourceKind}}}}{{{{.KindSuffix}}}}.json", f"{SCHEMAS}/{{{{.ResourceKind}}}}.json")
    schemas = [word for place in places for word in ("-schema-location", place)]
    done = _go(KUBECONFORM, "-strict", "-output", "json", *schemas, path)
    shutil.rmtree(own)
    return [f"{item['kind']}: {item['msg']}" for item in json.loads(done.stdout)["resources"]]


def _write_schemas(folder: Path, version: str) -> None:
    """The schemas that kubernetes-validate carries, which name each other by a place that only it knows."""
    import kubernetes_validate

    folder.mkdir()
    own = Path(str(kubernetes_validate.__file__)).parent / "kubernetes-json-schema" / version
    for name in ("_definitions", "deployment-apps-v1", "service-v1", "namespace-v1"):
        schema = json.loads((own / f"{name}.json").read_text().replace("/api/_definitions.json", "_definitions.json"))
        del schema["$id"]
        (folder / f"{name}.json").write_text(json.dumps(schema))


def plain_kubernetes(root: Path) -> list[str]:
    """Kubernetes' own manifests."""
    path = root / manifests.PLAIN
    return [*_kubernetes(path.read_text()), *_kubeconform(path)]


def kserve(root: Path) -> list[str]:
    """An InferenceService, by KServe's definition made strict."""
    return _kubeconform(root / manifests.KSERVE)


def kustomize(root: Path) -> list[str]:
    """What `kustomize build` makes; the digest of the release must be in it."""
    built = _go(KUSTOMIZE, "build", root / manifests.KUSTOMIZE)
    return _made(root, built)


def helm(root: Path) -> list[str]:
    """What `helm template` makes of the values."""
    chart = root / manifests.CHART
    return _made(root, _go(HELM, "template", "churn", chart, "--values", chart / "values-prod.yaml"))


def _made(root: Path, done: subprocess.CompletedProcess[str]) -> list[str]:
    if done.returncode:
        return [done.stderr]
    missing = [] if _digest(root) in done.stdout else ["the digest of the release is not in what was made"]
    return [*missing, *_kubernetes(done.stdout)]


def _digest(root: Path) -> str:
    """What one of the files says of the release."""
    return str(json.loads((root / manifests.TFVARS).read_text())["model_uri"].split("/")[-2])


def cloudformation(root: Path) -> list[str]:
    """A template, by cfn-lint."""
    program = Path(sys.executable).parent / "cfn-lint"
    words = [program, "--format", "json", "--regions", "eu-central-1", "--", root / manifests.TEMPLATE]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    return [item["Message"] for item in json.loads(done.stdout or "[]")] if done.returncode else []


def fleet(root: Path) -> list[str]:
    """fleet.yaml, by Fleet's definition of a bundle made strict."""
    schema: dict[str, Any] = json.loads((SCHEMAS / "fleet.json").read_text())
    data = yaml.safe_load((root / manifests.FLEET).read_text())
    return [error.message for error in jsonschema.Draft202012Validator(schema).iter_errors(data)]


JUDGES: dict[str, Callable[[Path], list[str]]] = {
    judge.__name__: judge for judge in (plain_kubernetes, kserve, kustomize, helm, cloudformation, fleet)
}


def faults(root: Path) -> Iterator[str]:
    """What any of them finds."""
    for name, judge in JUDGES.items():
        yield from (f"{name}: {fault}" for fault in judge(root))
