"""The KPIs that monitoring.yaml watches are in kpis.yaml, and can be measured on its windows.

A watch of a KPI that cannot be measured is not available in every window, and a model that decays goes unnoticed. It
checks that the KPI is in the model's kpis.yaml and is measured on rows; that the windows have labels, and the columns
its metric needs; that the metric has bounds, since a watch is a test; and that there is something to compare with:
`at_least` or `at_most` in the KPI's gate, or a `no_worse_than` for which it is known which direction is better. With
`promoted` the gate needs a `confidence`, since a promotion records bounds only then.

Fix the key it points at; the help line says what is lacking. A number of a metrics file is watched by `number`.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_gitops.core.diagnostics import Diagnostic
from mlops_gitops.core.errors import Error
from mlops_gitops.core.names import did_you_mean
from mlops_gitops.documents.document import Route
from mlops_gitops.metrics import lookup
from mlops_gitops.metrics.metric import Metric
from mlops_gitops.monitoring.window_data import window_data
from mlops_gitops.policy.examples import WATCHED, kpis_edit, watched
from mlops_gitops.policy.rule import Rule, Scope
from mlops_gitops.records import kpis, monitoring
from mlops_gitops.records.kpis import Kpi, Kpis
from mlops_gitops.records.monitoring import KpiDecay, Monitoring, Watch
from mlops_gitops.repository.context import Context


def check(context: Context) -> Iterator[Diagnostic]:
    """One error a fault, at the watch that is wrong."""
    for plan in context.head.records(monitoring.KIND, Monitoring):
        document, model = context.head.document(plan.path), context.head.kpis(plan.model)
        path = context.head.path_of(kpis.KIND, model=plan.model)
        for n, watch in enumerate(plan.watches):
            if watch.kpi is not None:
                for key, message, help in _faults(plan, watch, watch.kpi, model, path):
                    yield document.problem(RULE.id, message, ("watch", n, watch.kind, *key), help=help)


def _faults(
    plan: Monitoring, watch: Watch, name: str, model: Kpis | None, path: str
) -> Iterator[tuple[Route, str, str]]:
    key = "id" if isinstance(watch.check, KpiDecay) else "kpi"
    known = {kpi.id: kpi for kpi in model.kpis} if model else {}
    if name not in known:
        help = did_you_mean(name, known, f"it has {', '.join(known)}" if known else f"mlops-gitops validate {path}")
        yield (key,), f"there is no KPI {name!r} in {path}" if model else f"there is no valid {path}", help
        return
    kpi = known[name]
    if not isinstance(kpi.metric, str):
        yield (
            (key,),
            f"{name} is a number of {kpi.metric.file}, and there are no rows behind it",
            "watch it by `number`",
        )
        return
    try:
        metric = lookup.kpi_metric(kpi)
    except Error:
        return  # the rule kpi-metric reports it
    if metric and model:
        yield from (((key,), message, help) for message, help in _unmeasurable(plan, watch, model, kpi, metric))
        yield from _comparison(watch, kpi)


def _unmeasurable(plan: Monitoring, watch: Watch, model: Kpis, kpi: Kpi, metric: Metric) -> Iterator[tuple[str, str]]:
    """Why a KPI cannot be measured on the windows."""
    declared = model.data.get(kpi.data or "")
    data = window_data(declared, plan.windows, watch, None) if declared else None
    if isinstance(data, str):
        yield data, "add `labels:` to `windows`"
    for need in sorted(metric.needs - data.provides()) if data and not isinstance(data, str) else ():
        yield f"{kpi.metric} needs a {need} column, and the windows declare none", f"add `{need}:` to `windows.scored`"
    if not metric.form.intervals:
        yield f"{kpi.metric} has no bounds, and a watch is a test", "watch a metric of ours: mlops-gitops metrics"


def _comparison(watch: Watch, kpi: Kpi) -> Iterator[tuple[Route, str, str]]:
    """What a watch of a KPI cannot be compared with."""
    check, gate = watch.check, kpi.gate
    if not isinstance(check, KpiDecay):
        return
    if check.by is None:
        if gate is None or (gate.at_least is None and gate.at_most is None):
            message = f"the gate of {kpi.id} has neither at_least nor at_most, so there is nothing to compare with"
            yield ("id",), message, "add `no_worse_than:` to the watch, or a threshold to the gate"
        return
    if lookup.better_direction(kpi) is None:
        message = f"nothing says whether a higher {kpi.metric_name()} is better"
        yield ("no_worse_than",), message, "add `better:` to the KPI"
    if check.promoted and (gate is None or gate.confidence is None):
        message = f"the gate of {kpi.id} has no confidence, so a promotion records no bounds to compare with"
        yield ("no_worse_than", "promoted"), message, "add `confidence:` to the gate, or compare with `live:` windows"


_KPI = "kpi: {id: roc-auc}"
_LABELS = WATCHED[WATCHED.index("  labels:") : WATCHED.index("watch:")]
RULE = Rule(
    "monitoring-kpis",
    __doc__,
    check,
    Scope.FILE,
    about="Monitoring",
    kinds=("Monitoring",),
    ok=(watched(), watched(_KPI, "kpi: {id: roc-auc, no_worse_than: {live: 4, by: 0.02}}")),
    bad=(
        watched(_KPI, "kpi: {id: roc-auk}"),
        watched(_KPI, "kpi: {id: roc-auc, no_worse_than: {promoted: true, by: 0.02}}"),
        watched(_LABELS, ""),
        watched(", score: probability", ", prediction: predicted"),
        (*watched(), *kpis_edit("at_least: 0.85, ", "")),
        (*watched(), *kpis_edit("metric: roc_auc\n    data: holdout", "metric: {file: m.json, key: auc}")),
        watched(_KPI, "fairness: {kpi: recall, by: [region], max_gap: 0.1}"),
    ),
)
