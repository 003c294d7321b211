"""The reference profile of a data set of a model, from the bytes that DVC or Git pins."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Collection

from mlops_gitops.core.errors import Undecided
from mlops_gitops.monitoring.profiles.file_size import fitted, require_size
from mlops_gitops.monitoring.profiles.measure_profile import measure_profile
from mlops_gitops.monitoring.profiles.profile import Profile, ProfiledData
from mlops_gitops.monitoring.profiles.segments import segmentations, with_segments
from mlops_gitops.pipelines.tracked_outputs import Tracking, evaluation_pins
from mlops_gitops.records.kpis import DataSet, Kpis
from mlops_gitops.records.monitoring import Monitoring
from mlops_gitops.storage.data_store import DataStore


def measured_profile(
    store: DataStore,
    tracking: Tracking,
    kpis: Kpis,
    data: DataSet,
    ignored: Collection[str] = (),
    plan: Monitoring | None = None,
) -> Profile:
    """The profile of a data set, no larger than a file that Git keeps should be. Raises Error, Undecided.

    `ignored` are the paths that Git ignores; the watches of `plan` say which segments have a profile of their own.
    """
    from mlops_gitops.measurement.engines.duckdb import ENGINE

    pin = evaluation_pins(tracking, {data.name: data.path}, frozenset(ignored))[data.name]
    if isinstance(pin, str):
        raise Undecided(pin)
    with tempfile.TemporaryDirectory() as folder:
        copy = store.copy(pin, folder, parts=(f".{data.format}",))
        digest = f"md5:{pin.md5}" if pin.md5 else pin.digest
        profiled = ProfiledData(data.path, digest, None if pin.is_folder else _sha256(copy), data.where)
        profile = fitted(measure_profile(ENGINE, copy, kpis.model, data, profiled, _keys(kpis)))
        return require_size(with_segments(ENGINE, copy, data, profile, segmentations(plan)))


def _keys(kpis: Kpis) -> set[str]:
    """The columns that tell rows or clusters apart, in any data set of the model."""
    sets = kpis.data.values()
    named = {column for data in sets for column in (data.key, data.cluster, data.labels and data.labels.key)}
    return {column for column in named if column}


def _sha256(path: str) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
