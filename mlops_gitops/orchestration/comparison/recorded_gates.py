"""What the gates of each release measured, as its records have it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mlops_gitops.records.promotion import Promotion
from mlops_gitops.repository.ledger import Ledger


def recorded_gates(ledger: Ledger) -> dict[tuple[str, str], dict[str, Mapping[str, Any]]]:
    """The gates of the newest record that promoted each release: by model and version, and by KPI."""
    return {
        (entry.record.model, entry.record.release): {gate["id"]: gate for gate in entry.record.predicate["gates"]}
        for entry in ledger.entries
        if isinstance(entry.record, Promotion) and entry.record.predicate["gates"]
    }
