"""A history in a few words: the sample's staging takes 1.1.0 in waves, and is in the first ones."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import sample

from mlops_gitops.core.canonical import digest
from mlops_gitops.documents.tree import Overlay
from mlops_gitops.policy.examples import TARGETED
from mlops_gitops.records import decision
from mlops_gitops.records.decision import Decision
from mlops_gitops.records.promotion import Promotion
from mlops_gitops.records.receipt import MET, Receipt
from mlops_gitops.repository.context import Context
from mlops_gitops.repository.ledger import Commit, Entry, Ledger
from mlops_gitops.repository.running_rollout import plan_digest
from mlops_gitops.repository.snapshot import Snapshot

STATE = "environments/staging/churn.yaml"
ROLLOUT = b"""rollout:
  owner: operations
  waves:
    - {name: canary, targets: [eu-api], traffic: 10, hold: 24h}
    - {name: cloud, targets: [eu-api], approvals: {operations: 1}}
    - {name: fleet, targets: [tills]}
"""
PLANNED = sample.edited(TARGETED)
PLANNED = {**PLANNED, STATE: PLANNED[STATE] + ROLLOUT}
BASE = Snapshot(Overlay(PLANNED))
START = datetime(2026, 1, 8, 10, tzinfo=UTC)
_COMMITS = ("a" * 40, "b" * 40)


def record(action: str, sequence: int, wave: str | None = None, **more: object) -> Promotion:
    """A record about 1.1.0 in staging, as the one before it in the sample; `more` are other keys of its predicate."""
    path = f"promotions/staging/churn/{sequence:04d}.json"
    data = json.loads(PLANNED["promotions/staging/churn/0001.json"])
    data["predicate"] |= {"action": action, "sequence": sequence, "release": "1.1.0", "replaces": "1.0.0", "gates": []}
    data["predicate"] |= ({"wave": wave} if wave else {}) | more
    return Promotion(path, data, digest(data))


def opening(plan: str | None = None) -> Promotion:
    """The record that opens the first wave; `plan` is another digest than that of the base's waves."""
    state = BASE.state("staging", "churn")
    assert state is not None
    return record("open", 2, "canary", rollout=plan or plan_digest(state, BASE))


def decided(name: str, type: str, subject: str = "", expires: str = "") -> Decision:
    """A decision about 1.1.0 in staging; `subject` are other keys of what it is about."""
    text = f"""apiVersion: mlops-gitops/v1
kind: Decision
type: {type}
subject: {{model: churn, release: "1.1.0", environment: staging{subject}}}
role: operations
by: bob
reason: The dashboard is down.
"""
    path = f"decisions/{name}.yaml"
    written = (text + (f'expires: "{expires}"\n' if expires else "")).encode()
    entry = Snapshot(Overlay({path: written})).entry(path, decision.KIND)
    assert entry is not None and isinstance(entry.record, Decision), entry and entry.problems
    return entry.record


def ledger(*records: Promotion | Decision, approved: str | None = MET, at: datetime | None = START) -> Ledger:
    """The sample's history with these records, one a day, with receipts; without `approved` the last has none."""
    entries = [*sample.ledger_of(PLANNED).entries]
    receipts = {}
    for number, added in enumerate(records):
        digest_of = added.digest if isinstance(added, Promotion) else added.sha256
        entries.append(Entry(added, digest_of, Commit(_COMMITS[0], _COMMITS[1], 0, ()), len(entries)))
        last, merged = number == len(records) - 1, (at + timedelta(days=number)) if at else None
        target, entry = Ledger(tuple(entries)).target(entries[-1]), entries[-1]
        found = approved if last else MET
        if found is not None:
            facts = {"merged_at": merged.isoformat()} if merged else {}
            receipts[entry.tag] = Receipt(
                entry.tag, target, added.path, digest_of, _COMMITS[0], found, "local", facts
            )  # fmt: skip
    return Ledger(tuple(entries), receipts)


def context(of: Ledger, *new: Promotion, now: datetime = START, tree: dict[str, bytes] | None = None) -> Context:
    """A change that adds records to the base, or that makes another tree of it."""
    head = {**(PLANNED if tree is None else tree), **{added.path: added.render() for added in new}}
    changes = {path: "M" if path in PLANNED else "A" for path, data in head.items() if PLANNED.get(path) != data}
    changes |= {path: "D" for path in PLANNED if path not in head}
    return Context(Snapshot(Overlay(head)), now.date(), BASE, of, changes, at=lambda _: BASE, now=now)
