"""A repository in memory with a short history: churn 1.3.0 in production, 1.4.0 in staging and asked for in production.

The numbers that were measured are made up. All else follows from the package: manifests, gates, records, receipts.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from mlops_gitops.core.canonical import git_blob, sha256
from mlops_gitops.core.diagnostics import ordered
from mlops_gitops.core.frozen import frozen, replace
from mlops_gitops.documents.tree import Overlay
from mlops_gitops.forges.change_set import ChangeSet
from mlops_gitops.forges.pull_request import Account, PullRequest, Review
from mlops_gitops.gates.evaluate import judge_kpis
from mlops_gitops.gates.result import GateResult
from mlops_gitops.measurement.results import Bounds, Compared, Measured, Measurement
from mlops_gitops.orchestration.evaluate_gates import baselines
from mlops_gitops.orchestration.pull_context import changed_files
from mlops_gitops.orchestration.statuses.commit_status import CheckedHead
from mlops_gitops.policy.engine import existing_as_warnings, select_rules, validate
from mlops_gitops.policy.rule import Scope
from mlops_gitops.promotion.manifest import compose_manifest, plan_release, require_kpis
from mlops_gitops.promotion.merge import Merge, receipt_for_entry
from mlops_gitops.promotion.promotion_change import PromotionRequest, compose_record, find_release, promotion_change_set
from mlops_gitops.records.promotion import Promotion
from mlops_gitops.records.receipt import Receipt
from mlops_gitops.repository.approvals import Demand, required
from mlops_gitops.repository.context import Context
from mlops_gitops.repository.ledger import Commit, Entry, FileChange, Ledger, build_ledger
from mlops_gitops.repository.pull_facts import Pull
from mlops_gitops.repository.snapshot import Snapshot

MODEL = "churn"
APP = "example-mlops[bot]"
_PROJECT = """\
apiVersion: mlops-gitops/v1
kind: Project
branch: main
roles:
  data-science: [{login: alice}, {login: carol}]
  operations: [{login: bob}]
environments:
  staging: {approvals: {operations: 1}}
  production: {after: [staging], approvals: {data-science: 1, operations: 1}}
"""
_CARD = """\
---
license: apache-2.0
mlops:
  artifacts: [{path: models/churn/model.onnx}]
  owners: [{name: Alice, contact: alice@example.org, role: data-science}]
  risk: {class: limited, rationale: A wrong score costs a call.}
  intended_use: Choosing which accounts the service team calls.
  out_of_scope: Prices, and ending contracts.
  limitations: One country; accounts younger than three months are not scored.
---
# Churn

Gradient-boosted trees on the history of an account.
"""
_KPIS = """\
apiVersion: mlops-gitops/v1
kind: KPIs
model: churn
data:
  holdout: {path: data/holdout.csv, key: customer_id, label: churned, score: probability}
kpis:
  - id: roc-auc
    metric: roc_auc
    data: holdout
    owner: data-science
    gate: {at_least: 0.85, confidence: 0.95, no_worse_than: {baseline: production, by: 0.005}}
  - id: latency
    metric: {file: metrics.json, key: p95_ms}
    owner: operations
    gate: {at_most: 50}
"""
_PIPELINE = """\
stages:
  train: {cmd: python train.py, deps: [data/train.csv], outs: [models/churn/model.onnx]}
  evaluate:
    cmd: python evaluate.py
    deps: [models/churn/model.onnx]
    outs: [data/holdout.csv]
    metrics: [{metrics.json: {cache: false}}]
"""
_ROWS = 4_000
_AUC = {  # value and bounds
    "1.3.0": (0.8694, 0.8597, 0.8791),
    "1.4.0": (0.8772, 0.8678, 0.8866),
}
_CHANGE = (0.0047, 0.0109)  # bounds of what 1.4.0 has more, on the same rows
_LATENCY = {"1.3.0": 21.4, "1.4.0": 23.8}


def _invented(name: str, digits: int) -> str:
    """A digest or a commit of the sample."""
    return sha256(name.encode())[:digits]


def _metrics(version: str) -> bytes:
    return f'{{"p95_ms": {_LATENCY[version]}}}\n'.encode()


def _pointer(version: str) -> str:
    return f"outs: [{{path: train.csv, hash: md5, md5: {_invented(f'train {version}', 32)}, size: 48210333}}]\n"


def _lock(version: str) -> str:
    model, rows = (_invented(f"{part} {version}", 32) for part in ("model", "holdout"))
    numbers = hashlib.md5(_metrics(version), usedforsecurity=False).hexdigest()
    return f"""\
