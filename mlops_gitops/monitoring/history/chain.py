"""The monitoring records of one model in one environment, and which looks at which windows they hold."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import cached_property

from mlops_gitops.core.frozen import frozen, replace
from mlops_gitops.monitoring.history.record import MonitoringRecord
from mlops_gitops.monitoring.outcome import Finding, Observation, Outcome, Window


@frozen
class Chain:
    """The records of one model in one environment, in the order of their sequence."""

    environment: str
    model: str
    records: tuple[MonitoringRecord, ...] = ()

    @property
    def newest(self) -> MonitoringRecord | None:
        """The last record."""
        return self.records[-1] if self.records else None

    def with_digest(self, digest: str) -> MonitoringRecord | None:
        """The record of this digest."""
        return next((one for one in self.records if one.digest == digest), None)

    def of_window(self, window: Window) -> Sequence[MonitoringRecord]:
        """The records of this window of the calendar, oldest first; of a file named by hand those of its bytes."""
        return self.named(window.name)

    def named(self, name: str) -> Sequence[MonitoringRecord]:
        """The records of the window that is known by this name, oldest first."""
        return self._by_window.get(name, ())

    def of_bytes(self, digest: str) -> Sequence[MonitoringRecord]:
        """The records of a window of these bytes, oldest first; of another time the window was delivered again."""
        return self._by_window.get(digest, ())

    @cached_property
    def _by_window(self) -> Mapping[str, Sequence[MonitoringRecord]]:
        found: dict[str, list[MonitoringRecord]] = defaultdict(list)
        for one in self.records:
            for name in _names(one.observation.window):
                found[name].append(one)
        return found

    def holder(self, observation: Observation, finding: Finding) -> MonitoringRecord | None:
        """The record that holds this look already.

        A look is one watch on one window of one release. It is taken once: to look again at other data, or with other
        limits, would raise the false alarms. What was not available may be looked at later, and the same reason for the
        same bytes is not recorded again.
        """
        known = self.of_window(observation.window)
        return next((one for one in known if holds_look(one.observation, observation, finding)), None)

    def news(self, observation: Observation) -> Observation | None:
        """The observation with the findings that no record holds yet; None where every one is on record."""
        new = tuple(one for one in observation.findings if self.holder(observation, one) is None)
        return replace(observation, findings=new) if new else None


def _names(window: Window) -> tuple[str, ...]:
    """All that a window may be looked up by."""
    return tuple(dict.fromkeys((window.name, window.digest or window.path)))


def holds_look(known: Observation, observation: Observation, finding: Finding) -> bool:
    """Whether an observation has taken this look."""
    if known.release != observation.release:
        return False
    return any(_is_same_look(known, earlier, observation, finding) for earlier in known.findings)


def _is_same_look(known: Observation, earlier: Finding, observation: Observation, finding: Finding) -> bool:
    if earlier.watch != finding.watch:
        return False
    if earlier.outcome is not Outcome.NOT_AVAILABLE:
        return True
    same = (known.window.digest, earlier.reason) == (observation.window.digest, finding.reason)
    return same and finding.outcome is Outcome.NOT_AVAILABLE
