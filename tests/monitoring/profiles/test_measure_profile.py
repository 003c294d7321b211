"""The profile of a file: counts that can be checked by hand, and no row of it."""

from __future__ import annotations

import csv
import itertools
import json
import math
import random
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from cases import cases

from mlops_gitops.core.errors import Undecided
from mlops_gitops.documents import read_document, schema_validation
from mlops_gitops.measurement.engines.duckdb import ENGINE
from mlops_gitops.monitoring.profiles.measure_profile import measure_profile
from mlops_gitops.monitoring.profiles.profile import (
    CategoricalColumn,
    NumericColumn,
    Profile,
    ProfiledData,
    from_document,
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


def test_no_bin_is_small_and_no_edge_an_extreme(tmp_path: Path) -> None:
    drawn = {f"seed {seed}": _draws(seed) for seed in range(20)}
    profile = _profile(tmp_path, {name: [*map(repr, values)] for name, values in drawn.items()})
    for name, values in drawn.items():
        column = _number(profile, name)
        held = np.diff([0, *np.searchsorted(sorted(values), column.edges, side="right"), len(values)]).tolist()
        assert held == list(column.counts), name
        assert min(held) >= 20, name
        for extreme in (min(values), max(values)):
            assert extreme not in column.edges or values.count(extreme) >= 20, name


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


def _large(folder: Path, sql: str, rows: int = 450_000) -> Path:
    import duckdb

    path = folder / "large.parquet"
    duckdb.sql(f"COPY (SELECT {sql} FROM range({rows})) TO '{path}'")
    return path


def _counted(path: Path, name: str, edges: tuple[float, ...]) -> tuple[int, ...]:
    values = np.sort(pq.read_table(path, columns=[name]).column(0).drop_null().cast("float64").to_numpy())
    return tuple(np.diff([0, *np.searchsorted(values, edges, side="right"), len(values)]).tolist())


def test_a_large_file_is_sampled_for_edges_and_counted_whole(tmp_path: Path) -> None:
    """Every count is that of all rows, bins are about equal, an atom has its own; the profile is the same each time."""
    sql = "hash(range) / 1e15 AS x, CAST(range % 7 = 0 AS INT) * (range % 1000) AS n, 'k' || range AS id"
    path = _large(tmp_path, sql)
    profile = _of_file(path, key="id")
    assert to_bytes(profile) == to_bytes(_of_file(path, key="id"))
    x, n = _number(profile, "x"), _number(profile, "n")
    assert (x.counts, n.counts) == (_counted(path, "x", x.edges), _counted(path, "n", n.edges))
    assert len(x.counts) > 900
    assert (min(x.counts) > 250, max(x.counts) < 900) == (True, True)
    assert max(n.counts) == n.counts[n.edges.index(0.0)]
    assert min(n.counts) >= 20


def test_many_rows_that_are_alike_are_not_sampled(tmp_path: Path) -> None:
    """Of 40 rows, each there 11,250 times, a sample by their values might have none, or one."""
    path = _large(tmp_path, "range % 40 AS n, range % 2 = 0 AS even")
    column = _number(_of_file(path), "n")
    assert column.edges[-1] == 38
    assert column.counts == _counted(path, "n", column.edges) == (11_250,) * 40


def test_numbers_of_each_type_have_the_same_profile(tmp_path: Path) -> None:
    types = ("DECIMAL(9,2)", "FLOAT", "TINYINT", "UBIGINT", "HUGEINT", "DOUBLE")
    columns = ", ".join(f'CAST(range % 5 AS {type}) AS "{type}"' for type in types)
    profile = _of_file(_large(tmp_path, f"{columns}, range % 2 = 0 AS even", 500))
    for type in types:
        column = _number(profile, type)
        assert (column.edges, column.counts, column.mean) == ((0.0, 1.0, 2.0, 3.0), (100,) * 5, 2.0), type


def test_half_precision(tmp_path: Path) -> None:
    path = tmp_path / "data.parquet"
    pq.write_table(pa.table({"n": pa.array([0.5, 1.5] * 30, pa.float32()).cast(pa.float16())}), path)
    column = _number(_of_file(path), "n")
    assert (column.edges, column.counts) == ((0.5,), (30, 30))


def test_nan_in_parquet_is_counted(tmp_path: Path) -> None:
    """DuckDB answers `isnan` from the statistics of a Parquet file, which leave NaN out."""
    path = tmp_path / "data.parquet"
    values = pa.array([math.nan] * 5 + [math.inf] + [1.0] * 30 + [None], pa.float64(), from_pandas=False)
    pq.write_table(pa.table({"n": values}), path)
    column = _number(_of_file(path), "n")
    assert (column.nan, column.infinite, column.nulls, column.counts) == (5, 1, 1, (30,))


def test_dates_that_are_infinite_and_moments_of_a_zone(tmp_path: Path) -> None:
    import duckdb

    path = tmp_path / "data.parquet"
    moments = "TIMESTAMPTZ '2026-01-01 09:00:00+09' + INTERVAL (range % 2) HOUR AS moment"
    day = "CASE WHEN range < 3 THEN DATE '-infinity' ELSE DATE '2026-01-01' + CAST(range % 2 AS INT) END AS day"
    duckdb.sql(f"COPY (SELECT {day}, {moments} FROM range(103)) TO '{path}'")
    profile = _of_file(path)
    day_column, moment = _number(profile, "day"), _number(profile, "moment")
    assert (day_column.infinite, day_column.edges, day_column.counts) == (3, (1767225600.0,), (50, 50))
    assert (moment.kind, moment.edges, moment.counts) == ("date", (1767225600.0,), (52, 51))


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_a_folder_of_parts_and_a_filter(form: str, tmp_path: Path) -> None:
    import duckdb

    folder = tmp_path / "data"
    for part in range(3):
        (folder / f"part={part}").mkdir(parents=True)
        duckdb.sql(f"COPY (SELECT range % 3 AS n, {part} AS p FROM range(90)) TO '{folder}/part={part}/x.{form}'")
    declared = DataSet("holdout", "data", form, "label", where="p != 1")
    profile = measure_profile(ENGINE, str(folder), "churn", declared, ProfiledData("data", "md5:0", None), ())
    assert profile.rows == 180
    assert _number(profile, "n").counts == (60, 60, 60)
    assert _number(profile, "p").counts == (90, 90)
    assert _number(profile, "p").edges == (0.0,)


def test_a_filter_that_keeps_no_row(tmp_path: Path) -> None:
    with pytest.raises(Undecided, match="no rows"):
        _profile(tmp_path, {"n": [1] * 50}, where="n > 1")


def test_design_effects_of_shares_are_those_by_hand(tmp_path: Path) -> None:
    random.seed(3)
    columns = {"who": [f"h{n // 5}" for n in range(600)], "kind": [random.choice("aabbbccd") for _ in range(600)]}
    columns["kind"][:10] = list("vwxyzvwxyz")
    kinds = [kind if kind in "abcd" else None for kind in columns["kind"]]
    effects = 0.0
    for category in {*kinds}:
        hits = np.array([kind == category for kind in kinds], float)
        sums = (hits - hits.mean()).reshape(120, 5).sum(1)
        effect = 120 / 119 * (sums**2).sum() / 600 / hits.var(ddof=1)
        effects += (1 - hits.mean()) * effect
    found = _profile(tmp_path, columns, cluster="who").columns["kind"]
    assert found.design_effect == pytest.approx(effects / (len({*kinds}) - 1), rel=1e-11)


@cases("seed", range(6))
def test_nothing_of_a_row_is_kept(seed: int, tmp_path: Path) -> None:
    """Every category of a profile is that of 20 rows, and no text of a rare one, a key or free text is in its bytes."""
    random.seed(seed)
    rows = random.randint(60, 900)
    columns: dict[str, list[Any]] = {
        "id": [f"key-{n}" for n in range(rows)],
        "city": [f"city-{min(int(random.paretovariate(0.6)), 60)}" for _ in range(rows)],
        "note": [f"note-{n % (rows // 2)}" for n in range(rows)],
        "income": [round(random.lognormvariate(8, 2), 2) for _ in range(rows)],
    }
    profile = _profile(tmp_path, columns, key="id")
    text = to_bytes(profile).decode()
    rare = {city for city in columns["city"] if columns["city"].count(city) < 20}
    assert [word for word in (*(f'"{city}"' for city in rare), "key-", "note-") if word in text] == []
    income = _number(profile, "income")
    assert min(income.counts) >= 20
    assert not {min(columns["income"]), max(columns["income"])} & {*income.edges}
    assert sum(income.counts) == rows


def test_it_is_read_back_from_its_file(tmp_path: Path) -> None:
    profile = _profile(tmp_path, {"n": list(range(100)), "c": ["it's", "ü"] * 50}, column_types={"n": "number"})
    document = read_document.parse("p.json", to_bytes(profile))
    assert from_document(document) == profile
