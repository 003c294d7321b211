"""The decisions on record: as a table and as data."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mlops_gitops.core.table import Table
from mlops_gitops.records.decision import Decision
from mlops_gitops.repository.ledger import Entry, Ledger

_COLUMNS = ("decision", "type", "about", "by", "role", "expires", "approvals", "reason")
_SUBJECT_FIELDS = (
    "model", "release", "environment", "skip", "wave", "gate", "rule", "file", "policy", "watch", "requirement"
)  # fmt: skip


def decision_table(ledger: Ledger) -> tuple[Table, ...]:
    """A table with a row for each decision, or nothing where there is none."""
    rows = tuple(_row(ledger, entry, decision) for entry, decision in _decisions(ledger))
    return (Table("decisions", _COLUMNS, rows),) if rows else ()


def decisions_to_json(ledger: Ledger) -> list[dict[str, Any]]:
    """Each decision as data, in order."""
    return [_data(ledger, entry, decision) for entry, decision in _decisions(ledger)]


def _decisions(ledger: Ledger) -> Iterator[tuple[Entry, Decision]]:
    return ((entry, entry.record) for entry in ledger.every_decision() if isinstance(entry.record, Decision))


def _row(ledger: Ledger, entry: Entry, decision: Decision) -> tuple[str, ...]:
    expires = decision.expires.isoformat() if decision.expires else "never"
    approvals, reason = _approvals(ledger, entry, decision), " ".join(decision.reason.split())
    return (
        decision.path, decision.type, _subject(decision), decision.by, decision.role, expires, approvals, reason,
    )  # fmt: skip


def _subject(decision: Decision) -> str:
    """The subject of a decision, in words."""
    if decision.type == "waiver":
        return f"{decision.rule} in {decision.file}"
    if decision.type == "policy":
        return f"the policy {decision.policy[:17]}"
    if decision.requirement:
        release = f" {decision.release}" if decision.release else ""
        return f"{decision.requirement} of {decision.model}{release}"
    named = f"watch {decision.watch} of {decision.model}" if decision.watch else f"{decision.model} {decision.release}"
    subject = named + (f" in {decision.environment}" if decision.environment else "")
    subject += f", gate {decision.gate}" if decision.gate else ""
    return subject + (f", skips {_skipped(decision)}" if decision.skip else "")


def _skipped(decision: Decision) -> str:
    if decision.skip == "hold":
        return f"the hold of the wave {decision.wave}"
    return f"the wave {decision.wave}" if decision.wave else str(decision.skip)


def _approvals(ledger: Ledger, entry: Entry, decision: Decision) -> str:
    """What the receipt of a decision says of its approvals."""
    receipt = ledger.receipt(entry)
    return "no receipt" if receipt is None else "none needed" if not decision.relaxes else receipt.approved


def _data(ledger: Ledger, entry: Entry, decision: Decision) -> dict[str, Any]:
    return {
        "path": decision.path, "type": decision.type, "by": decision.by, "role": decision.role,
        "reason": decision.reason,
        "subject": {name: value for name in _SUBJECT_FIELDS if (value := getattr(decision, name))},
        "expires": decision.expires.isoformat() if decision.expires else None,
        "approvals": _approvals(ledger, entry, decision), "digest": entry.digest, "commit": entry.commit.sha,
    }  # fmt: skip
