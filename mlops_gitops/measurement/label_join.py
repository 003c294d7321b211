"""Labels that another file holds than the predictions: the two joined by key, row by row, or why they are not.

A row lacks a partner where its key is in its own file only. It counts, unless the data set's `where` leaves it out by
columns of that very file: a prediction must not be left out because its label is missing, nor a label because the
model gave no prediction.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from mlops_gitops.core.errors import Undecided
from mlops_gitops.core.frozen import frozen, replace
from mlops_gitops.measurement import data_checks, pairing_checks, queries, row_filter_sql
from mlops_gitops.measurement.columns import readings
from mlops_gitops.measurement.contract import Session
from mlops_gitops.measurement.reasons import counted
from mlops_gitops.measurement.row_filter import Condition, columns, parse
from mlops_gitops.measurement.rows import Rows
from mlops_gitops.measurement.sql import identifier
from mlops_gitops.records.kpis import DataSet, LabelFile


@frozen
class Sides:
    """The two files of a data set before they are joined; `label` is the column of the label as its file names it."""

    predictions: Rows
    labels: Rows
    label: str

    @property
    def joined(self) -> Rows:
        """What the join of the two has: every column of the predictions, and those that only the labels have."""
        taken = {name.casefold() for name in self.predictions.types}
        own = {name: type for name, type in self.labels.types.items() if name.casefold() not in taken}
        types = dict(self.predictions.types) | own
        written = {*self.predictions.written, *(name for name in self.labels.written if name in own)}
        expressions = {name: sql for name, sql in self.labels.expressions.items() if name in own}
        data = replace(self.predictions.data, label=self.labels.data.label)
        return Rows(data, types, _view(self.predictions), "", expressions | dict(self.predictions.expressions), written)

    def ambiguous(self, names: Collection[str]) -> str:
        """Which of these columns both files have, as a sentence; empty where none is. A shared key is one column."""
        predictions, labels = ({name.casefold() for name in rows.types} for rows in (self.predictions, self.labels))
        same_key = self.predictions.data.key == self.labels.data.key
        for name in names:
            if name.casefold() in predictions & labels and not (same_key and name == self.labels.data.key):
                files = f"{self.predictions.data.path} and in {self.labels.data.path}"
                return f"column {name!r} of {self.predictions.title} is in {files}: rename it in one of them"
        return ""


def _view(predictions: Rows) -> str:
    return predictions.view.partition(".")[0]


def sources(data: DataSet, view: str, path: str, labels: str | None) -> dict[str, tuple[str, str]]:
    """The files behind a view: path and format of each by a view of its own; one file where it has its labels."""
    if data.labels is None or labels is None:
        return {view: (path, data.format)}
    return {_source(view, "predictions"): (path, data.format), _source(view, "labels"): (labels, data.labels.format)}


def sides(data: DataSet, view: str, predictions: Mapping[str, str], labels: Mapping[str, str]) -> Sides:
    """The files of a view by the types of their columns.

    The column of the label takes another name where the predictions have one of its name, such as a predicted label.
    """
    held = data.labels or LabelFile(data.path, data.format, data.key or "", data.label)
    taken = {name.casefold() for name in predictions}
    label = f"{held.column} of {held.path}" if held.column.casefold() in taken else held.column
    types = {label if name == held.column else name: type for name, type in labels.items()}
    declared = {label if name == held.column else name: type for name, type in data.column_types.items()}
    own = DataSet(f"{data.name}'s label file", held.path, held.format, label, held.key, column_types=declared)
    ours = replace(data, label=label, column_types=declared | dict(data.column_types))
    return Sides(
        Rows(ours, predictions, f"{view}.predictions", written=texts(predictions, data.format)),
        Rows(own, types, f"{view}.labels", written=texts(types, held.format)),
        held.column,
    )


def texts(types: Mapping[str, str], file_format: str) -> frozenset[str]:
    """The columns of a file that hold texts of CSV."""
    return frozenset(types if file_format == "csv" else ())


def read(session: Session, data: DataSet, view: str) -> Sides:
    """The columns of both files. Raises Undecided for one that cannot be read, or lacks what the join needs."""
    found: dict[str, Mapping[str, str]] = {}
    for part, title in (("predictions", data.name), ("labels", f"{data.name}'s label file")):
        try:
            found[part] = session.columns(_source(view, part))
        except Undecided as error:
            titled = Rows(replace(data, name=title), {}, view).title
            raise Undecided(f"{titled} cannot be read: {error.message}", help=error.help) from error
    both = sides(data, view, found["predictions"], found["labels"])
    for rows, meanings in ((both.predictions, ("key",)), (both.labels, ("key", "label"))):
        if fault := data_checks.schema_fault(rows, *meanings):
            raise Undecided(fault)
    return both


def load(
    session: Session, both: Sides, names: Collection[str], chosen: Collection[str]
) -> tuple[Rows, tuple[int, int]]:
    """The rows of both files that share a key, and how many rows of the predictions and of the labels have no partner.

    Of each file the columns `names` are read; `chosen` are those that say which rows count, in which slice and cluster.
    Raises Undecided where the keys cannot be trusted, or more rows lack a partner than the data set allows.
    """
    if fault := both.ambiguous(chosen):
        raise Undecided(fault)
    needed = {*names, *(str(rows.data.key) for rows in (both.predictions, both.labels))}
    label = {both.labels.data.label: both.label}
    predictions, labels = (
        _typed(session, rows, needed, chosen, names) for rows, names in ((both.predictions, {}), (both.labels, label))
    )
    both = Sides(predictions, labels, both.label)
    if fault := pairing_checks.keys_fault(both.predictions, both.labels):
        raise Undecided(fault)
    joined = both.joined
    own = [name for name in joined.types if name in needed and name not in both.predictions.types]
    session.keep(joined.view, queries.joined(both.predictions, both.labels, own))
    return joined, _missing(session, both, joined)


def distinct_keys(session: Session, rows: Rows) -> int:
    """How many keys differ, none of which is empty. Those that rise, or whose sorted hashes do, need no counting."""
    keys = session.arrays(queries.keys(rows))["key"]
    if not (keys[1:] > keys[:-1]).all():
        keys.sort()
        if (keys[1:] == keys[:-1]).any():
            (row,) = session.rows(queries.distinct_keys(rows))
            return int(row["key"])
    return len(keys)


def _source(view: str, part: str) -> str:
    return f"{view}.{part} file"


def _typed(
    session: Session, rows: Rows, needed: Collection[str], chosen: Collection[str], names: Mapping[str, str]
) -> Rows:
    """One file loaded and typed; each of its rows has a key of its own.

    `names` are the names that renamed columns have in the file.
    """
    source = _source(*rows.view.split(".", 1))
    kept = {name: names.get(name, name) for name in rows.types if name in needed}
    session.load(source, {names.get(name, name): type for name, type in rows.types.items()}, kept.values())
    renamed = {name: identifier(held) for name, held in kept.items()}
    session.keep(rows.view, queries.selected(source, renamed), table=False)
    rows = readings.typed(session, rows, kept, chosen)
    if fault := data_checks.nested_fault(rows):
        raise Undecided(fault)
    (counts,) = session.rows(queries.key_counts(rows))
    counts["key.distinct"] = counts["rows"] if counts["key.nulls"] else distinct_keys(session, rows)
    if fault := data_checks.key_fault(rows, counts):
        raise Undecided(fault)
    return rows


def _missing(session: Session, both: Sides, joined: Rows) -> tuple[int, int]:
    """How many rows of each file have no partner. Raises Undecided where that are too many."""
    data = both.predictions.data
    condition = parse(data.where) if data.where is not None else None
    if condition and not {*columns(condition)} <= joined.types.keys():
        condition = None  # the candidate is refused later; a baseline is not chosen from
    predictions, labels, matched = (
        _counting(rows, condition, test)
        for rows, test in ((both.predictions, "IS NOT FALSE"), (both.labels, "IS NOT FALSE"), (joined, "IS TRUE"))
    )
    (counts,) = session.rows(queries.alone(predictions, labels, matched))
    missing = (counts["predictions"], counts["labels"])
    if not counts["joined"] and any(missing):
        (first,) = session.rows(queries.first_keys(both.predictions, both.labels))
        raise Undecided(pairing_checks.unshared_fault(both.predictions, both.labels, first, data.name))
    if data.labels and (fault := _missing_fault(both, missing, counts["matched"], data.labels.missing)):
        raise Undecided(fault)
    if missing[0]:
        session.keep(unlabelled_view(joined), queries.unlabelled(predictions, replace(labels, only="")), table=False)
    return missing


def unlabelled_view(joined: Rows) -> str:
    """The view of the rows of the predictions that count and have no label; it is there where there are some."""
    return f"{joined.view}.unlabelled"


def _counting(rows: Rows, condition: Condition | None, test: str) -> Rows:
    """The rows that count, as far as the filter can tell by the columns of this file."""
    if condition is None:
        return rows
    written = [name for name in rows.written if name not in rows.data.column_types]
    return replace(
        rows, only=f"({row_filter_sql.partial_sql(condition, rows.types, rows.expressions, written)}) {test}"
    )


def _missing_fault(both: Sides, missing: tuple[int, int], matched: int, allowed: float) -> str:
    """Why too many rows lack a partner; empty where few enough do. `allowed` is a share, from 0 to 1."""
    shares = [lost / (lost + matched) for lost in missing if lost]
    largest = max(shares, default=0.0)
    if largest <= allowed:
        return ""
    rows, labels = both.predictions, both.labels
    unlabelled = f"{counted(missing[0], 'row')} of {rows.title} without a label in {labels.data.path}"
    unpredicted = f"{counted(missing[1], 'label')} without a row in {rows.data.path}"
    alone = " and ".join(text for count, text in zip(missing, (unlabelled, unpredicted), strict=True) if count)
    return f"{alone}: {100 * largest:.3g} % where {100 * allowed:.3g} % may be missing (`missing`)"
