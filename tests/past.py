"""A history told in a few words: what ran where since when, by receipts, and a promotion that is judged on it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import sample

from mlops_gitops.core.canonical import digest
from mlops_gitops.documents.tree import Overlay
from mlops_gitops.forges.pull_request import Review
from mlops_gitops.policy.rule import Edit
from mlops_gitops.records.promotion import Promotion
from mlops_gitops.records.receipt import MET, Receipt
from mlops_gitops.repository.context import Context
from mlops_gitops.repository.ledger import Commit, Entry, Ledger
from mlops_gitops.repository.pull_facts import Pull
from mlops_gitops.repository.snapshot import Snapshot

PRODUCTION = Edit(
    "promotions/production/churn/0001.json", "staging", "production", copy="promotions/staging/churn/0001.json"
)
COMMIT = Commit("2" * 40, "1" * 40, 1_767_312_000, ())


@dataclass(frozen=True)
class Ran:
    """A record: where, which release, when its receipt says the forge merged it, and how it was approved.

    `approved` None: there is not a receipt.
    """

    environment: str
    release: str
    at: object
    approved: str | None = MET
    action: str = "promote"


def time(day: int, hour: int = 0, minute: int = 0) -> datetime:
    """A moment of January 2026, in UTC."""
    return datetime(2026, 1, day, hour, minute, tzinfo=UTC)


def ledger(*records: Ran, below: Ledger | None = None) -> Ledger:
    """The ledger of these records, in order, after the entries of another."""
    entries = list(below.entries) if below else []
    receipts: dict[str, Receipt] = dict(below.receipts) if below else {}
    for item in records:
        chain = [e.record for e in entries if isinstance(e.record, Promotion)]
        before = [record for record in chain if record.environment == item.environment]
        data: dict[str, Any] = {"predicate": {
            "model": "churn", "environment": item.environment, "sequence": len(before) + 1, "action": item.action,
            "release": item.release, "replaces": before[-1].release if before else None,
            "requested_by": {"email": "alice@example.org"},
        }}  # fmt: skip
        path = f"promotions/{item.environment}/churn/{len(before) + 1:04d}.json"
        entry = Entry(Promotion(path, data, digest(data)), digest(data), COMMIT, len(entries))
        entries.append(entry)
        if item.approved is not None:
            at = f"{item.at:%Y-%m-%dT%H:%M:%SZ}" if isinstance(item.at, datetime) else item.at
            target = Ledger(tuple(entries)).target(entry)
            receipts[entry.tag] = Receipt(
                entry.tag, target, path, entry.digest, COMMIT.sha, item.approved, "local", {"merged_at": at}
            )
    return Ledger(tuple(entries), receipts)


def context(
    of: Ledger, base: tuple[Edit, ...], *edits: Edit, now: datetime | None = None, today: date = sample.TODAY,
    pull: Pull | None = None,
) -> Context:  # fmt: skip
    """The sample with the edits `base` as the base, and with `edits` besides as the head."""
    before, after = sample.edited(base), sample.edited((*base, *edits))
    changes = {path: "A" if path not in before else "M" for path, value in after.items() if before.get(path) != value}
    changes |= {path: "D" for path in before if path not in after}
    snapshot = Snapshot(Overlay(before))
    day = now.date() if now else today
    return Context(Snapshot(Overlay(after)), day, snapshot, of, changes, pull, at=lambda _: snapshot, now=now)


def approved(*people: str, excluded: tuple[str, ...] = ("alice",)) -> Pull:
    """A pull request that these people approved; Alice asked for it."""
    return Pull("3" * 40, tuple(Review(name, "3" * 40, "") for name in people), frozenset(excluded))


def override(skip: str, **more: str) -> Edit:
    """A decision that lets churn 1.0.0 skip one thing in production."""
    path = f"decisions/2026-01-05-{skip}.yaml"
    text = sample.DECISION.replace("skip: order", f"skip: {skip}").replace("1.1.0", more.get("release", "1.0.0"))
    return Edit(path, None, text)
