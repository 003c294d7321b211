"""Labels in another file than the predictions: joined by key, and what lacks a partner is counted."""

from __future__ import annotations

import pyarrow
import pyarrow.csv
import pyarrow.parquet
from cases import cases
from messages import lacking

from mlops_gitops.measurement.contract import MeasurementRequest
from mlops_gitops.measurement.engines.duckdb import ENGINE
from mlops_gitops.measurement.measure import measure
from mlops_gitops.metrics import lookup
from mlops_gitops.records.gate import Change, Conditions, Gate, Slices
from mlops_gitops.records.kpis import DataSet, LabelFile

ID = [f"c{n}" for n in range(6)]
ACCURACY = 0.666666666667  # 4 of 6, as a measurement rounds it
LABEL, GUESS = [1, 0, 1, 0, 1, 0], [1, 0, 0, 0, 1, 1]


def written(folder, name, columns):
    """A table in the format of its name's ending; a text in place of columns is written as it is."""
    path = folder / name
    if isinstance(columns, str):
        path.write_text(columns)
    elif name.endswith(".csv"):
        pyarrow.csv.write_csv(pyarrow.table(columns), path)
    else:
        pyarrow.parquet.write_table(pyarrow.table(columns), path)
    return str(path)


def measured(
    folder, predictions, labels, *, formats=("csv", "csv"), baseline=None, metric="accuracy", gate=None, **data
):
    """The measurement of predictions beside labels; `baseline` is another pair of both."""
    pairs = {"candidate": (predictions, labels)} | ({"baseline": baseline} if baseline else {})
    paths = {
        side: [written(folder, f"{side}.{n}.{formats[n]}", columns) for n, columns in enumerate(pair)]
        for side, pair in pairs.items()
    }
    held = {"key": "id", "column": "label"} | data.pop("held", {})
    labels_file = LabelFile("data/labels", formats[1], **held)
    names = {"key": "id", "prediction": "guess", "label": labels_file.column} | data
    data_set = DataSet("holdout", "data/predictions", formats[0], labels=labels_file, **names)
    requests = {"kpi": MeasurementRequest(lookup.find_metric(metric), gate)}
    before = paths["baseline"][0] if baseline else None
    labels = {side: pair[1] for side, pair in paths.items()}
    return measure(
        ENGINE, data_set, requests, paths["candidate"][0], before, {side: pair[1] for side, pair in paths.items()}
    )["kpi"]


def reason(*args, **data):
    found = measured(*args, **data)
    assert found.whole.value is None
    return found.whole.reason


PREDICTIONS, LABELS = {"id": ID, "guess": GUESS}, {"id": ID[::-1], "label": LABEL[::-1]}


@cases("formats", [("csv", "csv"), ("parquet", "csv"), ("csv", "parquet")])
def test_a_row_has_the_label_of_its_key_whatever_the_order_and_the_formats(tmp_path, formats):
    found = measured(tmp_path, PREDICTIONS, LABELS, formats=formats)
    assert (found.whole.value, found.whole.n, found.missing) == (ACCURACY, 6, (0, 0))


def test_the_keys_may_have_other_names_and_the_predictions_a_column_called_as_the_label(tmp_path):
    predictions = {"row": ID, "Label": GUESS, "label_of": ID}
    labels = {"customer": ID, "label": LABEL}
    found = measured(tmp_path, predictions, labels, key="row", prediction="Label", held={"key": "customer"})
    assert (found.whole.value, found.missing) == (ACCURACY, (0, 0))
    fault = reason(tmp_path, predictions, labels | {"label": [1, 0, 1, None, 0, 1]}, key="row", prediction="Label",
                   held={"key": "customer"})  # fmt: skip
    assert "'label of data/labels'" in fault and "1 empty value" in fault


@cases(
    "predictions, labels, missing, share",
    [
        (ID[:5], ID, (0, 1), "16.7 %"),
        (ID, ID[1:], (1, 0), "16.7 %"),
        ([*ID[:4], "new", "more"], ID, (2, 2), "33.3 %"),
    ],
)
def test_rows_without_a_partner_are_counted_and_bounded(tmp_path, predictions, labels, missing, share):
    rows = {"id": predictions, "guess": GUESS[: len(predictions)]}
    known = {"id": labels, "label": LABEL[: len(labels)]}
    fault = reason(tmp_path, rows, known, held={"missing": 0.1})
    assert share in fault and "10 %" in fault and "`missing`" in fault
    assert [f"{count} {noun}" in fault for count, noun in zip(missing, ("row", "label"), strict=True)] == [
        count > 0 for count in missing
    ]
    found = measured(tmp_path, rows, known, held={"missing": 0.34})
    assert (found.missing, found.whole.n) == (missing, len({*predictions} & {*labels}))


