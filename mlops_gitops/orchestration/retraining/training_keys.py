"""Whether the rows that judge a candidate are in what it was trained on: none of their keys may be."""

from __future__ import annotations

import os
import tempfile

from mlops_gitops.core.errors import Refused, Undecided
from mlops_gitops.core.frozen import frozen
from mlops_gitops.measurement.windows.shared_keys import KeyedFile, SharedKeys, shared_keys
from mlops_gitops.orchestration.retraining.lay_out_windows import LaidOutWindows, LiveSource
from mlops_gitops.pipelines.tracked_outputs import Tracking, evaluation_pins
from mlops_gitops.records.kpis import format_by_ending
from mlops_gitops.records.release import Pin, Release
from mlops_gitops.records.retraining import TrainingData
from mlops_gitops.repository.snapshot import Snapshot
from mlops_gitops.retraining.live_files import judged_data
from mlops_gitops.storage.data_store import DataStore

_HELP = "name the training data as `training: {path, key}` under `evaluate:`"
_ENDINGS = (".parquet", ".csv")


@frozen
class CandidateData:
    """What a candidate is: its manifest, the tree it was made on, what DVC tracks beside it, and where bytes are."""

    release: Release
    before: Snapshot
    tracking: Tracking
    store: DataStore


def require_unseen(source: LiveSource, windows: LaidOutWindows, candidate: CandidateData) -> None:
    """Raises Refused where keys of the windows are in the training data, Undecided where that is unknown."""
    from mlops_gitops.measurement.engines.duckdb import ENGINE

    rows = windows.files.rows
    key = source.plan.windows.key or (source.plan.windows.labels.key if source.plan.windows.labels else "")
    judging = KeyedFile(rows, windows.copies[rows], format_by_ending(rows), key)
    for training in _training(source, candidate):
        with tempfile.TemporaryDirectory() as folder:
            found = _keyed(training, candidate, folder)
            try:
                shared = shared_keys(ENGINE, judging, found)
            except Undecided as error:
                reason = f"it is unknown whether the windows are in the training data: {error.message}"
                raise Undecided(reason, help=error.help or _HELP) from error
        if shared.count:
            raise Refused(_overlap(training, shared), help="train until {window_end}, where the windows begin")


def _overlap(training: TrainingData, shared: SharedKeys) -> str:
    named = ", ".join(shared.examples) + (", …" if shared.count > len(shared.examples) else "")
    rows = f"{shared.count:,} of the {shared.total:,} keys that judge the candidate"
    return f"{rows} are in its training data {training.path} (column {training.key!r}): {named}"


def _training(source: LiveSource, candidate: CandidateData) -> list[TrainingData]:
    """The training data: as retraining.yaml names it, else every table that the stage of the model reads."""
    wanted = source.policy.evaluate
    if wanted and wanted.training:
        return [wanted.training]
    key = next((data.key for data in judged_data(source.kpis) if data.key), "")
    deps = candidate.release.lineage.deps if candidate.release.lineage else {}
    found = [
        TrainingData(path, str(key)) for path, md5 in deps.items() if format_by_ending(path) or md5.endswith(".dir")
    ]
    if not found:
        reason = f"the stage that makes {candidate.release.artifacts[0].path} reads no CSV or Parquet file"
        raise Undecided(f"it is unknown whether the windows are in the training data: {reason}", help=_HELP)
    return found


def _keyed(training: TrainingData, candidate: CandidateData, folder: str) -> KeyedFile:
    """A copy of the training data. Raises Undecided where its bytes or its format are not known."""
    path = training.path
    pin = evaluation_pins(candidate.tracking, {path: path})[path]
    if not isinstance(pin, Pin):
        raise Undecided(f"the training data cannot be read: {pin}", help=_HELP)
    copy = candidate.store.copy(pin, folder, parts=_ENDINGS)
    file_format = format_by_ending(path) or _format_of_parts(copy)
    if not file_format:
        raise Undecided(f"the training data {path} is neither CSV nor Parquet", help=_HELP)
    return KeyedFile(path, copy, file_format, training.key)


def _format_of_parts(folder: str) -> str:
    """What the files of a folder are; Parquet where there are both."""
    names = [name for _, _, names in os.walk(folder) for name in names]
    return next((ending[1:] for ending in _ENDINGS if any(name.endswith(ending) for name in names)), "")
