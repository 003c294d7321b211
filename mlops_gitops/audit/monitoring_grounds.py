"""What a monitoring record rests on, held to the branch where merging promotes.

That is the promotion in force, the profile that its release pins, the monitoring.yaml that judged, and the mutes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from functools import cached_property

from mlops_gitops.audit.monitoring_plan import plan_faults
from mlops_gitops.core.canonical import digest
from mlops_gitops.core.frozen import frozen
from mlops_gitops.monitoring.history.record import MonitoringRecord
from mlops_gitops.monitoring.mutes import mutes
from mlops_gitops.monitoring.outcome import Finding
from mlops_gitops.records import monitoring
from mlops_gitops.records.decision import Decision
from mlops_gitops.records.monitoring import Monitoring
from mlops_gitops.records.promotion import Promotion
from mlops_gitops.records.release import Release
from mlops_gitops.repository.ledger import Ledger
from mlops_gitops.repository.snapshot import Snapshot

_FILE = "/monitoring.yaml"


@frozen
class Grounds:
    """The history of the branch, and its tree at each commit."""

    ledger: Ledger
    at: Callable[[str], Snapshot]

    def faults(self, found: MonitoringRecord) -> Iterator[str]:
        """A sentence for each thing that the record rests on and this history does not have."""
        yield from filter(None, (self._promotion_fault(found), self._profile_fault(found)))
        plan = self._plans.get((found.observation.model, found.observation.monitoring))
        if plan is None:
            name = found.observation.monitoring[:17]
            yield f"was judged by {name}…, which was never the monitoring.yaml of {found.observation.model} here"
            return
        for finding in found.observation.findings:
            yield from plan_faults(finding, plan)
            if finding.muted is not None and not self._mutes(found, finding, finding.muted, plan):
                yield f"says that {finding.muted} mutes {finding.watch}, and no approved decision does"

    def _promotion_fault(self, found: MonitoringRecord) -> str:
        """Why the promotion that a record names is not the one that put its release in force; "" where it is."""
        observation = found.observation
        if observation.record is None:
            released = observation.release is not None
            return f"says that {observation.release} was in force, by no promotion" if released else ""
        chain = self.ledger.chain(observation.environment, observation.model)
        promoted = next((entry.record for entry in chain if entry.digest == observation.record), None)
        if not isinstance(promoted, Promotion):
            place = f"{observation.model} in {observation.environment}"
            return f"names {observation.record[:17]}… as the promotion in force, which is none of {place}"
        if promoted.release != observation.release:
            return f"says that {observation.release} was in force, and {promoted.path} promotes {promoted.release}"
        return ""

    def _profile_fault(self, found: MonitoringRecord) -> str:
        """Why the named profile is not the one that the release pins; "" where it is, or none is named."""
        observation = found.observation
        if observation.profile is None:
            return ""
        entry = self.ledger.manifest(observation.model, observation.release) if observation.release else None
        pin = entry.record.profile if entry and isinstance(entry.record, Release) else None
        if pin and observation.profile == f"sha256:{pin.sha256}":
            return ""
        pinned = f"pins sha256:{str(pin.sha256)[:10]}…" if pin else "pins none"
        return f"was compared with the profile {observation.profile[:17]}…, and {observation.release} {pinned}"

    @cached_property
    def _plans(self) -> Mapping[tuple[str, str], Monitoring]:
        """Every valid monitoring.yaml that the branch has had, by its model and its digest."""
        found = {}
        for commit in self.ledger.commits:
            for change in commit.changes:
                if (
                    change.status != "D"
                    and change.path.endswith(_FILE)
                    and (plan := self._plan(commit.sha, change.path))
                ):
                    found[plan.model, digest(plan.source)] = plan
        return found

    def _plan(self, commit: str, path: str) -> Monitoring | None:
        snapshot = self.at(commit)
        parts = monitoring.KIND.match(snapshot.folders, path)
        return snapshot.monitoring(parts["model"]) if parts else None

    def _mutes(self, found: MonitoringRecord, finding: Finding, path: str, plan: Monitoring) -> bool:
        """Whether a decision of the plan's owner, approved and not expired, mutes the finding."""
        entry, day = self.ledger.at(path), date.fromisoformat(found.created[:10])
        if entry is None or not isinstance(entry.record, Decision) or entry.record.expired(day):
            return False
        about = mutes(entry.record, plan, finding.watch, found.observation.environment)
        return about and self.ledger.proven(entry)
