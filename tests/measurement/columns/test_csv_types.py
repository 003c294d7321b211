"""CSV columns: types that hold for whole files, columns that compare, values that are ambiguous without `columns:`."""

from __future__ import annotations

import csv
import math
import re

from cases import cases
from measured import near
from messages import lacking

from mlops_gitops.measurement.contract import MeasurementRequest
from mlops_gitops.measurement.engines.duckdb import ENGINE
from mlops_gitops.measurement.measure import measure
from mlops_gitops.metrics import lookup
from mlops_gitops.records.gate import Conditions, Gate, Slices
from mlops_gitops.records.kpis import DataSet

SCORES = [0.9, 0.1, 0.8, 0.3]


def measured(folder, columns, metric="accuracy", baseline=None, gate=None, **declared):
    """What a metric is on a CSV file of these columns; with a baseline beside it."""
    files = []
    for name, values in (("candidate", columns), ("baseline", baseline)):
        if values:
            with (folder / name).open("w", newline="") as file:
                csv.writer(file).writerows([list(values), *zip(*values.values(), strict=True)])
            files.append(str(folder / name))
    named = {"prediction": "guess"} if "guess" in columns else {}
    data = DataSet("holdout", "holdout.csv", "csv", "label", **(named | declared))
    request = MeasurementRequest(lookup.find_metric(metric), gate)
    found = measure(ENGINE, data, {"kpi": request}, *files)["kpi"]
    return found.compared if baseline else found.whole


@cases(
    "label, guess, value",
    [
        ("yes no maybe yes", "yes no no yes", 0.75),
        ("1 2 other 1", "1 2 2 1", 0.75),
        ("t f m t", "t f f t", 0.75),
        ("01 1 2 01", "1 1 2 1", 0.5),
        ("1 2 1 2", "1 2 other 2", 0.75),
        ("yes no yes no", "maybe no yes no", 0.75),
        ("true false True FALSE", "true false true true", 0.75),
        ("1 0 1 0", "true false true true", 0.75),
        ("1 0 1 0", "1.0 0.0 1.0 1.0", 0.75),
        ("+1 -1 +1 -1", "1 -1 1 1", None),
        ("+1 -1 +1 -1", "+1 -1 +1 +1", 0.75),
        ("007 8 007 8", "007 8 8 8", 0.75),
        ("1.1 1.2 1.1 1.2", "1.1 1.2 1.2 1.2", 0.75),
    ],
)
def test_labels_and_predictions_compare_by_what_both_are(tmp_path, label, guess, value):
    found = measured(tmp_path, {"label": label.split(), "guess": guess.split()})
    assert found.value == value, found.reason


@cases(
    "label, guess, texts",
    [
        ("1.1 1.10 1.1 1.2", "1.1 1.10 1.1 1.2", ("1.1", "1.10")),
        ("1E2 100 2 2", "100 100 2 2", ("1E2", "100")),
        ("1 1.0 2 2", "1 1 2 2", ("1", "1.0")),
        ("1.1 1.2 1.1 1.2", "1.10 1.2 1.2 1.2", ("1.1", "1.10")),
        ("yes no yes t", "yes no yes no", ("yes", "t")),
        ("yes no yes no", "y n y n", ("no", "n")),
        ("true false true false", "yes no yes no", ("false", "no")),
        ("1 2 other 1", "1.0 2.0 2.0 1.0", ("1", "1.0")),
        ("01 02 01 02", "1 2 1 2", ("01", "1")),
    ],
)
def test_texts_that_may_be_one_class_are_an_error_that_names_the_key_to_write(tmp_path, label, guess, texts):
    columns = {"label": label.split(), "guess": guess.split()}
    for metric in ("accuracy", "f1_macro", "cohen_kappa"):
        found = measured(tmp_path, columns, metric)
        assert found.value is None, (metric, found.value)
        assert all(repr(text) in found.reason for text in texts), found.reason
        assert "`columns: {" in found.reason and "text" in found.reason
    declared = {"label": "text", "guess": "text"}
    equal = sum(one == other for one, other in zip(*columns.values(), strict=True))
    assert measured(tmp_path, columns, column_types=declared).value == equal / 4


