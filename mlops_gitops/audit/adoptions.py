"""The adoptions of a history, each with what it skipped, for ever in the audit's report."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from mlops_gitops.core.table import Table
from mlops_gitops.records.promotion import Promotion
from mlops_gitops.repository.ledger import Entry, Ledger

_COLUMNS = ("adoption", "release", "gates skipped", "environments skipped", "approvals")
_UNSAID = "not on record"  # in records of earlier versions


def adoption_table(ledger: Ledger, entries: Iterable[Entry]) -> tuple[Table, ...]:
    """The adoptions among some entries of a ledger as a table; none where there are none."""
    rows = tuple(_row(ledger, entry, record) for entry, record in _adoptions(entries))
    return (Table("adoptions", _COLUMNS, rows),) if rows else ()


def adoptions_to_json(ledger: Ledger, entries: Iterable[Entry]) -> list[dict[str, Any]]:
    """The same as JSON; `skipped` is null where the record does not say it."""
    return [
        {
            "path": record.path, "model": record.model, "environment": record.environment, "release": record.release,
            "skipped": dict(record.skipped) if record.skipped is not None else None,
            "approvals": _approvals(ledger, entry), "digest": record.digest, "commit": entry.commit.sha,
        }
        for entry, record in _adoptions(entries)
    ]  # fmt: skip


def _adoptions(entries: Iterable[Entry]) -> list[tuple[Entry, Promotion]]:
    records = [(entry, entry.record) for entry in entries if isinstance(entry.record, Promotion)]
    return [(entry, record) for entry, record in records if record.action == "adopt"]


def _row(ledger: Ledger, entry: Entry, record: Promotion) -> tuple[str, ...]:
    gates, order = (_names(record, part) for part in ("gates", "order"))
    return record.path, record.release, gates, order, _approvals(ledger, entry)


def _names(record: Promotion, part: str) -> str:
    return _UNSAID if record.skipped is None else ", ".join(record.skipped[part]) or "none"


def _approvals(ledger: Ledger, entry: Entry) -> str:
    receipt = ledger.receipt(entry)
    return receipt.approved if receipt else "no receipt"
