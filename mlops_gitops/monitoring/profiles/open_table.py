"""A data file loaded into the engine, its columns read as what they are and the rows that count chosen."""

from __future__ import annotations

from collections.abc import Collection

from mlops_gitops.core.frozen import replace
from mlops_gitops.measurement import label_join, row_filter_sql
from mlops_gitops.measurement.columns import readings
from mlops_gitops.measurement.contract import Session
from mlops_gitops.measurement.row_filter import columns, parse
from mlops_gitops.measurement.rows import Rows
from mlops_gitops.records.kpis import DataSet


def open_table(
    session: Session,
    view: str,
    data: DataSet,
    wanted: Collection[str] | None = None,
    *,
    untyped: Collection[str] = (),
    stream: bool = False,
) -> Rows:
    """The rows of a view as `data` declares them: of the columns `wanted`, or all, and of those that its filter names.

    The columns of a CSV file get the type that their values have, but for those `untyped`. A column that is wanted and
    not there is passed over. Raises Undecided where the file cannot be read, or a typed value is not of its declared
    type. With `stream` a row of a CSV file that cannot be read is raised by the first query of the rows.
    """
    types = session.columns(view, header=stream)
    chosen = columns(parse(data.where)) if data.where is not None else ()
    needed = {name for name in types if wanted is None or name in wanted or name in chosen}
    session.load(view, types, needed or set(list(types)[:1]), stream=stream)
    rows = Rows(data, types, view, written=label_join.texts(types, data.format))
    read = needed - ({*untyped} - {*chosen})
    rows = readings.typed(session, rows, read, read)
    if data.where is None:
        return rows
    written = [name for name in rows.written if name not in data.column_types]
    return replace(rows, only=row_filter_sql.sql(data.where, rows.types, rows.expressions, written))
