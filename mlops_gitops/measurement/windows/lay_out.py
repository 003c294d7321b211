"""The labelled rows of several windows as two files: what the model was asked and answered, and the labels.

A row counts where the filter of the windows keeps it and its label is there. Both files have the same keys in the same
order, and values as the windows have them, so that equal windows give equal bytes.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

from mlops_gitops.core.errors import Undecided
from mlops_gitops.core.frozen import frozen, replace
from mlops_gitops.measurement import label_join, row_filter_sql
from mlops_gitops.measurement.contract import Engine, Session
from mlops_gitops.measurement.reasons import counted
from mlops_gitops.measurement.row_filter import columns, parse
from mlops_gitops.measurement.rows import Rows
from mlops_gitops.measurement.sql import identifier, select_list
from mlops_gitops.records.kpis import DataSet

MOST_NAMED = 3  # keys in a message
ORDER = ("mlops-gitops window", "mlops-gitops key")  # the columns that rows are ordered by


@frozen
class LabelledWindow:
    """One window: how its files are read, and where their copies are. `data.name` is what messages call it."""

    data: DataSet
    scored: str
    labels: str


@frozen
class LaidOut:
    """What to write: the path and the format of the rows and of the labels, in a folder that is there.

    `named` are the names under which columns of the windows are to be there as well: name → column. `key` and `label`
    are the names of the two columns of the labels.
    """

    rows: tuple[str, str]
    labels: tuple[str, str]
    named: Mapping[str, str]
    key: str
    label: str


def lay_out(engine: Engine, windows: Sequence[LabelledWindow], to: LaidOut) -> int:
    """Writes the rows and the labels of the windows, and returns how many rows there are.

    Raises Undecided where a window cannot be read or joined with its labels, where the windows have not the same
    columns, or where one key is in two of them.
    """
    files: dict[str, tuple[str, str]] = {}
    for n, window in enumerate(windows):
        files |= label_join.sources(window.data, str(n), window.scored, window.labels)
    folder = os.path.commonpath([os.path.dirname(path) for path, _ in (to.rows, to.labels)])
    with engine.connect(files, into=folder) as session:
        return _written(session, windows, to)


def _written(session: Session, windows: Sequence[LabelledWindow], to: LaidOut) -> int:
    first = windows[0]
    read = [_joined(session, str(n), window) for n, window in enumerate(windows)]
    for window, (_, types) in zip(windows, read, strict=True):
        if types != read[0][1]:
            raise Undecided(f"{window.data.name} has other columns, or other types, than {first.data.name}")
    _require_distinct(session, [rows for rows, _ in read], first.data)
    own = {name: identifier(name) for name in read[0][1]} | _copies(read[0][1], to.named, first.data.name)
    session.write(_together([(rows, own) for rows, _ in read]), *to.rows)
    session.write(_together([(rows, _answer(rows, to)) for rows, _ in read]), *to.labels)
    (counts,) = session.rows(f"SELECT count(*) AS n FROM ({_keys([rows for rows, _ in read])})")
    return int(counts["n"])


def _joined(session: Session, view: str, window: LabelledWindow) -> tuple[Rows, Mapping[str, str]]:
    """The rows of a window that count, with their labels; and the columns of its scored file."""
    data = window.data
    sides = label_join.read(session, data, view)
    chosen = columns(parse(data.where)) if data.where is not None else ()
    joined, _ = label_join.load(session, sides, {*sides.predictions.types, sides.labels.data.label, *chosen}, chosen)
    if data.where is not None:
        written = [name for name in joined.written if name not in data.column_types]
        only = row_filter_sql.sql(data.where, joined.types, joined.expressions, written)
        joined = replace(joined, only=only)
    return joined, sides.predictions.types


def _answer(rows: Rows, to: LaidOut) -> dict[str, str]:
    return {to.key: identifier(str(rows.data.key)), to.label: identifier(rows.data.label)}


def _require_distinct(session: Session, windows: Sequence[Rows], data: DataSet) -> None:
    twice = f"SELECT key FROM ({_keys(windows)}) GROUP BY key HAVING count(*) > 1"
    (counts,) = session.rows(f"SELECT count(*) AS n FROM ({twice})")
    if counts["n"]:
        examples = session.rows(f"SELECT key FROM ({twice}) ORDER BY key LIMIT {MOST_NAMED}")
        named = ", ".join(str(row["key"]) for row in examples)
        raise Undecided(
            f"{counted(counts['n'], 'key')} in more than one of the windows, such as {named}",
            help=f"name a column as `key` that tells all answers apart, such as the id of a request, not {data.key!r}",
        )


def _copies(types: Mapping[str, str], named: Mapping[str, str], title: str) -> dict[str, str]:
    """The columns that are to be there under another name. Raises Undecided where that name is taken."""
    taken = {name.casefold(): name for name in types}
    for name, column in named.items():
        if name != column and (there := taken.get(name.casefold())):
            raise Undecided(
                f"kpis.yaml calls {name!r} what is {column!r} in {title}, which has another column {there!r}",
                help="give the columns the same names in both",
            )
    return {name: identifier(column) for name, column in named.items() if name != column}


def _together(windows: Sequence[tuple[Rows, Mapping[str, str]]]) -> str:
    """The rows of all windows with these columns, ordered by window and key."""
    by_window, by_key = map(identifier, ORDER)
    parts = [
        f"SELECT {select_list(named)}, {n:d} AS {by_window}, {rows.declared()['key']} AS {by_key} FROM {_source(rows)}"
        for n, (rows, named) in enumerate(windows)
    ]
    every = " UNION ALL ".join(parts)
    return f"SELECT * EXCLUDE ({by_window}, {by_key}) FROM ({every}) ORDER BY {by_window}, {by_key}"


def _keys(windows: Sequence[Rows]) -> str:
    return " UNION ALL ".join(f"SELECT {rows.declared()['key']} AS key FROM {_source(rows)}" for rows in windows)


def _source(rows: Rows) -> str:
    only = f" WHERE {rows.only}" if rows.only else ""
    return f"(SELECT * FROM {identifier(rows.view)}{only})"
