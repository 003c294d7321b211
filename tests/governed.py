"""The governed sample: the sample repository with all that the built-in packs ask for, and what is known around it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import date
from functools import cache

import sample

from mlops_gitops.compliance.explanations.level import Derived, FeatureImportance
from mlops_gitops.compliance.subject import Counts, Evidence, Subject
from mlops_gitops.core.canonical import sha256
from mlops_gitops.core.errors import Undecided
from mlops_gitops.core.frozen import replace
from mlops_gitops.documents.tree import Overlay
from mlops_gitops.policy.examples import WATCHED
from mlops_gitops.policy.rule import Edit
from mlops_gitops.records.pack import Attestation, Pack, Requirement
from mlops_gitops.records.receipt import MET, Receipt
from mlops_gitops.records.release import Pin
from mlops_gitops.repository.context import Context
from mlops_gitops.repository.ledger import Ledger
from mlops_gitops.repository.packs_in_force import built_in, built_in_ids
from mlops_gitops.repository.snapshot import Snapshot

TODAY = date(2028, 1, 10)  # when every requirement of the built-in packs applies
MERGED = "2028-01-03T12:00:00Z"
AUDIT = """audited: 2027-10-01
auditor: Example Audit LLC
source: All applicants of 2026.
collected: {from: 2026-01-01, to: 2026-12-31}
rows: {path: data/applicants.csv, sha256: "SHA"}
columns: {sex: sex, race: race, selected: selected}
unknown: [unknown]
"""
COUNTS: Counts = {
    ("Male", "White"): (60, 30), ("Male", "Black"): (32, 20), ("Female", "White"): (40, 18),
    ("Female", "Black"): (36, 16), ("unknown", "White"): (4, 2),
}  # fmt: skip
APPLICANTS = "sex,race,selected\n" + "".join(
    f"{sex},{race},{int(n < hits)}\n" for (sex, race), (count, hits) in COUNTS.items() for n in range(count)
)
BROKEN = {
    "card": Edit("models/churn/README.md", "license: apache-2.0", "license: ["),
    "kpis": Edit("models/churn/kpis.yaml", "kind: KPIs", "kind: ["),
    "release": Edit("releases/churn/1.1.0.yaml", "kind: Release", "kind: ["),
    "record": Edit("promotions/staging/churn/0002.json", '"predicate": {', '"predicate": ['),
    "monitoring": Edit("models/churn/monitoring.yaml", "kind: Monitoring", "kind: ["),
}
EVIDENCE = ("robustness", "risk-assessment", "notice")
EXPLANATION = {
    "model": "churn", "method": "permutation",
    "artifact": {"path": "models/churn/model.skops", "md5": "b" * 31 + "1"},
    "data": {"path": "data/holdout.csv", "md5": "d" * 32, "key": "customer_id"},
    "kpi": "roc-auc", "metric": "roc_auc", "baseline": 0.9, "repeats": 2, "seed": "0" * 32, "sample": 100,
    "features": [{"name": "age", "importance": 0.1}], "stability": None,
    "rows": {"path": "reports/whatif.parquet", "md5": "e" * 32},
}  # fmt: skip
DERIVED = Derived("roc_auc", 100, 2, 0.9, 0.95, (FeatureImportance("age", 0.1, 0.05, 0.15, True),))
PROJECT = sample.PROJECT + "governance: {packs: [eu-ai-act, us-mrm, us-co-admt, nyc-ll144], enforce: [production]}\n"


def rows() -> list[tuple[Pack, Requirement]]:
    """Every requirement of the built-in packs."""
    return [(pack, row) for pack in map(built_in, built_in_ids()) for row in pack.requirements]


def attestation(row: Requirement) -> Attestation | None:
    """What a requirement asks people to state."""
    return next((check for check in row.checks if isinstance(check, Attestation)), None)


def attest_path(row: Requirement) -> str:
    """Where the sample's attestation of a requirement lies."""
    return f"decisions/2028-01-02-{row.id.lower()}.yaml"


def _attest(row: Requirement, wanted: Attestation) -> str:
    release = ', release: "1.1.0"' if wanted.per_release else ""
    return f"""apiVersion: mlops-gitops/v1
kind: Decision
type: attest
subject: {{model: churn{release}, requirement: {row.id}}}
role: operations
by: bob
reason: I looked, and it is so.
expires: 2028-12-31
"""


def card(reports: Mapping[str, bytes]) -> str:
    """The card, which pins the reports."""
    listed = "".join(
        f"    - {{id: r{n}, type: {name}, path: {path}, sha256: '{sha256(reports[path])}'}}\n"
        for n, (name, path) in enumerate([("explainability", "reports/explain.json"),
                                          *((name, f"reports/{name}.md") for name in EVIDENCE),
                                          ("bias-audit", "reports/audit.yaml")])
    )  # fmt: skip
    head = "license: apache-2.0\npipeline_tag: tabular-classification\ndatasets: [example/accounts-2025]\n"
    more = "  purpose: Which accounts are called first.\n  exposure: Forty thousand accounts a year.\n"
    more += f"  aedt: true\n  consequential: true\n  evidence:\n{listed}"
    text = sample.CARD.replace("license: apache-2.0\n", head).replace("class: limited", "class: high")
    text = text.replace("  limitations: One country.\n", f"  limitations: One country.\n{more}")
    return text + "\n## How to use it\n\nCall the first hundred.\n\n## Human review\n\nBob reads each list.\n"


