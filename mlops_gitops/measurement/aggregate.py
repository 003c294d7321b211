"""What an engine counts for the metrics of a data set: one query for all that share a grouping, split into slices."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from itertools import pairwise
from typing import TypeAlias

from mlops_gitops.core.frozen import frozen, replace
from mlops_gitops.measurement import queries
from mlops_gitops.measurement.columns.column_types import comparable_number, comparison_kind, narrowest_float
from mlops_gitops.measurement.contract import Requests, Session
from mlops_gitops.measurement.rows import CLASSES, Rows, compares_as_text
from mlops_gitops.measurement.sql import identifier
from mlops_gitops.metrics.aggregates import BASELINE, Array, Cells
from mlops_gitops.metrics.metric import Metric

MOST = 10_000  # combinations of values that rows are sliced by
CLUSTER = "cluster.column"
_CODED = ("label", "prediction", f"{BASELINE}prediction")
DTYPES = {"FLOAT16": "float16", "FLOAT": "float32"}  # of numpy
_BOOLEAN = ("positive", "predicted", f"{BASELINE}predicted")

_By: TypeAlias = tuple[str, ...]  # the columns that a gate slices by


@frozen
class Counted:
    """The cells of all rows, and those of each slice beside the values (column → text, None where empty) of its rows.

    `fault` says why there are no slices where a gate requests some.
    """

    cells: Cells
    slices: tuple[tuple[Mapping[str, str | None], Cells], ...] = ()
    fault: str = ""


@frozen
class _View:
    """Rows an engine can count, with a column for each term of a metric; `clustered` with the number of their cluster.

    `slice_values` are the values of each slice of each slicing; `slicing(by)` is the column with a row's slice number.
    `faults` are slicings that make too many slices.
    `class_columns` are the SQL of labels and predictions that compare as classes, where it is not their name;
    `score_types` are the types of the scores.
    """

    session: Session
    name: str
    paired: bool
    spread: bool
    clustered: bool
    slice_values: Mapping[_By, Sequence[tuple[str | None, ...]]]
    faults: Mapping[_By, str]
    class_columns: Mapping[str, str] = {}
    score_types: Mapping[str, str] = {}

    def slicing(self, by: _By) -> str:
        """The column with the number of a row's slice."""
        return f"slicing.{list(self.slice_values).index(by)}"

    @property
    def sides(self) -> tuple[str, ...]:
        """The prefixes of the columns a model gave: of the candidate, and of the baseline."""
        return ("", BASELINE) if self.paired else ("",)


def count(session: Session, rows: Rows, requests: Requests, *, spread: bool) -> dict[str, Counted]:
    """The candidate's rows, counted for each request; where scores are `spread`, row by row.

    Rows and counts are integers; sums are float64. Raises Undecided.
    """
    slices, cluster, as_text = _slicings(requests), _cluster(rows, requests), compares_as_text(rows)
    kept = _kept(rows, slices, cluster) | (_class_texts(rows) if as_text else {})
    sided = f"{rows.view}.sided"
    session.keep(sided, queries.side(rows, _terms(requests), kept), table=False)
    view = _numbered(session, sided, slices, bool(cluster), paired=False, spread=spread)
    return _counted(_with_types(view, rows, None, as_text=as_text), requests)


def count_pairs(session: Session, ours: Rows, theirs: Rows, requests: Requests, *, spread: bool) -> dict[str, Counted]:
    """The rows that two files share by key, counted for each request that compares; no others. Raises Undecided."""
    chosen = {name: request for name, request in requests.items() if request.gate is None or request.gate.change}
    if not chosen:
        return {}
    slices, cluster, terms = _slicings(chosen), _cluster(ours, chosen), _terms(chosen)
    as_text = compares_as_text(ours, theirs)
    texts = [_class_texts(rows) if as_text else {} for rows in (ours, theirs)]
    sides = queries.side(ours, terms, _kept(ours, slices, cluster) | texts[0]), queries.side(theirs, terms, texts[1])
    session.keep("both", queries.paired(*sides, [*theirs.model_columns(), *terms, *texts[1]]))
    view = _numbered(session, "both", slices, bool(cluster), paired=True, spread=spread)
    return _counted(_with_types(view, ours, theirs, as_text=as_text), chosen)


def _class_texts(rows: Rows) -> dict[str, str]:
    return {f"{meaning}.text": text for meaning, text in rows.class_texts().items()}


def _with_types(view: _View, rows: Rows, baseline: Rows | None, *, as_text: bool) -> _View:
    sides = {"score": rows} | ({f"{BASELINE}score": baseline} if baseline else {})
    scores = {name: side.type("score") for name, side in sides.items() if side.column("score")}
    return replace(view, class_columns=_class_columns(rows, baseline, as_text=as_text), score_types=scores)


