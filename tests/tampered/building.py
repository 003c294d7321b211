"""A repository of two models that grows commit by commit: records, receipts and files as the product writes them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from independent.repository import HOUR, Files, Growing, Seen, Tag, changed

from mlops_gitops.core.canonical import rounded, sha256
from mlops_gitops.documents.read_document import parse
from mlops_gitops.documents.tree import Overlay
from mlops_gitops.pipelines.tracked_outputs import Tracking
from mlops_gitops.promotion.manifest import compose_manifest, plan_release
from mlops_gitops.promotion.order import record_subject
from mlops_gitops.records import project, receipt
from mlops_gitops.records.promotion import GATED, WAVES, Promotion, statement
from mlops_gitops.records.receipt import POLICY_TAG, Receipt
from mlops_gitops.repository.ledger import ADDED
from mlops_gitops.repository.policy_files import digest_of, is_stated
from mlops_gitops.repository.rollout_plans import changed_plans
from mlops_gitops.repository.running_rollout import plan_digest
from mlops_gitops.repository.snapshot import Snapshot

BOTH = ({"role": "data-science", "by": "carol"}, {"role": "operations", "by": "bob"})
Changes = dict[str, bytes | None]
Record = dict[str, Any]
PIPELINE = """stages:
  train: {cmd: train, deps: [train.csv], outs: [model.skops]}
  evaluate: {cmd: evaluate, deps: [model.skops, test.csv], outs: [predictions.csv]}
"""
LOCK = """schema: '2.0'
stages:
  train:
    cmd: train
    deps: [{path: train.csv, hash: md5, md5: TRAIN, size: 100}]
    outs: [{path: model.skops, hash: md5, md5: ARTIFACT, size: 20}]
  evaluate:
    cmd: evaluate
    deps:
    - {path: model.skops, hash: md5, md5: JUDGED, size: 20}
    - {path: test.csv, hash: md5, md5: TEST, size: 50}
    outs: [{path: predictions.csv, hash: md5, md5: PREDICTIONS, size: 30}]
