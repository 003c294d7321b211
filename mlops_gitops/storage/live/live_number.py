"""A number in a live file that another tool wrote, such as a latency in JSON."""

from __future__ import annotations

import os
import tempfile
from datetime import datetime
from pathlib import Path

from mlops_gitops.core.errors import Undecided
from mlops_gitops.measurement import metrics_files
from mlops_gitops.measurement.results import Measured
from mlops_gitops.records.kpis import MetricFile
from mlops_gitops.storage.data_store import DataStore
from mlops_gitops.storage.live.live_file import read_live_file
from mlops_gitops.storage.live.place import Limits, shown

_ANY_FORMAT = "csv"  # of a file that is not read as a table


def read_live_number(store: DataStore, location: str, key: str, *, near: str, since: datetime) -> Measured:
    """The number at `key` of the JSON, YAML, TOML or CSV file at a location, or why there is none.

    A location is one of `read_live_file`; `near` is the path of the file that holds it. A file that was last written
    before `since` (UTC) holds no current number.
    """
    limits = Limits(size=metrics_files.MAX_SIZE, parts=1)
    try:
        with tempfile.TemporaryDirectory() as folder:
            found = read_live_file(store, location, folder, near=near, declared=_ANY_FORMAT, limits=limits)
            if os.path.isdir(found.path):
                raise Undecided(f"{shown(location)} is a folder, and a number is in one file")
            if found.modified is not None and found.modified < since:
                raise Undecided(f"{shown(location)} was last written on {found.modified:%Y-%m-%d}, before the window")
            raw = Path(found.path).read_bytes()
    except Undecided as error:
        return Measured(None, None, error.message)
    return metrics_files.number_in(raw, location, MetricFile(location, key), None)
