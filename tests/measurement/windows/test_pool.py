"""Several windows measured as one, though keys come back in each."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from cases import cases
from messages import lacking

from mlops_gitops.core.errors import Undecided
from mlops_gitops.core.frozen import replace
from mlops_gitops.measurement.contract import MeasurementRequest
from mlops_gitops.measurement.engines.duckdb import ENGINE
from mlops_gitops.measurement.measure import measure
from mlops_gitops.measurement.results import Measured
from mlops_gitops.measurement.windows.pool import WindowFiles, pool_windows, pooled_data
from mlops_gitops.metrics import lookup
from mlops_gitops.records.gate import Gate
from mlops_gitops.records.kpis import DataSet, LabelFile

LABELS = LabelFile("labels.csv", "csv", "id", "label", 0.1)
DATA = DataSet("window", "rows.csv", "csv", "label", key="id", score="score", positive=1, labels=LABELS,
               column_types={"id": "integer"})  # fmt: skip


def _windows(folder: Path, count: int = 3, rows: int = 200) -> list[WindowFiles]:
    """Windows of the same customers, whose chance of a positive label is their score."""
    draw, found = random.Random(1), []
    for n in range(count):
        place = folder / str(n)
        place.mkdir()
        scores = [round(draw.random(), 3) for _ in range(rows)]
        (place / "rows.csv").write_text("id,score\n" + "".join(f"{key},{score}\n" for key, score in enumerate(scores)))
        labels = "".join(f"{key},{int(draw.random() < score)}\n" for key, score in enumerate(scores))
        (place / "labels.csv").write_text("id,label\n" + labels)
        found.append(WindowFiles(str(place / "rows.csv"), str(place / "labels.csv")))
    return found


def _measured(data: DataSet, files: WindowFiles, metric: str = "roc_auc") -> Measured:
    request = MeasurementRequest(lookup.find_metric(metric), Gate(confidence=0.99))
    return measure(ENGINE, data, {"kpi": request}, files.scored, labels={"candidate": files.labels})["kpi"].whole


@cases("metric", ["roc_auc", "log_loss"])
def test_pooled_windows_are_measured_as_the_rows_of_all_of_them(metric: str, tmp_path: Path) -> None:
    windows = _windows(tmp_path)
    pooled = pool_windows(ENGINE, DATA, windows, str(tmp_path))
    found = _measured(pooled_data(DATA), pooled, metric)
    rows = [line.split(",") for each in windows for line in Path(each.scored).read_text().splitlines()[1:]]
    labels = [line.split(",")[1] for each in windows for line in Path(each.labels).read_text().splitlines()[1:]]
    (tmp_path / "r.csv").write_text("id,score\n" + "".join(f"{n},{score}\n" for n, (_, score) in enumerate(rows)))
    (tmp_path / "l.csv").write_text("id,label\n" + "".join(f"{n},{label}\n" for n, label in enumerate(labels)))
    expected = _measured(DATA, WindowFiles(str(tmp_path / "r.csv"), str(tmp_path / "l.csv")), metric)
    assert (found.value, found.n, found.bounds) == (expected.value, 600, expected.bounds), found.reason


def test_windows_that_do_not_fit_are_named(tmp_path: Path) -> None:
    windows = _windows(tmp_path)
    Path(windows[1].labels).write_text("id,churned\n1,1\n")
    with pytest.raises(Undecided) as caught:
        pool_windows(ENGINE, DATA, windows, str(tmp_path))
    assert lacking(caught.value.message, "labels", "1 before", "columns") == []
    with pytest.raises(Undecided) as caught:
        pool_windows(ENGINE, replace(DATA, key="customer"), windows, str(tmp_path))
    assert lacking(caught.value.message, "customer") == []
