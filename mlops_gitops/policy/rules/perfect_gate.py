"""No gate's AUC or accuracy is exactly 1, and no label equals the prediction in every row of more than 50.

Hardly any model makes no mistake, and a label that was copied from its prediction, or follows from its score, looks
just like that: the gate then passes for any model. `validate` looks at the data that lie in the work tree,
`check` at the gates of a promotion as they are measured again; `gate` and `promote` say the same. No outcome changes.

Measure against the true value of each row. Where the task is that easy, write `perfect: expected` beside `metric:`.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_gitops.core.diagnostics import Diagnostic, Severity
from mlops_gitops.documents.tree import Tree, read_if_possible
from mlops_gitops.gates.perfect import RULE as ID
from mlops_gitops.gates.perfect import is_auc_or_accuracy, perfect_findings, perfect_reason
from mlops_gitops.measurement.results import Measurement
from mlops_gitops.policy.examples import GATE, KPIS
from mlops_gitops.policy.rule import Edit, Rule, Scope
from mlops_gitops.records import kpis
from mlops_gitops.records.kpis import Kpi, Kpis, MetricFile
from mlops_gitops.repository.context import Context

_ON_FILE = Edit(KPIS, "metric: roc_auc\n    data: holdout", "metric: {file: metrics.json, key: test.roc_auc}")
_GATE = Edit(KPIS, GATE, "gate: {at_least: 0.9}")
_PERFECT = Edit("metrics.json", None, '{"test": {"roc_auc": 1.0}}')


def check(context: Context) -> Iterator[Diagnostic]:
    """One warning a gate, at its metric."""
    for model in context.head.records(kpis.KIND, Kpis):
        reasons = dict(_reasons_at_hand(context, model)) | dict(_reasons_measured_again(context, model))
        yield from perfect_findings(context.head.document(model.path), model, reasons)


def _reasons_at_hand(context: Context, model: Kpis) -> Iterator[tuple[str, str]]:
    """By the id of a KPI, what is too good in the files of the tree."""
    gated = [kpi for kpi in model.kpis if kpi.gate and not kpi.perfect_expected]
    for kpi in gated:
        if isinstance(kpi.metric, MetricFile) and is_auc_or_accuracy(kpi):
            yield kpi.id, perfect_reason(kpi, _in_file(context.head.tree, kpi, kpi.metric))
    for data in model.data.values() if context.measured else ():
        on_data = [kpi for kpi in gated if kpi.data == data.name and isinstance(kpi.metric, str)]
        measured = context.measured(data, on_data) if context.measured and on_data else {}
        yield from ((kpi.id, perfect_reason(kpi, measured[kpi.id])) for kpi in on_data if kpi.id in measured)


def _in_file(tree: Tree, kpi: Kpi, place: MetricFile) -> Measurement:
    from mlops_gitops.measurement.metrics_files import number_in  # most repositories are judged without it

    data = read_if_possible(tree, place.file)
    return Measurement(number_in(data or b"", place.file, place, kpi.better_by_gate()))


def _reasons_measured_again(context: Context, model: Kpis) -> Iterator[tuple[str, str]]:
    """By the id of a KPI, what is too good in the promotions of the model that a change adds."""
    for record in context.promotions() if context.pull else ():
        if context.pull and record.model == model.model:
            yield from ((result.id, result.perfect) for result in context.pull.gates.get(record.path, ()))


RULE = Rule(
    ID,
    __doc__,
    check,
    Scope.FILE,
    kinds=("KPIs",),
    ok=(
        (_ON_FILE, _GATE, Edit("metrics.json", None, '{"test": {"roc_auc": 0.97}}')),
        (_ON_FILE, Edit(KPIS, GATE, "gate: {at_least: 0.9}\n    perfect: expected"), _PERFECT),
    ),
    bad=((_ON_FILE, _GATE, _PERFECT),),
    severities=(Severity.WARNING,),
)
