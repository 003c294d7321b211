"""Every number a card claims in `model-index` is one the repository measured.

A card's numbers are what people quote, and nothing keeps them true once the model is trained again. Each is compared,
within the digits it is written with, with the metrics files of the model's KPIs and with those of dvc.yaml that were
made from its artifacts; the last part of a key names the metric. A number that no file holds is warned of, unless a KPI
measures it: then the check of a promotion compares it with the gate's measurement.

Write the measured number. A percentage does not equal a ratio: write 0.912, not 91.2.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_gitops.claims import Claim, Known, agrees, claims, known, same_metric
from mlops_gitops.contracts import Context, Edit, Rule, Scope
from mlops_gitops.diagnostics import Diagnostic, Severity
from mlops_gitops.documents import Document
from mlops_gitops.records import card
from mlops_gitops.records.card import Card
from mlops_gitops.records.kpis import Kpis
from mlops_gitops.tracking import Tracking


def check(context: Context) -> Iterator[Diagnostic]:
    """One error for each number that differs from the measured one, one warning for each that nothing measures."""
    head = context.head
    for document in head.documents(card.KIND):
        made = list(claims(document))
        if not made:
            continue
        parts = card.KIND.match(head.folders, document.path)
        kpis = head.kpis(parts["model"]) if parts else None
        its = head.entry(document.path, card.KIND)
        artifacts = its.record.artifacts if its and isinstance(its.record, Card) else ()
        numbers = known(Tracking(head.tree), kpis, [artifact.path for artifact in artifacts])
        for claim in made:
            yield from _judged(document, claim, made, numbers.get(same_metric(claim.metric), []), kpis)


def _judged(
    document: Document, claim: Claim, made: list[Claim], there: list[Known], kpis: Kpis | None
) -> Iterator[Diagnostic]:
    if any(agrees(claim, its.value) for its in there):
        return
    if not there:
        if not _gated(kpis, claim):
            message = f"nothing in this repository measures {claim.metric}, so {claim.written} is only claimed"
            help = "make a DVC stage write it to a metrics file, or measure it by a KPI"
            yield document.problem(RULE.id, message, claim.route, severity=Severity.WARNING, help=help)
        return
    measured = ", ".join(f"{its.value:.12g} ({its.where})" for its in there[:3])
    others = (other for other in made if same_metric(other.metric) == same_metric(claim.metric) and other != claim)
    if any(agrees(other, its.value) for other in others for its in there):
        message = f"the card claims a {claim.metric} of {claim.written} that nothing here measures: {measured}"
        yield document.problem(RULE.id, message, claim.route, severity=Severity.WARNING)
        return
    message = f"the card claims a {claim.metric} of {claim.written}, and what was measured is {measured}"
    percent = any(agrees(claim, its.value * 100) for its in there)
    help = "write the ratio, not a percentage" if percent else "write the measured number"
    yield document.problem(RULE.id, message, claim.route, help=help)


def _gated(kpis: Kpis | None, claim: Claim) -> bool:
    wanted = same_metric(claim.metric)
    found = kpis.kpis if kpis else ()
    return any(
        isinstance(kpi.metric, str) and wanted in (same_metric(kpi.metric), same_metric(kpi.id)) for kpi in found
    )


def _claiming(value: str) -> Edit:
    result = f"{{task: {{type: t}}, dataset: {{type: d, name: D}}, metrics: [{{type: accuracy, value: {value}}}]}}"
    return Edit("models/churn/README.md", "mlops:\n", f"model-index: [{{name: churn, results: [{result}]}}]\nmlops:\n")


_METRICS = Edit("metrics.json", None, '{"test": {"accuracy": 0.9123456}}')
_DECLARED = Edit(
    "models/churn/kpis.yaml",
    "kpis:\n",
    "kpis:\n  - {id: holdout-accuracy, metric: {file: metrics.json, key: test.accuracy}}\n",
)
RULE = Rule(
    "card-claims",
    __doc__,
    check,
    Scope.FILE,
    kinds=("ModelCard",),
    severities=(Severity.ERROR, Severity.WARNING),
    about="ModelCard",
    waivable=True,
    ok=((_METRICS, _DECLARED, _claiming("0.912")), (_METRICS, _DECLARED, _claiming("'0.91235'"))),
    bad=(
        (_METRICS, _DECLARED, _claiming("0.913")),
        (_METRICS, _DECLARED, _claiming("91.2")),
        (_claiming("0.9"),),
    ),
)
