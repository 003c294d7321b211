"""The columns kpis.yaml names are in the data where that is available, and of a type that can be measured or compared.

It looks at the columns a data set declares, clusters or slices by, and at those of its `where:`. A misspelt column is
found by the gate too, but only when the release is proposed. Here it is a warning as soon as the file lies in the work
tree; where it does not, as in continuous integration, nothing is said, and pass or fail stay the same: the gate blocks
on a column that is missing.

Take one of the nearest names, or run the stage that makes the file again.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping
from typing import TypeAlias

from mlops_gitops.core.diagnostics import Diagnostic, Severity
from mlops_gitops.core.errors import Error, Undecided
from mlops_gitops.core.frozen import replace
from mlops_gitops.documents.document import Document, Route
from mlops_gitops.measurement import row_filter_sql
from mlops_gitops.measurement.columns.declared_types import DUCKDB_TYPES
from mlops_gitops.measurement.data_checks import type_faults
from mlops_gitops.measurement.label_join import sides, texts
from mlops_gitops.measurement.row_filter import Condition, columns, parse
from mlops_gitops.measurement.rows import Rows
from mlops_gitops.metrics import lookup
from mlops_gitops.metrics.metric import Metric
from mlops_gitops.policy.rule import Edit, Rule, Scope
from mlops_gitops.records import kpis
from mlops_gitops.records.kpis import SCORES, DataSet, Kpis
from mlops_gitops.repository.context import Context

NEAREST = 3

_Types: TypeAlias = Mapping[str, str]  # a column's type, by its name


def check(context: Context) -> Iterator[Diagnostic]:
    """One warning a column, at the key that names it."""
    if context.columns is None:
        return
    for model in context.head.records(kpis.KIND, Kpis):
        document = context.head.document(model.path)
        for data in model.data.values():
            tables: list[_Types | None] = []
            for file, key in ((data, ("path",)), (data.labels, ("label", "path"))):
                try:
                    tables += [context.columns(file.path, file.format)] if file and file.format else []
                except Undecided as error:
                    message = f"{file.path if file else ''} cannot be read: {error.message}"
                    yield _warning(document, data, key, message, error.help)
            if data.labels:
                yield from _apart(document, model, data, tables)
            elif tables and tables[0] is not None:
                yield from _missing(document, data, f"{data.path} has no", tables[0], _named(data))
                yield from _typed(
                    document, model, data, Rows(data, tables[0], "candidate", written=texts(tables[0], data.format))
                )


def _apart(document: Document, model: Kpis, data: DataSet, tables: list[_Types | None]) -> Iterator[Diagnostic]:
    """The findings of a data set whose labels another file holds, as far as both are at hand."""
    if data.labels is None or len(tables) < 2:
        return
    predictions, labels = tables
    own = [(key, name) for key, name in _named(data) if key[0] in ("key", "prediction", "score", "scores")]
    if predictions is not None:
        yield from _missing(document, data, f"{data.path} has no", predictions, own)
    if labels is not None:
        held = [(("label", "key"), data.labels.key), (("label", "column"), data.labels.column)]
        yield from _missing(document, data, f"{data.labels.path} has no", labels, held)
    if predictions is None or labels is None:
        return
    lacking = f"neither {data.path} nor {data.labels.path} has a"
    either = [place for place in _named(data) if place not in own and place[0] != ("label",)]
    yield from _missing(document, data, lacking, {**labels, **predictions}, either)
    both = sides(data, "candidate", predictions, labels)
    for key, name in either:
        if key[0] != "columns" and (fault := both.ambiguous([name])):
            yield _warning(document, data, key, fault)
    yield from _typed(document, model, data, both.joined)


def _warning(document: Document, data: DataSet, key: Route, message: str, help: str = "") -> Diagnostic:
    return document.problem(RULE.id, message, ("data", data.name, *key), help=help, severity=Severity.WARNING)


def _named(data: DataSet) -> Iterator[tuple[Route, str]]:
    """Every column a data set names, and where."""
    yield from ((_route(meaning), name) for meaning, name in data.columns().items())
    if data.cluster is not None:
        yield ("cluster",), data.cluster
    yield from ((("slices", n), name) for n, name in enumerate(data.slices))
    yield from ((("columns", name), name) for name in data.column_types)
    if condition := _filter(data):
        yield from ((("where",), name) for name in columns(condition))


def _filter(data: DataSet) -> Condition | None:
    try:
        return parse(data.where) if data.where is not None else None
    except Undecided:  # the rule data-filter reports it
        return None


def _route(meaning: str) -> Route:
    return ("scores", meaning.removeprefix(SCORES)) if meaning.startswith(SCORES) else (meaning,)


def _missing(
    document: Document, data: DataSet, lacking: str, types: _Types, named: Iterable[tuple[Route, str]]
) -> Iterator[Diagnostic]:
    for key, name in named:
        if name not in types:
            known = {column.casefold(): column for column in types}
            near = difflib.get_close_matches(name.casefold(), known, n=NEAREST, cutoff=0.0)
            help = f"the nearest: {', '.join(known[column] for column in near)}"
            yield _warning(document, data, key, f"{lacking} column {name!r}", help)


def _typed(document: Document, model: Kpis, data: DataSet, rows: Rows) -> Iterator[Diagnostic]:
    """The columns that cannot be used, by the types that are declared, else found."""
    declared = {name: DUCKDB_TYPES.get(rows.data.column_types.get(name, ""), type) for name, type in rows.types.items()}
    rows = replace(rows, types=declared)
    yield from _unfit(document, model, data, rows)
    yield from _incomparable(document, data, rows)


def _unfit(document: Document, model: Kpis, data: DataSet, rows: Rows) -> Iterator[Diagnostic]:
    """The columns whose type some metric cannot use."""
    reported = set()
    for metric in _metrics(model, data):
        for meaning, message in type_faults(rows, metric):
            if meaning not in reported:
                reported.add(meaning)
                yield _warning(document, data, (meaning,), f"{message}, and {metric.id} is measured on it")


def _incomparable(document: Document, data: DataSet, rows: Rows) -> Iterator[Diagnostic]:
    """The comparisons of `where:` that the types of its columns do not allow."""
    if condition := _filter(data):
        written = [name for name in rows.written if name not in rows.data.column_types]
        faults = row_filter_sql.type_faults(condition, rows.types, written)
        yield from (_warning(document, data, ("where",), fault) for fault in faults)


def _metrics(model: Kpis, data: DataSet) -> Iterator[Metric]:
    """The metrics measured on a data set that it declares enough for; the rule kpi-metric reports the others."""
    for kpi in model.kpis:
        try:
            metric = lookup.kpi_metric(kpi) if kpi.data == data.name else None
        except Error:
            continue
        if metric and metric.needs <= data.provides():
            yield metric


RULE = Rule(
    "data-columns",
    __doc__,
    check,
    Scope.FILE,
    kinds=("KPIs",),
    ok=((Edit("models/churn/kpis.yaml", "path: data/holdout.csv", "path: data/other.csv"),),),
    bad=(
        (Edit("models/churn/kpis.yaml", "score: probability", "score: probabilty"),),
        (Edit("models/churn/kpis.yaml", "score: probability", "score: customer_id"),),
        (Edit("models/churn/kpis.yaml", "score: probability", "score: probability\n    slices: [region]"),),
        (Edit("models/churn/kpis.yaml", "score: probability", "score: probability\n    where: customer = 5"),),
    ),
    severities=(Severity.WARNING,),
)
