"""The sample repository that rules are tried on: one model, two releases, one promotion to staging, one decision."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from functools import cache

from mlops_gitops.core.canonical import git_blob
from mlops_gitops.documents.tree import Overlay
from mlops_gitops.pipelines.tracked_outputs import Tracking
from mlops_gitops.policy.rule import Edit
from mlops_gitops.promotion.manifest import compose_manifest, plan_release
from mlops_gitops.promotion.order import record_subject
from mlops_gitops.records.promotion import statement
from mlops_gitops.repository.context import Context
from mlops_gitops.repository.ledger import Commit, FileChange, Ledger, build_ledger
from mlops_gitops.repository.snapshot import Snapshot

SHA = {"models/churn/model.skops": "f" * 64}
TODAY = date(2026, 1, 10)
COLUMNS = {"data/holdout.csv": {"customer_id": "VARCHAR", "churned": "BIGINT", "probability": "DOUBLE"}}

PROJECT = """apiVersion: mlops-gitops/v1
kind: Project
branch: main
roles:
  data-science: [{login: alice, emails: [alice@example.org]}, {login: carol}]
  operations: [{login: bob, emails: [bob@example.org]}]
environments:
  staging: {approvals: {operations: 1}}
  production: {after: [staging], approvals: {data-science: 1, operations: 1}}
"""
CARD = """---
license: apache-2.0
mlops:
  artifacts: [{path: models/churn/model.skops}]
  owners: [{name: Alice, contact: alice@example.org, role: data-science}]
  risk: {class: limited, rationale: Ranks accounts for a call.}
  intended_use: Choosing which accounts to call.
  out_of_scope: Pricing.
  limitations: One country.
---
# Churn

A gradient-boosted tree on account history.
"""
KPIS = """apiVersion: mlops-gitops/v1
kind: KPIs
model: churn
data:
  holdout:
    path: data/holdout.csv
    key: customer_id
    label: churned
    score: probability
kpis:
  - id: roc-auc
    metric: roc_auc
    data: holdout
    owner: data-science
    gate: {at_least: 0.85, no_worse_than: {baseline: production, by: 0.01}}
"""
DECISION = """apiVersion: mlops-gitops/v1
kind: Decision
type: override
subject: {model: churn, release: "1.1.0", environment: production, skip: order}
role: operations
by: bob
reason: Staging is down.
expires: 2026-01-31
"""
PIPELINE = """stages:
  train: {cmd: train, deps: [data/train.csv], outs: [models/churn/model.skops]}
  evaluate: {cmd: evaluate, deps: [models/churn/model.skops], outs: [data/holdout.csv]}
"""


def lock(model: str, predictions: str) -> str:
    """A dvc.lock of the two stages."""
    return f"""schema: '2.0'
stages:
  train:
    cmd: train
    deps: [{{path: data/train.csv, hash: md5, md5: '{"1" * 32}', size: 10}}]
    params: {{params.yaml: {{train.rows: 100}}}}
    outs:
    - path: models/churn/model.skops
      hash: md5
      md5: {model}
      size: 20
  evaluate:
    cmd: evaluate
    deps:
    - path: models/churn/model.skops
      hash: md5
      md5: {model} # read by evaluate
      size: 20
    outs:
    - path: data/holdout.csv
      hash: md5
      md5: {predictions}
      size: 30
