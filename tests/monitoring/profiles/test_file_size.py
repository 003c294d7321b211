"""The file of a profile can be read again, whatever the number of columns."""

from __future__ import annotations

import pytest

from mlops_gitops.core.errors import Error
from mlops_gitops.documents.read_document import parse
from mlops_gitops.monitoring.profiles.file_size import fitted
from mlops_gitops.monitoring.profiles.profile import (
    CategoricalColumn,
    NumericColumn,
    Profile,
    ProfiledData,
    from_document,
    to_bytes,
)

FINE = NumericColumn(
    "number", 20_050, 30, 0, 0, tuple(n / 7 for n in range(1000)), tuple([20] * 1001), 1.5, 2.5, None
)  # 1,001 bins
COARSE = NumericColumn("number", 60, 0, 0, 0, (0.5,), (20, 40), 0.5, 0.25, None)
TEXT = CategoricalColumn("category", 60, 0, {"ä": 40, "b": 20}, 0, 0, None)
PROFILE = Profile(
    "churn", ProfiledData("a.csv", "md5:1", None), 60, None, {"f": FINE, "c": COARSE, "t": TEXT}, {"k": "key"}
)


def test_the_file_is_read_as_what_was_written() -> None:
    data = to_bytes(PROFILE)
    assert from_document(parse("models/churn/profile.json", data)) == PROFILE
    assert data == to_bytes(PROFILE) and data.count(b"\n") == 13 and "ä".encode() in data


def test_what_fits_stays_as_it_is() -> None:
    assert fitted(PROFILE) == PROFILE


@pytest.mark.parametrize("share", [0.9, 0.4, 0.2])
def test_bins_are_merged_until_it_fits_and_no_row_is_lost(share: float) -> None:
    most = int(len(to_bytes(PROFILE)) * share)
    found = fitted(PROFILE, most)
    column = found.columns["f"]
    assert isinstance(column, NumericColumn) and len(to_bytes(found)) <= most
    assert set(column.edges) < set(FINE.edges) and len(column.counts) == len(column.edges) + 1
    assert sum(column.counts) == sum(FINE.counts)
    below = {edge: sum(FINE.counts[: place + 1]) for place, edge in enumerate(FINE.edges)}
    for place, edge in enumerate(column.edges):
        assert sum(column.counts[: place + 1]) == below[edge]
    assert (found.columns["c"], found.columns["t"]) == (COARSE, TEXT)


def test_one_that_cannot_fit_is_refused() -> None:
    with pytest.raises(Error, match="3 columns is larger than the 500 bytes"):
        fitted(PROFILE, 500)
