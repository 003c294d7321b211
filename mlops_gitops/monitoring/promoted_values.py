"""The values of a KPI that the promotion in force recorded."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mlops_gitops.gates.serialize import judge_recorded
from mlops_gitops.measurement.results import Measured
from mlops_gitops.records.kpis import Kpi
from mlops_gitops.records.promotion import Promotion


def promoted_values(kpi: Kpi, better: str | None, promotion: Promotion | None) -> dict[str, Measured] | str:
    """What its gate recorded of all rows, under "", and of each group by its name; or why there is nothing.

    `better` is higher or lower. Names are as `same_group` writes them.
    """
    gates: list[Mapping[str, Any]] = promotion.predicate["gates"] if promotion else []
    recorded = next((gate for gate in gates if gate["id"] == kpi.id), None)
    if recorded is None:
        return f"the promotion in force recorded no gate of {kpi.id}"
    found = judge_recorded(kpi, better, recorded).measurement
    return {"": found.whole} | {same_group(part.name): part.measured for part in found.slices}


def same_group(name: str) -> str:
    """The name of a group of rows whatever the order of its columns."""
    return ", ".join(sorted(name.split(", ")))
