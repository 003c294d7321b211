"""What judges the windows of models: their monitoring.yaml and KPIs, the releases in force, the records so far."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from datetime import datetime

from mlops_gitops.core.canonical import sha256
from mlops_gitops.core.errors import Error, Undecided
from mlops_gitops.documents.read_document import load
from mlops_gitops.monitoring.profiles import profile
from mlops_gitops.monitoring.profiles.profile import Profile
from mlops_gitops.monitoring.reference_columns import Reference, reference_of
from mlops_gitops.orchestration.monitoring.observe import Monitor
from mlops_gitops.orchestration.monitoring.records_branch import recorded_chain
from mlops_gitops.orchestration.workspace import Workspace
from mlops_gitops.records.kpis import DataSet, Kpis
from mlops_gitops.records.monitoring import KIND, Monitoring
from mlops_gitops.repository.ledger import Ledger
from mlops_gitops.repository.snapshot import Snapshot

_FILE = "profile.json"


def open_monitors(
    workspace: Workspace, snapshot: Snapshot, model: str | None, environment: str | None, now: datetime
) -> list[Monitor]:
    """A monitor for each model that has a monitoring.yaml in `snapshot`, in each environment that it names.

    Only of `model` and in `environment`, where they are given. Raises Error where there is none, Undecided where the
    records of one are not whole.
    """
    plans = list(_plans(snapshot, model))
    base = workspace.base() if workspace.has_base() else None
    ledger = workspace.ledger(base) if base else Ledger(())
    store = workspace.store_here()
    found = []
    for plan in plans:
        kpis = snapshot.kpis(plan.model)
        reference, digest = _reference(snapshot, plan, kpis)
        for name in plan.environments:
            if environment in (None, name):
                chain = recorded_chain(workspace, name, plan.model)
                found.append(Monitor(plan, kpis, name, ledger, store, chain, reference, digest, now))
    if not found:
        raise Error(f"no monitoring.yaml watches {environment}", help="name an environment that one lists")
    return found


def _plans(snapshot: Snapshot, model: str | None) -> Iterator[Monitoring]:
    """The monitoring of each model. Raises Error where there is none, and for one that is not valid."""
    entries = [entry for entry in snapshot.entries() if entry.kind.name == KIND.name]
    if model is not None:
        path = snapshot.path_of(KIND, model=model)
        entries = [entry for entry in entries if entry.path == path]
    if not entries:
        whose = f" of {model}" if model else ""
        raise Error(f"there is no monitoring.yaml{whose}", help="mlops-gitops init drafts one; then merge it")
    for entry in entries:
        if not isinstance(entry.record, Monitoring):
            raise Error(f"{entry.path} is not valid: {entry.problems[0].message}", help="mlops-gitops validate")
        yield entry.record


def _reference(snapshot: Snapshot, plan: Monitoring, kpis: Kpis | None) -> tuple[Reference | str, str | None]:
    """The reference of a model's drift and the digest of its profile; or why there is none."""
    path = f"{posixpath.dirname(plan.path)}/{_FILE}"
    document = load(snapshot.tree, path)
    if document is None:
        return f"no reference: {path} is not there (mlops-gitops profile {plan.model} writes it)", None
    try:
        found = profile.from_document(document)
    except Undecided as error:
        return f"no reference: {error.message}", None
    return reference_of(found, plan.windows, _profiled(found, kpis)), f"sha256:{sha256(document.raw)}"


def _profiled(found: Profile, kpis: Kpis | None) -> DataSet | None:
    """The data set that was profiled."""
    return next((data for data in kpis.data.values() if data.path == found.data.path), None) if kpis else None