def _class_columns(rows: Rows, baseline: Rows | None, *, as_text: bool) -> dict[str, str]:
    """Labels and predictions as what they compare as: text, or numbers of the narrowest type among them."""
    if rows.derived:
        return {}
    types = {name: rows.type(name) for name in CLASSES if rows.column(name)}
    if baseline and baseline.column("prediction"):
        types[f"{BASELINE}prediction"] = baseline.type("prediction")
    if as_text:
        return {name: identifier(f"{name}.text") for name in types}
    narrowest = narrowest_float(types.values())
    numbers = {name: type for name, type in types.items() if comparison_kind(type) == "number"}
    return {name: comparable_number(identifier(name), type, narrowest) for name, type in numbers.items()}


def _slicings(requests: Requests) -> list[_By]:
    gates = [request.gate for request in requests.values() if request.gate]
    return list(dict.fromkeys(gate.slices.by for gate in gates if gate.slices))


def _cluster(rows: Rows, requests: Requests) -> str | None:
    return rows.data.cluster if any(request.gate and request.gate.confidence for request in requests.values()) else None


def _kept(rows: Rows, slices: Sequence[_By], cluster: str | None) -> dict[str, str]:
    """The SQL of the columns that rows are sliced and clustered by, under names that no canonical column has."""
    found = {_name(n, m): rows.sql(column) for n, by in enumerate(slices) for m, column in enumerate(by)}
    return found | ({CLUSTER: rows.sql(cluster)} if cluster else {})


def _name(slicing: int, place: int) -> str:
    return f"slice.{slicing}.{place}"


def _terms(requests: Requests) -> dict[str, str]:
    """The terms of all metrics by metric and place, but for those about a mean label, which is not known yet."""
    return {
        name: term
        for request in requests.values()
        for name, term in _terms_by_name(request.metric).items()
        if "{centre}" not in term
    }


def _terms_by_name(metric: Metric) -> dict[str, str]:
    return {f"{metric.id}.{place}": term for place, term in enumerate(metric.form.terms)}


def _numbered(
    session: Session, view: str, slices: Sequence[_By], clustered: bool, *, paired: bool, spread: bool
) -> _View:
    """The combinations of values that occur in each slicing, and a view that numbers a row's own."""
    tables = {f"slicing.{n}": [_name(n, m) for m in range(len(by))] for n, by in enumerate(slices)}
    tables |= {"cluster": [CLUSTER]} if clustered else {}
    slice_values: dict[_By, list[tuple[str | None, ...]]] = {}
    faults, sizes = dict[_By, str](), dict[str, int]()
    for table, columns in tables.items():
        session.keep(f"{view}.{table}", queries.numbered(view, columns))
    for n, by in enumerate(slices):
        rows = session.rows(queries.first(f"{view}.slicing.{n}", MOST + 1))
        slice_values[by] = [tuple(row[column] for column in tables[f"slicing.{n}"]) for row in rows]
        if len(rows) > MOST:
            faults[by] = f"{', '.join(by)} have more than {MOST:,} combinations of values to slice by"
        else:
            sizes[f"slicing.{n}"] = len(rows)
    if tables:
        session.keep(f"{view}.numbered", queries.with_numbers(view, tables, sizes), table=paired)
    return _View(session, f"{view}.numbered" if tables else view, paired, spread, clustered, slice_values, faults)


def _counted(view: _View, requests: Requests) -> dict[str, Counted]:
    found: dict[str, Counted] = {}
    for by, metrics in _metrics_by_columns(requests):
        ids = {metric.id for metric in metrics}  # a member of a family is built anew for each request
        chosen = {name: request for name, request in requests.items() if request.metric.id in ids}
        found |= _summed(view, chosen, metrics) if by == () else _by_columns(view, chosen, metrics, by)
    return found


def _by_columns(view: _View, requests: Requests, metrics: Sequence[Metric], by: _By | None) -> dict[str, Counted]:
    """Metrics that count rows by what label, prediction or score they have."""
    columns = {name: view.class_columns.get(name, identifier(name)) for name in _columns(view, by or ())}
    one_by_one = by is None or (view.spread and "score" in by)
    bounded = _bounded(requests)
    wanted = {
        metric.id: metric.form.row_columns(paired=view.paired)
        if one_by_one
        else _sums(view, metric, {}, bounds=metric.id in bounded)
        for metric in metrics
    }
    numbers = [*map(view.slicing, view.slice_values), *(["cluster"] if view.clustered else [])]
    sums = dict.fromkeys(sql for aggregates in wanted.values() for sql in aggregates.values())
    arrays = view.session.arrays(queries.cells(view.name, columns, numbers, sums, one_by_one=one_by_one))
    arrays |= _coded({name: arrays[name] for name in columns if name in _CODED})
    if "score" in arrays:  # so that no slice of them need be sorted again
        arrays = _arranged(arrays, "score")
    slices = {by: _split(arrays, view.slicing(by), len(values)) for by, values in view.slice_values.items()}
    found = {}
    for name, request in requests.items():
        sliced_by = request.gate.slices.by if request.gate and request.gate.slices else ()
        cells, *parts = (
            _cells(request.metric, part, wanted[request.metric.id], list(columns), view.score_types)
            for part in (arrays, *slices.get(sliced_by, ()))
        )
        found[name] = _sliced(view, cells, sliced_by, parts)
    return found