EXPLAIN_STAGE = b"""  explain:
    cmd: explain
    deps: [models/churn/model.skops, data/holdout.csv]
    outs: [reports/explain.json: {cache: false}, reports/whatif.parquet]
"""


def _explain_stage(explanation: bytes) -> bytes:
    """What dvc.lock has of the stage that explains the model."""
    return f"""  explain:
    cmd: explain
    deps:
    - {{path: models/churn/model.skops, hash: md5, md5: {"b" * 31}1, size: 20}}
    - {{path: data/holdout.csv, hash: md5, md5: {"d" * 32}, size: 30}}
    outs:
    - {{path: reports/explain.json, hash: md5, md5: '{hashlib.md5(explanation).hexdigest()}', size: 9}}
    - {{path: reports/whatif.parquet, hash: md5, md5: {"e" * 32}, size: 9}}
""".encode()


@cache
def _files() -> Mapping[str, bytes]:
    found = sample.files()
    found["mlops.yaml"] = PROJECT.encode()
    found["data/applicants.csv"] = APPLICANTS.encode()
    found["reports/audit.yaml"] = AUDIT.replace("SHA", sha256(found["data/applicants.csv"])).encode()
    found |= {f"reports/{name}.md": f"What we found of {name}.\n".encode() for name in EVIDENCE}
    explanation = json.dumps(EXPLANATION).encode()
    found |= {"reports/explain.json": explanation, "dvc.lock": found["dvc.lock"] + _explain_stage(explanation)}
    found["dvc.yaml"] += EXPLAIN_STAGE
    found["models/churn/README.md"] = card(found).encode()
    kpis = found["models/churn/kpis.yaml"].decode()
    found["models/churn/kpis.yaml"] = kpis.replace(
        "gate: {at_least: 0.85,", "gate: {confidence: 0.95, slices: {by: [region], min_samples: 50}, at_least: 0.85,"
    ).encode()
    found["models/churn/monitoring.yaml"] = WATCHED.encode()
    record = found["promotions/staging/churn/0001.json"].decode()
    for old, new in (("1.0.0", "1.1.0"), ('"sequence": 1', '"sequence": 2'), ('"why": ""', '"why": "Better data."')):
        record = record.replace(old, new)
    found["promotions/staging/churn/0002.json"] = record.encode()
    for _, row in rows():
        if wanted := attestation(row):
            found[attest_path(row)] = _attest(row, wanted).encode()
    return found


def files() -> dict[str, bytes]:
    """Every file of the governed sample."""
    return dict(_files())


@cache
def ledger() -> Ledger:
    """The history that added every file, and a receipt of each record that proves its approvals."""
    found = sample.ledger_of(_files())
    facts = {"merged_at": MERGED}
    return found.with_receipts(
        Receipt(e.tag, found.target(e), e.record.path, e.digest, e.commit.sha, MET, "local", facts)
        for e in found.entries
    )


def counts(pin: Pin, _: Mapping[str, str]) -> Counts:
    """The applicants, counted."""
    return COUNTS


def out_of_reach(pin: Pin, _: Mapping[str, str]) -> Counts:
    """No bytes are to be had."""
    raise Undecided(f"{pin.path} is in no cache and no remote")


EVIDENCE_AT_HAND = Evidence(lambda _: "", counts, lambda _: DERIVED, lambda _: 200)


def context(*edits: Edit, today: date = TODAY) -> Context:
    """The governed sample with edits, against itself without them."""
    base = Snapshot(Overlay(_files()))
    return Context(Snapshot(Overlay(sample.edited(edits, _files()))), today, base, ledger(), at=lambda _: base)


def subject(*edits: Edit, today: date = TODAY, environment: str = "") -> Subject:
    """The model of the sample in its release 1.1.0."""
    found = context(*edits, today=today)
    release = found.head.release("churn", "1.1.0")
    return Subject(found, "churn", release, environment, EVIDENCE_AT_HAND)


def without_history(found: Subject) -> Subject:
    """The same where no history is at hand."""
    return replace(found, context=replace(found.context, ledger=None))


def without(rests_on: str) -> Subject:
    """The governed sample where what a check depends on is out of reach."""
    if rests_on == "history":
        return without_history(subject())
    if rests_on == "bytes":
        return replace(subject(BROKEN["card"]), evidence=Evidence(lambda _: "", out_of_reach))
    return subject(BROKEN[rests_on])
