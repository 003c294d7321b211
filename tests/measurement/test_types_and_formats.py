"""Every type of column in every role, in CSV and in Parquet: the value of scikit-learn, or both refuse by name."""

from __future__ import annotations

import csv
import datetime
import decimal

import numpy as np
import pyarrow
import pyarrow.parquet
import pytest
import sklearn.metrics
from cases import cases
from measured import near

from mlops_gitops.measurement.contract import MeasurementRequest
from mlops_gitops.measurement.engines.duckdb import ENGINE
from mlops_gitops.measurement.measure import measure
from mlops_gitops.metrics import lookup
from mlops_gitops.records.gate import Change, Conditions, Gate, Slices
from mlops_gitops.records.kpis import DataSet

ROWS = 48
SEEN = np.random.default_rng(20261129)
LABEL, GUESS = SEEN.integers(0, 3, ROWS), SEEN.integers(0, 3, ROWS)
BINARY = LABEL % 2
WORDS = ["no", "it's", "É"]
DAYS = [datetime.date(2026, 1, 31), datetime.date(1999, 2, 1), datetime.date(2026, 2, 28)]
NOON = datetime.datetime(2026, 1, 31, 12, 30, 0, 250_000)
TIMES = [NOON, datetime.datetime(2026, 1, 31), datetime.datetime(1999, 2, 1)]
SHARES = [0.1, 0.7, 0.9]
# By the name of a type: that of Arrow, the declared one, and three values.
TYPES = {
    "float16": (pyarrow.float16(), "float32", [np.float16(share) for share in SHARES]),
    "float32": (pyarrow.float32(), "float32", [np.float32(share) for share in SHARES]),
    "float64": (pyarrow.float64(), "number", SHARES),
    "decimal": (pyarrow.decimal128(9, 3), "number", [decimal.Decimal(text) for text in ("0.100", "0.700", "0.900")]),
    "bool": (pyarrow.bool_(), "boolean", [False, True, True]),
    "int8": (pyarrow.int8(), "integer", [0, 1, -(2**7)]),
    "int16": (pyarrow.int16(), "integer", [0, 1, 2**15 - 1]),
    "int32": (pyarrow.int32(), "integer", [0, 1, -(2**31)]),
    "int64": (pyarrow.int64(), "integer", [0, 1, 2**53 - 1]),
    "uint64": (pyarrow.uint64(), "integer", [0, 1, 2**52]),
    "string": (pyarrow.string(), "text", WORDS),
    "categorical": (pyarrow.dictionary(pyarrow.int8(), pyarrow.string()), "text", WORDS),
    "dictionary": (pyarrow.dictionary(pyarrow.int32(), pyarrow.int64()), "integer", [0, 1, 7]),
    "date": (pyarrow.date32(), "date", DAYS),
    "timestamp": (pyarrow.timestamp("us"), "timestamp", TIMES),
}  # fmt: skip
NUMBERS = ("float", "decimal", "int", "uint", "dictionary")


def text(value):
    """A value as a program writes it to CSV."""
    if isinstance(value, np.floating):
        return repr(float(value))
    return str(value).lower() if isinstance(value, bool) else str(value)


def literal(value):
    """A value as `where` names it."""
    quoted = not isinstance(value, bool | int | float | np.floating | decimal.Decimal)
    return "'" + text(value).replace("'", "''") + "'" if quoted else text(value)


@pytest.fixture
def both(tmp_path):
    """Measures columns of (Arrow's type, values) from a CSV and from a Parquet file."""

    def write(name, columns):
        table = pyarrow.table({column: pyarrow.array(values, type) for column, (type, values) in columns.items()})
        pyarrow.parquet.write_table(table, tmp_path / f"{name}.parquet")
        with (tmp_path / f"{name}.csv").open("w", newline="") as file:
            cells = zip(*([text(value) for value in values] for _, values in columns.values()), strict=True)
            csv.writer(file).writerows([list(columns), *cells])

    def run(columns, requests, baseline=None, **declared):
        write("candidate", columns)
        if baseline:
            write("baseline", baseline)
        found = {}
        for file_format in ("csv", "parquet"):
            paths = [str(tmp_path / f"{side}.{file_format}") for side in ("candidate", "baseline")]
            data = DataSet("holdout", "", file_format, **declared)
            found[file_format] = measure(ENGINE, data, requests, *paths[: 2 if baseline else 1])
        return found

    return run


def requests(*metrics, gate=None):
    return {name: MeasurementRequest(lookup.find_metric(name), gate) for name in metrics}


def integers(values):
    return pyarrow.int64(), [int(value) for value in values]