def _summed(view: _View, requests: Requests, metrics: Sequence[Metric]) -> dict[str, Counted]:
    """Metrics that are means: sums about the mean of all rows, and for slices about the mean of each slice.

    About one far away they would lose the digits of a slice of another scale.
    """
    bounded = _bounded(requests)
    slices = {by: _about(view, metrics, by, bounded) for by in view.slice_values if by not in view.faults}
    known = next(iter(slices.values())) if slices and not _centred(metrics, bounded) else None
    whole = known or _about(view, metrics, None, bounded)  # what is taken about no centre adds up to that of all rows
    found = {}
    for name, request in requests.items():
        sliced_by = request.gate.slices.by if request.gate and request.gate.slices else ()
        arrays, wanted = slices.get(sliced_by, whole)
        parts: list[Cells] = []
        if sliced_by in slices:
            split = _split(arrays, view.slicing(sliced_by), len(view.slice_values[sliced_by]))
            each = (_cells(request.metric, part, wanted[request.metric.id], ()) for part in split)
            parts = [_with_centres(cells, request.metric, view) for cells in each]
        cells = _with_centres(_cells(request.metric, whole[0], whole[1][request.metric.id], ()), request.metric, view)
        found[name] = _sliced(view, cells, sliced_by, parts)
    return found


def _bounded(requests: Requests) -> frozenset[str]:
    """The ids of the metrics that are wanted with bounds."""
    gates = ((request.metric.id, request.gate) for request in requests.values())
    return frozenset(id for id, gate in gates if gate and gate.confidence)


def _centred(metrics: Sequence[Metric], bounded: Set[str]) -> list[str]:
    """The columns whose mean the sums are taken about: terms of metrics with bounds, and the label where one needs it.

    A plain mean loses no digits.
    """
    terms = [(metric.id, name, term) for metric in metrics for name, term in _terms_by_name(metric).items()]
    own = dict.fromkeys(name for id, name, term in terms if id in bounded and "{centre}" not in term)
    return [*own, *(["label"] if any("{centre}" in term for _, _, term in terms) else [])]


def _about(
    view: _View, metrics: Sequence[Metric], by: _By | None, bounded: Set[str]
) -> tuple[dict[str, Array], dict[str, dict[str, str]]]:
    """The sums of all terms, by slice or not, and their names for each metric."""
    centred = _centred(metrics, bounded)
    means = [name if name == "label" else f"{side}{name}" for side in view.sides for name in centred]
    own_slice = view.slicing(by) if by else None
    about = {name: queries.centre(name) for name in means}
    wanted = {metric.id: _sums(view, metric, about, bounds=metric.id in bounded) for metric in metrics}
    sums = dict.fromkeys(sql for aggregates in wanted.values() for sql in aggregates.values())
    numbers = [*([own_slice] if own_slice else []), *(["cluster"] if view.clustered else [])]
    if not means:
        return view.session.arrays(queries.cells(view.name, {}, numbers, sums, one_by_one=False)), wanted
    table = f"{view.name}.about.{own_slice or 'all'}"
    view.session.keep(table, queries.centres(view.name, dict.fromkeys(means), own_slice))
    return view.session.arrays(queries.sums_about(view.name, table, own_slice, numbers, sums)), wanted


def _with_centres(cells: Cells, metric: Metric, view: _View) -> Cells:
    """The cells with the constants that their sums were taken about, which all of them share."""
    places = [f"{side}{place}" for side in view.sides for place in range(len(metric.form.terms))]
    known = {place: cells.columns.get(f"centre {place}") for place in places}
    centres = {
        place: float(centre[0]) if centre is not None and len(centre) else 0.0 for place, centre in known.items()
    }
    return replace(cells, centres=centres)


def _sliced(view: _View, cells: Cells, by: _By, parts: Sequence[Cells]) -> Counted:
    if by in view.faults:
        return Counted(cells, (), view.faults[by])
    values = view.slice_values[by] if by else []
    return Counted(
        cells, tuple((dict(zip(by, shared, strict=True)), part) for shared, part in zip(values, parts, strict=True))
    )


