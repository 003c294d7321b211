"""What a release set is judged by those who read it: before a rollout, in its canary, after it, and taken back.

`make validators` runs it. Go builds kustomize, Helm and kubeconform once, into .validators/. No controller runs here.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from cases import cases
from house import Repository
from validators import manifests
from validators.judges import JUDGES, faults

pytestmark = pytest.mark.soak


def _texts(repository: Repository) -> dict[str, str]:
    return {path: (repository.root / path).read_bytes().decode() for path in manifests.FILES}


def _rendered(sha256: str, traffic: int) -> dict[str, str]:
    """The files as people wrote them, with a release in its places and nothing else changed."""
    found = {path: text.replace("NONE", sha256) for path, text in manifests.FILES.items()}
    for path, before, after in (
        (manifests.KSERVE, "Percent: 100 ", f"Percent: {traffic} "),
        (f"{manifests.CHART}/values-prod.yaml", "share: '100'", f"share: '{traffic}'"),
        (manifests.FLEET, "share: '100'", f"share: '{traffic}'"),
    ):
        assert before in found[path]
        found[path] = found[path].replace(before, after)
    return found


def _sha256(hits: int) -> str:
    """The digest of the model that gets so many of fifty right."""
    return hashlib.sha256(f"model {hits}\n".encode()).hexdigest()


def test_what_each_step_writes_suits_all_who_read_it(repository: Repository) -> None:
    repository.release()
    repository.promote("staging")
    manifests.write_manifests(repository)
    repository.run("validate", "--fix")
    repository.agree("targets", "bob", "carol")
    repository.retrain(46)
    repository.release("1.1.0")
    old, new = _sha256(45), _sha256(46)
    assert _texts(repository) == _rendered(old, 100) and [*faults(repository.root)] == []
    repository.ok("promote", "churn", "--to", "staging", "--release", "1.1.0")
    repository.merge("bob")
    assert _texts(repository) == _rendered(new, 10) and [*faults(repository.root)] == []
    repository.ok("advance", "churn", "--in", "staging")
    repository.pull()
    repository.ok("record")
    assert _texts(repository) == _rendered(new, 100) and [*faults(repository.root)] == []
    repository.ok("rollback", "churn", "--in", "staging", "--why", "Odd scores")
    repository.merge("bob")
    assert _texts(repository) == _rendered(old, 100) and [*faults(repository.root)] == []


BROKEN = [  # judge, path, old text, new text, a fact of what it finds
    ("plain_kubernetes", manifests.PLAIN, "replicas: 2", "replicas: two", "two"),
    ("plain_kubernetes", manifests.PLAIN, "replicas: 2", "replica: 2", "replica"),
    ("kserve", manifests.KSERVE, "canaryTrafficPercent: 100", "canaryTrafficPercent: '100'", "canaryTrafficPercent"),
    ("kserve", manifests.KSERVE, "canaryTrafficPercent", "canaryTraficPercent", "canaryTraficPercent"),
    ("kserve", manifests.KSERVE, "storageUri:", "storageURI:", "storageURI"),
    ("kustomize", f"{manifests.KUSTOMIZE}/kustomization.yaml", "images:", "image:", "image"),
    ("kustomize", f"{manifests.KUSTOMIZE}/kustomization.yaml", "- name: registry", "- name: other", "digest"),
    ("helm", f"{manifests.CHART}/values-prod.yaml", "replicas: 2", "replicas: two", "two"),
    ("helm", f"{manifests.CHART}/values-prod.yaml", "  image:", "  pictures:", "nil pointer"),
    ("cloudformation", manifests.TEMPLATE, "InitialVariantWeight", "InitialWeight", "InitialWeight"),
    ("fleet", manifests.FLEET, "helm: {values: {eu", "helm: {value: {eu", "value"),
]


@cases("judge,path,old,new,fact", BROKEN)
def test_each_of_them_finds_a_fault(judge: str, path: str, old: str, new: str, fact: str, tmp_path: Path) -> None:
    for name, text in manifests.FILES.items():
        place = tmp_path / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(text.replace("NONE", manifests.NONE).encode())
    assert JUDGES[judge](tmp_path) == []
    assert old in (tmp_path / path).read_bytes().decode()
    (tmp_path / path).write_bytes((tmp_path / path).read_bytes().decode().replace(old, new).encode())
    found = JUDGES[judge](tmp_path)
    assert any(fact in fault for fault in found), found
