"""gate: KPIs and measurements to outcomes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from mlops_gitops import measures
from mlops_gitops.contracts import Metric
from mlops_gitops.judgement import judge
from mlops_gitops.records.kpis import Kpi, Kpis
from mlops_gitops.records.release import Pin
from mlops_gitops.results import Baseline, GateResult, Measured


@dataclass(frozen=True, slots=True)
class Running:
    """What a baseline environment (or revision) runs: its evaluation files by name."""

    environment: str
    release: str | None
    record: str | None
    pins: Mapping[str, Pin | str]


@dataclass(frozen=True, slots=True)
class Pair:
    """A KPI's number, and the one of its baseline."""

    candidate: Measured
    baseline: Measured | None = None


def metrics_of(kpis: Iterable[Kpi]) -> dict[str, Metric]:
    """The metric of each KPI that is measured on predictions."""
    return {kpi.id: measures.find(kpi.metric) for kpi in kpis if isinstance(kpi.metric, str)}


def compared_with(kpi: Kpi) -> str | None:
    """The environment a KPI's gate compares with."""
    change = kpi.gate.no_worse_than if kpi.gate else None
    return change.baseline if change else None


def results(
    kpis: Kpis, measured: Mapping[str, Pair], running: Mapping[str, Running], accepted: Mapping[str, str]
) -> tuple[GateResult, ...]:
    """Every KPI judged. `running` holds the baseline environments that run something."""
    lost = {kpi.id: Pair(Measured(None, None, f"there is no data set {kpi.data!r}")) for kpi in kpis.kpis}
    return tuple(_result(kpi, {**lost, **measured}[kpi.id], running, accepted.get(kpi.id)) for kpi in kpis.kpis)


def _result(kpi: Kpi, pair: Pair, running: Mapping[str, Running], accepted: str | None) -> GateResult:
    its = running.get(compared_with(kpi) or "")
    baseline = None
    if its is not None:
        measured = pair.baseline or Measured(None, None, "it was not measured")
        baseline = Baseline(its.environment, its.release, its.record, measured)
    return judge(kpi, measures.better_of(kpi), pair.candidate, baseline, accepted)
