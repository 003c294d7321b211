"""The chains of monitoring records that an audit read: as a table, a sentence and data."""

from __future__ import annotations

from typing import Any

from mlops_gitops.audit.monitoring_findings import MonitoringBranch
from mlops_gitops.core.table import Table
from mlops_gitops.monitoring.history.chain import Chain
from mlops_gitops.monitoring.history.last_window import last_window, window_name
from mlops_gitops.monitoring.history.record import BRANCH

_COLUMNS = ("environment", "model", "records", "last window", "outcome", "digest")


def monitoring_tables(branch: MonitoringBranch | None) -> tuple[Table, ...]:
    """A row for each chain; no table where there is none."""
    rows = tuple(_row(chain) for chain in _chains(branch))
    return (Table("monitoring records", _COLUMNS, rows),) if rows else ()


def monitoring_notes(branch: MonitoringBranch | None, faults: int) -> list[str]:
    """What is proven of the branch, and what is not; nothing where there is no branch."""
    if branch is None:
        return []
    number = branch.chains.number
    proven = "see their faults above" if faults else "none was changed, and outcomes follow from recorded numbers"
    records = f"monitoring: {number} record{'' if number == 1 else 's'} on {BRANCH}: {proven}"
    return [records, "the measurements of monitoring are not proven: no window is measured again"]


def monitoring_to_json(branch: MonitoringBranch | None) -> dict[str, Any] | None:
    """The same as JSON; None where there is no branch."""
    if branch is None:
        return None
    chains = [
        {
            "environment": chain.environment, "model": chain.model, "records": len(chain.records),
            "newest": chain.newest.digest if chain.newest else None,
        }
        for chain in _chains(branch)
    ]  # fmt: skip
    commit = branch.commits[-1].sha if branch.commits else None
    return {"branch": BRANCH, "commit": commit, "measurement_proven": False, "chains": chains}


def _chains(branch: MonitoringBranch | None) -> list[Chain]:
    return list(branch.chains.by_pair.values()) if branch else []


def _row(chain: Chain) -> tuple[str, ...]:
    last, newest = last_window(chain.records), chain.records[-1]
    window, outcome = (window_name(last.window), last.outcome.value.replace("_", " ")) if last else ("", "")
    return chain.environment, chain.model, str(len(chain.records)), window, outcome, newest.digest[:17]
