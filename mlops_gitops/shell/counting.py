"""What an engine counts for the metrics of a data set: one query for all that share a grouping, split into groups."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from mlops_gitops import queries
from mlops_gitops.cells import BEFORE, Array, Cells
from mlops_gitops.errors import Undecided
from mlops_gitops.instruments import Ask, Metric, Session
from mlops_gitops.queries import Rows
from mlops_gitops.values import frozen

MOST = 10_000  # combinations of values that rows are sliced by
SLICE, CLUSTER = "slice.", "cluster.column"
_CODED = ("label", "prediction", f"{BEFORE}prediction")
_BOOLEAN = ("positive", "predicted", f"{BEFORE}predicted")


@frozen
class Counted:
    """The cells of all rows, and those of each group that a gate slices by, with the values its rows share."""

    cells: Cells
    groups: tuple[tuple[Mapping[str, str | None], Cells], ...] = ()


@frozen
class _View:
    """Rows an engine can count: the columns kept for slices and clusters, and each term of a metric with its centre."""

    session: Session
    name: str
    paired: bool
    spread: bool
    kept: Mapping[str, str]
    terms: Mapping[str, tuple[str, float]]

    @property
    def slices(self) -> list[str]:
        return [name for name in self.kept if name.startswith(SLICE)]

    @property
    def clustered(self) -> bool:
        return CLUSTER in self.kept

    @property
    def numbers(self) -> list[str]:
        """The columns that number a row's group and its cluster."""
        return [name for name, used in (("group", self.slices), ("cluster", self.clustered)) if used]


def count(session: Session, rows: Rows, asks: Mapping[str, Ask], *, spread: bool) -> dict[str, Counted]:
    """The candidate's rows, counted for each ask; where scores are `spread`, one by one. Raises Undecided."""
    kept, terms = _kept(rows, asks), _terms(session, rows, asks)
    session.keep("sided", queries.side(rows, _sql(terms), kept), table=False)
    return _counted(_View(session, "sided", False, spread, kept, terms), asks)


def count_pairs(
    session: Session, ours: Rows, theirs: Rows, asks: Mapping[str, Ask], *, spread: bool
) -> dict[str, Counted]:
    """The rows that two files share, by key, counted for each ask that compares. Raises Undecided."""
    chosen = {name: ask for name, ask in asks.items() if ask.gate is None or ask.gate.change}
    if not chosen:
        return {}
    kept, terms = _kept(ours, chosen), _terms(session, ours, chosen)
    before = _terms(session, theirs, chosen, label=ours)
    sides = queries.side(ours, _sql(terms), kept), queries.side(theirs, _sql(before), {})
    session.keep("both", queries.paired(*sides, [*theirs.given(), *before]))
    both = terms | {f"{BEFORE}{name}": its for name, its in before.items()}
    return _counted(_View(session, "both", True, spread, kept, both), chosen)


def _kept(rows: Rows, asks: Mapping[str, Ask]) -> dict[str, str]:
    """The columns of the file that gates slice by, and that of clusters where bounds need it."""
    gates = [ask.gate for ask in asks.values() if ask.gate]
    columns = dict.fromkeys(column for gate in gates if gate.slices for column in gate.slices.by)
    cluster = rows.data.cluster if any(gate.confidence for gate in gates) else None
    return {f"{SLICE}{column}": column for column in columns} | ({CLUSTER: cluster} if cluster else {})


def _terms(
    session: Session, rows: Rows, asks: Mapping[str, Ask], label: Rows | None = None
) -> dict[str, tuple[str, float]]:
    """The terms of all metrics, by metric and place, with the mean of each: sums are taken about it.

    Where a term itself is about the mean label, it is that of `label`, and its own sums are about 0; so are all where
    no gate has a confidence, since a plain mean loses no digits.
    """
    written = {f"{ask.metric.id}.{n}": its for ask in asks.values() for n, its in enumerate(ask.metric.form.terms)}
    centred = {name for name, term in written.items() if "{centre}" in term}
    if centred:
        (row,) = session.rows(queries.centres(label or rows, {"label": "label"}))
        written = {name: its.replace("{centre}", queries.number(row["label"])) for name, its in written.items()}
    sure = any(ask.gate and ask.gate.confidence for ask in asks.values())
    plain = {name: term for name, term in written.items() if sure and name not in centred}
    (means,) = session.rows(queries.centres(rows, plain)) if plain else ({},)
    return {name: (term, float(means.get(name) or 0.0)) for name, term in written.items()}


def _sql(terms: Mapping[str, tuple[str, float]]) -> dict[str, str]:
    return {name: term for name, (term, _) in terms.items()}


def _counted(view: _View, asks: Mapping[str, Ask]) -> dict[str, Counted]:
    names, view = _numbered(view)
    found = {}
    for by, metrics in _together(asks):
        columns = _columns(view, by or ())
        one_by_one = by is None or (view.spread and "score" in by)
        wanted = {metric.id: _sums(view, metric, one_by_one=one_by_one) for metric in metrics}
        sums = dict.fromkeys(sql for its in wanted.values() for sql in its.values())
        arrays = view.session.arrays(queries.cells(view.name, columns, view.numbers, sums, one_by_one=one_by_one))
        arrays = _in_order(arrays | _coded({name: arrays[name] for name in columns if name in _CODED}))
        for name, ask in asks.items():
            if ask.metric.id in wanted:
                cells = _cells(view, ask.metric, arrays, wanted[ask.metric.id], columns)
                found[name] = _split(ask, cells, arrays, names)
    return found


