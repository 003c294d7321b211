"""What each device of a target is to run, for the server that hands releases out to a fleet."""

from __future__ import annotations

from collections import Counter
from typing import Any

from mlops_gitops.core.table import Table
from mlops_gitops.reporting.report import Report
from mlops_gitops.repository.context import Context
from mlops_gitops.repository.ledger import Entry
from mlops_gitops.rollout.device_release import Fleet, recorded_release

_NOTHING: dict[str, Any] = {"release": None, "files": {}, "approvals": None}


def fleet_report(context: Context, devices: Fleet) -> Report:
    """A row for each device, and how many run what. Raises Undecided where a manifest is not the recorded one."""
    entries = {name: devices.entry(name) for name in devices.groups}
    named = {entry.record.path: entry for entry in entries.values() if entry}
    to_run = {path: _to_run(context, entry) for path, entry in named.items()}
    listed = [{"device": name, "group": devices.groups[name], **(to_run[entry.record.path] if entry else _NOTHING)}
              for name, entry in entries.items()]  # fmt: skip
    rows = tuple((item["device"], item["group"], item["release"] or "nothing") for item in listed)
    counts = Counter(release for _, _, release in rows)
    lines = tuple(f"{count} of {len(rows)} devices are to run {release}" for release, count in sorted(counts.items()))
    data = {"version": 1, "target": devices.target, "devices": listed}
    return Report(data, (), (Table("devices", ("device", "group", "release"), rows),), lines)


def _to_run(context: Context, entry: Entry) -> dict[str, Any]:
    release = recorded_release(context, entry)
    files = {pin.path: {"sha256": pin.sha256, "md5": pin.md5} for pin in release.artifacts}
    proven = context.ledger is not None and context.ledger.proven(entry)
    return {"release": release.version, "files": files, "approvals": "met" if proven else "unproven"}