def _columns(view: _View, by: Sequence[str]) -> list[str]:
    """The columns rows are counted by: of paired rows the baseline's beside the candidate's, but for the label."""
    return [*by, *(f"{BASELINE}{name}" for name in by if view.paired and name != "label")]


def _arranged(arrays: Mapping[str, Array], name: str) -> dict[str, Array]:
    """The cells in the order of one of their columns, and where that has equal values in the order they were in."""
    import numpy as np

    column = arrays[name]
    order = np.argsort(column, kind="stable" if column.dtype.kind in "iu" else None)
    return {name: array[order] for name, array in arrays.items()}


def _metrics_by_columns(requests: Requests) -> Iterator[tuple[tuple[str, ...] | None, list[Metric]]]:
    """Metrics that are counted by the same columns; those that see every row each for itself."""
    metrics = {request.metric.id: request.metric for request in requests.values()}.values()
    shared: dict[tuple[str, ...], list[Metric]] = {}
    for metric in metrics:
        if metric.form.group_by is None:
            yield None, [metric]
        else:
            shared.setdefault(metric.form.group_by, []).append(metric)
    yield from shared.items()


def _sums(view: _View, metric: Metric, centres: Mapping[str, str], *, bounds: bool) -> dict[str, str]:
    """The aggregates of a metric in SQL, each term less its centre; and the centres, by which a mean is whole again."""
    terms, kept = {}, {}
    for side in view.sides:
        for place, (name, term) in enumerate(_terms_by_name(metric).items()):
            own, column = f"{side}{place}", identifier(side + name)
            if "{centre}" in term:
                terms[own] = f"({term.replace('{centre}', centres['label'])})"
            elif centre := centres.get(side + name):
                terms[own], kept[f"centre {own}"] = f"({column} - {centre})", f"any_value({centre})"
            else:
                terms[own] = column
    if metric.form.terms:  # the first is a loss, for the largest of which no centre counts
        terms |= {f"{side}loss": identifier(f"{side}{metric.id}.0") for side in view.sides}
    if view.paired and metric.form.terms:
        ours, theirs = (identifier(f"{side}{metric.id}.0") for side in ("", BASELINE))
        terms["change"] = f"({ours} - {theirs})"
    flags = {"binary": metric.binary, "paired": view.paired, "clustered": view.clustered}
    wanted = metric.form.aggregates(**flags, bounds=bounds)
    return {name: _filled(sql, terms) for name, sql in wanted.items()} | kept


def _filled(sql: str, terms: Mapping[str, str]) -> str:
    for name, term in terms.items():
        sql = sql.replace(f"{{{name}}}", term)
    return sql


def _coded(classes: Mapping[str, Array]) -> dict[str, Array]:
    """Labels and predictions as codes of one list of classes."""
    import numpy as np

    if not classes:
        return {}
    values = np.concatenate([np.asarray(codes) for codes in classes.values()])
    if values.dtype.kind == "O":  # texts, which numpy sorts slowly
        texts = values.tolist()
        order = {text: code for code, text in enumerate(sorted(set(texts)))}
        codes = np.fromiter(map(order.__getitem__, texts), np.int64, len(texts))
    else:
        _, codes = np.unique(values, return_inverse=True)
    return dict(zip(classes, np.split(codes, len(classes)), strict=True))


def _without_nulls(array: Array) -> Array:
    """0 in the place of NULL; an array without any is no masked one, and `numpy.ma` need not be imported."""
    filled: Array = array.filled(0) if hasattr(array, "filled") else array
    return filled


def _cells(
    metric: Metric,
    arrays: Mapping[str, Array],
    sums: Mapping[str, str],
    by: Sequence[str],
    score_types: Mapping[str, str] = {},
) -> Cells:
    import numpy as np

    columns = {name: _without_nulls(arrays[sql]) for name, sql in sums.items()}
    if metric.form.group_by is None:  # a library sees scores in their own precision
        dtypes = {name: DTYPES.get(score_types.get(sql, ""), "") for name, sql in sums.items()}
        columns |= {name: columns[name].astype(dtype) for name, dtype in dtypes.items() if dtype}
    columns |= {name: columns[name].astype(np.int64) for name in _BOOLEAN if name in columns}
    columns |= {name: arrays[name] for name in by if name in arrays}
    cells = Cells(arrays["rows"], columns, arrays.get("cluster"))
    return cells.with_binary_codes() if metric.binary else cells


def _split(arrays: Mapping[str, Array], name: str, slices: int) -> list[dict[str, Array]]:
    """The cells of each slice, by the column with the number of their slice: each a part of one run of cells."""
    import numpy as np

    arranged = _arranged(arrays, name)
    ends = np.searchsorted(arranged[name], np.arange(slices + 1))
    return [{name: array[start:end] for name, array in arranged.items()} for start, end in pairwise(ends)]
