"""Several windows as one: their scored rows in one file, their labels in another.

A key may come back in another window, so the key of a pooled row begins with the place of its window.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

from mlops_gitops.core.errors import Undecided
from mlops_gitops.core.frozen import frozen, replace
from mlops_gitops.measurement.contract import Engine, Session
from mlops_gitops.measurement.sql import identifier, literal
from mlops_gitops.records.kpis import DataSet, LabelFile

ROWS, LABELS = "rows", "labels"


@frozen
class WindowFiles:
    """The local copies of the two files of a window."""

    scored: str
    labels: str


def pool_windows(engine: Engine, data: DataSet, windows: Sequence[WindowFiles], folder: str) -> WindowFiles:
    """The files of several windows, put together in `folder`; `data` says how each is read.

    Raises Undecided where a file cannot be read, or windows have not the same columns.
    """
    labels = data.labels or LabelFile(data.path, data.format, data.key or "", data.label)
    pooled = WindowFiles(*(os.path.join(folder, f"{name}.{form}") for name, form in _forms(data, labels)))
    files = {f"{ROWS} {n}": (window.scored, data.format) for n, window in enumerate(windows)}
    files |= {f"{LABELS} {n}": (window.labels, labels.format) for n, window in enumerate(windows)}
    with engine.connect(files, into=folder) as session:
        _pool(session, ROWS, len(windows), data.key or labels.key, (pooled.scored, data.format))
        _pool(session, LABELS, len(windows), labels.key, (pooled.labels, labels.format))
    return pooled


def pooled_data(data: DataSet) -> DataSet:
    """How pooled files are read: as each window is, but that keys are texts."""
    keys = {data.key, data.labels.key if data.labels else None}
    return replace(data, column_types={name: type for name, type in data.column_types.items() if name not in keys})


def _forms(data: DataSet, labels: LabelFile) -> list[tuple[str, str]]:
    return [(ROWS, data.format), (LABELS, labels.format)]


def _pool(session: Session, name: str, count: int, key: str, to: tuple[str, str]) -> None:
    views = [f"{name} {n}" for n in range(count)]
    types = [dict(session.columns(view)) for view in views]
    for n, each in enumerate(types):
        if each != types[0]:
            what = "labels" if name == LABELS else "window"
            raise Undecided(f"the {what} {count - 1 - n} before has other columns, or other types, than the oldest")
        if key not in each:
            raise Undecided(f"there is no column {key!r} to tell rows apart")
        session.load(views[n], each, stream=True)
    parts = [
        f"SELECT * REPLACE ({literal(f'{n}:')} || CAST({identifier(key)} AS VARCHAR) AS {identifier(key)}) "
        f"FROM {identifier(view)}"
        for n, view in enumerate(views)
    ]
    session.write(" UNION ALL ".join(parts), *to)
