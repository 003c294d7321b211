"""Rows whose label has not come: rows of a like score stand in for them, beside the worst case."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
from cases import cases

from mlops_gitops.measurement.contract import MeasurementRequest
from mlops_gitops.measurement.engines.duckdb import ENGINE
from mlops_gitops.measurement.measure import measure
from mlops_gitops.measurement.results import Measured, Measurement, Unlabelled
from mlops_gitops.metrics import lookup
from mlops_gitops.metrics.loss_limits import limit_losses
from mlops_gitops.records.gate import Conditions, Gate, Slices
from mlops_gitops.records.kpis import DataSet, Kpi, LabelFile

ROWS = 1000


def _rows(seed: int = 1) -> list[dict[str, Any]]:
    """Rows whose chance of a positive label is their score, in two regions."""
    draw = random.Random(seed)
    found = []
    for number in range(ROWS):
        score = round(draw.random(), 3)
        found.append({"id": f"c{number}", "score": score, "guess": int(score > 0.5), "region": "ns"[number % 2],
                      "label": int(draw.random() < score)})  # fmt: skip
    return found


def _write(path: Path, rows: list[dict[str, Any]], *columns: str) -> str:
    path.write_text("\n".join([",".join(columns), *(",".join(str(row[name]) for name in columns) for row in rows)]))
    return str(path)


def _measured(
    folder: Path, rows: list[dict[str, Any]], labelled: list[dict[str, Any]], metric: Any = "accuracy",
    by: tuple[str, ...] = (), **more: Any,
) -> Measurement:  # fmt: skip
    paths = (
        _write(folder / "scored.csv", rows, "id", "score", "guess", "region"),
        _write(folder / "labels.csv", labelled, "id", "label"),
    )
    names = {"key": "id", "prediction": "guess", "score": "score", "positive": 1} | more
    labels = LabelFile(paths[1], "csv", "id", "label", 0.2)
    data = DataSet("window", paths[0], "csv", "label", labels=labels, **names)
    found = lookup.find_metric(metric) if isinstance(metric, str) else metric
    slices = Slices(by, 20, Conditions(), max_gap=0.1) if by else None
    request = MeasurementRequest(found, Gate(confidence=0.99, slices=slices), found.better, stand_ins=True)
    return measure(ENGINE, data, {"kpi": request}, paths[0], labels={"candidate": paths[1]})["kpi"]


def _late(found: Measured) -> Unlabelled:
    assert found.unlabelled is not None, found.reason
    return found.unlabelled


def test_a_window_with_every_label_is_measured_as_it_is(tmp_path: Path) -> None:
    found = _measured(tmp_path, _rows(), _rows()).whole
    assert (found.unlabelled, found.n) == (None, ROWS)


def test_missing_labels_of_sure_rows_do_not_make_the_model_look_worse(tmp_path: Path) -> None:
    """Rows of a high score lack a label three times out of five: on the others alone the accuracy is 0.02 too low."""
    rows = _rows()
    draw = random.Random(2)
    labelled = [row for row in rows if row["score"] < 0.8 or draw.random() < 0.4]
    truth = _measured(tmp_path, rows, rows).whole.value
    found = _measured(tmp_path, rows, labelled).whole
    late = _late(found)
    assert truth is not None and found.value is not None and found.bounds is not None
    assert (found.n, sum(every for every, _ in late.strata)) == (len(labelled), ROWS)
    assert abs(found.value - truth) < 0.01 < abs(late.labelled[0] - truth)
    assert found.bounds.lower < late.labelled[1] and found.bounds.upper > late.labelled[2] - 0.01


def test_the_value_is_that_of_strata_by_hand(tmp_path: Path) -> None:
    """Half of all rows, those of the score 0.9, are right in 9 of 10; the others, of the score 0.1, in 6 of 10."""
    rows = [{"id": f"{score}{n}", "score": score, "guess": int(score > 0.5), "region": "n",
             "label": int((score > 0.5) == (n % 10 < hits))}
            for score, hits in ((0.9, 9), (0.1, 6)) for n in range(100)]  # fmt: skip
    labelled = [row for row in rows if row["score"] < 0.5 or row["id"][-2:] in {f"{n:02}" for n in range(10, 70)}]
    found = _measured(tmp_path, rows, labelled).whole
    assert found.value == pytest.approx((0.9 + 0.6) / 2)
    assert _late(found).strata == ((100, 100), (100, 60))
    assert _late(found).labelled[0] == pytest.approx((54 + 60) / 160, abs=1e-9)
    assert _late(found).worst_case == pytest.approx(((54 + 60) / 200, (54 + 60 + 40) / 200))


@cases("metric", ["f1", "roc_auc", "average_precision", "log_loss"])
def test_the_worst_case_holds_whatever_the_labels_turn_out_to_be(metric: str, tmp_path: Path) -> None:
    """The labels that came, the opposite of each, all positive and all negative."""
    rows = _rows()
    labelled, others = rows[100:], rows[:100]
    late = _late(_measured(tmp_path, rows, labelled, metric).whole)
    ends = [end for end in late.worst_case if end is not None]
    assert len(ends) == 2
    turns = (lambda row: row["label"], lambda row: 1 - row["guess"], lambda row: 1)
    for turn in turns:
        full = [*labelled, *({**row, "label": turn(row)} for row in others)]
        value = _measured(tmp_path, rows, full, metric).whole.value
        assert value is not None
        assert min(ends) - 1e-6 <= value <= max(ends) + 1e-6, metric


def test_losses_of_a_quantity_need_a_bound_for_a_worst_case(tmp_path: Path) -> None:
    rows = _rows()
    open_end = _late(_measured(tmp_path, rows, rows[100:], "mean_absolute_error", positive=None).whole)
    assert open_end.worst_case[0] is None
    kpi = Kpi("mae", "mean_absolute_error", "window", "lower", None, None, loss_bound=1.0)
    bounded = limit_losses(lookup.find_metric("mean_absolute_error"), kpi)
    against, favour = _late(_measured(tmp_path, rows, rows[100:], bounded, positive=None).whole).worst_case
    assert open_end.worst_case[1] == favour == pytest.approx(0.9 * open_end.labelled[0])
    assert against == pytest.approx(0.9 * open_end.labelled[0] + 0.1)


def test_each_group_has_its_own_strata(tmp_path: Path) -> None:
    rows = _rows()
    labelled = [row for row in rows if row["region"] == "n" or row["score"] < 0.9 or row["id"].endswith("1")]
    found = _measured(tmp_path, rows, labelled, by=("region",))
    north, south = found.slices
    assert north.measured.unlabelled is None
    assert sum(every for every, _ in _late(south.measured).strata) == ROWS / 2
    assert found.gap is not None and found.gap.bounds is not None
    north_value, south_value = north.measured.value, south.measured.value
    assert north_value is not None and south_value is not None
    assert found.gap.value == pytest.approx(abs(north_value - south_value))


def test_classes_without_a_score_are_the_strata(tmp_path: Path) -> None:
    found = _measured(tmp_path, _rows(), _rows()[100:], score=None).whole
    assert (_late(found).score, len(_late(found).strata)) == ("prediction", 2)


def test_what_is_about_the_mean_label_is_not_made_of_strata(tmp_path: Path) -> None:
    found = _measured(tmp_path, _rows(), _rows()[100:], "r2", positive=None).whole
    assert found.value is None
    assert "label" in found.reason


def test_more_than_may_be_missing_is_not_measured(tmp_path: Path) -> None:
    found = _measured(tmp_path, _rows(), _rows()[300:]).whole
    assert found.value is None
    assert "300" in found.reason


def test_a_row_without_label_and_score_cannot_be_stood_for(tmp_path: Path) -> None:
    rows = _rows()
    rows[0]["score"] = ""
    found = _measured(tmp_path, rows, rows[100:]).whole
    assert found.value is None
    assert "score" in found.reason
