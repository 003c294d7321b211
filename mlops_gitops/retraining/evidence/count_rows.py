"""How many rows of a window there are to train on: of labelled ones, those whose key has a label."""

from __future__ import annotations

from mlops_gitops.core.frozen import replace
from mlops_gitops.measurement import label_join, row_filter_sql
from mlops_gitops.measurement.contract import Engine
from mlops_gitops.measurement.row_filter import columns, parse
from mlops_gitops.measurement.rows import Rows
from mlops_gitops.measurement.sql import identifier
from mlops_gitops.monitoring.profiles.open_table import open_table
from mlops_gitops.monitoring.window_data import scored_data
from mlops_gitops.records.kpis import DataSet, LabelFile
from mlops_gitops.records.monitoring import Windows

VIEW = "candidate"
_MEMORY = 256 << 20  # bytes


def count_rows(engine: Engine, windows: Windows, scored: str, labels: str | None) -> int:
    """The rows that count of the local copies of a window; with `labels`, those that have one. Raises Undecided.

    `windows` has the formats of the files.
    """
    data = scored_data(windows, windows.format, None)
    if labels is None or windows.labels is None:
        with engine.connect({VIEW: (scored, data.format)}, memory=_MEMORY) as session:
            rows = open_table(session, VIEW, data, (), stream=True)
            (found,) = session.rows(_count(rows, ""))
        return int(found["n"])
    held = windows.labels
    data = replace(
        data, label=held.label, key=windows.key or held.key,
        labels=LabelFile(held.path, held.format, held.key, held.label, held.missing),
    )  # fmt: skip
    return _labelled(engine, data, scored, labels)


def _labelled(engine: Engine, data: DataSet, scored: str, labels: str) -> int:
    with engine.connect(label_join.sources(data, VIEW, scored, labels), memory=_MEMORY) as session:
        sides = label_join.read(session, data, VIEW)
        chosen = list(columns(parse(data.where))) if data.where is not None else []
        rows, _ = label_join.load(session, sides, {sides.joined.data.label, *chosen}, chosen)
        (found,) = session.rows(_count(_filtered(rows), f"{rows.sql(rows.data.label)} IS NOT NULL"))
    return int(found["n"])


def _filtered(rows: Rows) -> Rows:
    if rows.data.where is None:
        return rows
    written = [name for name in rows.written if name not in rows.data.column_types]
    return replace(rows, only=row_filter_sql.sql(rows.data.where, rows.types, rows.expressions, written))


def _count(rows: Rows, test: str) -> str:
    tests = " AND ".join(f"({each})" for each in (rows.only, test) if each) or "true"
    return f"SELECT count(*) AS n FROM {identifier(rows.view)} WHERE {tests}"  # noqa: S608 - quoted identifiers
