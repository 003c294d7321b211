"""Segments of a file counted in the bins of the whole, and kept in its profile without telling who is in them."""

from __future__ import annotations

import random
from itertools import pairwise
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from messages import lacking
from monitoring.plans import plan

from mlops_gitops.core.errors import Undecided
from mlops_gitops.documents import schema_validation
from mlops_gitops.documents.read_document import parse
from mlops_gitops.measurement.engines.duckdb import ENGINE
from mlops_gitops.monitoring.profiles.measure_profile import measure_profile
from mlops_gitops.monitoring.profiles.profile import (
    FEWEST,
    SCHEMA,
    CategoricalColumn,
    NumericColumn,
    Profile,
    ProfiledData,
    Segment,
    from_document,
    to_bytes,
    to_json,
)
from mlops_gitops.monitoring.profiles.segments import (
    Segmentation,
    in_bins_of,
    scan_segments,
    segmentations,
    title,
    with_segments,
)
from mlops_gitops.records.kpis import DataSet

BY_REGION = Segmentation(None, ("region",))


def _table(rows: int = 3000, seed: int = 1) -> dict[str, list[Any]]:
    """Ages of two regions, those of the south older; a region of 25 rows and one of 10."""
    draw = random.Random(seed)
    regions = [("north", "south")[n % 2] for n in range(rows)] + ["west"] * 25 + ["isle"] * 10
    ages = [draw.gauss(60 if region == "south" else 40, 10) for region in regions]
    plans = [draw.choice("abc" if region == "north" else "ab") for region in regions]
    return {"id": list(range(len(regions))), "region": regions, "age": ages, "plan": plans}


def _profiled(folder: Path, table: dict[str, list[Any]], *splits: Segmentation) -> Profile:
    path = folder / "data.parquet"
    pq.write_table(pa.table(table), path)
    data = DataSet("data", "data.parquet", "parquet", "")
    whole = measure_profile(ENGINE, str(path), "churn", data, ProfiledData("data.parquet", "md5:0", None), {"id"})
    return with_segments(ENGINE, str(path), data, whole, splits)


def _by_name(profile: Profile) -> dict[str | None, Segment]:
    return {segment.values.get("region"): segment for segment in profile.segments}


def test_each_segment_has_its_own_counts_in_bins_of_the_whole(tmp_path: Path) -> None:
    table = _table()
    profile = _profiled(tmp_path, table, BY_REGION)
    found = _by_name(profile)
    assert {name: segment.rows for name, segment in found.items()} == {"north": 1500, "south": 1500}
    whole, south = profile.columns["age"], found["south"].columns["age"]
    assert isinstance(whole, NumericColumn) and isinstance(south, NumericColumn)
    assert {*south.edges} < {*whole.edges}
    ages = [age for age, region in zip(table["age"], table["region"], strict=True) if region == "south"]
    sides = (float("-inf"), *south.edges, float("inf"))
    assert list(south.counts) == [sum(low < age <= high for age in ages) for low, high in pairwise(sides)]
    plans = found["south"].columns["plan"]
    assert isinstance(plans, CategoricalColumn)
    assert {*plans.categories} == {"a", "b"}


def test_no_segment_tells_of_fewer_rows_than_a_bin_may_hold(tmp_path: Path) -> None:
    """Of 35 other rows 25 would be a segment; what is in none of them would then tell of the 10 that are left."""
    profile = _profiled(tmp_path, _table(), BY_REGION)
    assert {"west", "isle"}.isdisjoint(_by_name(profile))
    assert profile.rows - sum(segment.rows for segment in profile.segments) >= FEWEST
    for segment in profile.segments:
        for column in segment.columns.values():
            counts = column.counts if isinstance(column, NumericColumn) else column.categories.values()
            assert min(counts) >= FEWEST


def test_a_filter_is_a_segment_and_its_other_rows_are_not_few(tmp_path: Path) -> None:
    some, most = Segmentation("region = 'south'", ()), Segmentation("region != 'isle'", ())
    profile = _profiled(tmp_path, _table(), some, most)
    assert [(segment.where, segment.values, segment.rows) for segment in profile.segments] == [
        ("region = 'south'", {}, 1500)
    ]


def test_a_key_and_a_column_that_is_not_there_split_nothing(tmp_path: Path) -> None:
    key, lost = Segmentation(None, ("id",)), Segmentation(None, ("country",))
    profile = _profiled(tmp_path, _table(), key, lost)
    assert profile.segments == ()
    assert lacking(profile.left_out[title(key)], "id", "key") == []
    assert lacking(profile.left_out[title(lost)], "country") == []


def test_a_profile_with_segments_is_a_file_that_is_read_again(tmp_path: Path) -> None:
    profile = _profiled(tmp_path, _table(), BY_REGION)
    document = parse("models/churn/profile.json", to_bytes(profile))
    assert schema_validation.check(document, SCHEMA) == ()
    assert from_document(document) == profile
    assert "segments" not in to_json(_profiled(tmp_path, _table()))


def test_a_window_is_counted_by_segment_at_once(tmp_path: Path) -> None:
    profile = _profiled(tmp_path, _table(), BY_REGION)
    window = tmp_path / "window.csv"
    rows = [("south", "70"), ("south", ""), ("north", "30"), ("", "30"), ("new", "30")]
    window.write_text("region,age\n" + "".join(f"{region},{age}\n" * 20 for region, age in rows))
    data = DataSet("window", "window.csv", "csv", "")
    columns = {"age": profile.columns["age"], "plan": profile.columns["plan"]}
    found = scan_segments(ENGINE, str(window), data, columns, BY_REGION)
    assert {values: scan.rows for values, scan in found.items()} == {
        (None,): 20, ("new",): 20, ("north",): 20, ("south",): 40,
    }  # fmt: skip
    south = found["south",]
    assert (south.columns["age"].nulls, sum(south.columns["age"].counts), south.missing) == (20, 20, ("plan",))
    own = _by_name(profile)["south"].columns["age"]
    joined = in_bins_of(own, profile.columns["age"], south.columns["age"])
    assert isinstance(own, NumericColumn)
    place = next(n for n, edge in enumerate((*own.edges, float("inf"))) if edge >= 70)
    assert joined.counts == tuple(20 if n == place else 0 for n in range(len(own.counts)))


def test_too_many_segments_are_refused_by_name(tmp_path: Path) -> None:
    window = tmp_path / "window.csv"
    window.write_text("region,age\n" + "".join(f"r{n % 60},30\n" for n in range(1200)))
    data = DataSet("window", "window.csv", "csv", "")
    with pytest.raises(Undecided) as caught:
        scan_segments(ENGINE, str(window), data, {}, BY_REGION)
    assert lacking(caught.value.message, "region", "60", "50") == []
    with pytest.raises(Undecided) as caught:
        scan_segments(ENGINE, str(window), data, {}, Segmentation(None, ("country",)))
    assert lacking(caught.value.message, "country") == []


def test_only_watches_of_drift_need_segments() -> None:
    """A KPI reads the rows themselves."""
    found = plan(
        ("  - {id: scores,", "  - {id: south, by: [region], where: \"age > 30\", data_drift: {columns: [age], "
         "effect: {psi: 0.1}}}\n  - {id: scores,"),
        ("{id: auc,", "{id: auc, by: [plan],"),
    )  # fmt: skip
    assert segmentations(found) == [Segmentation("age > 30", ("region",))]
    assert segmentations(None) == []
