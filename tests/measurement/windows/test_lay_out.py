"""Rows of live windows put together as two files, and their keys beside those of training data."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest
from cases import cases
from messages import lacking

from mlops_gitops.core.errors import Undecided
from mlops_gitops.core.frozen import replace
from mlops_gitops.measurement.engines.duckdb import ENGINE
from mlops_gitops.measurement.windows.lay_out import LabelledWindow, LaidOut, lay_out
from mlops_gitops.measurement.windows.shared_keys import KeyedFile, SharedKeys, shared_keys
from mlops_gitops.records.kpis import DataSet, LabelFile

ROWS = "id,age,p,test\n007,31,0.5,no\nb,40,0.25,no\nc,22,0.75,yes\n"
LABELS = "who,left\nb,1\nc,0\n007,0\n"
MORE, ANSWERS = "id,age,p,test\nd,51,0.9,no\n", "who,left\nd,1\n"


def _window(folder: Path, name: str, rows: str, labels: str, missing: float = 0.0) -> LabelledWindow:
    folder.mkdir(exist_ok=True)
    places = [folder / f"{name}-{kind}.csv" for kind in ("rows", "labels")]
    for place, text in zip(places, (rows, labels), strict=True):
        place.write_text(text)
    held = LabelFile("labels.csv", "csv", "who", "left", missing)
    data = DataSet(name, "rows.csv", "csv", "left", "id", score="p", where="test = 'no'", labels=held)
    return LabelledWindow(data, *map(str, places))


def _to(folder: Path, **named: str) -> LaidOut:
    return LaidOut((f"{folder}/rows.csv", "csv"), (f"{folder}/labels.csv", "csv"), named, "key", "label")


def _laid_out(folder: Path, *windows: LabelledWindow, **named: str) -> tuple[str, str]:
    assert lay_out(ENGINE, windows, _to(folder, **named)) > 0
    return (folder / "rows.csv").read_text(), (folder / "labels.csv").read_text()


def test_rows_that_the_filter_keeps_are_there_as_they_were_with_the_names_of_kpis_yaml(tmp_path: Path) -> None:
    first, second = _window(tmp_path, "monday", ROWS, LABELS), _window(tmp_path, "tuesday", MORE, ANSWERS)
    rows, labels = _laid_out(tmp_path, first, second, score="p", id="id")
    assert rows == "id,age,p,test,score\n007,31,0.5,no,0.5\nb,40,0.25,no,0.25\nd,51,0.9,no,0.9\n"
    assert labels == "key,label\n007,0\nb,1\nd,1\n"


def test_the_order_in_which_rows_arrived_does_not_count(tmp_path: Path) -> None:
    found = _laid_out(tmp_path, _window(tmp_path, "monday", ROWS, LABELS))
    header, *lines = ROWS.splitlines()
    turned = "\n".join([header, *reversed(lines)]) + "\n"
    assert _laid_out(tmp_path, _window(tmp_path, "monday", turned, LABELS)) == found


def test_parquet_stays_parquet_byte_by_byte(tmp_path: Path) -> None:
    def written(name: str) -> bytes:
        window = _window(tmp_path, "monday", ROWS, LABELS)
        place = str(tmp_path / "rows-in.parquet")
        rows = f"SELECT id, age::INT AS age, p::FLOAT AS p, test FROM read_csv('{window.scored}', all_varchar=true)"
        duckdb.sql(f"COPY ({rows}) TO '{place}' (FORMAT parquet)")
        window = replace(window, data=replace(window.data, format="parquet"), scored=place)
        to = replace(_to(tmp_path), rows=(str(tmp_path / name), "parquet"))
        assert lay_out(ENGINE, [window], to) == 2
        return (tmp_path / name).read_bytes()

    assert written("a.parquet") == written("b.parquet")
    columns = {name: str(kind) for name, kind, *_ in duckdb.sql(f"DESCRIBE '{tmp_path}/a.parquet'").fetchall()}
    assert columns == {"id": "VARCHAR", "age": "INTEGER", "p": "FLOAT", "test": "VARCHAR"}


@cases(
    "rows, labels, named, facts",
    [
        pytest.param(MORE.replace("\nd,", "\nb,"), "who,left\nb,1\n", {}, ("1 key", "b"), id="a key in two windows"),
        pytest.param(MORE.replace("age", "years"), ANSWERS, {}, ("tuesday", "columns", "monday"), id="other columns"),
        pytest.param(MORE, "who,left\nx,1\nd,1\n", {}, ("1 label", "rows.csv"), id="a label without a row"),
        pytest.param(MORE, ANSWERS, {"age": "p"}, ("'age'", "'p'", "kpis.yaml"), id="a name that is taken"),
        pytest.param(MORE, "who,gone\nd,1\n", {}, ("'left'", "tuesday"), id="no label column"),
    ],
)
def test_what_is_not_whole_is_not_laid_out(
    tmp_path: Path, rows: str, labels: str, named: dict[str, str], facts: tuple[str, ...]
) -> None:
    windows = (_window(tmp_path, "monday", ROWS, LABELS), _window(tmp_path, "tuesday", rows, labels))
    with pytest.raises(Undecided) as caught:
        lay_out(ENGINE, windows, _to(tmp_path, **named))
    assert lacking(caught.value.message, *facts) == []
    assert not (tmp_path / "rows.csv").exists()


def test_a_share_of_labels_may_be_missing_and_such_rows_are_left_out(tmp_path: Path) -> None:
    window = _window(tmp_path, "monday", ROWS, "who,left\nc,0\n007,0\n", missing=0.5)
    assert _laid_out(tmp_path, window)[1] == "key,label\n007,0\n"


def _keys(folder: Path, name: str, values: str) -> KeyedFile:
    place = folder / f"{name}.parquet"
    duckdb.sql(f"COPY (SELECT unnest({values}) AS id) TO '{place}' (FORMAT parquet)")
    return KeyedFile(name, str(place), "parquet", "id")


@cases(
    "mine, theirs, shared",
    [
        (["a", "b", "c"], ["c", "d", "a"], SharedKeys(2, 3, ("a", "c"))),
        (["a", "b"], ["A", "c"], SharedKeys(0, 2)),
        ([1, 2, 3], ["03", "4", "x"], SharedKeys(1, 3, ("3",))),
        ([1, 1, 2], [1, 1], SharedKeys(1, 2, ("1",))),
    ],
)
def test_keys_that_two_files_share_are_counted_and_named(
    tmp_path: Path, mine: list[object], theirs: list[object], shared: SharedKeys
) -> None:
    assert shared_keys(ENGINE, _keys(tmp_path, "rows", str(mine)), _keys(tmp_path, "train", str(theirs))) == shared


@cases(
    "change, facts",
    [
        ({"key": "customer"}, ("train", "'customer'", "'id'")),
        ({"path": "/nowhere.parquet"}, ("train",)),
    ],
)
def test_keys_that_cannot_be_read_are_not_taken_for_others(
    tmp_path: Path, change: dict[str, str], facts: tuple[str, ...]
) -> None:
    mine, theirs = _keys(tmp_path, "rows", "[1]"), _keys(tmp_path, "train", "[2]")
    with pytest.raises(Undecided) as caught:
        shared_keys(ENGINE, mine, replace(theirs, **change))
    assert lacking(caught.value.message, *facts) == []


def test_numbers_with_and_without_a_fraction_do_not_compare_as_keys(tmp_path: Path) -> None:
    mine, theirs = _keys(tmp_path, "rows", "[1, 2]"), _keys(tmp_path, "train", "[1.0::DOUBLE]")
    with pytest.raises(Undecided) as caught:
        shared_keys(ENGINE, mine, theirs)
    assert lacking(caught.value.message, "INTEGER", "DOUBLE", "train") == []
