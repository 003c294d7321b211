"""A window counted beside the profile of its release."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from cases import cases
from messages import lacking

from mlops_gitops.core.errors import Undecided
from mlops_gitops.core.frozen import replace
from mlops_gitops.measurement.engines.duckdb import ENGINE
from mlops_gitops.monitoring.profiles import scan
from mlops_gitops.monitoring.profiles.measure_profile import measure_profile
from mlops_gitops.monitoring.profiles.profile import CategoricalColumn, Column, NumericColumn, ProfiledData
from mlops_gitops.monitoring.profiles.scan import scan_window
from mlops_gitops.monitoring.profiles.window_scan import ColumnScan, LimitScan, WindowScan
from mlops_gitops.records.kpis import DataSet
from mlops_gitops.records.monitoring import ColumnLimits

AGE = NumericColumn("number", 60, 0, 0, 0, (20.0, 40.0), (20, 20, 20), 30.0, 100.0, None)
REGION = CategoricalColumn("category", 60, 0, {"north": 30, "south": 25}, 5, 2, None)
MEMBER = CategoricalColumn("boolean", 60, 0, {"false": 30, "true": 30}, 0, 0, None)
SINCE = NumericColumn("date", 60, 0, 0, 0, (1767225600.0,), (30, 30), 0.0, 1.0, None)


def _write(folder: Path, form: str, columns: Mapping[str, list[Any]]) -> Path:
    path = folder / f"window.{form}"
    if form == "parquet":
        pq.write_table(pa.table(dict(columns)), path)
    else:
        rows = zip(*columns.values(), strict=True)
        lines = [",".join("" if value is None else str(value) for value in row) for row in rows]
        path.write_text("\n".join([",".join(columns), *lines]) + "\n")
    return path


def _scan(path: Path, columns: Mapping[str, Column] | None = None, where: str | None = None,
          **limits: ColumnLimits) -> WindowScan:  # fmt: skip
    data = DataSet("window", path.name, path.suffix[1:], "", where=where)
    held = {("w", name): limit for name, limit in limits.items()}
    return scan_window(ENGINE, str(path), data, columns or {}, held)


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_numbers_are_counted_in_the_profiles_bins(form: str, tmp_path: Path) -> None:
    """An edge belongs to the bin below it, and the outer bins are open."""
    ages = [-5, 20, 20, 21, 40, 41, 1000, None]
    found = _scan(_write(tmp_path, form, {"age": ages, "id": list(range(8))}), {"age": AGE})
    assert found.rows == 8
    assert found.columns == {"age": ColumnScan(8, 1, counts=(3, 2, 2))}


def test_nan_and_infinities_are_in_no_bin(tmp_path: Path) -> None:
    ages = [10.0, math.nan, math.inf, -math.inf, None]
    found = _scan(_write(tmp_path, "parquet", {"age": pa.array(ages, pa.float64(), from_pandas=False)}), {"age": AGE})
    assert found.columns == {"age": ColumnScan(5, 1, infinite=2, nan=1, counts=(1, 0, 0))}


def test_a_column_of_nan_alone_has_no_value_in_a_bin(tmp_path: Path) -> None:
    """DuckDB answers `isnan` from the statistics of a Parquet file, which leave NaN out."""
    path = _write(tmp_path, "parquet", {"age": pa.array([math.nan] * 3, pa.float64(), from_pandas=False)})
    assert _scan(path, {"age": AGE}).columns == {"age": ColumnScan(3, 0, nan=3, counts=(0, 0, 0))}


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_categories_and_those_that_are_new(form: str, tmp_path: Path) -> None:
    """A new value is named where 20 rows share it: of fewer, it might tell who they are."""
    regions = ["north"] * 2 + ["south"] + ["center"] * 20 + ["west"] * 21 + ["Null Island"] * 19 + [None]
    found = _scan(_write(tmp_path, form, {"region": regions, "id": list(range(64))}), {"region": REGION})
    counts = {"categories": {"north": 2, "south": 1}, "other": 60, "other_values": 3}
    assert found.columns == {"region": ColumnScan(64, 1, **counts, examples=("west", "center"))}


def test_the_empty_text_is_a_category_as_any_other(tmp_path: Path) -> None:
    column = replace(REGION, categories={"": 30, "=": 25, "it's": 20})
    found = _scan(_write(tmp_path, "parquet", {"region": ["", "", "=", "it's", "north", None]}), {"region": column})
    assert found.columns["region"].categories == {"": 2, "=": 1, "it's": 1}
    assert (found.columns["region"].other, found.columns["region"].nulls) == (1, 1)


def test_very_many_new_values_are_estimated(tmp_path: Path) -> None:
    names = [f"name {n}" for n in range(20_000)]
    found = _scan(_write(tmp_path, "parquet", {"region": names + ["north"] * 30}), {"region": REGION}).columns["region"]
    assert (found.other, found.examples) == (20_000, ())
    assert found.other_values == pytest.approx(20_000, rel=0.1)


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_booleans_and_dates(form: str, tmp_path: Path) -> None:
    days = [date(2025, 12, 31), date(2026, 1, 1), date(2026, 1, 2)]
    path = _write(tmp_path, form, {"member": [True, False, True], "since": days})
    found = _scan(path, {"member": MEMBER} | ({"since": SINCE} if form == "parquet" else {}))
    assert found.columns["member"].categories == {"false": 1, "true": 2}
    if form == "parquet":
        assert found.columns["since"].counts == (2, 1)


def test_a_time_with_a_zone_is_the_same_moment(tmp_path: Path) -> None:
    moments = pa.array([datetime(2026, 1, 1, 0, 30, tzinfo=UTC), datetime(2025, 12, 31, 23, 30, tzinfo=UTC)],
                       pa.timestamp("us", tz="Asia/Tokyo"))  # fmt: skip
    assert _scan(_write(tmp_path, "parquet", {"since": moments}), {"since": SINCE}).columns["since"].counts == (1, 1)


def test_digits_are_categories_where_the_profile_has_categories(tmp_path: Path) -> None:
    """A CSV file has no types: a window of digits alone would be read as numbers."""
    found = _scan(_write(tmp_path, "csv", {"region": ["007", "7"]}), {"region": REGION})
    assert (found.columns["region"].other, found.columns["region"].other_values, found.retyped) == (2, 2, {})


def test_missing_and_retyped_columns_are_named(tmp_path: Path) -> None:
    path = _write(tmp_path, "csv", {"age": ["old", "young"], "more": [1, 2]})
    found = _scan(path, {"age": AGE, "region": REGION})
    assert (found.missing, found.retyped) == (("region",), {"age": ("number", "category")})
    assert found.columns == {"age": ColumnScan(2, 0, counts=(0, 0, 0), unread=2)}


@cases(
    "column, values, unread",
    [
        (AGE, ["1", "2", "", "three"], 1),
        (AGE, ["1", "007", "1_000", "0x1", ""], 3),
        (AGE, ["1e3", "-0.5", "inf", " 7 ", "NaN"], 0),
        (MEMBER, ["true", "F", "yes", "maybe", "1"], 2),
        (SINCE, ["2026-01-01", "2026-01-01T10:00:00Z", "yesterday", "2026-02-30"], 2),
    ],
)
def test_one_value_of_another_kind_in_csv_is_counted(
    column: Column, values: list[str], unread: int, tmp_path: Path
) -> None:
    found = _scan(_write(tmp_path, "csv", {"x": values, "id": values}), {"x": column}, x=ColumnLimits(nulls=0.5))
    assert found.columns["x"].unread == unread
    assert found.columns["x"].nulls == values.count("")
    assert found.retyped == ({"x": (column.kind, "category")} if unread else {})
    assert lacking(found.limited["w", "x"].fault, *(["x", str(unread), column.kind] if unread else [])) == []


@cases(
    "type, kind, fits",
    [
        ("number", AGE, True),
        ("integer", AGE, False),
        ("text", REGION, True),
        ("text", AGE, False),
        ("date", SINCE, False),
    ],
)
def test_a_declared_type_counts(type: str, kind: Column, fits: bool, tmp_path: Path) -> None:
    data = DataSet("window", "", "csv", "", column_types={"x": type})
    path = _write(tmp_path, "csv", {"x": ["1", "2.5"], "id": [1, 2]})
    found = scan_window(ENGINE, str(path), data, {"x": kind}, {})
    assert (found.retyped == {}) is fits
    assert found.columns["x"].nulls == 0


def test_parquet_of_another_type_is_retyped(tmp_path: Path) -> None:
    path = _write(tmp_path, "parquet", {"age": ["1"], "region": [1], "member": [1.0], "since": [[1]]})
    found = _scan(path, {"age": AGE, "region": REGION, "member": MEMBER, "since": SINCE})
    assert {name: kinds[1] for name, kinds in found.retyped.items()} == {
        "age": "category", "region": "number", "member": "number", "since": "BIGINT[]",
    }  # fmt: skip


def test_numbers_of_each_type_fall_into_the_same_bins(tmp_path: Path) -> None:
    types = (pa.decimal128(9, 3), pa.float16(), pa.float32(), pa.uint64(), pa.int8())
    ages = {str(type): pa.array([20.0, 21.0, 40.0, 41.0, None], pa.float32()).cast(type) for type in types}
    found = _scan(_write(tmp_path, "parquet", ages), dict.fromkeys(ages, AGE)).columns
    assert found == dict.fromkeys(ages, ColumnScan(5, 1, counts=(1, 2, 1)))


def test_dates_that_are_infinite(tmp_path: Path) -> None:
    import duckdb

    path = tmp_path / "window.parquet"
    duckdb.sql(f"COPY (SELECT unnest([DATE 'infinity', DATE '2026-01-01', NULL]) AS since) TO '{path}'")
    assert _scan(path, {"since": SINCE}).columns == {"since": ColumnScan(3, 1, infinite=1, counts=(1, 0))}


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_a_folder_of_parts_is_one_window(form: str, tmp_path: Path) -> None:
    for place, ages in enumerate([[10, 20], [30], [50, 60]]):
        folder = tmp_path / f"part={place}"
        folder.mkdir()
        _write(folder, form, {"age": ages, "id": ages})
    data = DataSet("window", "", form, "")
    found = scan_window(ENGINE, str(tmp_path), data, {"age": AGE}, {("w", "id"): ColumnLimits(unique=True)})
    assert (found.rows, found.columns["age"].counts, found.limited["w", "id"].repeated) == (5, (2, 1, 2), 0)


@cases(
    "text, reason",
    [("", "empty"), ("age,age\n1,2\n", "two columns"), ("age,id\n1\n", "line 2"), ("age\n\xff\n", "UTF-8")],
)
def test_a_file_that_cannot_be_read_has_one_reason(text: str, reason: str, tmp_path: Path) -> None:
    path = tmp_path / "window.csv"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(Undecided) as fault:
        _scan(path, {"age": AGE})
    assert lacking(fault.value.message, reason) == []
    assert "\n" not in fault.value.message


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_a_column_without_any_value_is_of_every_type(form: str, tmp_path: Path) -> None:
    path = _write(tmp_path, form, {"age": [None, None], "id": [1, 2]})
    found = _scan(path, {"age": AGE})
    assert (found.retyped, found.columns["age"].nulls, found.columns["age"].rows) == ({}, 2, 2)


def test_a_window_without_rows_has_none(tmp_path: Path) -> None:
    found = _scan(_write(tmp_path, "csv", {"age": []}), {"age": AGE}, age=ColumnLimits(min=18))
    assert (found.rows, found.limited["w", "age"]) == (0, LimitScan(0, 0))


def test_only_the_rows_of_the_filter_count(tmp_path: Path) -> None:
    path = _write(tmp_path, "csv", {"age": [10, 30, 50], "version": ["1.0.0", "1.1.0", "1.1.0"]})
    found = _scan(path, {"age": AGE}, "version = '1.1.0'", age=ColumnLimits(max=40))
    assert (found.rows, found.columns["age"].counts, found.limited["w", "age"].above) == (2, (0, 1, 1), 1)


@cases(
    "values, limit, counts",
    [
        ([17, 18, 120, 121, None], ColumnLimits(min=18, max=120), {"below": 1, "above": 1, "nulls": 1}),
        ([1.5, math.nan, math.inf], ColumnLimits(max=2), {"above": 1, "nulls": 1}),
        (["a", "b", "$1", None], ColumnLimits(values=("a", "$1")), {"unlisted": 1, "nulls": 1}),
        (["a", *["b"] * 20, "c"], ColumnLimits(values=("a",)), {"unlisted": 21, "examples": ("b",)}),
        ([1, 2, 2, 3, 3, 3, None, None], ColumnLimits(unique=True), {"repeated": 5, "nulls": 2}),
        ([date(2026, 1, 1), date(2026, 2, 1)], ColumnLimits(max="2026-01-31"), {"above": 1}),
        ([True, False], ColumnLimits(values=(True,)), {"unlisted": 1}),
    ],
)
def test_what_breaks_a_limit_is_counted(
    values: list[Any], limit: ColumnLimits, counts: dict[str, Any], tmp_path: Path
) -> None:
    array = pa.array(values, from_pandas=False)
    found = _scan(_write(tmp_path, "parquet", {"column": array}), column=limit)
    expected: dict[str, Any] = {"nulls": 0} | counts
    assert found.limited == {("w", "column"): LimitScan(len(values), **expected)}


def test_two_watches_may_limit_one_column(tmp_path: Path) -> None:
    data = DataSet("window", "window.csv", "csv", "")
    path = _write(tmp_path, "csv", {"age": [10, 30, 50]})
    limits = {("a", "age"): ColumnLimits(min=20), ("b", "age"): ColumnLimits(min=40)}
    found = scan_window(ENGINE, str(path), data, {}, limits).limited
    assert (found["a", "age"].below, found["b", "age"].below) == (1, 2)


@cases(
    "limit, fact",
    [(ColumnLimits(min="2026-01-01"), "min"), (ColumnLimits(values=("a",)), "values")],
)
def test_a_limit_that_does_not_compare_is_named(limit: ColumnLimits, fact: str, tmp_path: Path) -> None:
    found = _scan(_write(tmp_path, "parquet", {"age": [1, 2]}), age=limit, other=ColumnLimits(unique=True))
    assert lacking(found.limited["w", "age"].fault, "age", "BIGINT", fact) == []
    assert "other" in found.limited["w", "other"].fault


def test_a_window_is_read_as_its_profile_was(tmp_path: Path) -> None:
    """The data that was profiled, scanned as a window, has the counts of the profile."""
    columns = {"age": [each % 97 / 3 for each in range(500)], "region": ["north", "south", "center"] * 166 + ["x"] * 2}
    path = _write(tmp_path, "csv", columns)
    declared = DataSet("holdout", path.name, "csv", "label")
    profile = measure_profile(ENGINE, str(path), "churn", declared, ProfiledData(path.name, "md5:0", "0" * 64), ())
    found = _scan(path, profile.columns)
    age, region = profile.columns["age"], profile.columns["region"]
    assert isinstance(age, NumericColumn)
    assert isinstance(region, CategoricalColumn)
    assert found.columns["age"].counts == age.counts
    assert (found.columns["region"].categories, found.columns["region"].other) == (region.categories, region.other)


def test_a_file_that_is_none_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "window.parquet"
    path.write_bytes(b"PAR1 not really PAR1")
    with pytest.raises(Undecided):
        _scan(path, {"age": AGE})


@pytest.mark.parametrize(
    "text, fact",
    [("age,note\n1,a\n2\n", "line 3"), ('age,note\n1,"a\n', "quote"), ("age,note\n1,a,b\n", "line 2")],
)
def test_a_row_that_cannot_be_read_is_named_though_no_column_of_it_is_counted(
    tmp_path: Path, text: str, fact: str
) -> None:
    """Rows are read by the count itself, and by nothing before it."""
    path = tmp_path / "window.csv"
    path.write_text(text)
    with pytest.raises(Undecided) as fault:
        _scan(path, {"age": AGE})
    assert lacking(fault.value.message, fact) == []


def test_a_file_of_too_many_rows_is_refused_before_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scan, "MOST_ROWS", 3)
    path = _write(tmp_path, "parquet", {"age": [1, 2, 3]})
    assert _scan(path, {"age": AGE}).rows == 3
    path = _write(tmp_path, "parquet", {"age": [1, 2, 3, 4]})
    with pytest.raises(Undecided) as fault:
        _scan(path, {"age": AGE})
    assert lacking(fault.value.message, "4 rows", "at most 3") == []
