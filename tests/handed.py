"""A base with two stages, and the folder that an honest run of them hands over, for tests that change one thing."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mlops_gitops.documents.read_document import parse
from mlops_gitops.documents.tree import Overlay
from mlops_gitops.orchestration.retraining.receive_run import ReceivedRun, receive_run
from mlops_gitops.records import retraining
from mlops_gitops.records.retraining import Retraining
from mlops_gitops.retraining.set_params import with_params

POLICY = """apiVersion: mlops-gitops/v1
kind: Retraining
model: churn
decides: {data-science: 1}
triggers: [{id: by-hand}]
cooldown: 14d
budget: {runs: 4 per month, minutes: 5}
pipeline: {stages: [train, evaluate], params: {train.until: "2026-03-01"}}
evaluate: holdout
then: pull_request
"""
PIPELINE = """stages:
  prepare: {cmd: python prepare.py, deps: [prepare.py], outs: [data/train.csv]}
  train:
    cmd: python train.py
    deps: [train.py, data/train.csv]
    params: [train.until]
    outs: [models/churn/model.skops, models/churn/tokens]
  evaluate:
    cmd: python evaluate.py
    deps: [evaluate.py, models/churn/model.skops]
    outs: [data/holdout.csv]
    metrics:
      - metrics.json: {cache: false}
"""
CODE = {f"{name}.py": f"# {name}\n".encode() for name in ("prepare", "train", "evaluate")}


def md5(data: bytes) -> str:
    """The MD5 digest of bytes."""
    return hashlib.md5(data).hexdigest()


def folder_md5(files: Mapping[str, bytes]) -> str:
    """DVC's digest of a folder."""
    listed = [{"md5": md5(files[path]), "relpath": path} for path in sorted(files)]
    return md5(json.dumps(listed, sort_keys=True).encode()) + ".dir"


def entry(path: str, data: bytes | Mapping[str, bytes]) -> dict[str, Any]:
    """A file or a folder as dvc.lock writes it."""
    if isinstance(data, bytes):
        return {"path": path, "hash": "md5", "md5": md5(data), "size": len(data)}
    size = sum(map(len, data.values()))
    return {"path": path, "hash": "md5", "md5": folder_md5(data), "size": size, "nfiles": len(data)}


def outputs(version: str) -> dict[str, bytes | Mapping[str, bytes]]:
    """What the stages make, by path."""
    tokens = {"a/vocab.txt": f"tokens {version}\n".encode(), "merges.txt": b"always the same\n"}
    return {
        "models/churn/model.skops": f"model {version}\n".encode(), "models/churn/tokens": tokens,
        "data/holdout.csv": f"key,score\n1,{version}\n".encode(), "metrics.json": f'{{"p95": {version}}}\n'.encode(),
    }  # fmt: skip


def lock(version: str, until: str) -> dict[str, Any]:
    """The dvc.lock of a run."""
    made, train = outputs(version), b"id\n1\n"
    code = {path: entry(path, data) for path, data in CODE.items()}
    model = entry("models/churn/model.skops", made["models/churn/model.skops"])
    return {
        "schema": "2.0",
        "stages": {
            "prepare": {
                "cmd": "python prepare.py", "deps": [code["prepare.py"]], "outs": [entry("data/train.csv", train)]
            },
            "train": {
                "cmd": "python train.py", "deps": [entry("data/train.csv", train), code["train.py"]],
                "params": {"params.yaml": {"train.until": until}},
                "outs": [model, entry("models/churn/tokens", made["models/churn/tokens"])],
            },
            "evaluate": {
                "cmd": "python evaluate.py", "deps": [code["evaluate.py"], model],
                "outs": [entry(path, made[path]) for path in ("data/holdout.csv", "metrics.json")],
            },
        },
    }  # fmt: skip


def params(until: str) -> bytes:
    """The params file."""
    return f'# when training ends\ntrain: {{until: "{until}"}}\n'.encode()


def base(**files: bytes) -> Overlay:
    """The tree that a run starts from; `files` are others, with `__` for the dot of their names."""
    found: dict[str, bytes | None] = {
        "mlops.yaml": b"", "dvc.yaml": PIPELINE.encode(), "dvc.lock": json.dumps(lock("1", "2026-01-01")).encode(),
        "params.yaml": params("2026-01-01"), "metrics.json": b'{"p95": 1}\n', **CODE,
    }  # fmt: skip
    return Overlay(found | {name.replace("__", "."): data for name, data in files.items()})


def policy() -> Retraining:
    """The policy of the run."""
    return retraining.read(parse("models/churn/retraining.yaml", POLICY.encode()))


@dataclass
class Handed:
    """A folder that is handed over."""

    folder: Path
    files: Path

    def write(self, path: str, data: bytes) -> None:
        """Writes a file of the repository into it."""
        target = self.files / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)

    def lock(self, change: Any = None) -> None:
        """Writes dvc.lock, changed by a function."""
        data = json.loads(json.dumps(lock("2", "2026-03-01")))  # no two entries are one object
        if change:
            change(data["stages"])
        self.write("dvc.lock", json.dumps(data).encode())

    def received(self, tree: Overlay | None = None) -> ReceivedRun:
        """What is taken of it."""
        cache = self.folder.parent / "cache"
        own = policy()
        return receive_run(tree or base(), own, own.pipeline.params, str(self.folder), str(cache))


def handed(top: Path) -> Handed:
    """What an honest run hands over: its new outputs, the params that were set, and dvc.lock."""
    found = Handed(top / "handed", top / "handed/files")
    for path, data in outputs("2").items():
        for name, content in {"": data}.items() if isinstance(data, bytes) else data.items():
            found.write(f"{path}/{name}".rstrip("/"), content)
    found.write("params.yaml", with_params(base(), policy().pipeline.params)["params.yaml"])
    found.lock()
    (found.folder / "run.json").write_text("{}")
    (found.folder / "log.txt").write_text("")
    return found
