"""Every number a card claims in `model-index` is one the repository measured.

A card's numbers are what people quote, and nothing keeps them true once the model is trained again. Each is compared,
within the digits it is written with, with the metrics files of the model's KPIs and with those of dvc.yaml that were
made from its artifacts; the last part of a key names the metric. A number that no file holds is warned of, unless a KPI
measures it: then the check of a promotion compares it with the gate's measurement.

Write the measured number: 0.912 or 91.2%, not 91.2. What is not a number cannot be compared, and is an error where the
metric is measured.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator

from mlops_gitops.cards.claimed_metrics import (
    Claim,
    RecordedNumber,
    agrees,
    canonical_metric,
    claim_matches,
    read_claims,
    recorded_numbers,
)
from mlops_gitops.core.diagnostics import Diagnostic, Severity
from mlops_gitops.core.frozen import frozen
from mlops_gitops.documents.document import Document
from mlops_gitops.policy.gathered import gathered
from mlops_gitops.policy.rule import Edit, Rule, Scope
from mlops_gitops.records import card
from mlops_gitops.records.card import Card
from mlops_gitops.records.kpis import Kpis
from mlops_gitops.repository.context import Context

# What is wrong with a claim, and the sentence for many of them.
_UNMEASURED = "the card claims {count} numbers that nothing in this repository measures"
_NO_NUMBERS = "the card claims {count} values that are not numbers, so nothing can compare them"
_OTHERS = "the card claims {count} numbers that are not the measured ones"


def check(context: Context) -> Iterator[Diagnostic]:
    """An error for each number that differs from the measured one, a warning for each that nothing measures."""
    head = context.head
    for document in head.documents(card.KIND):
        by_metric: dict[str, list[Claim]] = {}
        for claim in read_claims(document):
            by_metric.setdefault(canonical_metric(claim.metric), []).append(claim)
        if not by_metric:
            continue
        parts = card.KIND.match(head.folders, document.path)
        kpis = head.kpis(parts["model"]) if parts else None
        entry = head.entry(document.path, card.KIND)
        artifacts = entry.record.artifacts if entry and isinstance(entry.record, Card) else ()
        numbers = recorded_numbers(head.tracking, kpis, [artifact.path for artifact in artifacts])
        faults = [
            fault
            for metric, claims in by_metric.items()
            for fault in _faults(claims, _Measured.from_numbers(numbers.get(metric, [])), kpis)
        ]
        yield from _findings(document, faults)


@frozen
class _Fault:
    """A claim that does not hold."""

    claim: Claim
    kind: str
    severity: Severity
    reason: str
    help: str

    @property
    def shown(self) -> str:
        """The claim in few words."""
        return f"{self.claim.written} for {self.claim.metric}"

    def __str__(self) -> str:
        return f"{self.shown}, {self.reason}"


@frozen
class _Measured:
    """What the repository measured of one metric, in the order of its values."""

    numbers: tuple[RecordedNumber, ...]
    values: tuple[float, ...]

    @classmethod
    def from_numbers(cls, numbers: list[RecordedNumber]) -> _Measured:
        return cls(tuple(numbers), tuple(sorted(number.value for number in numbers if number.value == number.value)))

    def __str__(self) -> str:
        return ", ".join(f"{number.value:.12g} ({number.where})" for number in self.numbers[:3])

    def agrees(self, claim: Claim, factor: int = 1) -> bool:
        """Whether a measured value, times `factor`, is what the card says; looks at the near ones only."""
        if claim.number is None:
            return False
        low, high = ((claim.number + side * claim.digit) / factor for side in (-1, 1))
        near = self.values[bisect_left(self.values, low) : bisect_right(self.values, high)]
        return any(agrees(claim, value * factor) for value in near)


def _findings(document: Document, faults: Iterable[_Fault]) -> Iterator[Diagnostic]:
    by_kind: dict[tuple[str, Severity], list[_Fault]] = {}
    for fault in faults:
        by_kind.setdefault((fault.kind, fault.severity), []).append(fault)
    for (kind, severity), alike in by_kind.items():
        alike.sort(key=lambda fault: document.span(fault.claim.route))
        found = [
            document.problem(RULE.id, f"the card claims {fault}", fault.claim.route, severity=severity, help=fault.help)
            for fault in alike
        ]
        first = str(alike[0]) if kind == _OTHERS else alike[0].shown
        yield from gathered(found, f"{kind}, the first of them {first}")


def _faults(claims: list[Claim], measured: _Measured, kpis: Kpis | None) -> Iterator[_Fault]:
    """The claims about one metric that do not hold."""
    wrong = [claim for claim in claims if not measured.agrees(claim)]
    doubted = {claim.data_set for claim in wrong}
    # Data sets of which every claim agrees with something measured: for another one, what was measured is of these.
    holding = len({claim.data_set for claim in claims} - doubted)
    gated = bool(wrong) and _gated(kpis, wrong[0])
    for claim in wrong:
        if claim.number is None:
            severity = Severity.ERROR if measured.numbers or gated else Severity.WARNING
            reason = "which is not a number, so nothing can compare it"
            yield _Fault(claim, _NO_NUMBERS, severity, reason, "write the measured number")
        elif measured.numbers:
            percent = measured.agrees(claim, factor=100)
            help = "write the ratio, or a percentage with its sign" if percent else "write the measured number"
            severity = Severity.WARNING if holding else Severity.ERROR
            yield _Fault(claim, _OTHERS, severity, f"and what was measured is {measured}", help)
        elif not gated:
            help = "make a DVC stage write it to a metrics file, or measure it by a KPI"
            reason = "and nothing in this repository measures that"
            yield _Fault(claim, _UNMEASURED, Severity.WARNING, reason, help)


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
