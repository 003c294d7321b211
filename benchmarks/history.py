"""Writes a repository with a long history to measure on: MODELS models, EACH releases of each, every one promoted.

    python history.py FOLDER MODELS EACH

FOLDER/origin.git is a bare remote and FOLDER/repository a clone of it. In each round every model gets a release, and
then every release of that round is promoted, so that a promotion comes later than the commit that added its release.
Every fifth model runs in two environments. Each merge is one commit with one receipt. The product composes the files,
and git reads them from one stream: to promote 100,000 times by commands would take days.
"""

from __future__ import annotations

import argparse
import hashlib
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, cast

from mlops_gitops.core.canonical import sha256
from mlops_gitops.documents.tree import Overlay
from mlops_gitops.pipelines.tracked_outputs import Tracking
from mlops_gitops.promotion.manifest import compose_manifest, plan_release
from mlops_gitops.promotion.order import record_subject
from mlops_gitops.records.promotion import Promotion, statement
from mlops_gitops.records.receipt import POLICY_TAG, Receipt
from mlops_gitops.records.release import Release
from mlops_gitops.repository.policy_files import digest_of, is_stated
from mlops_gitops.repository.snapshot import Snapshot

START, STEP = 1_767_312_000, 60  # the first commit, and the seconds from one to the next
TWO_ENVIRONMENTS = 5  # every so many models
ALICE, TOOL = "Alice <alice@example.org>", "mlops-gitops <mlops-gitops@users.noreply.invalid>"
PROJECT = """apiVersion: mlops-gitops/v1
kind: Project
branch: main
roles:
  data-science: [{login: alice, emails: [alice@example.org]}, {login: carol, emails: [carol@example.org]}]
  operations: [{login: bob, emails: [bob@example.org]}]
environments:
  staging: {approvals: {operations: 1}}
  production: {approvals: {operations: 1}}
"""
CARD = """---
license: apache-2.0
mlops:
  artifacts: [{path: models/MODEL/model.skops}]
  owners: [{name: Alice, contact: alice@example.org, role: data-science}]
  risk: {class: limited, rationale: Ranks accounts for a call.}
  intended_use: Choosing which accounts to call.
  out_of_scope: Pricing.
  limitations: One country.
---

# MODEL

Ranks accounts by how likely they are to leave.
"""
KPIS = """apiVersion: mlops-gitops/v1
kind: KPIs
model: MODEL
data:
  holdout: {path: models/MODEL/predictions.csv, key: customer, label: churned, score: probability}
kpis:
  - {id: roc-auc, metric: roc_auc, data: holdout, owner: data-science, gate: {at_least: 0.85}}
"""
PIPELINE = """stages:
  train: {cmd: train, deps: [train.csv], outs: [model.skops]}
  evaluate: {cmd: evaluate, deps: [model.skops, test.csv], outs: [predictions.csv]}
"""
LOCK = """schema: '2.0'
stages:
  train:
    cmd: train
    deps:
    - {path: train.csv, hash: md5, md5: TRAIN, size: 100}
    outs:
    - {path: model.skops, hash: md5, md5: ARTIFACT, size: 20}
  evaluate:
    cmd: evaluate
    deps:
    - {path: model.skops, hash: md5, md5: ARTIFACT, size: 20}
    - {path: test.csv, hash: md5, md5: TEST, size: 50}
    outs:
    - {path: predictions.csv, hash: md5, md5: PREDICTIONS, size: 30}
"""
STATE = 'apiVersion: mlops-gitops/v1\nkind: DesiredState\nmodel: {}\nenvironment: {}\nrelease: "{}"\n'


@dataclass
class Model:
    """One model: its files as the newest commit has them, and what was merged of it last."""

    name: str
    environments: tuple[str, ...]
    files: dict[str, bytes]
    manifest: Release | None = None
    release_commit: str = ""
    newest: dict[str, Promotion] = field(default_factory=dict)