"""


def _release(files: dict[str, bytes], version: str) -> None:
    snapshot = Snapshot(Overlay(files))
    tracking = Tracking(snapshot.tree)
    remotes = {"models/churn/model.skops": "storage", "data/holdout.csv": "storage"}
    plan = plan_release(snapshot, tracking, "churn")
    manifest = compose_manifest(snapshot, tracking, plan, version, SHA, remotes)
    files[manifest.path] = manifest.render()


def _promotion(files: Mapping[str, bytes]) -> bytes:
    snapshot = Snapshot(Overlay(files))
    release = snapshot.release("churn", "1.0.0")
    assert release is not None
    gate = {"id": "roc-auc", "metric": "roc_auc", "outcome": "passed", "on_fail": "block", "value": 0.9, "n": 100,
            "at_least": 0.85, "no_worse_than": {"baseline": "production", "by": 0.01}, "baseline": None,
            "change": None, "better": "higher"}  # fmt: skip
    predicate = {"model": "churn", "environment": "staging", "sequence": 1, "action": "promote", "release": "1.0.0",
                 "replaces": None, "previous": None, "upstream": [], "policy": snapshot.policy_digest("churn"),
                 "gates": [gate], "rules": [], "decisions": [],
                 "requested_by": {"email": "alice@example.org", "via": "command line"},
                 "why": "", "tool": "mlops-gitops", "created": "2026-01-02T00:00:00Z"}  # fmt: skip
    return statement("x", list(record_subject(release, files[release.path])), predicate).render()


def files() -> dict[str, bytes]:
    """Every file of the sample."""
    return dict(_files())


@cache
def _files() -> Mapping[str, bytes]:
    found = {
        "mlops.yaml": PROJECT.encode(),
        "models/churn/README.md": CARD.encode(),
        "models/churn/kpis.yaml": KPIS.encode(),
        "dvc.yaml": PIPELINE.encode(),
        "dvc.lock": lock("a" * 31 + "1", "c" * 32).encode(),
    }
    _release(found, "1.0.0")
    found["dvc.lock"] = lock("b" * 31 + "1", "d" * 32).encode()
    _release(found, "1.1.0")
    found["promotions/staging/churn/0001.json"] = _promotion(found)
    found["environments/staging/churn.yaml"] = (
        b'apiVersion: mlops-gitops/v1\nkind: DesiredState\nmodel: churn\nenvironment: staging\nrelease: "1.0.0"\n'
    )
    found["decisions/2026-01-05-outage.yaml"] = DECISION.encode()
    return found


def ledger_of(tree: Mapping[str, bytes]) -> Ledger:
    """The ledger of a branch that added every file in one commit."""
    blobs = {git_blob(data): data for data in tree.values()}
    changes = tuple(FileChange("A", path, None, git_blob(data)) for path, data in sorted(tree.items()))
    commit = Commit("1" * 40, None, 1_767_312_000, changes)
    return build_ledger([commit], blobs.__getitem__, Snapshot(Overlay(tree)).folders, {}, "local")


def edited(edits: tuple[Edit, ...], of: Mapping[str, bytes] | None = None) -> dict[str, bytes]:
    """The sample, or another set of files, with edits made; one that changes nothing is a mistake in the example."""
    found = files() if of is None else dict(of)
    for edit in edits:
        if edit.old is None:
            before = found.pop(edit.path, None)
            assert before is not None or edit.new is not None, f"{edit.path} is not in the sample"
            if edit.new is not None:
                found[edit.path] = edit.new.encode()
            continue
        text = found[edit.copy or edit.path].decode()
        assert edit.old in text, f"{edit.old!r} is not in {edit.copy or edit.path}"
        found[edit.path] = text.replace(edit.old, str(edit.new)).encode()
    return found


@cache
def _base() -> tuple[Snapshot, Ledger]:
    return Snapshot(Overlay(_files())), ledger_of(_files())


def context(tree: Mapping[str, bytes]) -> Context:
    """An edited sample judged against the sample."""
    base, (snapshot, ledger) = _files(), _base()
    changes = {path: "A" if path not in base else "M" for path, data in tree.items() if base.get(path) != data}
    changes |= {path: "D" for path in base if path not in tree}
    return Context(
        Snapshot(Overlay(tree)),
        TODAY,
        snapshot,
        ledger,
        changes,
        at=lambda _: snapshot,
        columns=lambda path, _: COLUMNS.get(path),
    )


def record(tree: Mapping[str, bytes], path: str) -> dict[str, object]:
    """A record's JSON."""
    data: dict[str, object] = json.loads(tree[path])
    return data
