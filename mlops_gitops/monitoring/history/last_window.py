"""The last window on record: when it was, how it ended, how old it is."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from mlops_gitops.core.frozen import frozen
from mlops_gitops.monitoring.history.record import MonitoringRecord
from mlops_gitops.monitoring.outcome import Finding, Outcome, Window, worst

LOOKED_BACK = 8  # records: those of older windows, whose labels came late, may follow the one of the last window


@frozen
class LastWindow:
    """The window that ended last, the worst of what its watches found last, and the newest record of it.

    `alarms` are the watches that alarm in the last window they were judged in, which may be an older one.
    """

    window: Window
    outcome: Outcome
    record: MonitoringRecord
    alarms: tuple[str, ...] = ()

    def age(self, now: datetime) -> str:
        """The time since the window's end, or since its record where it has none: `5h`, or `3d` from two days on."""
        end = datetime.fromisoformat(self.window.end or self.record.created).astimezone(UTC)
        hours = max(int((now - end).total_seconds() // 3600), 0)
        return f"{hours // 24}d" if hours >= 48 else f"{hours}h"

    def cell(self, now: datetime) -> str:
        """All of it in a few words."""
        last = f"{window_name(self.window)} {self.outcome.value.replace('_', ' ')}, {self.age(now)} old"
        return f"{last}; {', '.join(self.alarms)} ALARM" if self.alarms else last

    def to_json(self, now: datetime) -> dict[str, Any]:
        """All of it, with the digest of the record."""
        window = {"index": self.window.index, "start": self.window.start, "end": self.window.end}
        window |= {"path": self.window.path}
        record = {"record": self.record.digest, "sequence": self.record.sequence}
        outcome = {"outcome": self.outcome.value, "alarms": list(self.alarms), "age": self.age(now)}
        return {"window": window} | outcome | record


def last_window(newest: Sequence[MonitoringRecord]) -> LastWindow | None:
    """The last window among the newest records, oldest first; None without a record."""
    if not newest:
        return None
    found = max(newest, key=lambda one: (one.observation.window.end or "", one.sequence))
    window = found.observation.window
    same = [one for one in newest if one.observation.window.name == window.name]
    findings = {finding.watch: finding for one in same for finding in one.observation.findings}  # the last of each
    outcome = worst(finding.outcome for finding in findings.values() if finding.muted is None)
    return LastWindow(window, outcome, found, _alarms(newest))


def _alarms(newest: Sequence[MonitoringRecord]) -> tuple[str, ...]:
    judged: dict[str, Finding] = {}
    for one in sorted(newest, key=lambda one: (one.observation.window.end or "", one.sequence)):
        decided = (each for each in one.observation.findings if each.outcome in (Outcome.FINE, Outcome.ALARM))
        judged |= {finding.watch: finding for finding in decided}
    return tuple(id for id, each in judged.items() if each.outcome is Outcome.ALARM and each.muted is None)


def window_name(window: Window) -> str:
    """A window by its first day or moment; by its file where no calendar places it."""
    return (window.start or window.path).removesuffix("T00:00:00Z").removesuffix("T00:00:00+00:00")
