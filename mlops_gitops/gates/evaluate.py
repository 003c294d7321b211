"""gate: KPIs and measurements to outcomes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from mlops_gitops.core.frozen import frozen
from mlops_gitops.gates.judge import judge
from mlops_gitops.gates.result import Baseline, GateResult
from mlops_gitops.measurement.contract import MeasurementRequest
from mlops_gitops.measurement.results import Compared, Measured, Measurement
from mlops_gitops.metrics import lookup
from mlops_gitops.records.kpis import Kpi, Kpis
from mlops_gitops.records.release import Pin


@frozen
class Running:
    """What a baseline environment (or revision) runs: its evaluation files by name."""

    environment: str
    release: str | None
    record: str | None
    pins: Mapping[str, Pin | str]


def measurement_requests(kpis: Iterable[Kpi]) -> dict[str, MeasurementRequest]:
    """What is asked of the data for each KPI that is measured on predictions."""
    measured = [(kpi, lookup.find_metric(kpi.metric)) for kpi in kpis if isinstance(kpi.metric, str)]
    return {kpi.id: MeasurementRequest(metric, kpi.gate, lookup.better_direction(kpi)) for kpi, metric in measured}


def baseline_environment(kpi: Kpi) -> str | None:
    """The environment a KPI's gate compares with."""
    change = kpi.gate.change if kpi.gate else None
    return change.baseline if change else None


def compare_numbers(candidate: Measured, baseline: Measured | None) -> Measurement:
    """The measurement of two numbers that no rows stand behind."""
    if baseline is None:
        return Measurement(candidate)
    return Measurement(candidate, Compared(candidate.value, baseline.value, None, baseline.reason))


def judge_kpis(
    kpis: Kpis, measured: Mapping[str, Measurement], running: Mapping[str, Running], accepted: Mapping[str, str]
) -> tuple[GateResult, ...]:
    """Every KPI judged. `running` holds the baseline environments that run something."""
    lost = {kpi.id: Measurement(Measured(None, None, f"there is no data set {kpi.data!r}")) for kpi in kpis.kpis}
    return tuple(_result(kpi, {**lost, **measured}[kpi.id], running, accepted.get(kpi.id)) for kpi in kpis.kpis)


def _result(kpi: Kpi, measured: Measurement, running: Mapping[str, Running], accepted: str | None) -> GateResult:
    its = running.get(baseline_environment(kpi) or "")
    baseline = Baseline(its.environment, its.release, its.record) if its else None
    return judge(kpi, lookup.better_direction(kpi), measured, baseline, accepted)
