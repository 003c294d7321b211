"""What a monitoring record depends on, held to the branch where merging promotes.

That is the promotion in force, the profile that its release pins, the monitoring.yaml that judged, and the mutes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from functools import cached_property

from mlops_gitops.audit.monitoring_plan import plan_faults
from mlops_gitops.core.canonical import digest
from mlops_gitops.core.frozen import frozen
from mlops_gitops.documents.kind import Kind
from mlops_gitops.monitoring.history.record import MonitoringRecord
from mlops_gitops.monitoring.in_force import ever_in_force
from mlops_gitops.monitoring.mutes import mutes
from mlops_gitops.monitoring.outcome import Finding
from mlops_gitops.monitoring.table import window_text
from mlops_gitops.monitoring.watch_kind import Stated
from mlops_gitops.records import kpis, monitoring
from mlops_gitops.records.decision import Decision
from mlops_gitops.records.kpis import Kpi
from mlops_gitops.records.monitoring import Monitoring
from mlops_gitops.records.promotion import Promotion
from mlops_gitops.records.release import Release
from mlops_gitops.repository.ledger import Entry, Ledger
from mlops_gitops.repository.snapshot import Snapshot


@frozen
class Grounds:
    """The history of the branch, and its tree at each commit."""

    ledger: Ledger
    at: Callable[[str], Snapshot]

    def faults(self, found: MonitoringRecord) -> Iterator[str]:
        """A sentence for each thing that the record depends on and this history does not have."""
        yield from filter(None, (self._promotion_fault(found), self._profile_fault(found)))
        plan = self._plans.get((found.observation.model, found.observation.monitoring))
        if plan is None:
            name = found.observation.monitoring[:17]
            yield f"was judged by {name}…, which was never the monitoring.yaml of {found.observation.model} here"
            return
        reads_kpis = any(watch.kpi for watch in plan.watches)
        known = Stated(self._kpis.get(plan.model, ()) if reads_kpis else (), self._promotion(found))
        for finding in found.observation.findings:
            yield from plan_faults(finding, plan, known, found.observation.formula)
            if finding.muted is not None and not self._mutes(found, finding, finding.muted, plan):
                yield f"says that {finding.muted} mutes {finding.watch}, and no approved decision does"

    def _promotion_fault(self, found: MonitoringRecord) -> str:
        """Why the promotion that a record names is not the one that put its release in force; "" where it is."""
        observation, then = found.observation, self._in_force(found)
        if observation.record is None:
            if observation.release is not None:
                return f"says that {observation.release} was in force, by no promotion"
            return f"says that no release was in force, and {then[0].record.path} was" if then else ""
        promoted = self._promotion(found)
        if promoted is None:
            place = f"{observation.model} in {observation.environment}"
            return f"names {observation.record[:17]}… as the promotion in force, which is none of {place}"
        if promoted.release != observation.release:
            return f"says that {observation.release} was in force, and {promoted.path} promotes {promoted.release}"
        if then is not None and observation.record not in [entry.digest for entry in then]:
            names = " and ".join(entry.record.path for entry in then) or "none"
            return f"names {promoted.path} as in force in {window_text(observation.window)}, and it was {names}"
        return ""

    def _in_force(self, found: MonitoringRecord) -> list[Entry] | None:
        """The promotions in force at any moment of the window; None where no calendar places it."""
        window, observation = found.observation.window, found.observation
        if window.start is None or window.end is None:
            return None
        times = (datetime.fromisoformat(moment) for moment in (window.start, window.end))
        return ever_in_force(self.ledger, observation.environment, observation.model, *times)

    def _promotion(self, found: MonitoringRecord) -> Promotion | None:
        """The promotion that a record names."""
        chain = self.ledger.chain(found.observation.environment, found.observation.model)
        named = next((entry.record for entry in chain if entry.digest == found.observation.record), None)
        return named if isinstance(named, Promotion) else None

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
        found = (snapshot.monitoring(model) for snapshot, model in self._versions(monitoring.KIND))
        return {(plan.model, digest(plan.source)): plan for plan in found if plan}

    @cached_property
    def _kpis(self) -> Mapping[str, tuple[Kpi, ...]]:
        """The KPIs of each model as every valid kpis.yaml of the branch has had them."""
        found: dict[str, tuple[Kpi, ...]] = {}
        for snapshot, model in self._versions(kpis.KIND):
            known = snapshot.kpis(model)
            found[model] = (*found.get(model, ()), *(known.kpis if known else ()))
        return found

    def _versions(self, kind: Kind) -> Iterator[tuple[Snapshot, str]]:
        """Each tree that has another file of a kind than the one before it, and the model whose file that is."""
        name = f"/{kind.location.rpartition('/')[2]}"
        for commit in self.ledger.commits:
            for change in commit.changes:
                if change.status != "D" and change.path.endswith(name):
                    snapshot = self.at(commit.sha)
                    parts = kind.match(snapshot.folders, change.path)
                    if parts:
                        yield snapshot, parts["model"]

    def _mutes(self, found: MonitoringRecord, finding: Finding, path: str, plan: Monitoring) -> bool:
        """Whether a decision of the plan's owner, approved and not expired, mutes the finding."""
        entry, day = self.ledger.at(path), date.fromisoformat(found.created[:10])
        if entry is None or not isinstance(entry.record, Decision) or entry.record.expired(day):
            return False
        about = mutes(entry.record, plan, finding.watch, found.observation.environment)
        return about and self.ledger.proven(entry)
