"""What judges the windows of models: their monitoring.yaml and KPIs, the releases in force, the records so far."""

from __future__ import annotations

from datetime import datetime
from functools import cache

from mlops_gitops.core.errors import Error
from mlops_gitops.core.names import did_you_mean
from mlops_gitops.monitoring.reference import NO_REFERENCE, release_profile
from mlops_gitops.monitoring.reference_columns import Reference, profiled_data, reference_of
from mlops_gitops.orchestration.monitoring.read_windows import Monitor, References
from mlops_gitops.orchestration.monitoring.records_branch import recorded_chain
from mlops_gitops.orchestration.workspace import Workspace
from mlops_gitops.records.kpis import Kpis
from mlops_gitops.records.monitoring import KIND, Monitoring
from mlops_gitops.records.release import Release
from mlops_gitops.repository.ledger import Ledger
from mlops_gitops.repository.snapshot import Snapshot


def open_monitors(
    workspace: Workspace, snapshot: Snapshot, model: str | None, environment: str | None, now: datetime
) -> list[Monitor]:
    """A monitor for each model that has a monitoring.yaml in `snapshot`, in each environment that it names.

    Only of `model` and in `environment`, where they are given. Raises Error where there is none, Undecided where the
    records of one are not whole.
    """
    plans = list(snapshot.require_records(KIND, Monitoring, model))
    base = workspace.base() if workspace.has_base() else None
    ledger = workspace.ledger(base) if base else Ledger(())
    store = workspace.store_here()
    found = []
    for plan in plans:
        kpis = snapshot.kpis(plan.model)
        references = _references(workspace, plan, kpis, ledger)
        for name in plan.environments:
            if environment in (None, name):
                chain = recorded_chain(workspace, name, plan.model)
                found.append(Monitor(plan, kpis, name, ledger, store, chain, references, now, scans={}))
    if not found:
        listed = [name for plan in plans for name in plan.environments]
        help = did_you_mean(str(environment), listed, f"watched: {', '.join(dict.fromkeys(listed)) or 'none'}")
        raise Error(f"no monitoring.yaml watches {environment}", help=help)
    return found


def _references(workspace: Workspace, plan: Monitoring, kpis: Kpis | None, ledger: Ledger) -> References:
    """The reference of each release, read when it is first asked for."""

    @cache
    def find(version: str | None) -> tuple[Reference | str, str | None]:
        entry = ledger.manifest(plan.model, version) if version else None
        if entry is None or not isinstance(entry.record, Release):
            return f"{NO_REFERENCE}: no release of {plan.model} is in force", None
        found = release_profile(entry.record, workspace.at(entry.commit.sha))
        if isinstance(found, str) or entry.record.profile is None:
            return str(found), None
        return reference_of(found, plan.windows, profiled_data(found, kpis)), f"sha256:{entry.record.profile.sha256}"

    return find