class Stream:
    """A bare repository that `git fast-import` fills."""

    def __init__(self, folder: Path) -> None:
        """`folder` is there and empty."""
        subprocess.run(["git", "init", "-q", "--bare", "-b", "main", str(folder)], check=True)
        words = ["git", "-C", str(folder), "fast-import", "--quiet", "--done", "--date-format=raw", "--force"]
        self._process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self._input, self._output = cast(IO[bytes], self._process.stdin), cast(IO[bytes], self._process.stdout)
        self._number = 0

    @property
    def time(self) -> int:
        """When the newest commit was made, in seconds since 1970."""
        return START + STEP * self._number

    def commit(self, message: str, files: dict[str, bytes]) -> str:
        """Adds a commit to main that writes these files, and returns its id."""
        self._number += 1
        self._input.write(f"commit refs/heads/main\nmark :{self._number}\n".encode())
        for person in ("author", "committer"):
            self._input.write(f"{person} {ALICE} {self.time} +0000\n".encode())
        self._data(message.encode())
        for path, data in files.items():
            self._input.write(f"M 100644 inline {path}\n".encode())
            self._data(data)
        self._input.write(f"\nget-mark :{self._number}\n".encode())
        self._input.flush()
        return self._output.readline().decode().strip()

    def tag(self, receipt: Receipt) -> None:
        """Adds a receipt."""
        self._input.write(f"tag {receipt.tag}\nfrom {receipt.target}\ntagger {TOOL} {self.time} +0000\n".encode())
        self._data(receipt.message().encode())

    def close(self) -> None:
        """Ends the stream. Raises CalledProcessError where git refused it."""
        self._input.write(b"done\n")
        self._input.close()
        if code := self._process.wait():
            raise subprocess.CalledProcessError(code, "git fast-import")

    def _data(self, data: bytes) -> None:
        self._input.write(b"data %d\n" % len(data) + data + b"\n")


def write(folder: Path, models: int, each: int) -> None:
    """Writes the remote and its clone."""
    folder.mkdir(parents=True)
    origin = folder / "origin.git"
    stream = Stream(origin)
    every = [_model(number) for number in range(models)]
    _begin(stream, every)
    for number in range(each):
        released = [(model, _release(stream, model, number)) for model in every]
        for model, manifest in released:
            for environment in model.environments:
                _promote(stream, model, manifest, environment)
    stream.close()
    subprocess.run(["git", "-C", str(origin), "repack", "-q", "-a", "-d"], check=True)
    subprocess.run(["git", "-C", str(origin), "pack-refs", "--all"], check=True)
    subprocess.run(["git", "clone", "-q", "--no-local", str(origin), str(folder / "repository")], check=True)
    for key, value in (("user.name", "Alice"), ("user.email", "alice@example.org")):
        subprocess.run(["git", "-C", str(folder / "repository"), "config", key, value], check=True)


def _model(number: int) -> Model:
    name = f"model-{number:04}"
    top = f"models/{name}"
    texts = {f"{top}/README.md": CARD, f"{top}/kpis.yaml": KPIS, f"{top}/dvc.yaml": PIPELINE}
    files = {path: text.replace("MODEL", name).encode() for path, text in texts.items()}
    environments = ("staging", "production") if number % TWO_ENVIRONMENTS == 0 else ("production",)
    return Model(name, environments, files | {"mlops.yaml": PROJECT.encode()} | {".dvc/config": b""})


def _begin(stream: Stream, models: list[Model]) -> None:
    files = {path: data for model in models for path, data in model.files.items()}
    sha = stream.commit("Begin", files)
    snapshot = Snapshot(Overlay(files))
    stated = sorted(path for path in files if is_stated(snapshot.folders, path))
    facts = {"files": stated, "pull_request": None, "required": {}, "approvals": []}
    facts["self_declared"] = True
    stream.tag(Receipt(POLICY_TAG + sha, sha, "mlops.yaml", digest_of(snapshot), sha, "met", "local", facts))


