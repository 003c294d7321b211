"""Kept measurements: the same answer back, and none at all where the file is not what was written."""

from __future__ import annotations

import pytest

from mlops_gitops.measurement.results import Bounds, Compared, Gap, Measured, Measurement, Slice
from mlops_gitops.runtime.measurement_cache import MeasurementCache

BOUNDS = Bounds(0.8, 0.9, "tango", "", {"at_least": 0.01}, {"rows": (100.0, 1.0)})
FOUND = Measurement(
    Measured(0.85, 100, "", BOUNDS),
    Compared(0.85, 0.84, 100, "", (1, 0), BOUNDS),
    (Slice({"region": "EU", "age": None}, Measured(0.9, 50)),),
    Gap(0.1, (0, 1), BOUNDS),
)


@pytest.fixture
def kept(tmp_path):
    return MeasurementCache(str(tmp_path / "measured"))


def test_what_was_kept_comes_back(kept):
    assert kept.get("sha256:1") is None
    kept.put("sha256:1", FOUND)
    assert kept.get("sha256:1") == FOUND and kept.get("sha256:2") is None


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "3", '{"kind": "Kept"}', '{"kind": "Measured"}', '{"kind": "Bounds"}', "[" * 9999]
)
def test_what_cannot_be_read_is_measured_again(kept, text):
    kept.put("sha256:1", FOUND)
    with open(kept._path("sha256:1"), "w") as file:
        file.write(text)
    assert kept.get("sha256:1") is None


def test_a_folder_that_cannot_be_written_costs_only_time(tmp_path):
    (tmp_path / "file").write_text("")
    MeasurementCache(str(tmp_path / "file")).put("sha256:1", FOUND)
