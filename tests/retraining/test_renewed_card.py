"""A card of a candidate: each number with its own digits, and every other byte as it was."""

from __future__ import annotations

from cases import cases

from mlops_gitops.core.semver import next_minor
from mlops_gitops.documents.read_document import parse
from mlops_gitops.documents.tree import Overlay
from mlops_gitops.pipelines.tracked_outputs import Tracking
from mlops_gitops.records import card
from mlops_gitops.records.kpis import Kpis
from mlops_gitops.retraining.renewed_card import renewed_card

CARD = """---
license: apache-2.0  # ours
model-index:
  - name: churn
    results:
      - {{task: {{type: t}}, dataset: {{type: d, name: D}}, metrics: [{{type: auc, value: {value}}}]}}
mlops:
  artifacts: [{{path: model.bin, md5: "{md5}"}}]
  owners: [{{name: Alice, contact: alice@example.org, role: data-science}}]
  risk: {{class: limited, rationale: x}}
  intended_use: x
  out_of_scope: x
  limitations: x
---
# Churn, and 0.90
"""
PIPELINE = b"stages:\n  train: {cmd: x, outs: [model.bin], metrics: [metrics.json: {cache: false}]}\n"


def renewed(value: str, measured: str, md5: str = "0" * 32) -> str:
    """The card after a run that measured this."""
    metrics = f'{{"auc": {measured}}}'.encode()
    outs = ("model.bin", "1" * 32), ("metrics.json", _md5(metrics))
    listed = "".join(f"    - {{path: {path}, hash: md5, md5: '{digest}', size: 1}}\n" for path, digest in outs)
    lock = f"schema: '2.0'\nstages:\n  train:\n    cmd: x\n    outs:\n{listed}".encode()
    tree = Overlay({"dvc.yaml": PIPELINE, "dvc.lock": lock, "metrics.json": metrics})
    document = parse("models/churn/README.md", CARD.format(value=value, md5=md5).encode())
    kpis = Kpis("models/churn/kpis.yaml", "churn", {}, (), {})
    return renewed_card(document, card.read(document), kpis, Tracking(tree), ()).decode()


def _md5(data: bytes) -> str:
    import hashlib

    return hashlib.md5(data).hexdigest()


@cases("value, measured, written", [
    ("0.90", "0.9412345", "0.94"), ("0.900", "0.9412345", "0.941"), ("'0.90'", "0.9412345", "'0.94'"),
    ("90%", "0.9412345", "94%"), ("90.1 %", "0.9412345", "94.1 %"), ("0.9", "0.94", "0.9"), ("1", "0.4321", "0.4321"),
    ("0.90", "0.899", "0.90"), ("0.12345678901234567890", "0.5", "0.500000000000"), ("120", "1234.5", "1234"),
    ("none", "0.94", "none"),
])  # fmt: skip
def test_a_claim_says_what_was_measured_with_its_digits(value: str, measured: str, written: str) -> None:
    assert renewed(value, measured) == CARD.format(value=written, md5="1" * 32)


@cases("versions, following", [
    ((), "1.0.0"), (("1.4.2", "1.3.9"), "1.5.0"), (("1.9.0", "1.10.0"), "1.11.0"), (("1.5.0-rc.1",), "1.5.0"),
    (("1.5.1-rc.1", "1.4.0"), "1.6.0"), (("0.0.1",), "0.1.0"),
])  # fmt: skip
def test_the_next_minor_version(versions: tuple[str, ...], following: str) -> None:
    assert next_minor(versions) == following