def test_a_filter_on_either_file_says_which_rows_need_a_partner(tmp_path):
    predictions = PREDICTIONS | {"version": ["a"] * 5 + ["b"]}
    labels = {"id": [*ID, "t1", "t2"], "label": [*LABEL, 1, 1], "split": ["test"] * 6 + ["train"] * 2}
    fault = reason(tmp_path, predictions, labels)
    assert "2 labels without a row" in fault and "0 rows" not in fault
    found = measured(tmp_path, predictions, labels, where="split = 'test' and version = 'a'")
    assert (found.whole.n, found.missing) == (5, (0, 0))
    # What another file would have to tell leaves out nothing, not even by `is null`.
    for where in ("version = 'a'", "version is not null", "not version is null"):
        assert "2 labels without a row" in reason(tmp_path, predictions, labels, where=where), where
    few = {name: values[:5] for name, values in labels.items()}
    for where in ("split = 'test'", "split is not null"):
        assert "1 row of holdout without a label" in reason(tmp_path, predictions, few, where=where), where


@cases(
    "predictions, labels, facts",
    [
        (PREDICTIONS, {"id": ["c0", "c0", *ID[2:]], "label": LABEL}, ("label file", "repeats keys in 1 row")),
        ({"id": ["c1", *ID[1:]], "guess": GUESS}, LABELS, ("column 'id' of holdout", "repeats keys in 1 row")),
        ({"id": [None, *ID[1:]], "guess": GUESS}, LABELS, ("column 'id' of holdout", "1 empty value")),
        (PREDICTIONS, {"id": [None, *ID[1:]], "label": LABEL}, ("label file", "1 empty value")),
        (PREDICTIONS, {"id": ID, "churned": LABEL}, ("label file", "'label'", "'churned'")),
        (PREDICTIONS, {"key": ID, "label": LABEL}, ("label file", "'id'")),
        ({"row": ID, "guess": GUESS}, LABELS, ("holdout has no column 'id'",)),
        (PREDICTIONS, {"id": [f"d{n}" for n in range(6)], "label": LABEL}, ("no row", "'c0'", "'d0'", "columns")),
        (PREDICTIONS, "id,label\n", ("holdout's label file has no rows",)),
        ("id,guess\n", LABELS, ("holdout has no rows",)),
        (PREDICTIONS, LABELS | {"id": [*ID[:5], "c9"]}, ("1 row of holdout without a label", "and 1 label without")),
        (PREDICTIONS, 'id,label\n"c0', ("label file", "line")),
    ],
)  # fmt: skip
def test_what_cannot_be_joined_says_which_file_and_column(tmp_path, predictions, labels, facts):
    fault = reason(tmp_path, predictions, labels)
    for fact in facts:
        assert fact in fault, fault


def test_keys_of_two_types_are_named_with_what_to_write(tmp_path):
    predictions, labels = {"row": range(6), "guess": GUESS}, {"id": [float(n) for n in range(6)], "label": LABEL}
    files = {"formats": ("parquet", "parquet"), "key": "row"}
    fault = reason(tmp_path, {n: pyarrow.array(v) for n, v in predictions.items()}, labels, **files)
    assert not lacking(fault, "'row' is BIGINT", "holdout", "'id' is DOUBLE")
    assert "`columns: {row: integer, id: integer}`" in fault
    declared = {"row": "integer", "id": "integer"}
    assert measured(tmp_path, predictions, labels, column_types=declared, **files).whole.n == 6


def test_texts_of_csv_keys_are_never_read_as_numbers(tmp_path):
    predictions = {"id": ["01", "1", "1.0"], "guess": [1, 0, 1]}
    labels = {"id": ["1", "01", "1.0"], "label": [0, 1, 1]}
    assert measured(tmp_path, predictions, labels).whole.value == 1.0


