"""A candidate whose predictions are the baseline's, or nearly, on 20,000 rows: by the real engine, judged."""

from __future__ import annotations

import duckdb
import numpy as np
import pytest

from mlops_gitops.gates.evaluate import measurement_requests
from mlops_gitops.gates.judge import judge
from mlops_gitops.gates.result import Baseline, Outcome
from mlops_gitops.measurement.engines.duckdb import ENGINE
from mlops_gitops.measurement.measure import measure
from mlops_gitops.metrics.lookup import better_direction
from mlops_gitops.records.gate import read_gate
from mlops_gitops.records.kpis import DataSet, Kpi

N = 20_000
BASELINE = Baseline("production", "1.0.0", "sha256:" + "0" * 64)
CLASSES = {"label": "label", "prediction": "guess", "score": "score"}
SEVERAL = {"label": "kind", "prediction": "sort"}
QUANTITY = {"label": "sold", "prediction": "forecast"}


def rows(n: int) -> dict[str, np.ndarray]:
    random = np.random.default_rng(20261130)
    label = (random.random(n) < 0.12).astype(int)
    score = 1 / (1 + np.exp(-(random.normal(0, 1.2, n) + 3.5 * label - 3)))
    kind = random.choice(4, n, p=[0.6, 0.3, 0.08, 0.02])
    sold = random.normal(100, 10, n)
    return {
        "id": np.arange(n), "user": np.arange(n) // 5, "label": label, "score": score,
        "guess": (score > 0.5).astype(int), "sold": sold, "forecast": sold + random.normal(0, 3, n),
        "kind": kind, "sort": np.where(random.random(n) < 0.9, kind, random.integers(0, 4, n)),
    }  # fmt: skip


ROWS = rows(N)


def write(path, columns):
    unnested = ", ".join(f"unnest(?) AS {name}" for name in columns)
    duckdb.execute(f"CREATE OR REPLACE TABLE t AS SELECT {unnested}", [column.tolist() for column in columns.values()])
    duckdb.execute(f"COPY t TO '{path}' (FORMAT parquet)")
    return str(path)


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    return write(tmp_path_factory.mktemp("alike") / "predictions", ROWS)


def kpi(metric, condition="no_worse_than", by=0.005, **more):
    gate = read_gate({"confidence": 0.95, condition: {"baseline": "production", "by": by}})
    return Kpi(metric, metric, "holdout", None, None, gate, **more)


def outcomes(candidate, baseline, kpis, columns, **declared):
    """How the gates of these KPIs come out, with their reasons."""
    data = DataSet("holdout", "holdout.parquet", "parquet", key="id", **columns, **declared)
    measured = measure(ENGINE, data, measurement_requests(kpis), candidate, baseline)
    return {one.id: judge(one, better_direction(one), measured[one.id], BASELINE) for one in kpis}


METRICS = {
    "roc_auc": CLASSES, "average_precision": CLASSES, "expected_calibration_error": CLASSES, "accuracy": CLASSES,
    "f1": CLASSES, "precision": CLASSES, "recall": CLASSES, "f_beta:2": CLASSES, "matthews_corrcoef": CLASSES,
    "cohen_kappa": CLASSES, "log_loss": CLASSES, "brier": CLASSES,
    "f1_macro": SEVERAL, "balanced_accuracy": SEVERAL, "precision_weighted": SEVERAL,
}  # fmt: skip
TOP_HEAVY = {"average_precision": 0.01}  # three negative rows at the very top change what is below them all
# The margin, and the largest loss: of a squared error its square.
LOSSES = {"mean_absolute_error": (0.05, 30), "root_mean_squared_error": (0.05, 30), "r2": (0.01, 30),
          "mean_squared_error": (0.2, 900)}  # fmt: skip


def test_identical_predictions_of_another_artifact_are_decided(file):
    for columns in (CLASSES, SEVERAL):
        names = [name for name, value in METRICS.items() if value is columns]
        found = outcomes(file, file, [kpi(name, by=TOP_HEAVY.get(name, 0.005)) for name in names], columns)
        assert not {id: result.reason for id, result in found.items() if result.outcome is not Outcome.PASSED}
        assert all(result.measurement.compared.bounds.upper > 0 for result in found.values()), "nor are they certain"


def test_identical_predictions_in_clusters_are_decided_with_fewer_units(file):
    """The five rows of a user may all move together."""
    kpis = [kpi(name, by=by) for name, by in (("roc_auc", 0.01), ("f1", 0.01), ("log_loss", 0.01))]
    found = outcomes(file, file, kpis, CLASSES, cluster="user")
    assert {result.outcome for result in found.values()} == {Outcome.PASSED}, found
    alone = outcomes(file, file, kpis, CLASSES)
    for id, result in found.items():
        bounds = [one.measurement.compared.bounds for one in (result, alone[id])]
        assert bounds[0].upper == pytest.approx(5 * bounds[1].upper, rel=0.02)


def test_identical_predictions_of_a_quantity_are_decided_where_a_loss_has_a_bound(file):
    bounded = [kpi(name, by=by, loss_bound=most) for name, (by, most) in LOSSES.items()]
    found = outcomes(file, file, bounded, QUANTITY)
    assert not {id: result.reason for id, result in found.items() if result.outcome is not Outcome.PASSED}
    unbounded = outcomes(file, file, [kpi(name, by=0.3) for name in LOSSES], QUANTITY)
    assert {result.outcome for result in unbounded.values()} == {Outcome.INCONCLUSIVE}
    assert all("loss_bound" in result.reason for result in unbounded.values())


def test_few_rows_that_differ_are_decided_by_how_far_more_of_them_could_go(file, tmp_path):
    """Five of 20,000 rows are scored otherwise, all for the worse."""
    moved = ROWS["id"] % 4000 == 17
    score = np.where(moved, 1 - ROWS["score"], ROWS["score"])
    path = write(tmp_path / "moved", ROWS | {"score": score, "guess": (score > 0.5).astype(int)})
    names = [name for name, columns in METRICS.items() if columns is CLASSES]
    found = outcomes(path, file, [kpi(name, by=0.02) for name in names], CLASSES)
    assert {result.outcome for result in found.values()} == {Outcome.PASSED}, found
    changes = {id: result.measurement.compared for id, result in found.items()}
    assert {id for id, compared in changes.items() if compared.bounds.method not in ("discordant", "tango")} == set()
    strict = outcomes(path, file, [kpi(name, by=1e-5) for name in names], CLASSES)
    assert Outcome.PASSED not in {result.outcome for result in strict.values()}


def test_of_few_rows_that_agree_too_little_is_known(tmp_path):
    """At the margin 22 % of samples of 300 rows show no discordant row, and none of them passes."""
    few = write(tmp_path / "few", rows(300))
    names = [name for name, columns in METRICS.items() if columns is CLASSES]
    found = outcomes(few, few, [kpi(name) for name in names], CLASSES)
    assert {result.outcome for result in found.values()} == {Outcome.INCONCLUSIVE}


def test_forecasts_that_are_all_alike_have_no_error_of_computation(tmp_path):
    """Rounding errors in the sums of two equal models are not taken for scatter: here four of 30 labels are 1."""
    columns = {"id": np.arange(30), "sold": np.arange(30) < 4, "forecast": np.zeros(30)}
    same = write(tmp_path / "forecasts", {name: column.astype(float) for name, column in columns.items()})
    (result,) = outcomes(same, same, [kpi("r2")], QUANTITY).values()
    assert result.outcome is Outcome.INCONCLUSIVE and "loss_bound" in result.reason
