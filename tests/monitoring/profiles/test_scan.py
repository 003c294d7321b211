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
from mlops_gitops.measurement.engines.duckdb import ENGINE
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
    return scan_window(ENGINE, str(path), data, columns or {}, {("w", name): limit for name, limit in limits.items()})


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
    regions = ["north", "north", "south", "center", "west", None]
    found = _scan(_write(tmp_path, form, {"region": regions, "id": list(range(6))}), {"region": REGION})
    scanned = ColumnScan(6, 1, categories={"north": 2, "south": 1}, other=2, examples=("center", "west"))
    assert found.columns == {"region": scanned}


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
    assert (found.columns["region"].other, found.columns["region"].examples, found.retyped) == (2, ("007", "7"), {})


def test_missing_and_retyped_columns_are_named(tmp_path: Path) -> None:
    path = _write(tmp_path, "csv", {"age": ["old", "young"], "more": [1, 2]})
    found = _scan(path, {"age": AGE, "region": REGION})
    assert (found.missing, found.retyped) == (("region",), {"age": ("number", "category")})


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
        (["a", "b", "$1", None], ColumnLimits(values=("a", "$1")), {"unlisted": 1, "examples": ("b",), "nulls": 1}),
        ([1, 2, 2, 3, 3, 3, None, None], ColumnLimits(unique=True), {"repeated": 5, "nulls": 2}),
        ([date(2026, 1, 1), date(2026, 2, 1)], ColumnLimits(max="2026-01-31"), {"above": 1}),
        ([True, False], ColumnLimits(values=(True,)), {"unlisted": 1, "examples": ("false",)}),
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
