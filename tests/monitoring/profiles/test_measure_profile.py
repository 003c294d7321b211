"""The profile of a file: counts that can be checked by hand, and no row of it."""

from __future__ import annotations

import csv
import itertools
import json
import math
import random
from pathlib import Path
from typing import Any

import pytest
from cases import cases

from mlops_gitops.core.errors import Undecided
from mlops_gitops.documents import schema_validation
from mlops_gitops.measurement.engines.duckdb import ENGINE
from mlops_gitops.monitoring.profiles.measure_profile import measure_profile
from mlops_gitops.monitoring.profiles.profile import (
    CategoricalColumn,
    NumericColumn,
    Profile,
    ProfiledData,
    from_json,
    to_bytes,
    to_json,
)
from mlops_gitops.records.kpis import DataSet


def _profile(folder: Path, columns: dict[str, list[Any]], **data: Any) -> Profile:
    path = folder / "data.csv"
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows(itertools.zip_longest(*columns.values(), fillvalue=""))
    return _of_file(path, **data)


def _of_file(path: Path, **data: Any) -> Profile:
    declared = DataSet("holdout", path.name, path.suffix[1:], "label", **data)
    keys = {name for name in (declared.key, declared.cluster) if name}
    return measure_profile(ENGINE, str(path), "churn", declared, ProfiledData(path.name, "md5:0", "0" * 64), keys)


def _number(profile: Profile, name: str) -> NumericColumn:
    column = profile.columns[name]
    assert isinstance(column, NumericColumn), profile.left_out
    return column


def test_numbers(tmp_path: Path) -> None:
    """Forty zeros, thirty ones, thirty twos, five without a value."""
    column = _number(_profile(tmp_path, {"n": [0] * 40 + [1] * 30 + [2] * 30 + [""] * 5, "x": ["a"] * 105}), "n")
    assert (column.rows, column.nulls, column.infinite, column.nan) == (105, 5, 0, 0)
    assert (column.edges, column.counts) == ((0.0, 1.0), (40, 30, 30))
    assert column.mean == 0.9
    assert column.variance == float(f"{(40 * 0.81 + 30 * 0.01 + 30 * 1.21) / 99:.12g}")


def test_what_is_not_finite_is_counted_apart(tmp_path: Path) -> None:
    column = _number(_profile(tmp_path, {"n": [0.5] * 30 + ["inf", "-inf", "nan"]}), "n")
    assert (column.infinite, column.nan, column.edges, column.counts) == (2, 1, (), (30,))
    assert (column.mean, column.variance) == (0.5, 0.0)


def test_categories_under_twenty_rows_are_pooled(tmp_path: Path) -> None:
    profile = _profile(tmp_path, {"region": ["north"] * 20 + ["south"] * 30 + ["Null Island"] * 19 + ["x"]})
    found = profile.columns["region"]
    assert found == CategoricalColumn("category", 70, 0, {"north": 20, "south": 30}, 20, 2, None)
    assert b"Null Island" not in to_bytes(profile)


def test_booleans_and_dates(tmp_path: Path) -> None:
    days = [f"2026-01-{1 + n % 2:02}" for n in range(80)]
    columns = {"paid": ["true"] * 30 + ["false"] * 50, "day": days}
    profile = _profile(tmp_path, columns, column_types={"day": "date"})
    assert profile.columns["paid"] == CategoricalColumn("boolean", 80, 0, {"false": 50, "true": 30}, 0, 0, None)
    day = _number(profile, "day")
    assert (day.kind, day.edges, day.counts) == ("date", (1767225600.0,), (40, 40))


