"""The reference profile of a candidate: what monitoring measures drift from once it runs."""

from __future__ import annotations

from mlops_gitops.core.errors import Error
from mlops_gitops.core.frozen import replace
from mlops_gitops.documents.read_document import parse
from mlops_gitops.documents.tree import read_if_possible
from mlops_gitops.monitoring.profiles.profile import Profile, from_document, to_bytes
from mlops_gitops.orchestration.monitoring.write_profile import measured_profile
from mlops_gitops.pipelines.tracked_outputs import evaluation_pins
from mlops_gitops.promotion.manifest import LivePlan, is_profile, profile_path
from mlops_gitops.records.kpis import Kpis
from mlops_gitops.records.live_evaluation import on_live_windows
from mlops_gitops.records.monitoring import Monitoring
from mlops_gitops.repository.snapshot import Snapshot
from mlops_gitops.storage.data_store import DataStore


def renewed_profile(
    before: Snapshot, head: Snapshot, kpis: Kpis, store: DataStore, live: LivePlan | None
) -> dict[str, bytes]:
    """The file of the profile measured again, where there is one of data that the run made again. Raises Error.

    Of a candidate on live windows it is of the predictions there: what it is to answer looks like them, and not like
    the old holdout.
    """
    path = profile_path(before, kpis.model)
    data = read_if_possible(before.tree, path)
    if data is None or not is_profile(data) or head.tracking.output(path) is not None:  # then a stage writes it
        return {}
    known, plan = from_document(parse(path, data)), before.monitoring(kpis.model)
    if (found := _on_live_windows(head, kpis, store, live, known, plan)) is not None:
        return {path: to_bytes(found)}
    profiled = known.data
    pin = evaluation_pins(head.tracking, {"profile": profiled.path})["profile"]
    if isinstance(pin, str) or profiled.digest == (f"md5:{pin.md5}" if pin.md5 else pin.digest):
        return {}
    declared = next((each for each in kpis.data.values() if each.path == profiled.path), None)
    if declared is None:
        reason = f"{path} is a profile of {profiled.path}, which the run made again and no KPI reads"
        raise Error(reason, help=f"mlops-gitops profile {kpis.model} of a data set of its KPIs, and merge it")
    data_set = replace(declared, where=profiled.where)
    return {path: to_bytes(measured_profile(store, head.tracking, kpis, data_set, plan=plan))}


def _on_live_windows(
    head: Snapshot, kpis: Kpis, store: DataStore, live: LivePlan | None, known: Profile, plan: Monitoring | None
) -> Profile | None:
    """The profile of the first predictions on live windows that have every column of the known one; None without."""
    for data in on_live_windows(kpis, live.evaluation, live.paths).data.values() if live else ():
        if data.live is not None:
            found = measured_profile(store, head.tracking, kpis, replace(data, labels=None), plan=plan)
            if known.columns.keys() - {data.label} <= found.columns.keys():
                return found
    return None
