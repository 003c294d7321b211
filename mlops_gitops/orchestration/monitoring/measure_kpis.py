"""The KPI that a watch reads, measured on the labelled rows of a window."""

from __future__ import annotations

from collections.abc import Iterable
from tempfile import TemporaryDirectory

from mlops_gitops.core.canonical import digest
from mlops_gitops.core.errors import Error, Undecided
from mlops_gitops.core.frozen import frozen, replace
from mlops_gitops.measurement.contract import Engine, MeasurementRequest
from mlops_gitops.measurement.measure import measure
from mlops_gitops.measurement.results import Measured, Measurement
from mlops_gitops.measurement.windows.pool import WindowFiles, pool_windows, pooled_data
from mlops_gitops.monitoring.calendar import Period
from mlops_gitops.monitoring.history.live_windows import LiveBaseline, first_windows
from mlops_gitops.monitoring.outcome import Observation
from mlops_gitops.monitoring.promoted_values import promoted_values
from mlops_gitops.monitoring.tail_range import in_tail
from mlops_gitops.monitoring.watch_kind import MeasuredKpi
from mlops_gitops.monitoring.window_data import kpi_request, window_data
from mlops_gitops.records.gate import Gate, Slices
from mlops_gitops.records.kpis import DataSet, Kpi, Kpis
from mlops_gitops.records.monitoring import KpiDecay, Watch, Windows
from mlops_gitops.records.promotion import Promotion


@frozen
class LabelledWindow:
    """A window whose labels are there: the local copies of its two files, and what it is compared with.

    `promotion` put the release in force; `observations` are those recorded before, the oldest first. `earlier` are the
    files of the windows before, the last first, each with the formats of rows and labels, or why they are not there.
    """

    files: WindowFiles
    period: Period
    release: str | None
    promotion: Promotion | None
    observations: Iterable[Observation] = ()
    earlier: tuple[tuple[WindowFiles, str, str] | str, ...] = ()


def measure_kpi(
    engine: Engine, watch: Watch, kpis: Kpis, windows: Windows, window: LabelledWindow, level: float
) -> MeasuredKpi | str:
    """The KPI that a watch reads, or why it cannot be measured; `level` is how often one bound may be wrong."""
    kpi = next((kpi for kpi in kpis.kpis if kpi.id == watch.kpi), None)
    declared = kpis.data.get(kpi.data or "") if kpi else None
    if kpi is None or declared is None:
        return f"{kpis.path} has no KPI {watch.kpi!r} that reads a data set"
    try:
        data, request = window_data(declared, windows, watch, window.release), kpi_request(kpi, watch, level)
    except Error as error:
        return error.message
    if isinstance(data, str) or isinstance(request, str):
        return data if isinstance(data, str) else str(request)
    definition = _definition(kpi, data, watch)
    with TemporaryDirectory() as folder:
        try:
            data, files = _pooled(engine, data, watch, window, folder)
        except Undecided as error:
            return error.message
        measurement, level = _at_level(engine, data, request, files, level)
    measurement = in_tail(measurement, level, combined=isinstance(watch.check, KpiDecay) and bool(watch.check.live))
    found = MeasuredKpi(kpi.metric_name(), measurement, level, _gate(request).whole, request.better, definition)
    return _beside(kpi, watch, window, found)


def _pooled(
    engine: Engine, data: DataSet, watch: Watch, window: LabelledWindow, folder: str
) -> tuple[DataSet, WindowFiles]:
    """The files that a watch is measured on: those of the window, or of all that it pools, and how they are read.

    Raises Undecided where one of the windows is not there.
    """
    if watch.over == 1:
        return data, window.files
    there = [each for each in window.earlier[: watch.over - 1] if not isinstance(each, str)]
    if len(there) + 1 < watch.over:
        reason = next((each for each in window.earlier[: watch.over - 1] if isinstance(each, str)), "")
        why = f": {reason}" if reason else ""
        raise Undecided(f"{len(there) + 1} of the {watch.over} windows that are pooled are there{why}")
    own = data.format, data.labels.format if data.labels else ""
    if any((scored, labels) != own for _, scored, labels in there):
        raise Undecided("the windows that are pooled are not of one format")
    every = [*(files for files, *_ in reversed(there)), window.files]
    return pooled_data(data), pool_windows(engine, data, every, folder)


def _gate(request: MeasurementRequest) -> Gate:
    return request.gate or Gate()


def _at_level(
    engine: Engine, data: DataSet, request: MeasurementRequest, files: WindowFiles, level: float
) -> tuple[Measurement, float]:
    """The measurement with its bounds, and their level: groups that are each tested share it (Bonferroni).

    A group of fewer rows than the KPI's gate asks for is not judged, and takes no share.
    """
    found, slices = _measure(engine, data, request, files), _gate(request).slices
    if slices is None or slices.max_gap is not None:
        return found, level
    found = _of_large_groups(found, slices)
    if len(found.slices) < 2:
        return found, level
    shared = level / len(found.slices)
    finer = replace(request, gate=replace(_gate(request), confidence=1 - shared))
    return _of_large_groups(_measure(engine, data, finer, files), slices), shared


def _of_large_groups(found: Measurement, slices: Slices) -> Measurement:
    return replace(found, slices=tuple(part for part in found.slices if (part.measured.n or 0) >= slices.min_samples))


def _measure(engine: Engine, data: DataSet, request: MeasurementRequest, files: WindowFiles) -> Measurement:
    found = measure(engine, data, {"kpi": request}, files.scored, labels={"candidate": files.labels})
    return found["kpi"]


def _beside(kpi: Kpi, watch: Watch, window: LabelledWindow, found: MeasuredKpi) -> MeasuredKpi:
    """The KPI with what its watch compares it with, for all rows or each group."""
    check = watch.check
    if isinstance(check, KpiDecay) and check.promoted:
        return replace(found, promoted=promoted_values(kpi, found.better, window.promotion))
    if isinstance(check, KpiDecay) and check.live:
        groups = [part.name for part in found.measurement.slices] or [""]
        return replace(found, earlier={group: _earlier(window, watch, check.live, found, group) for group in groups})
    return found


def _definition(kpi: Kpi, data: DataSet, watch: Watch) -> str:
    """The digest of what a value means: the metric, the columns it reads and the rows that count."""
    columns = {"label": data.label, "prediction": data.prediction, "score": data.score, "scores": dict(data.scores)}
    rules = {"positive": data.positive, "threshold": data.threshold, "where": data.where, "by": list(watch.by)}
    pools = {"over": watch.over} if watch.over > 1 else {}
    return digest({"metric": kpi.metric_name()} | columns | rules | pools)


def _earlier(
    window: LabelledWindow, watch: Watch, count: int, found: MeasuredKpi, group: str
) -> tuple[Measured, ...] | str:
    baseline = LiveBaseline(
        window.release or "", watch.id, count, found.definition, window.period.times[0], found.level, group, watch.over
    )
    try:
        return first_windows(window.observations, baseline)
    except Undecided as error:
        return error.message
