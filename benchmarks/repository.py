"""Writes a repository to measure on: release manifests of 55 lines with the models they belong to, seeded.

    python repository.py FOLDER MANIFESTS [--invalid EVERY]

With `--invalid 100` every hundredth manifest has a fault that the schema finds.
"""

from __future__ import annotations

import argparse
import random
from pathlib import Path

VERSIONS = 50  # of one model

PROJECT = """apiVersion: mlops-gitops/v1
kind: Project
branch: main
roles:
  data-science: [{login: alice, emails: [alice@example.org]}]
  operations: [{login: bob, emails: [bob@example.org]}]
environments:
  staging: {approvals: {operations: 1}}
  production: {after: [staging], approvals: {data-science: 1, operations: 1}}
"""
CARD = """---
license: apache-2.0
library_name: sklearn
mlops:
  artifacts:
    - path: models/MODEL/part-0.skops
  owners:
    - {name: Alice, contact: alice@example.org, role: data-science}
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
  holdout:
    path: data/holdout.parquet
    key: customer
    label: churned
    score: probability
kpis:
  - id: roc-auc
    metric: roc_auc
    data: holdout
    owner: data-science
    gate: {at_least: 0.85, runbook: Hold the release.}
  - id: latency
    metric: {file: metrics.json, key: p95_ms}
    gate: {at_most: 40}
"""


def manifest(chance: random.Random, model: str, minor: int) -> str:
    """A release manifest; its digests are random."""

    def hexadecimal(length: int) -> str:
        return f"{chance.getrandbits(4 * length):0{length}x}"

    # A release shares its model's card, KPIs, code and data with those before it; what it made is its own.
    its = random.Random(model)

    def shared(length: int) -> str:
        return f"{its.getrandbits(4 * length):0{length}x}"

    lines = ["apiVersion: mlops-gitops/v1", "kind: Release", f"model: {model}", f'version: "1.{minor}.0"', "artifacts:"]
    for part in range(3):
        lines += [
            f"  - path: models/{model}/part-{part}.skops",
            f'    md5: "{hexadecimal(32)}"',
            "    hash: md5",
            f"    size: {chance.randrange(1_000, 1_000_000)}",
            f'    sha256: "{hexadecimal(64)}"',
            "    format: skops",
            "    remote: storage",
        ]
    for name, file in (("card", "README.md"), ("kpis", "kpis.yaml")):
        lines += [f"{name}:", f"  path: models/{model}/{file}", f'  sha256: "{shared(64)}"']
    lines += ["evaluation:", "  holdout:", "    path: data/holdout.parquet", f'    md5: "{hexadecimal(32)}"']
    lines += ["    hash: md5", "    size: 50000", "    stage: evaluate"]
    lines += ["  latency:", "    path: metrics.json", f'    git_blob: "{hexadecimal(40)}"', "    stage: evaluate"]
    lines += ["lineage:", "  lock: dvc.lock", "  stage: train", "  deps:"]
    for path in ("data/train.parquet", "src/train.py", "params.yaml"):
        lines += [f"    - path: {path}", f'      md5: "{shared(32)}"']
    lines.append(f'  params_sha256: "{shared(64)}"')
    if minor:
        lines.append(f'supersedes: "1.{minor - 1}.0"')
    return "\n".join(lines) + "\n"


def write(root: Path, manifests: int, *, invalid: int = 0, seed: int = 1) -> None:
    """Writes the repository into `root`; every `invalid`-th manifest is faulty, none when it is 0."""
    chance = random.Random(seed)
    (root / ".git").mkdir(parents=True)
    (root / "mlops.yaml").write_text(PROJECT)
    for number in range(manifests):
        model, minor = f"model-{number // VERSIONS:04}", number % VERSIONS
        if not minor:
            (root / "models" / model).mkdir(parents=True)
            (root / "releases" / model).mkdir(parents=True)
            (root / "models" / model / "README.md").write_text(CARD.replace("MODEL", model))
            (root / "models" / model / "kpis.yaml").write_text(KPIS.replace("MODEL", model))
        text = manifest(chance, model, minor)
        if invalid and number % invalid == invalid // 2:
            text = text.replace("format: skops", "formt: skops", 1)
        (root / "releases" / model / f"1.{minor}.0.yaml").write_text(text)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("manifests", type=int)
    parser.add_argument("--invalid", type=int, default=0, metavar="EVERY")
    given = parser.parse_args()
    write(given.folder, given.manifests, invalid=given.invalid)
