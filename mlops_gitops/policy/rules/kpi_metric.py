"""Every KPI can be measured: its metric is known, and its data has what the metric and its gate need.

A KPI that cannot be measured is otherwise found out on the day of a promotion, which it then blocks. Without touching
any data it checks that the metric is known; that its data set is declared, in a known format and with the columns the
metric needs; that no name is used twice; that a comparison with a baseline has a `key:` to pair rows by; that it, or
the best point of a series, has a direction that counts as better; and that a gate with a `confidence:` is on a metric
that has bounds. `loss_bound` and `cap` go with a mean of losses that have no bound of their own. A threshold must lie
within the metric's range, as one beyond it always passes or never does.

Fix the key it points at; the help line says what is lacking.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import islice

from mlops_gitops.core.diagnostics import Diagnostic
from mlops_gitops.core.errors import Error
from mlops_gitops.documents.document import MAX_FAULTS, Document, Route
from mlops_gitops.metrics import lookup
from mlops_gitops.metrics.metric import Metric
from mlops_gitops.policy.rule import Edit, Rule, Scope
from mlops_gitops.records import kpis
from mlops_gitops.records.kpis import DataSet, Kpi, Kpis
from mlops_gitops.repository.context import Context

_OR_THRESHOLD = ", or `threshold:`, the score from which a row is predicted positive"


def check(context: Context) -> Iterator[Diagnostic]:
    """One error a fault, at the key that is wrong."""
    for model in context.head.records(kpis.KIND, Kpis):
        yield from islice(_check(model, context.head.document(model.path)), MAX_FAULTS)


def _check(model: Kpis, document: Document) -> Iterator[Diagnostic]:
    for name, data in model.data.items():
        for file, route in ((data, ("path",)), (data.labels, ("label", "path"))):
            if file and not file.format:
                message = f"the ending of {file.path} does not say whether it is csv or parquet"
                help = "add `format: csv` or `format: parquet`"
                yield document.problem(RULE.id, message, ("data", name, *route), help=help)
    names = Counter([kpi.id for kpi in model.kpis] + list(model.data))
    for n, kpi in enumerate(model.kpis):
        if names[kpi.id] > 1:
            message = f"the name {kpi.id!r} stands for more than one KPI or data set"
            yield document.problem(RULE.id, message, ("kpis", n, "id"))
        for key, message, help in _faults(model, kpi):
            yield document.problem(RULE.id, message, ("kpis", n, *key), help=help)


def _faults(model: Kpis, kpi: Kpi) -> Iterator[tuple[Route, str, str]]:
    if not isinstance(kpi.metric, str):
        if kpi.better_by_gate() is None and kpi.metric.point == "best":
            message = f"nothing says whether a higher {kpi.metric.key} of {kpi.metric.file} is better"
            yield ("metric", "point"), message, "add `better:`"
        yield from _undirected(kpi, None)
        for key in kpi.loss_limits():
            message = f"{kpi.metric.title} is a number without rows behind it, and `{key}` bounds the loss of a row"
            yield (key,), message, f"leave out `{key}`, or measure the metric on `data:`"
        if kpi.gate and kpi.gate.confidence:
            message = f"{kpi.metric_name()} is a number without rows behind it, so it has no bounds to be confident of"
            yield ("gate", "confidence"), message, "leave it out, or measure the metric on `data:`"
        return
    try:
        metric = lookup.find_metric(kpi.metric)
    except Error as error:
        yield ("metric",), error.message, error.help
        return
    data = model.data.get(kpi.data or "")
    if data is None:
        yield ("data",), f"there is no data set {kpi.data!r}", f"declared: {', '.join(model.data) or 'none'}"
        return
    yield from _limit_fault(kpi, metric)
    yield from _lacking(data, kpi, metric)
    yield from _direction(kpi, metric)
    if kpi.gate and kpi.gate.confidence and not metric.form.intervals:
        same = lookup.bounded_equivalent(metric.id.partition(":")[2])
        help = (
            f"`metric: {same}` measures the same, and has bounds"
            if same
            else "leave it out: a metric of ours has bounds"
        )
        yield ("gate", "confidence"), f"{kpi.metric} has a value and no bounds to be confident of", help


def _limit_fault(kpi: Kpi, metric: Metric) -> Iterator[tuple[Route, str, str]]:
    """What is wrong with `loss_bound` and `cap`, which few KPIs have."""
    if declared := kpi.loss_limits():
        from mlops_gitops.metrics.loss_limits import limit_fault

        if fault := limit_fault(metric, declared):
            yield (declared[-1],), *fault


def _lacking(data: DataSet, kpi: Kpi, metric: Metric) -> Iterator[tuple[Route, str, str]]:
    for need in sorted(metric.needs - data.provides()):
        columns = "score columns of many classes" if need == "scores" else f"a {need} column"
        message = f"{kpi.metric} needs {columns}, and data set {data.name!r} declares none"
        yield ("metric",), message, f"add `{need}:`" + (_OR_THRESHOLD if _takes_threshold(need, data, metric) else "")
    for route, _ in kpi.gate.changes() if kpi.gate and data.key is None else ():
        help = f"add `key:` to data set {data.name!r}: the column that identifies a row"
        yield ("gate", *route), "a comparison with a baseline needs a key to pair rows by", help


def _takes_threshold(need: str, data: DataSet, metric: Metric) -> bool:
    """Whether a threshold of the score would do too, as it does for metrics of labels."""
    from mlops_gitops.metrics.loss_limits import takes_limits

    return need == "prediction" and data.score is not None and not takes_limits(metric)


def _direction(kpi: Kpi, metric: Metric) -> Iterator[tuple[Route, str, str]]:
    if kpi.better and metric.better and kpi.better != metric.better:
        yield ("better",), f"a {metric.better} {kpi.metric} is better", "remove `better:`"
    yield from _undirected(kpi, metric)


def _undirected(kpi: Kpi, metric: Metric | None) -> Iterator[tuple[Route, str, str]]:
    """The conditions on a change of a number that nothing says a direction of."""
    if kpi.gate and not ((metric and metric.better) or kpi.better_by_gate()):
        for route, _ in kpi.gate.changes():
            name = kpi.metric_name()
            yield ("gate", *route), f"nothing says whether a higher {name} is better", "add `better:`"


RULE = Rule(
    "kpi-metric",
    __doc__,
    check,
    Scope.FILE,
    kinds=("KPIs",),
    bad=(
        (Edit("models/churn/kpis.yaml", "metric: roc_auc", "metric: roc_auk"),),
        (Edit("models/churn/kpis.yaml", "data: holdout", "data: holdoud"),),
        (Edit("models/churn/kpis.yaml", "key: customer_id\n", "\n"),),
        (Edit("models/churn/kpis.yaml", "label: churned", "label: {path: truth.tsv, key: id, column: churned}"),),
        (
            Edit(
                "models/churn/kpis.yaml",
                "kpis:\n",
                "kpis:\n  - {id: loss, metric: {file: loss.csv, key: loss, point: best}}\n",
            ),
        ),
        (
            Edit("models/churn/kpis.yaml", "metric: roc_auc", "metric: sklearn:roc_auc_score"),
            Edit("models/churn/kpis.yaml", "at_least: 0.85", "at_least: 0.85, confidence: 0.95"),
        ),
        (Edit("models/churn/kpis.yaml", "metric: roc_auc", "metric: roc_auc\n    cap: 10"),),
    ),
)