def _digests(*words: object) -> Iterator[str]:
    """Digests that stand for files: the MD5 of each."""
    return (hashlib.md5(f"{word} {words[0]}".encode(), usedforsecurity=False).hexdigest() for word in words[1:])


def _release(stream: Stream, model: Model, number: int) -> Release:
    version = f"1.{number}.0"
    artifact, predictions = _digests(f"{model.name} {version}", "artifact", "predictions")
    train, test = _digests(model.name, "train", "test")
    lock = LOCK.replace("ARTIFACT", artifact).replace("PREDICTIONS", predictions)
    path = f"models/{model.name}/dvc.lock"
    changed = {path: lock.replace("TRAIN", train).replace("TEST", test).encode()}
    files = model.files | changed
    if model.manifest:
        files[model.manifest.path] = model.manifest.render()
    snapshot = Snapshot(Overlay(files))
    tracking = Tracking(snapshot.tree)
    plan = plan_release(snapshot, tracking, model.name)
    digests = {pin.path: sha256(pin.path.encode() + artifact.encode()) for pin in plan.pins()}
    remotes = dict.fromkeys(digests, "storage")
    manifest = compose_manifest(snapshot, tracking, plan, version, digests, remotes)
    model.files |= changed
    model.manifest = manifest
    written = manifest.render()
    model.release_commit = stream.commit(f"Release {model.name} {version}", changed | {manifest.path: written})
    merged = (manifest.path, "sha256:" + sha256(written), model.release_commit)
    _receipt(stream, f"{model.name}@v{version}", model, merged, {})
    return manifest


def _promote(stream: Stream, model: Model, manifest: Release, environment: str) -> None:
    before = model.newest.get(environment)
    sequence = before.sequence + 1 if before else 1
    gate = {"id": "roc-auc", "metric": "roc_auc", "outcome": "passed", "on_fail": "block", "value": 0.9, "n": 1000,
            "at_least": 0.85, "better": "higher"}  # fmt: skip
    predicate = {
        "model": model.name, "environment": environment, "sequence": sequence, "action": "promote",
        "release": manifest.version, "replaces": before.release if before else None,
        "previous": before.digest if before else None, "upstream": [],
        "policy": Snapshot(Overlay(model.files)).policy_digest(model.name), "gates": [gate], "rules": [],
        "decisions": [], "requested_by": {"email": "alice@example.org", "via": "command line"}, "why": "",
        "tool": "mlops-gitops", "created": "2026-01-02T00:00:00Z",
    }  # fmt: skip
    path = f"promotions/{environment}/{model.name}/{sequence:04}.json"
    record = statement(path, record_subject(manifest, manifest.render()), predicate)
    model.newest[environment] = record
    state = STATE.format(model.name, environment, manifest.version).encode()
    files = {path: record.render(), f"environments/{environment}/{model.name}.yaml": state}
    sha = stream.commit(f"Promote {model.name} {manifest.version} to {environment}", files)
    requested = {"requested_by": {"email": "alice@example.org", "via": "command line"}}
    _receipt(stream, f"{model.name}#{environment}#{sequence}", model, (path, record.digest, sha), requested)


def _receipt(stream: Stream, tag: str, model: Model, merged: tuple[str, str, str], more: dict[str, object]) -> None:
    """Writes the receipt of a merged file: its path, digest and commit."""
    approvals = [{"role": "operations", "by": "bob", "at": "2026-01-02T00:00:00Z"}] if more else []
    facts = {"pull_request": 1, "merged_by": "bob@example.org", "required": {"operations": 1} if more else {},
             "approvals": approvals, "self_declared": True, **more}  # fmt: skip
    stream.tag(Receipt(tag, model.release_commit, *merged, "met", "local", facts))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("models", type=int)
    parser.add_argument("each", type=int)
    args = parser.parse_args()
    write(args.folder, args.models, args.each)