"""


def md5(*words: object) -> str:
    """A digest that stands for a file."""
    return hashlib.md5(" ".join(map(str, words)).encode(), usedforsecurity=False).hexdigest()


def state(model: str, environment: str, release: str | None, rolling: Record | None = None, plan: str = "") -> bytes:
    """A desired state."""
    lines = ["apiVersion: mlops-gitops/v1", "kind: DesiredState", f"model: {model}", f"environment: {environment}"]
    lines += [f'release: "{release}"'] if release else []
    lines += [f'rolling: {{release: "{rolling["release"]}", wave: {rolling["wave"]}}}'] if rolling else []
    return ("\n".join(lines) + f"\n{plan}").encode()


@dataclass
class History:
    """The line of a repository, and what was last done on it."""

    repository: Growing
    pulls: int = 0

    @property
    def files(self) -> Files:
        """The files of the newest commit."""
        return self.repository.tip.files

    @property
    def snapshot(self) -> Snapshot:
        """The newest commit."""
        return Snapshot(Overlay(self.files))

    def text(self, path: str) -> str:
        """The text of a file."""
        return self.files[path].decode()

    def wait(self, hours: int) -> None:
        """Lets time pass."""
        self.repository.time += hours * HOUR

    # ── commits ──

    def put(
        self, changes: Mapping[str, bytes | str | None], *, author: str = "", approved: str | None = receipt.MET,
        by: Iterable[Record] = BOTH,
    ) -> Seen:  # fmt: skip
        """A commit, and the receipts that it is owed; none where `approved` is None.

        With `author` it is a merge of a branch that this person wrote.
        """
        line = self.repository.line
        before = line[-1] if line else Seen("", {})
        data = {path: text.encode() if isinstance(text, str) else text for path, text in changes.items()}
        files, parents = changed(before.files, data), (before,) if line else ()
        if author:
            parents = (before, self.repository.commit(files, (before,), author))
        self.pulls += 1
        seen = self.repository.commit(files, parents)
        line.append(seen)
        if approved:
            self._receipts(seen, before, approved, list(by))
        return seen

    def edit(self, path: str, old: str, new: str, **how: Any) -> Seen:
        """A commit that replaces some text of a file."""
        text = self.text(path)
        assert old in text, (path, old)
        return self.put({path: text.replace(old, new, 1)}, **how)

    def _receipts(self, seen: Seen, before: Seen, approved: str, approvals: list[Record]) -> None:
        at = datetime.fromtimestamp(self.repository.time, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        facts = {"pull_request": self.pulls, "merged_at": at, "approvals": approvals}
        tip, base = Snapshot(Overlay(seen.files)), Snapshot(Overlay(before.files))
        for path in sorted(seen.files.keys() - before.files.keys()):
            kind = next((kind for kind in ADDED if kind.match(tip.folders, path) is not None), None)
            if kind is not None:
                record = kind.read(parse(path, seen.files[path]))
                value = record.digest if isinstance(record, Promotion) else f"sha256:{sha256(seen.files[path])}"
                name = receipt.receipt_tag(record, path.rsplit("/", 1)[-1].removesuffix(".yaml"))
                self.tag(name, self._target(record, seen), path, value, seen, approved, facts)
        differing = {path for path in {*seen.files, *before.files} if seen.files.get(path) != before.files.get(path)}
        stated = {path for path in differing if is_stated(tip.folders, path) or is_stated(base.folders, path)}
        if files := sorted({*stated, *changed_plans(base, tip, differing)}):
            path = next((path for path in project.PATHS if path in files), files[0])
            self.tag(POLICY_TAG + seen.sha, seen.sha, path, digest_of(tip), seen, approved, {"files": files, **facts})

    def _target(self, record: Any, seen: Seen) -> str:
        if not isinstance(record, Promotion):
            return seen.sha
        path = f"releases/{record.model}/{record.release}.yaml"
        return next((each.sha for each in self.repository.line if path in each.files), seen.sha)

    def tag(
        self, name: str, target: str, path: str, value: str, seen: Seen, approved: str, facts: Mapping[str, Any]
    ) -> None:
        """Writes a receipt."""
        found = Receipt(name, target, path, value, seen.sha, approved, "local", facts)
        self.repository.tags[name] = Tag(target, found.message())

    # ── what is composed ──

    def trained(self, model: str, version: str, *, judged: str = "") -> Changes:
        """The files of a model that was trained anew; with `judged`, other bytes were evaluated."""
        artifact = md5(model, version, "artifact")
        digests = {"TRAIN": md5(model, "train"), "TEST": md5(model, "test"), "ARTIFACT": artifact,
                   "JUDGED": judged or artifact, "PREDICTIONS": md5(model, version, "predictions")}  # fmt: skip
        text = LOCK
        for word, digest in digests.items():
            text = text.replace(word, digest)
        return {f"models/{model}/dvc.lock": text.encode()}

    def release(self, model: str, version: str, supersedes: str | None = None, **how: Any) -> Changes:
        """A release, with the training that it is of."""
        files = self.trained(model, version, **how)
        snapshot = Snapshot(Overlay(changed(self.files, files)))
        tracking = Tracking(snapshot.tree)
        plan = plan_release(snapshot, tracking, model)
        digests = {pin.path: sha256(f"{pin.path} {pin.md5}".encode()) for pin in plan.pins()}
        manifest = compose_manifest(snapshot, tracking, plan, version, digests, dict.fromkeys(digests, "storage"))
        written = manifest.render()
        if supersedes is not None:
            lines = [line for line in written.splitlines() if not line.startswith(b"supersedes:")]
            lines += [f'supersedes: "{supersedes}"'.encode()] if supersedes else []
            written = b"\n".join(lines) + b"\n"
        return {**files, manifest.path: written}

    def chain(self, model: str, environment: str) -> list[Promotion]:
        """The records of a model in an environment."""
        within = f"promotions/{environment}/{model}/"
        found = []
        for path in sorted(path for path in self.files if path.startswith(within) and path.endswith(".json")):
            data = json.loads(self.files[path])
            found.append(statement(path, data["subject"], data["predicate"]))
        return found

    def settled(self, model: str, environment: str) -> Promotion | None:
        """The record that put the release in force there."""
        found = [record for record in self.chain(model, environment) if not record.wave and record.in_force]
        return found[-1] if found else None

    def record(self, model: str, environment: str, action: str, version: str, **other: Any) -> Changes:
        """A record and the desired state that it sets; `other` are values of the predicate that are not true."""
        snapshot, chain = self.snapshot, self.chain(model, environment)
        manifest = snapshot.release(model, version)
        assert manifest is not None
        newest, settled = chain[-1] if chain else None, self.settled(model, environment)
        in_force = settled.release if settled else None
        replaced = newest.release if newest and action in ("rollback", "stop") else in_force
        gated = action in GATED
        predicate = {
            "model": model, "environment": environment, "sequence": newest.sequence + 1 if newest else 1,
            "action": action, "release": version, "replaces": replaced,
            "previous": newest.digest if newest else None,
            "upstream": self._upstream(model, environment, version) if gated else [],
            "policy": snapshot.policy_digest(model) or f"sha256:{'0' * 64}",
            "gates": self._gates(snapshot, model) if gated else [], "rules": [], "decisions": [],
            "requested_by": {"email": "alice@example.org", "via": "command line"},
            "why": "" if gated else "As agreed", "tool": "mlops-gitops 0.1.0", "created": "2026-06-01T00:00:00Z",
        }  # fmt: skip
        if action == "adopt":
            kpis, judge = snapshot.kpis(model), snapshot.project
            after = judge.environments[environment].after if judge and environment in judge.environments else ()
            gates = [kpi.id for kpi in kpis.kpis if kpi.gate] if kpis else []
            predicate["skipped"] = {"gates": gates, "order": list(after)}
        return self._written({**predicate, **other}, record_subject(manifest, self.files[manifest.path]))

    def _written(self, predicate: Record, subject: list[dict[str, object]]) -> Changes:
        model, environment = predicate["model"], predicate["environment"]
        path = f"promotions/{environment}/{model}/{predicate['sequence']:04}.json"
        record = statement(path, subject, predicate)
        plan = self.plan(model, environment)
        rolling = {"release": record.release, "wave": record.wave} if record.wave else None
        return {
            path: record.render(),
            f"environments/{environment}/{model}.yaml": state(model, environment, record.in_force, rolling, plan),
        }

    def _upstream(self, model: str, environment: str, version: str) -> list[dict[str, str]]:
        if environment != "production":
            return []
        proven = [record for record in self.chain(model, "staging") if record.release == version and not record.wave]
        tags = self.repository.tags
        met = [each for each in proven if self._is_met(tags.get(f"{model}#staging#{each.sequence}"))]
        return [{"environment": "staging", "record": met[-1].digest}] if met else []

    def _is_met(self, tag: Tag | None) -> bool:
        return tag is not None and '"approved": "met"' in (tag.message or "")

    def _gates(self, snapshot: Snapshot, model: str) -> list[Record]:
        kpis = snapshot.kpis(model)
        return [self._gate(kpi.id, kpi.gate.conditions(), model) for kpi in kpis.kpis if kpi.gate] if kpis else []

    def _gate(self, id: str, conditions: Record, model: str) -> Record:
        gate = {"id": id, "metric": "accuracy", "outcome": "passed", "on_fail": "block", "value": 0.9, "n": 50,
                **conditions, "better": "higher"}  # fmt: skip
        if "no_worse_than" not in conditions:
            return gate
        runs = self.settled(model, "production")
        gate |= {"baseline": None, "change": None}
        if runs:
            gate["baseline"] = {"environment": "production", "release": runs.release, "record": runs.digest,
                                "value": 0.9}  # fmt: skip
            gate |= {"change": rounded(0.0), "paired": {"n": 50, "value": 0.9, "unpaired": [0, 0]}}
        return gate

    # ── rollouts ──

    def plan(self, model: str, environment: str) -> str:
        """The targets and waves of a desired state as they are written now."""
        path = f"environments/{environment}/{model}.yaml"
        text = self.text(path) if path in self.files else ""
        return text[text.index("targets:") :] if "targets:" in text else ""

    def step(self, model: str, action: str, version: str, wave: str = "", **other: Any) -> Changes:
        """A record of a rollout in staging, with the fields that it sets."""
        path = f"environments/staging/{model}.yaml"
        planned = self.snapshot.state("staging", model)
        assert planned is not None and planned.rollout is not None
        rolls = {"wave": wave} if wave else {}
        if action == "open":
            rolls["rollout"] = plan_digest(planned, self.snapshot)
        if action == "advance":
            rolls["approvals"] = dict(next(each.approvals for each in planned.rollout.waves if each.name == wave))
        manifest = self.snapshot.release(model, version)
        assert manifest is not None
        traffic = "10" if wave == "canary" else "100"
        values = {"uri": f"m/{manifest.artifacts[0].md5}", "traffic": traffic}
        targets = [{"target": "api", "path": f"deploy/{model}.yaml", "select": {}, "field": field, "value": value}
                   for field, value in values.items()]  # fmt: skip
        changes = self.record(model, "staging", action, version, **{**rolls, "targets": targets, **other})
        assert path in changes and (action not in WAVES or wave)
        return {**changes, f"deploy/{model}.yaml": "".join(f"{k}: {v}\n" for k, v in values.items()).encode()}
