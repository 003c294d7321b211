"""The release that an environment or a device runs, and its bytes in a folder."""

from __future__ import annotations

from mlops_gitops.core.errors import Error
from mlops_gitops.orchestration.first_merge import Merged, judging
from mlops_gitops.records.promotion import STOP, Promotion
from mlops_gitops.records.release import Pin, Release
from mlops_gitops.repository.context import Context
from mlops_gitops.repository.ledger import Entry
from mlops_gitops.rollout.device_release import Device, device_entry, recorded_release
from mlops_gitops.runtime import clock
from mlops_gitops.storage.data_store import DataStore
from mlops_gitops.storage.versions import open_versions


def running_release(
    merged: Merged, model: str, environment: str, device: Device | None = None
) -> tuple[Entry, Release]:
    """The record that brought a release into force, and its manifest; of a device, what it is to run by its wave.

    Raises Error where nothing runs, Undecided where the files are not what the record says.
    """
    snapshot = judging(merged.workspace, merged.base)
    context = Context(snapshot, clock.today(), snapshot, merged.ledger, at=merged.workspace.at)
    entry = device_entry(context, environment, model, device)
    if entry is None:
        raise _nothing_runs(context, environment, model)
    return entry, recorded_release(context, entry)


def _nothing_runs(context: Context, environment: str, model: str) -> Error:
    """Why there is nothing to fetch: the first rollout runs, or was stopped, or nothing was ever promoted."""
    newest = context.ledger.newest(environment, model) if context.ledger else None
    record = newest.record if newest and isinstance(newest.record, Promotion) else None
    reason = f"{environment} runs nothing of {model}"
    if record is None:
        return Error(reason, help="mlops-gitops status")
    if record.action == STOP:
        return Error(f"{reason}: its first rollout was stopped by {record.path}", help="mlops-gitops status")
    reason += f": {record.release} is in the wave {record.wave}, and nothing is in force until it settles"
    return Error(reason, help=f"mlops-gitops rollout {model} --in {environment}")


def installed(store: DataStore, release: Release, out: str, *, wait: float = 0.0) -> tuple[tuple[Pin, ...], bool]:
    """The pins of the release's files, which are in `out` now, and whether `out` held another version before.

    It waits at most `wait` seconds for another process that writes there. Raises Error, Undecided.
    """
    with open_versions(out, wait=wait) as versions:
        pins = tuple(pin for artifact in release.artifacts for pin in store.files(artifact))
        mark = {"model": release.model, "release": release.version, "files": {pin.path: str(pin.md5) for pin in pins}}
        return pins, versions.install(store, pins, mark)