def test_keys_free_text_and_short_columns_are_left_out_by_name(tmp_path: Path) -> None:
    columns = {
        "id": [f"c{n}" for n in range(100)],
        "household": [f"h{n // 4}" for n in range(100)],
        "account": [10_000 + 7 * n for n in range(100)],
        "note": [f"called on {n}" for n in range(100)],
        "essay": ["word " * 20] * 100,
        "rare": [1.5] * 19,
        "age": [20 + n % 5 for n in range(100)],
    }
    profile = _profile(tmp_path, columns, key="id", cluster="household")
    assert list(profile.columns) == ["age"]
    said = {name: reason.split(":")[0] for name, reason in profile.left_out.items()}
    assert said["id"] == said["household"] == "it is a key or a cluster"
    assert said["note"] == said["essay"] == "it is free text"
    assert said["rare"] == "it has 19 values, and 20 are needed"
    assert "columns" in profile.left_out["account"]
    assert profile.clusters == 25


def test_design_effects(tmp_path: Path) -> None:
    """Where the four rows of each of m clusters are equal it is 4·(n-1)/n·m/(m-1); where all means are, nothing."""
    columns = {
        "who": [f"h{n // 4}" for n in range(80)],
        "same": [float(n // 4 % 2) for n in range(80)],
        "even": [float(n % 2) for n in range(80)],
        "kind": ["ab"[n // 4 % 2] for n in range(80)],
    }
    profile = _profile(tmp_path, columns, cluster="who")
    expected = 4 * (79 / 80) * (20 / 19)
    assert _number(profile, "same").design_effect == pytest.approx(expected, rel=1e-11)
    assert _number(profile, "even").design_effect == 0
    assert profile.columns["kind"].design_effect == pytest.approx(expected, rel=1e-11)


def _draws(seed: int) -> list[float]:
    random.seed(seed)
    n = random.randint(20, 3000)
    return [
        lambda: [random.gauss(0, 1) for _ in range(n)],
        lambda: [float(random.randint(0, 3)) for _ in range(n)],
        lambda: [round(random.paretovariate(0.5), 1) for _ in range(n)],
        lambda: [0.0] * (n // 2) + [random.random() for _ in range(n - n // 2)],
        lambda: [-1.0] + [7.5] * (n - 2) + [9.0],
    ][seed % 5]()


@cases("seed", range(20))
def test_no_bin_is_small_and_no_edge_an_extreme(seed: int, tmp_path: Path) -> None:
    values = _draws(seed)
    column = _number(_profile(tmp_path, {"n": [*map(repr, values)]}), "n")
    bounds = [-math.inf, *column.edges, math.inf]
    held = [sum(low < value <= high for value in values) for low, high in itertools.pairwise(bounds)]
    assert held == list(column.counts)
    assert min(held) >= 20
    for extreme in (min(values), max(values)):
        assert extreme not in column.edges or values.count(extreme) >= 20


def test_the_same_bytes_and_back(tmp_path: Path) -> None:
    random.seed(1)
    columns = {"n": [random.random() for _ in range(500)], "c": [random.choice("abc") for _ in range(500)]}
    profile = _profile(tmp_path, columns)
    assert to_bytes(profile) == to_bytes(_profile(tmp_path, columns))
    data = json.loads(to_bytes(profile))
    assert [*schema_validation.reference_validator("profile").iter_errors(data)] == []
    assert from_json(data) == profile
    data["columns"]["n"]["counts"][0] += 1
    with pytest.raises(Undecided, match="contradicts itself"):
        from_json(data)
    assert not schema_validation.reference_validator("profile").is_valid(to_json(profile) | {"more": 1})


@cases("text, reason", [("", "empty"), ("a,b\n", "no rows"), ("a,b\n1\n", "line 2"), ("a\n\xff\n", "UTF-8")])
def test_what_cannot_be_profiled(text: str, reason: str, tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(Undecided) as fault:
        _of_file(path)
    assert "data.csv cannot be profiled" in fault.value.message
    assert reason in fault.value.message


def test_nested_columns_of_parquet(tmp_path: Path) -> None:
    import duckdb

    path = tmp_path / "data.parquet"
    duckdb.sql(f"COPY (SELECT [1, 2] AS list, range AS n FROM range(50)) TO '{path}'")
    profile = _of_file(path)
    assert profile.left_out["list"] == "its type INTEGER[] is not profiled"
    assert list(profile.left_out) == ["list", "n"]
