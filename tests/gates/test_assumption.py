"""A gate on losses that nothing bounds says what it assumes, wherever its outcome is read."""

from __future__ import annotations

import numpy as np
import pytest
from cases import cases
from measured import write
from messages import lacking

from mlops_gitops.cli.commands.gate import report
from mlops_gitops.core.frozen import replace
from mlops_gitops.gates.evaluate import judge_kpis, measurement_requests
from mlops_gitops.gates.result import Baseline
from mlops_gitops.gates.serialize import gate_to_data
from mlops_gitops.measurement.engines.duckdb import ENGINE
from mlops_gitops.measurement.measure import measure
from mlops_gitops.records.gate import read_gate
from mlops_gitops.records.kpis import DataSet, Kpi, Kpis
from mlops_gitops.reporting.formats import json, markdown, text
from mlops_gitops.reporting.reporter import PLAIN

RNG = np.random.default_rng(20261130)
N = 3000
ERROR = RNG.normal(0, 1, N)
ERROR[7] = 4.5
LOSS = {"no_worse_than": {"baseline": "production", "by": 0.2}}
SLICES = {"slices": {"by": ["region"], "min_samples": 20, "at_most": 3.0}}
PRODUCTION = {"production": Baseline("production", "1.0.0", None)}


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Forecasts of two models; the largest error of the first is 4.5, that of the second 5.25."""
    folder = tmp_path_factory.mktemp("assumption")
    for name, error in (("ours", ERROR), ("theirs", np.where(np.arange(N) == 7, 5.25, ERROR + RNG.normal(0, 0.5, N)))):
        columns = {"id": np.arange(N), "sold": np.zeros(N), "forecast": error, "shop": np.arange(N) // 3,
                   "region": np.where(np.arange(N) < 2000, "EU", "US"), "score": np.full(N, 0.5),
                   "bought": np.arange(N) % 2}  # fmt: skip
        write(folder / f"{name}.parquet", {key: column.tolist() for key, column in columns.items()})
    return [str(folder / "ours.parquet"), str(folder / "theirs.parquet")]


def judged(files, gate, metric="mean_absolute_error", limits=None, baselines=PRODUCTION, **declared):
    """The gate judged on these files, with the second as what production runs."""
    classes = metric in ("log_loss", "brier", "accuracy")
    columns = {"prediction": "bought", "score": "score"} if classes else {"prediction": "forecast"}
    data = DataSet("holdout", files[0], "parquet", "bought" if classes else "sold", key="id", **columns, **declared)
    kpi = Kpi("error", metric, "holdout", None, None, read_gate(gate), **(limits or {}))
    kpis = Kpis("models/m/kpis.yaml", "m", {"holdout": data}, (kpi,), {})
    return judge_kpis(kpis, measure(ENGINE, data, measurement_requests([kpi]), *files), baselines, {})


def test_it_is_in_the_text_the_summary_and_the_json(files):
    results = judged(files, {"at_most": 2.0, "confidence": 0.95})
    assert results[0].outcome == "passed"
    shown = report(results, "m", None, None)
    facts = ("error", "3/3,000 of rows", "loss above 4.5", "rule of three", "cap:")
    for output in (text.render(shown, PLAIN), markdown.render(shown, PLAIN).replace("\\", "")):
        assert lacking(output, *facts) == []
    assert lacking(json.render(shown, PLAIN), "3/3,000 of rows") == []


def test_a_record_of_the_gate_is_what_it_was(files):
    (result,) = judged(files, {"at_most": 2.0, "confidence": 0.95})
    assert result.assumes and "assumes" not in str(gate_to_data(result)) and "largest" not in str(gate_to_data(result))


@cases(
    "gate, declared, facts",
    [
        ({"at_most": 2.0, "confidence": 0.9}, {}, ("2.3/3,000 of rows", "4.5")),
        ({"at_most": 2.0, "confidence": 0.95}, {"cluster": "shop"}, ("3/1,000 of clusters", "4.5")),
        ({**LOSS, "confidence": 0.95}, {}, ("3/3,000 of rows", "5.25")),
        ({**SLICES, "confidence": 0.95}, {}, ("in a group", "3/n")),
        ({**LOSS, **SLICES, "confidence": 0.95}, {}, ("3/3,000 of rows", "5.25", "in a group", "3/n")),
    ],
)
def test_it_is_about_what_decides(files, gate, declared, facts):
    (result,) = judged(files, gate, **declared)
    assert lacking(result.assumes, *facts) == []


@cases("baselines", [{}, {"production": replace(PRODUCTION["production"], same_artifact=True)}])
def test_nothing_is_assumed_of_a_change_that_no_row_decides(files, baselines):
    """Nothing runs there yet, or the very artifacts do; of either no loss decides, in no group."""
    (result,) = judged(files[:1] * 2, {**LOSS, "slices": {"by": ["region"], "min_samples": 20} | LOSS,
                                       "confidence": 0.95}, baselines=baselines)  # fmt: skip
    assert result.assumes == ""


def test_the_rows_are_those_that_are_compared(files, tmp_path):
    columns = {"id": np.arange(N - 30), "sold": np.zeros(N - 30), "forecast": ERROR[30:]}
    write(tmp_path / "fewer.parquet", {key: column.tolist() for key, column in columns.items()})
    gate = {"no_worse_than": LOSS["no_worse_than"] | {"unpaired": 0.02}, "confidence": 0.95}
    (result,) = judged([files[0], str(tmp_path / "fewer.parquet")], gate)
    assert lacking(result.assumes, "3/2,970 of rows") == []


def test_the_loss_is_in_its_own_unit(files):
    for metric in ("root_mean_squared_error", "mean_squared_error"):
        (result,) = judged(files, {"at_most": 9.0, "confidence": 0.95}, metric)
        assert lacking(result.assumes, "4.5" if metric.startswith("root") else "20.25") == [], metric


@cases(
    "metric, limits, gate",
    [
        ("mean_absolute_error", {}, {"at_most": 2.0}),  # a point decides
        ("mean_absolute_error", {"loss_bound": 9}, {"at_most": 2.0, "confidence": 0.95}),
        ("mean_absolute_error", {"cap": 3}, {"at_most": 2.0, "confidence": 0.95}),
        ("accuracy", {}, {"at_least": 0.5, "confidence": 0.95}),
        ("mean_absolute_error", {"loss_bound": 2}, {"at_most": 2.0, "confidence": 0.95}),  # not available
    ],
)
def test_nothing_is_assumed_where_nothing_needs_to_be(files, metric, limits, gate):
    (result,) = judged(files, gate, metric, limits)
    assert result.assumes == ""
    assert "assumes" not in report((result,), "m", None, None).data["kpis"][0]