def _columns(view: _View, by: Sequence[str]) -> list[str]:
    """The columns rows are counted by: of paired rows the baseline's beside the candidate's, but for the label."""
    return [*by, *(f"{BEFORE}{name}" for name in by if view.paired and name != "label")]


def _in_order(arrays: dict[str, Array]) -> dict[str, Array]:
    """Cells in the order of their scores, so that no group of them need be sorted again."""
    import numpy as np

    if "score" not in arrays:
        return arrays
    order = np.argsort(arrays["score"])
    return {name: its[order] for name, its in arrays.items()}


def _numbered(view: _View) -> tuple[list[dict[str, str | None]], _View]:
    """The combinations of values that occur in the columns to slice by, and a view that numbers a row's own."""
    tables = {"group": view.slices} if view.slices else {}
    tables |= {"cluster": [CLUSTER]} if view.clustered else {}
    if not tables:
        return [], view
    for table, its in tables.items():
        view.session.keep(f"{view.name}.{table}", queries.numbered(view.name, its))
    found: list[dict[str, str | None]] = []
    if view.slices:
        rows = view.session.rows(queries.first(f"{view.name}.group", MOST + 1))
        if len(rows) > MOST:
            columns = ", ".join(view.kept[name] for name in view.slices)
            raise Undecided(f"{columns} have more than {MOST:,} combinations of values to slice by")
        found = [{view.kept[name]: row[name] for name in view.slices} for row in rows]
    whole = f"{view.name}.numbered"
    view.session.keep(whole, queries.with_numbers(view.name, tables), table=view.paired)
    return found, _View(view.session, whole, view.paired, view.spread, view.kept, view.terms)


def _together(asks: Mapping[str, Ask]) -> Iterator[tuple[tuple[str, ...] | None, list[Metric]]]:
    """Metrics that are counted by the same columns; those that see every row each for itself."""
    metrics = {ask.metric.id: ask.metric for ask in asks.values()}.values()
    shared: dict[tuple[str, ...], list[Metric]] = {}
    for metric in metrics:
        if metric.form.by is None:
            yield None, [metric]
        else:
            shared.setdefault(metric.form.by, []).append(metric)
    yield from shared.items()


def _sums(view: _View, metric: Metric, *, one_by_one: bool) -> dict[str, str]:
    """The aggregates of a metric in SQL: each term as its column less its centre."""
    terms = {}
    for place in range(len(metric.form.terms)):
        for side in ("", BEFORE) if view.paired else ("",):
            column = f"{side}{metric.id}.{place}"
            terms[f"{side}{place}"] = f"({queries.identifier(column)} - {queries.number(view.terms[column][1])})"
    if view.paired and metric.form.terms:
        ours, theirs = (queries.identifier(f"{side}{metric.id}.0") for side in ("", BEFORE))
        terms["change"] = f"({ours} - {theirs})"
    if one_by_one:
        return metric.form.each(paired=view.paired)
    wanted = metric.form.counts(binary=metric.binary, paired=view.paired, clustered=view.clustered)
    return {name: _filled(sql, terms) for name, sql in wanted.items()}


def _filled(sql: str, terms: Mapping[str, str]) -> str:
    for name, term in terms.items():
        sql = sql.replace(f"{{{name}}}", term)
    return sql


def _coded(classes: Mapping[str, Array]) -> dict[str, Array]:
    """Labels and predictions as codes of one list of classes."""
    import numpy as np

    if not classes:
        return {}
    _, codes = np.unique(np.concatenate([np.ma.getdata(its) for its in classes.values()]), return_inverse=True)
    return dict(zip(classes, np.split(codes, len(classes)), strict=True))


def _cells(
    view: _View, metric: Metric, arrays: Mapping[str, Array], sums: Mapping[str, str], by: Sequence[str]
) -> Cells:
    import numpy as np

    columns = {name: np.ma.filled(arrays[sql], 0) for name, sql in sums.items()}
    columns |= {name: columns[name].astype(np.int64) for name in _BOOLEAN if name in columns}
    columns |= {name: arrays[name] for name in by if name in arrays}
    sides = ("", BEFORE) if view.paired else ("",)
    places = [(f"{side}{n}", f"{side}{metric.id}.{n}") for side in sides for n in range(len(metric.form.terms))]
    centres = {place: view.terms[column][1] for place, column in places}
    cells = Cells(arrays["rows"], columns, arrays.get("cluster"), centres)
    return cells.of_two() if metric.binary else cells


def _split(ask: Ask, cells: Cells, arrays: Mapping[str, Array], names: Sequence[Mapping[str, Any]]) -> Counted:
    """All cells, and those of each combination of values of the columns that this gate slices by."""
    import numpy as np

    by = ask.gate.slices.by if ask.gate and ask.gate.slices else ()
    if not by:
        return Counted(cells)
    values = [tuple(its[column] for column in by) for its in names]
    own = {its: number for number, its in enumerate(dict.fromkeys(values))}
    small = np.int16 if len(own) < np.iinfo(np.int16).max else np.int64  # which numpy sorts by radix
    group = np.array([own[its] for its in values], dtype=small)[arrays["group"]]
    order = np.argsort(group, kind="stable")
    starts = np.searchsorted(group[order], np.arange(len(own) + 1))
    parts = [cells.take(order[one:other]) for one, other in pairwise(starts)]
    return Counted(cells, tuple((dict(zip(by, its, strict=True)), part) for its, part in zip(own, parts, strict=True)))
