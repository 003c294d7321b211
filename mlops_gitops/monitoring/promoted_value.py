"""The value of a KPI that the promotion in force recorded."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mlops_gitops.gates.serialize import judge_recorded
from mlops_gitops.measurement.results import Measured
from mlops_gitops.records.kpis import Kpi
from mlops_gitops.records.promotion import Promotion


def promoted_value(kpi: Kpi, better: str | None, promotion: Promotion | None) -> Measured | str:
    """What its gate recorded, or why there is nothing; `better` is higher or lower."""
    gates: list[Mapping[str, Any]] = promotion.predicate["gates"] if promotion else []
    recorded = next((gate for gate in gates if gate["id"] == kpi.id), None)
    if recorded is None:
        return f"the promotion in force recorded no gate of {kpi.id}"
    return judge_recorded(kpi, better, recorded).measurement.whole