def test_what_is_ambiguous_as_a_class_is_a_quantity_or_a_class_of_two(tmp_path):
    columns = {"label": ["1.5", "1.50", "2", "2.0"], "guess": ["1.5", "1.5", "2", "3"]}
    assert measured(tmp_path, columns, "mean_absolute_error").value == 0.25
    columns = {"label": ["1", "1.0", "0", "0.0"], "guess": ["1", "1", "0", "1"]}
    assert measured(tmp_path, columns, "recall").value == 1.0
    assert measured(tmp_path, columns | {"score": SCORES}, "roc_auc", score="score").value == 0.5
    assert measured(tmp_path, columns, classes=(0, 1)).value == 0.75


def test_classes_that_are_declared_say_what_labels_are(tmp_path):
    columns = {"label": ["yes", "no", "yes", "no"], "guess": ["yes", "no", "no", "no"]}
    for classes in (("yes", "no", "maybe"), ("yes", "no"), ("no", "yes", "2")):
        assert measured(tmp_path, columns, classes=classes).value == 0.75, classes
    numbers = {"label": ["1", "2", "1", "2"], "guess": ["1", "2", "2", "2"]}
    for classes in ((1, 2), ("1", "2", "other"), (1, 2, "other")):
        assert measured(tmp_path, numbers, classes=classes).value == 0.75, classes


@cases(
    "where, rows",
    [
        ("c = '10'", 1), ("c != '10'", 3), ("c in ('9', '10')", 2), ("c = 10", 1), ("c > 9", 3), ("c is null", 0),
        ("b = 'yes'", 2), ("b = true", 3), ("b = 'Yes'", 1), ("b != 'no'", 3), ("p > 0.5", 2), ("t >= 'b'", 2),
        ("d >= '2026-01-02'", 3),
    ],
)  # fmt: skip
def test_a_filter_compares_a_column_as_the_values_that_it_names(tmp_path, where, rows):
    columns = {
        "label": [1, 1, 1, 1], "guess": [1, 1, 1, 1], "c": ["9", "10", "11", "12"], "b": ["yes", "no", "Yes", "yes"],
        "p": ["+1", ".5", "7e-1", "0.1"], "t": ["a", "1", "b", "c"],
        "d": ["2026-01-01", "2026-01-02", "2026-01-03", "2026-02-01"],
    }  # fmt: skip
    assert measured(tmp_path, columns, where=where).n == rows or not rows


def test_a_new_model_that_stops_predicting_a_class_is_compared_with_the_old_one(tmp_path):
    label = ["yes", "no", "maybe", "no"]
    old = {"id": [1, 2, 3, 4], "label": label, "guess": ["yes", "no", "maybe", "yes"]}
    new = old | {"guess": ["yes", "no", "no", "no"]}
    for ours, theirs, values in ((new, old, (0.75, 0.75)), (old, new, (0.75, 0.75))):
        found = measured(tmp_path, ours, baseline=theirs, key="id")
        assert (found.reason, found.candidate, found.baseline) == ("", *values)
    fewer = {name: values[:2] for name, values in old.items()}
    found = measured(tmp_path, fewer, baseline=old, key="id")
    assert (found.reason, found.n, found.candidate, found.baseline) == ("", 2, 1.0, 1.0)


def test_slices_and_clusters_that_merge_are_named(tmp_path):
    columns = {"label": [1, 0, 1, 0], "guess": [1, 0, 1, 1], "area": ["1", "1.0", "2", "2"]}
    gate = Gate(at_least=0.5, slices=Slices(("area",), 1, Conditions()))
    found = measured(tmp_path, columns, gate=gate)
    assert found.value is None and "'1' and '1.0'" in found.reason and "`columns: {area: text}`" in found.reason
    assert measured(tmp_path, columns, gate=gate, column_types={"area": "text"}).value == 0.75
    odd = Gate(at_least=0.5, slices=Slices(("an area",), 1, Conditions()))
    found = measured(tmp_path, columns | {"an area": columns["area"]}, gate=odd)
    assert "`columns: {'an area': text}`" in found.reason
    gate = Gate(at_least=0.5, confidence=0.9)
    assert "'1' and '1.0'" in measured(tmp_path, columns, gate=gate, cluster="area").reason


