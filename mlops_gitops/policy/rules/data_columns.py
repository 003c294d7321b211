"""The columns kpis.yaml names are in the data where that is at hand, and of a type that can be measured or compared.

It looks at the columns a data set declares, clusters or slices by, and at those of its `where:`. A misspelt column is
found by the gate too, but only when the release is proposed. Here it is a warning as soon as the file lies in the work
tree; where it does not, as in continuous integration, nothing is said, and pass or fail stay the same: the gate blocks
on a column that is missing.

Take one of the nearest names, or run the stage that makes the file again.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping

from mlops_gitops.core.diagnostics import Diagnostic, Severity
from mlops_gitops.core.errors import Error, Undecided
from mlops_gitops.documents.document import Document, Route
from mlops_gitops.measurement import row_filter_sql
from mlops_gitops.measurement.columns.declared_types import DUCKDB_TYPES
from mlops_gitops.measurement.data_checks import type_faults
from mlops_gitops.measurement.row_filter import Condition, columns, parse
from mlops_gitops.measurement.rows import Rows
from mlops_gitops.metrics import lookup
from mlops_gitops.metrics.metric import Metric
from mlops_gitops.policy.rule import Edit, Rule, Scope
from mlops_gitops.records import kpis
from mlops_gitops.records.kpis import SCORES, DataSet, Kpis
from mlops_gitops.repository.context import Context

NEAREST = 3


def check(context: Context) -> Iterator[Diagnostic]:
    """One warning a column, at the key that names it."""
    if context.columns is None:
        return
    for model in context.head.records(kpis.KIND, Kpis):
        document = context.head.document(model.path)
        for data in model.data.values():
            if not data.format:
                continue
            try:
                types = context.columns(data.path, data.format)
            except Undecided as error:
                message = f"{data.path} cannot be read: {error.message}"
                yield _warning(document, data, ("path",), message, error.help)
                continue
            if types is not None:
                types = {name: DUCKDB_TYPES.get(data.column_types.get(name, ""), type) for name, type in types.items()}
                yield from _missing(document, data, types)
                yield from _unfit(document, model, data, types)
                yield from _incomparable(document, data, types)


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


def _missing(document: Document, data: DataSet, types: Mapping[str, str]) -> Iterator[Diagnostic]:
    for key, name in _named(data):
        if name not in types:
            known = {column.casefold(): column for column in types}
            near = difflib.get_close_matches(name.casefold(), known, n=NEAREST, cutoff=0.0)
            help = f"the nearest: {', '.join(known[column] for column in near)}"
            yield _warning(document, data, key, f"{data.path} has no column {name!r}", help)


def _unfit(document: Document, model: Kpis, data: DataSet, types: Mapping[str, str]) -> Iterator[Diagnostic]:
    """The columns whose type some metric cannot use."""
    reported = set()
    for metric in _metrics(model, data):
        for meaning, message in type_faults(Rows(data, types, "candidate", written=data.format == "csv"), metric):
            if meaning not in reported:
                reported.add(meaning)
                yield _warning(document, data, (meaning,), f"{message}, and {metric.id} is measured on it")


def _incomparable(document: Document, data: DataSet, types: Mapping[str, str]) -> Iterator[Diagnostic]:
    """The comparisons of `where:` that the types of its columns do not allow."""
    if condition := _filter(data):
        written = [name for name in types if data.format == "csv" and name not in data.column_types]
        faults = row_filter_sql.type_faults(condition, types, written)
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
