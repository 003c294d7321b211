"""How often a gate reads its file: once for each way of grouping rows, however many metrics there are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

from mlops_gitops.measurement.contract import MeasurementRequest
from mlops_gitops.measurement.engines.duckdb import ENGINE
from mlops_gitops.measurement.measure import measure
from mlops_gitops.metrics.lookup import find_metric
from mlops_gitops.records.gate import Conditions, Gate, Slices
from mlops_gitops.records.kpis import DataSet

ROWS = """SELECT range AS id, CAST(range % 3 = 0 AS INTEGER) AS label, CAST(range % 7 = 0 AS INTEGER) AS prediction,
    hash(range) / 18446744073709551616.0 AS score, ['north', 'south'][1 + range % 2] AS region FROM range(2000)"""
SLICED = Gate(at_least=0.0, slices=Slices(("region",), 1, Conditions(at_least=0.0)))


class Counting:
    """The engine, and the queries that its sessions are asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    @contextmanager
    def connect(self, files: Mapping[str, tuple[str, str]]) -> Iterator[Any]:
        with ENGINE.connect(files) as session:
            yield CountingSession(session, self.asked)


class CountingSession:
    def __init__(self, session: Any, asked: list[str]) -> None:
        self._session, self._asked = session, asked

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._session, name)
        if name not in ("rows", "arrays"):
            return found

        def ask(query: str) -> Any:
            self._asked.append(query)
            return found(query)

        return ask


def _asked(path: Path, *metrics: str) -> int:
    data = DataSet("holdout", str(path), "parquet", "label", "id", prediction="prediction", score="score")
    requests = {name: MeasurementRequest(find_metric(name), SLICED) for name in metrics}
    engine = Counting()
    found = measure(engine, data, requests, str(path))  # type: ignore[arg-type]
    assert all(len(each.slices) == 2 and each.whole.n == 2000 for each in found.values())
    return len(engine.asked)


def test_metrics_that_group_rows_alike_share_a_query(tmp_path: Path) -> None:
    path = tmp_path / "holdout.parquet"
    duckdb.execute(f"COPY ({ROWS}) TO '{path}' (FORMAT parquet)")
    sound = 3  # whether the rows can be measured, whether keys repeat, and which regions there are
    assert _asked(path, "accuracy") == sound + 1
    assert _asked(path, "accuracy", "precision", "recall", "f1", "matthews_corrcoef") == sound + 1
    assert _asked(path, "roc_auc", "average_precision") == sound + 1
    assert _asked(path, "log_loss", "brier") == sound + 1  # of slices and of all rows
    assert _asked(path, "accuracy", "f1", "roc_auc", "average_precision", "log_loss", "brier") == sound + 3


def test_two_requests_of_one_metric_are_both_measured(tmp_path: Path) -> None:
    path = tmp_path / "holdout.parquet"
    duckdb.execute(f"COPY ({ROWS}) TO '{path}' (FORMAT parquet)")
    data = DataSet("holdout", str(path), "parquet", "label", "id", prediction="prediction", score="score")
    for name in ("accuracy", "f1_macro", "sklearn:hamming_loss"):
        requests = {each: MeasurementRequest(find_metric(name), SLICED) for each in ("first", "second")}
        found = measure(ENGINE, data, requests, str(path))
        assert found["first"] == found["second"], name
        assert found["first"].whole.value is not None, name
