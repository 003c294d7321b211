"""Keys: exact in every type, and where those of two files do not compare a sentence that says what to write."""

from __future__ import annotations

import datetime

import pyarrow
import pyarrow.parquet
from cases import cases
from messages import lacking

from mlops_gitops.measurement.contract import MeasurementRequest
from mlops_gitops.measurement.engines.duckdb import ENGINE
from mlops_gitops.measurement.measure import measure
from mlops_gitops.metrics import lookup
from mlops_gitops.records.kpis import DataSet

LONG = [10**19 + n for n in range(3)]
DAYS = [datetime.datetime(2026, 1, day) for day in (1, 2, 3)]
NAIVE, UTC = pyarrow.timestamp("us"), pyarrow.timestamp("us", tz="UTC")


def compared(folder, keys, types, file_format="parquet", declared=None):
    """The accuracy of two files with these keys beside one another."""
    files = []
    for side, values, type in zip(("candidate", "baseline"), keys, types, strict=True):
        files.append(str(folder / side))
        if file_format == "csv":
            (folder / side).write_text("id,label,guess\n" + "".join(f"{key},1,1\n" for key in values))
            continue
        columns = {"id": pyarrow.array(values, type), "label": pyarrow.array([1] * 3), "guess": pyarrow.array([1] * 3)}
        pyarrow.parquet.write_table(pyarrow.table(columns), folder / side)
    data = DataSet("holdout", "", file_format, "label", "id", prediction="guess", column_types=declared or {})
    request = MeasurementRequest(lookup.find_metric("accuracy"))
    return measure(ENGINE, data, {"kpi": request}, *files)["kpi"].compared


@cases(
    "keys, types, file_format",
    [
        ((LONG, LONG[::-1]), (pyarrow.uint64(),) * 2, "parquet"),
        ((LONG, LONG), (pyarrow.decimal128(20, 0),) * 2, "parquet"),
        ((LONG, LONG), (None, None), "csv"),
        ((range(3), range(3)), (pyarrow.int64(), pyarrow.uint8()), "parquet"),
        ((range(3), ["0", "1", "2"]), (pyarrow.int64(), pyarrow.string()), "parquet"),
        ((DAYS, DAYS), (NAIVE, pyarrow.timestamp("ns")), "parquet"),
        ((["01", "1", "1.0"], ["1", "01", "1.0"]), (None, None), "csv"),
    ],
)
def test_keys_pair_exactly(tmp_path, keys, types, file_format):
    found = compared(tmp_path, keys, types, file_format)
    assert (found.reason, found.n, found.unpaired) == ("", 3, (0, 0))


@cases(
    "keys, types, named, declared",
    [
        ((range(3), [0.0, 1.0, 2.0]), (pyarrow.int64(), pyarrow.float64()), ("BIGINT", "DOUBLE"), "integer"),
        ((range(3), range(3)), (pyarrow.int64(), pyarrow.decimal128(9, 2)), ("BIGINT", "DECIMAL(9,2)"), "integer"),
        ((DAYS, DAYS), (NAIVE, UTC), ("TIMESTAMP", "TIMESTAMP WITH TIME ZONE"), "timestamp"),
        ((DAYS, DAYS), (pyarrow.date32(), NAIVE), ("DATE", "TIMESTAMP"), "timestamp"),
    ],
)
def test_keys_of_two_types_are_named_with_what_to_write(tmp_path, keys, types, named, declared):
    found = compared(tmp_path, keys, types)
    assert found.baseline is None
    assert not lacking(found.reason, f"{named[0]} in holdout", f"{named[1]} in the baseline's holdout")
    assert f"`columns: {{id: {declared}}}`" in found.reason
    found = compared(tmp_path, keys, types, declared={"id": declared})
    assert (found.reason, found.n, found.unpaired) == ("", 3, (0, 0))


def test_keys_that_a_file_has_rounded_are_named(tmp_path):
    found = compared(tmp_path, ([float(key) for key in LONG],) * 2, (pyarrow.float64(),) * 2)
    assert not lacking(found.reason, "repeats keys", "2 rows", "DOUBLE", "text")


def test_files_that_share_no_key_show_the_first_of_each(tmp_path):
    keys = (["1", "2", "3"], ["1.0", "2.0", "3.0"])
    found = compared(tmp_path, keys, (None, None), "csv")
    assert (found.n, found.unpaired) == (0, (3, 3))
    assert not lacking(found.reason, "'1' in holdout", "'1.0' in the baseline", "`columns`")
    assert compared(tmp_path, keys, (None, None), "csv", {"id": "integer"}).n == 3