@cases("name", TYPES)
def test_labels_predictions_slices_and_filters(both, name):
    arrow, declared, values = TYPES[name]
    columns = {"label": (arrow, [values[code] for code in LABEL]), "guess": (arrow, [values[code] for code in GUESS])}
    columns["part"] = columns["label"][0], columns["label"][1][::-1]
    gate = Gate(at_least=0.1, slices=Slices(("part",), 1, Conditions()))
    types = dict.fromkeys(columns, declared)
    known = {"prediction": "guess", "label": "label", "column_types": types}
    codes = [(LABEL, GUESS, LABEL[::-1]), (LABEL > 0, GUESS > 0, LABEL[::-1] > 0)][name == "bool"]
    found = both(columns, requests("accuracy", "f1_macro", gate=gate), **known)
    kept = both(columns, requests("accuracy"), where=f"part = {literal(values[0])}", **known)
    groups = {part: codes[2] == part for part in set(codes[2].tolist())}
    accuracies = sorted(sklearn.metrics.accuracy_score(codes[0][rows], codes[1][rows]) for rows in groups.values())
    first = codes[2] == 0
    for file_format in ("csv", "parquet"):
        accuracy, f1 = (found[file_format][metric].whole for metric in ("accuracy", "f1_macro"))
        assert accuracy.value == near(sklearn.metrics.accuracy_score(*codes[:2])), (file_format, accuracy.reason)
        assert f1.value == near(sklearn.metrics.f1_score(*codes[:2], average="macro")), file_format
        slices = found[file_format]["accuracy"].slices
        assert sorted(part.measured.value for part in slices) == [near(value) for value in accuracies], file_format
        own = kept[file_format]["accuracy"].whole
        assert (own.value, own.n) == (near((codes[0] == codes[1])[first].mean()), first.sum()), (
            file_format,
            own.reason,
        )
    names = [{part.name for part in found[file_format]["accuracy"].slices} for file_format in found]
    assert names[0] == names[1]


@cases("name", TYPES)
def test_scores(both, name):
    arrow, declared, values = TYPES[name]
    columns = {"label": integers(BINARY), "score": (arrow, [values[code] for code in GUESS])}
    known = {"label": "label", "score": "score", "threshold": 0.7, "column_types": {"score": declared}}
    found = both(columns, requests("roc_auc", "accuracy", "brier"), **known)
    if not name.startswith(NUMBERS):
        for file_format in found:
            reason = found[file_format]["roc_auc"].whole.reason
            assert "column 'score' of holdout is" in reason and "where a number is needed" in reason, reason
        return
    score = np.array([float(values[code]) for code in GUESS])
    threshold = float(np.float32(0.7)) if declared == "float32" else 0.7
    for file_format in found:
        measured = {metric: measurement.whole for metric, measurement in found[file_format].items()}
        assert measured["roc_auc"].value == near(sklearn.metrics.roc_auc_score(BINARY, score)), file_format
        assert measured["accuracy"].value == near(((score >= threshold) == BINARY).mean()), file_format
        if score.min() >= 0 and score.max() <= 1:
            assert measured["brier"].value == near(sklearn.metrics.brier_score_loss(BINARY, score)), file_format
        else:
            assert "outside [0, 1]" in measured["brier"].reason


@cases("name", [name for name in TYPES if name != "bool"])
def test_keys_and_clusters(both, name):
    arrow, declared, values = TYPES[name]
    steps = {"date": datetime.timedelta(days=1), "timestamp": datetime.timedelta(seconds=1)}
    if declared == "text":
        keys = [f"{values[1]} {row}" for row in range(ROWS)]
    elif declared == "integer":
        keys = list(range(ROWS))
    elif name in steps:
        keys = [values[1] + row * steps[name] for row in range(ROWS)]
    else:
        keys = [type(values[0])(row / 8) for row in range(ROWS)]
    columns = {"id": (arrow, keys), "label": integers(LABEL), "guess": integers(GUESS)}
    columns["group"] = arrow, [values[code] for code in GUESS]
    baseline = {column: (own, values[::-1]) for column, (own, values) in columns.items()}
    baseline["guess"] = integers(np.roll(GUESS, 1)[::-1])
    gate = Gate(no_worse_than=Change("production", 0.5), confidence=0.9)
    known = {"prediction": "guess", "label": "label", "key": "id", "cluster": "group"}
    types = {"id": declared, "group": declared}
    found = both(columns, requests("accuracy", gate=gate), baseline, column_types=types, **known)
    for file_format in found:
        compared = found[file_format]["accuracy"].compared
        expected = [near((guess == LABEL).mean()) for guess in (GUESS, np.roll(GUESS, 1))]
        assert (compared.reason, compared.n) == ("", ROWS), (file_format, compared)
        assert [compared.candidate, compared.baseline] == expected, file_format
    assert found["csv"]["accuracy"] == found["parquet"]["accuracy"]
