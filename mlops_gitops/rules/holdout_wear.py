"""A holdout is not asked so often that it says yes by chance.

Each release judged on one file is one more try at the same exam. At a confidence of 0.95, of twenty candidates that lie
exactly at their threshold one passes. From then on a promotion is told how many were judged on this very file, and
`max_releases` of the data set makes more than that an error.

Draw a new holdout, and evaluate what runs on it as well.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_gitops.contracts import Context, Rule, Scope
from mlops_gitops.diagnostics import Diagnostic, Severity
from mlops_gitops.records.kpis import DataSet, Kpis
from mlops_gitops.records.promotion import Promotion
from mlops_gitops.records.release import Release

WORN = 20  # releases: at a confidence of 0.95 as many as give one false pass among candidates at their threshold


def check(context: Context) -> Iterator[Diagnostic]:
    """One finding for each data set of a promotion that was asked often."""
    for record in context.promotions():
        kpis, manifest = context.policy.kpis(record.model), context.head.release(record.model, record.release)
        if record.action != "promote" or kpis is None or manifest is None:
            continue
        for data in kpis.data.values():
            judged = _judged(context, record, manifest, data)
            limit, times = data.max_releases, len(judged) + 1
            if times > (limit or _worn(kpis, data)):
                message = (
                    f"{data.name} judges its {_ordinal(times)} release of {record.model} by the same file ({data.path})"
                )
                message += f", and at most {limit} may be" if limit else ""
                severity = Severity.ERROR if limit else Severity.WARNING
                document = context.head.document(record.path)
                yield document.problem(
                    RULE.id, message, ("predicate", "release"), help="draw a new holdout", severity=severity
                )


def _ordinal(n: int) -> str:
    ending = "th" if n % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(n % 10, "th")
    return f"{n}{ending}"


def _judged(context: Context, record: Promotion, manifest: Release, data: DataSet) -> set[str]:
    """The other releases with a promotion on record that pins the same bytes."""
    digest = manifest.evaluation[data.name].digest if data.name in manifest.evaluation else None
    entries = context.ledger.entries if context.ledger else ()
    records = [entry.record for entry in entries if isinstance(entry.record, Promotion)]
    judged = {its.release for its in records if its.model == record.model and its.action == "promote"}
    found = set()
    for version in judged - {record.release}:
        other = context.policy.release(record.model, version)
        if other and data.name in other.evaluation and other.evaluation[data.name].digest == digest:
            found.add(version)
    return found


def _worn(kpis: Kpis, data: DataSet) -> int:
    """How many candidates at their threshold give one false pass, by the least sure gate of a data set."""
    sure = [kpi.gate.confidence for kpi in kpis.kpis if kpi.data == data.name and kpi.gate and kpi.gate.confidence]
    return round(1 / (1 - min(sure))) if sure else WORN


RULE = Rule("holdout-wear", __doc__, check, Scope.BASE, severities=(Severity.ERROR, Severity.WARNING), waivable=True)
