"""Every number a card claims in `model-index` is one the repository measured.

A card's numbers are what people quote, and nothing keeps them true once the model is trained again. Each is compared,
within the digits it is written with, with the metrics files of the model's KPIs and with those of dvc.yaml that were
made from its artifacts; the last part of a key names the metric. A number that no file holds is warned of, unless a KPI
measures it: then the check of a promotion compares it with the gate's measurement.

Write the measured number: 0.912 or 91.2%, not 91.2. What is not a number cannot be compared, and is an error where the
metric is measured.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_gitops.cards.claimed_metrics import (
    Claim,
    RecordedNumber,
    agrees,
    canonical_metric,
    claim_matches,
    claims_hold,
    read_claims,
    recorded_numbers,
)
from mlops_gitops.core.diagnostics import Diagnostic, Severity
from mlops_gitops.documents.document import Document
from mlops_gitops.policy.rule import Edit, Rule, Scope
from mlops_gitops.records import card
from mlops_gitops.records.card import Card
from mlops_gitops.records.kpis import Kpis
from mlops_gitops.repository.context import Context


def check(context: Context) -> Iterator[Diagnostic]:
    """One error for each number that differs from the measured one, one warning for each that nothing measures."""
    head = context.head
    for document in head.documents(card.KIND):
        card_claims = list(read_claims(document))
        if not card_claims:
            continue
        parts = card.KIND.match(head.folders, document.path)
        kpis = head.kpis(parts["model"]) if parts else None
        entry = head.entry(document.path, card.KIND)
        artifacts = entry.record.artifacts if entry and isinstance(entry.record, Card) else ()
        numbers = recorded_numbers(head.tracking, kpis, [artifact.path for artifact in artifacts])
        for claim in card_claims:
            yield from _check_claim(document, claim, card_claims, numbers.get(canonical_metric(claim.metric), []), kpis)


def _check_claim(
    document: Document, claim: Claim, card_claims: list[Claim], numbers: list[RecordedNumber], kpis: Kpis | None
) -> Iterator[Diagnostic]:
    """The finding of one claim; `numbers` are those that the repository measured of its metric."""
    if any(agrees(claim, number.value) for number in numbers):
        return
    sentence = f"the card claims {claim.written} for {claim.metric}"
    measurable = bool(numbers) or _gated(kpis, claim)
    if claim.number is None:
        severity = Severity.ERROR if measurable else Severity.WARNING
        message = f"{sentence}, which is not a number, so nothing can compare it"
        yield document.problem(RULE.id, message, claim.route, severity=severity, help="write the measured number")
    elif not measurable:
        message = f"{sentence}, and nothing in this repository measures that"
        help = "make a DVC stage write it to a metrics file, or measure it by a KPI"
        yield document.problem(RULE.id, message, claim.route, severity=Severity.WARNING, help=help)
    elif numbers:
        measured = ", ".join(f"{number.value:.12g} ({number.where})" for number in numbers[:3])
        alike = [
            other
            for other in card_claims
            if canonical_metric(other.metric) == canonical_metric(claim.metric) and other.data_set != claim.data_set
        ]
        # Where those hold, what was measured is of another data set.
        elsewhere = claims_hold(alike, (number.value for number in numbers))
        severity = Severity.WARNING if elsewhere else Severity.ERROR
        percent = any(agrees(claim, number.value * 100) for number in numbers)
        help = "write the ratio, or a percentage with its sign" if percent else "write the measured number"
        message = f"{sentence}, and what was measured is {measured}"
        yield document.problem(RULE.id, message, claim.route, severity=severity, help=help)


def _gated(kpis: Kpis | None, claim: Claim) -> bool:
    found = kpis.kpis if kpis else ()
    return any(isinstance(kpi.metric, str) and claim_matches(claim.metric, kpi.id, kpi.metric_name()) for kpi in found)


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
    ok=(
        (_METRICS, _DECLARED, _claiming("0.912")),
        (_METRICS, _DECLARED, _claiming("'0.91235'")),
        (_METRICS, _DECLARED, _claiming("91.2%")),
    ),
    bad=(
        (_METRICS, _DECLARED, _claiming("0.913")),
        (_METRICS, _DECLARED, _claiming("91.2")),
        (_METRICS, _DECLARED, _claiming("1")),
        (_METRICS, _DECLARED, _claiming("[0.912]")),
        (_METRICS, _DECLARED, _claiming("99 %")),
        (_claiming("0.9"),),
    ),
)
