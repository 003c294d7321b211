"""The data set that a window is to a KPI: the model's declared one, read from the window's files."""

from __future__ import annotations

from mlops_gitops.core.frozen import replace
from mlops_gitops.measurement.contract import MeasurementRequest
from mlops_gitops.measurement.sql import identifier, literal
from mlops_gitops.metrics import lookup
from mlops_gitops.records.gate import Conditions, Gate, Slices
from mlops_gitops.records.kpis import DataSet, Kpi, LabelFile
from mlops_gitops.records.monitoring import Fairness, Watch, Windows

FEWEST = 20  # rows of a group that is compared with another, where the KPI's own gate does not say how many


def with_formats(windows: Windows, scored: str, labels: str | None) -> Windows:
    """The windows with the formats that their files turned out to have; `labels` is None where none were read."""
    held = replace(windows.labels, format=labels) if windows.labels and labels is not None else windows.labels
    return replace(windows, format=scored, labels=held)


def window_data(declared: DataSet, windows: Windows, watch: Watch, release: str | None) -> DataSet | str:
    """How a watch reads the rows of a window, or why it cannot."""
    return labelled_data(declared, windows, release, watch.where)


def labelled_data(declared: DataSet, windows: Windows, release: str | None, where: str | None = None) -> DataSet | str:
    """How the labelled rows of a window are read, or why they cannot be.

    Classes, the positive one and the threshold are those that the model's KPIs declare; files and columns are those of
    the windows. Of a window that several releases answered, only the rows of `release` count.
    """
    labels = windows.labels
    if labels is None:
        return "monitoring.yaml names no labels (`windows.labels`), and a KPI needs them"
    return replace(
        declared,
        name=f"the window's {declared.name}",
        path=windows.path,
        format=windows.format,
        label=labels.label,
        key=windows.key or labels.key,
        prediction=windows.prediction,
        score=windows.score,
        scores=windows.scores,
        cluster=windows.cluster,
        where=_all(windows.where, where, labels.control, _released(windows, release)),
        column_types=windows.column_types,
        labels=LabelFile(labels.path, labels.format, labels.key, labels.label, labels.missing),
    )


def scored_data(windows: Windows, file_format: str, release: str | None) -> DataSet:
    """How the scored rows alone are read: those that `where` keeps and, with `release`, that it answered."""
    return DataSet(
        "the window",
        windows.path,
        file_format,
        "",
        windows.key,
        windows.prediction,
        windows.score,
        where=_all(windows.where, _released(windows, release)),
        scores=windows.scores,
        column_types=windows.column_types,
    )


def _released(windows: Windows, release: str | None) -> str | None:
    return f"{identifier(windows.release)} = {literal(release)}" if windows.release and release else None


def _all(*wheres: str | None) -> str | None:
    """The filter of the rows that all of these keep; None where there is none."""
    return " and ".join(f"({where})" for where in wheres if where) or None


def kpi_request(kpi: Kpi, watch: Watch, level: float) -> MeasurementRequest | str:
    """What to measure for a watch of a KPI, with one-sided bounds at `level`; or why it is not measured on rows."""
    metric = lookup.kpi_metric(kpi)
    if metric is None:
        return f"{kpi.id} is a number of a metrics file: watch it by `number`"
    return MeasurementRequest(metric, _gate(kpi, watch, level), lookup.better_direction(kpi), stand_ins=True)


def _gate(kpi: Kpi, watch: Watch, level: float) -> Gate:
    """A gate that asks for bounds at the level, of all rows and of each group."""
    own = kpi.gate.slices if kpi.gate else None
    fewest = own.min_samples if own else FEWEST
    check = watch.check
    whole = Conditions(kpi.gate.at_least, kpi.gate.at_most) if kpi.gate else Conditions()
    slices = None
    if isinstance(check, Fairness):
        slices = Slices(check.by, fewest, Conditions(), max_gap=check.max_gap)
    elif watch.by:
        slices = Slices(watch.by, fewest, whole)
    return Gate(whole.at_least, whole.at_most, confidence=1 - level, slices=slices)