def test_a_type_holds_for_the_whole_file(tmp_path):
    columns = {"label": [1, 0] * 20_000, "score": [0.5, 0.25] * 19_999 + [0.5, "unknown"]}
    found = measured(tmp_path, columns, "roc_auc", score="score")
    assert not lacking(found.reason, "'score'", "holdout", "VARCHAR", "a number")


@cases(
    "type, values, label",
    [
        ("integer", ["1", "2.0", "+1", "2"], ["1", "2", "1", "1"]),
        ("number", ["1.10", "2", "1.1", "2e0"], ["1.1", "2", "1.1", "1"]),
        ("float32", ["0.7", "0.70", ".2", "0.2"], ["0.7", "0.7", "0.2", "1"]),
        ("boolean", ["yes", "0", "T", "n"], ["true", "false", "1", "y"]),
        ("date", ["2026-01-01", "2026-02-28", "2026-03-01", "2026-01-01"],
         ["2026-01-01", "2026-02-28", "2026-03-01", "2026-01-02"]),
        ("timestamp", ["2026-01-01T10:00:00Z", "2026-01-01 10:00", "2026-01-01", "2026-01-01 01:00:00.5"],
         ["2026-01-01 12:00:00+02:00", "2026-01-01 10:00:00", "2026-01-01T00:00:00", "2026-01-02"]),
        ("text", ["1", "01", "1.0", " 1"], ["1", "01", "1.0", "1"]),
    ],
)  # fmt: skip
def test_a_declared_type_says_what_values_are(tmp_path, type, values, label):
    declared = {"label": type, "guess": type}
    found = measured(tmp_path, {"label": label, "guess": values}, column_types=declared)
    assert (found.value, found.reason) == (0.75, "")


@cases(
    "type, wrong",
    [
        ("integer", "1.5"), ("integer", "x"), ("integer", "1" * 38), ("number", "1_000"), ("number", "0x1F"),
        ("float32", "one"), ("boolean", "maybe"), ("boolean", "2"), ("date", "2026-13-01"), ("date", "01/02/2026"),
        ("date", "2026-01-01 10:00"), ("timestamp", "10:00"), ("timestamp", "2026-01-01 25:00:00"),
    ],
)  # fmt: skip
def test_a_value_that_is_not_of_its_declared_type_is_an_error(tmp_path, type, wrong):
    found = measured(tmp_path, {"label": [wrong, "", ""], "guess": ["1", "1", "1"]}, column_types={"label": type})
    assert found.value is None
    assert re.search(f"column 'label' .* 1 value .*{type}.*{re.escape(repr(wrong)[:20])}", found.reason), found.reason


def test_a_column_of_single_precision_is_what_the_file_was_written_from(tmp_path):
    columns = {"label": [1, 1, 0, 0], "score": ["0.7", "0.9", "0.2", "0.69999999"]}
    declared = {"score": "score", "threshold": 0.7}
    assert measured(tmp_path, columns, **declared).value == 1.0
    assert measured(tmp_path, columns, column_types={"score": "float32"}, **declared).value == 0.75
    assert measured(tmp_path, columns, "brier", score="score").value == near((0.09 + 0.01 + 0.04 + 0.69999999**2) / 4)


def test_a_declared_single_precision_clips_a_likelihood_as_such(tmp_path):
    columns = {"label": [1, 1, 0], "score": ["0", "1", "0.5"]}
    for types, epsilon in (({}, 2.0**-52), ({"score": "float32"}, 2.0**-23)):
        expected = (-math.log(epsilon) - math.log(1 - epsilon) - math.log(0.5)) / 3
        assert measured(tmp_path, columns, "log_loss", score="score", column_types=types).value == near(expected)
