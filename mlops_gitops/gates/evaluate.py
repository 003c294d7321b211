"""KPIs and measurements to gate results."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from mlops_gitops.gates.judge import judge
from mlops_gitops.gates.result import Baseline, GateResult
from mlops_gitops.measurement.contract import MeasurementRequest
from mlops_gitops.measurement.results import Compared, Measured, Measurement
from mlops_gitops.metrics import lookup
from mlops_gitops.records.kpis import Kpi, Kpis


def measurement_requests(kpis: Iterable[Kpi]) -> dict[str, MeasurementRequest]:
    """What to measure for each KPI on prediction files, by its id. Raises Error for a metric that is not known."""
    measured = ((kpi, lookup.kpi_metric(kpi)) for kpi in kpis)
    return {
        kpi.id: MeasurementRequest(metric, kpi.gate, lookup.better_direction(kpi)) for kpi, metric in measured if metric
    }


def baseline_environment(kpi: Kpi) -> str | None:
    """The environment that a KPI's gate compares with."""
    change = kpi.gate.change if kpi.gate else None
    return change.baseline if change else None


def compare_numbers(candidate: Measured, baseline: Measured | None) -> Measurement:
    """The measurement of two numbers of metrics files, which have no rows and no bounds."""
    if baseline is None:
        return Measurement(candidate)
    return Measurement(candidate, Compared(candidate.value, baseline.value, None, baseline.reason))


def judge_kpis(
    kpis: Kpis, measured: Mapping[str, Measurement], baselines: Mapping[str, Baseline], accepted: Mapping[str, str]
) -> tuple[GateResult, ...]:
    """Every KPI judged, in the order of kpis.yaml. Raises Error for a metric that is not known.

    `measured` and `accepted` (paths of accept decisions) are by KPI id. `baselines` are by environment, those alone
    that run something.
    """
    lost = {kpi.id: Measurement(Measured(None, None, f"there is no data set {kpi.data!r}")) for kpi in kpis.kpis}
    measured = {**lost, **measured}
    return tuple(
        judge(
            kpi,
            lookup.better_direction(kpi),
            measured[kpi.id],
            baselines.get(baseline_environment(kpi) or ""),
            accepted.get(kpi.id),
        )
        for kpi in kpis.kpis
    )
