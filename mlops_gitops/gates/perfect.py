"""Gates that are met without a single mistake: more often a label that is a copy of the prediction than a model."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from mlops_gitops.core.diagnostics import Diagnostic, Severity
from mlops_gitops.documents.document import Document
from mlops_gitops.gates.result import GateResult
from mlops_gitops.measurement.results import Measurement
from mlops_gitops.records.kpis import Kpi, Kpis

RULE = "perfect-gate"
HELP = "measure against the true value of each row, or write `perfect: expected` beside `metric:`"
_NAMES = re.compile(r"(?<![a-z])(auc|auroc|accuracy|acc)(?![a-z])")


def perfect_reason(kpi: Kpi, measured: Measurement) -> str:
    """Why a gate's numbers are too good to pass without a warning; empty where they are not, or are expected."""
    if kpi.gate is None or kpi.perfect_expected:
        return ""
    whole = measured.whole
    if measured.identical:
        return f"the label equals the prediction in all {whole.n:,} rows"
    return f"{kpi.metric_name()} is exactly 1" if whole.value == 1 and is_auc_or_accuracy(kpi) else ""


def is_auc_or_accuracy(kpi: Kpi) -> bool:
    """Whether a metric's name, or the key of a number in a metrics file, says that 1 means no mistake."""
    name = kpi.metric if isinstance(kpi.metric, str) else kpi.metric.key
    return _NAMES.search(name.lower()) is not None


def perfect_findings(document: Document, kpis: Kpis, reasons: Mapping[str, str]) -> Iterator[Diagnostic]:
    """A warning at the metric of each KPI that has a reason; `document` is the one that `kpis` were read from."""
    for place, kpi in enumerate(kpis.kpis):
        if reason := reasons.get(kpi.id):
            message = f"{kpi.id}: {reason}, so the label may be a copy of what the model says"
            yield document.problem(RULE, message, ("kpis", place, "metric"), help=HELP, severity=Severity.WARNING)


def perfect_lines(results: Iterable[GateResult]) -> list[str]:
    """A sentence for each gate that makes no mistake."""
    return [
        f"warning: {result.id}: {result.perfect}, so the label may be a copy of what the model says: {HELP}"
        for result in results
        if result.perfect
    ]