schema: '2.0'
stages:
  train:
    cmd: python train.py
    deps: [{{path: data/train.csv, hash: md5, md5: {_invented(f"train {version}", 32)}, size: 48210333}}]
    outs: [{{path: models/churn/model.onnx, hash: md5, md5: {model}, size: 734003}}]
  evaluate:
    cmd: python evaluate.py
    deps: [{{path: models/churn/model.onnx, hash: md5, md5: {model}, size: 734003}}]
    outs:
    - {{path: data/holdout.csv, hash: md5, md5: {rows}, size: 118204}}
    - {{path: metrics.json, hash: md5, md5: {numbers}, size: {len(_metrics(version))}}}
"""


@frozen
class Proposal:
    """A pull request as it is judged: what it changes, its gates, and the base it goes to."""

    pull: PullRequest
    change: ChangeSet
    record: Promotion
    gates: tuple[GateResult, ...]
    context: Context
    base: str

    def approved(self, *logins: str) -> Proposal:
        """The same with approvals of its head."""
        at = f"{self.context.moment:%Y-%m-%dT%H:%M:%SZ}"
        reviews = tuple(Review(login, self.pull.head, at) for login in logins)
        return replace(self, pull=replace(self.pull, reviews=reviews))

    def checked(self) -> CheckedHead:
        """What `check` finds."""
        paths = tuple(self.context.changes)
        requester = frozenset({str(self.record.predicate["requested_by"]["login"])})
        gates = {self.record.path: self.gates}
        facts = Pull(self.pull.head, self.pull.reviews, requester, gates, paths=paths, branch=self.pull.branch)
        context = replace(self.context, pull=facts)
        found = existing_as_warnings(context, validate(context, Scope.PULL))
        return CheckedHead(context, ordered(found), self.pull.head, self.base, True, paths)


class History:
    """The main branch, commit by commit, with the receipts that `record` writes after each merge."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
        self._trees: dict[str, Mapping[str, bytes]] = {"": {}}
        self._commits: list[Commit] = []
        self._blobs: dict[str, bytes] = {}
        self.receipts: dict[str, Receipt] = {}
        self._opened = 0
        project = {"mlops.yaml": _PROJECT, f"models/{MODEL}/README.md": _CARD, f"models/{MODEL}/kpis.yaml": _KPIS}
        self.commit({path: text.encode() for path, text in {**project, "dvc.yaml": _PIPELINE}.items()})

    @property
    def tip(self) -> str:
        """The newest commit."""
        return self._commits[-1].sha if self._commits else ""

    @property
    def ledger(self) -> Ledger:
        """What the branch holds."""
        folders = self.at(self.tip).folders
        return build_ledger(self._commits, self._blobs.__getitem__, folders, self.receipts, "github")

    def at(self, sha: str) -> Snapshot:
        """The tree of a commit."""
        return Snapshot(Overlay(dict(self._trees[sha])))

    def commit(self, files: Mapping[str, bytes | None]) -> list[Entry]:
        """Adds a commit, a day after the last one; returns the records that it adds."""
        self.now += timedelta(days=1)
        before = self._trees[self.tip]
        after = {**before} | {path: data for path, data in files.items() if data is not None}
        blobs = {path: git_blob(data) for path, data in after.items()}
        self._blobs |= {blob: after[path] for path, blob in blobs.items()}
        changes = tuple(
            FileChange("M" if path in before else "A", path, git_blob(before[path]) if path in before else None, blob)
            for path, blob in sorted(blobs.items())
            if before.get(path) != after[path]
        )
        sha = _invented(f"commit {len(self._commits)}", 40)
        self._commits.append(Commit(sha, self.tip or None, int(self.now.timestamp()), changes))
        self._trees[sha] = after
        return [entry for entry in self.ledger.entries if entry.commit.sha == sha]

    def release(self, version: str) -> None:
        """Merges a release of the model, by a pull request of its own."""
        files = dict(self._trees[self.tip]) | {
            "data/train.csv.dvc": _pointer(version).encode(),
            "dvc.lock": _lock(version).encode(),
            "metrics.json": _metrics(version),
        }
        snapshot = Snapshot(Overlay(files))
        plan = plan_release(snapshot, snapshot.tracking, MODEL)
        artifact = f"models/{MODEL}/model.onnx"
        digests = {artifact: _invented(f"bytes {version}", 64)}
        remotes = dict.fromkeys((artifact, "data/holdout.csv"), "storage")
        manifest = compose_manifest(snapshot, snapshot.tracking, plan, version, digests, remotes)
        files[manifest.path] = manifest.render()
        for entry in self.commit(files):
            self._write_receipt(entry, Merge(self._pull(), frozenset(), (), True))

    def promote(self, version: str, environment: str, why: str = "") -> Proposal:
        """The pull request that the form in the Actions tab opens for alice."""
        base, today = self.at(self.tip), self.now.date()
        context = Context(base, today, base, self.ledger, at=self.at, now=self.now)
        gates = self._gates(base, version)
        request = self._request(base, version, environment, why)
        record = compose_record(context, request, gates, [rule.id for rule in select_rules(Scope.BASE)])
        change = promotion_change_set(base, request, record)
        head = Snapshot(Overlay(change.files, base.tree))
        proposed = replace(context, head=head, changes=changed_files(base, head))
        return Proposal(self._pull(change), change, record, gates, proposed, self.tip)

    def _request(self, base: Snapshot, version: str, environment: str, why: str) -> PromotionRequest:
        requester = {"login": "alice", "via": "workflow_dispatch", "run": "17203846511"}
        manifest, created = find_release(base, base, MODEL, version), f"{self.now:%Y-%m-%dT%H:%M:%SZ}"
        return PromotionRequest("promote", MODEL, environment, manifest, why, requester, "mlops-gitops", created)

    def _pull(self, change: ChangeSet | None = None) -> PullRequest:
        self._opened += 1
        head, url = _invented(f"head {self._opened}", 40), f"https://github.com/example/models/pull/{self._opened}"
        branch, title, body = (change.branch, change.title, change.body) if change else ("", "", "")
        return PullRequest(self._opened, branch, head, title, body, Account(APP, False), url=url)

    def _gates(self, base: Snapshot, version: str) -> tuple[GateResult, ...]:
        kpis, release = require_kpis(base, MODEL), base.release(MODEL, version)
        running = baselines(base, self.ledger, kpis, release)
        before = running["production"].release if running else None
        value, lower, upper = _AUC[version]
        whole = Measured(value, _ROWS, bounds=Bounds(lower, upper, "delong"))
        auc, latency = Measurement(whole), Measurement(Measured(_LATENCY[version]))
        if before:
            bounds = Bounds(*_CHANGE, "delong_paired")
            auc = Measurement(whole, Compared(value, _AUC[before][0], _ROWS, "", (0, 0), bounds))
        return judge_kpis(kpis, {"roc-auc": auc, "latency": latency}, running, {})

    def merge(self, proposal: Proposal) -> list[Entry]:
        """Merges an approved pull request as bob, and writes its receipts."""
        entries = self.commit(proposal.change.files)
        pull = replace(proposal.pull, merged_by="bob", merged_at=f"{self.now:%Y-%m-%dT%H:%M:%SZ}")
        project = proposal.context.policy.project
        demands = (Demand(project, required(proposal.record, project) or {}),) if project else None
        for entry in entries:
            self._write_receipt(entry, Merge(pull, frozenset({"alice"}), demands, True))
        return entries

    def _write_receipt(self, entry: Entry, merge: Merge) -> None:
        time = entry.commit.time
        self.receipts[entry.tag] = receipt_for_entry(self.ledger, entry, merge, "github", time, declared=False)


def history() -> tuple[History, Proposal]:
    """The history, and the pull request that asks for 1.4.0 in production."""
    past = History()
    for version in ("1.3.0", "1.4.0"):
        past.release(version)
        past.merge(past.promote(version, "staging").approved("bob"))
        if version == "1.3.0":
            past.merge(past.promote(version, "production").approved("bob", "carol"))
    return past, past.promote("1.4.0", "production", "Trained on the winter tariff as well.")