def test_slices_and_clusters_are_columns_of_either_file(tmp_path):
    predictions = PREDICTIONS | {"version": ["a", "a", "a", "b", "b", "b"]}
    labels = {"id": ID, "label": LABEL, "region": ["eu", "uk"] * 3}
    gate = Gate(at_least=0.5, slices=Slices(("version", "region"), 1, Conditions(at_least=0.1)), confidence=0.9)
    found = measured(tmp_path, predictions, labels, gate=gate, slices=("version", "region"), cluster="region")
    assert {(part.values["version"], part.values["region"]): part.measured.n for part in found.slices} == {
        ("a", "eu"): 2, ("a", "uk"): 1, ("b", "eu"): 1, ("b", "uk"): 2,
    }  # fmt: skip


def test_a_column_of_both_files_is_no_choice_of_rows(tmp_path):
    both = {"region": ["eu", "uk"] * 3}
    fault = reason(tmp_path, PREDICTIONS | both, LABELS | both, where="region = 'eu'")
    assert "'region'" in fault and "data/predictions" in fault and "data/labels" in fault
    assert measured(tmp_path, PREDICTIONS | both, LABELS | both).whole.n == 6  # where nothing reads it
    assert measured(tmp_path, PREDICTIONS, LABELS, where="id != 'c0'").whole.n == 5  # the key is one column


def test_types_follow_from_the_whole_of_each_file(tmp_path):
    """A class of a label without a row makes a text of the column, as it does in one file."""
    labels = {"id": [*ID, "t"], "label": ["1", "0", "1", "0", "1", "0", "other"]}
    found = measured(tmp_path, PREDICTIONS, labels, held={"missing": 0.2})
    assert (found.whole.value, found.whole.n) == (ACCURACY, 6)
    assert measured(tmp_path, {"id": ID, "label": GUESS}, labels, prediction="label", column_types={"label": "text"},
                    held={"missing": 0.2}).whole.value == ACCURACY  # fmt: skip
    fault = reason(tmp_path, PREDICTIONS, labels, held={"missing": 0.2}, column_types={"label": "integer"})
    assert "'other'" in fault and "label file" in fault


GATE = Gate(no_worse_than=Change("production", 0.5))


def test_each_side_is_measured_by_the_labels_that_its_own_release_pinned(tmp_path):
    before = {"id": ID, "guess": LABEL}
    found = measured(tmp_path, PREDICTIONS, LABELS, baseline=(before, LABELS), gate=GATE)
    assert (found.compared.candidate, found.compared.baseline, found.compared.n) == (ACCURACY, 1.0, 6)
    found = measured(tmp_path, PREDICTIONS, LABELS, baseline=(before, {"id": ID, "label": GUESS}), gate=GATE)
    assert found.whole.value == ACCURACY
    assert (
        found.compared.baseline is None
        and "'label' differs" in found.compared.reason
        and "2 rows" in found.compared.reason
    )


def test_a_baseline_that_lacks_labels_is_not_compared_with(tmp_path):
    few = {"id": ID[:5], "label": LABEL[:5]}
    found = measured(tmp_path, PREDICTIONS, LABELS, baseline=(PREDICTIONS, few), gate=GATE)
    assert found.compared.baseline is None
    assert not lacking(found.compared.reason, "1 row", "baseline's holdout", "without a label")
    assert found.whole.value == ACCURACY


def test_scores_of_another_file_measure_as_in_one(tmp_path):
    scores = [0.9, 0.2, 0.7, 0.4, 0.6, 0.5]
    predictions = pyarrow.table({"id": ID, "score": pyarrow.array(scores, pyarrow.float32())})
    for metric in ("roc_auc", "log_loss", "brier", "average_precision"):
        apart = measured(
            tmp_path, predictions, LABELS, formats=("parquet", "csv"), metric=metric, prediction=None, score="score"
        )
        path = written(tmp_path, "one.parquet", predictions.append_column("label", pyarrow.array(LABEL)))
        data = DataSet("holdout", "", "parquet", "label", "id", score="score")
        whole = measure(ENGINE, data, {"kpi": MeasurementRequest(lookup.find_metric(metric))}, path)["kpi"].whole
        assert whole.value is not None and apart.whole == whole, metric
