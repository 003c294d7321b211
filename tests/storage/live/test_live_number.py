"""A number that another tool wrote, read by its path."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from buckets import Project
from cases import cases
from messages import lacking

from mlops_gitops.core.frozen import replace
from mlops_gitops.git.repository import open_repository
from mlops_gitops.storage.data_store import DataStore
from mlops_gitops.storage.live.live_number import read_live_number

NEAR = "models/churn/monitoring.yaml"
SINCE = datetime.now(UTC) - timedelta(hours=1)


def _store(tmp_path: Path, files: dict[str, str]) -> DataStore:
    live = tmp_path / "live"
    live.mkdir()
    project = Project.begin(tmp_path / "r", {"live": {"url": str(live)}})
    for folder in (project.root / "live", live):
        for path, text in files.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text)
    return replace(project.store, tracked=open_repository(str(project.root)).tracked)


@cases("location", ["live/latency.json", "remote://live/latency.json"])
def test_it_lies_in_the_repository_or_in_a_remote(location: str, tmp_path: Path) -> None:
    store = _store(tmp_path, {"latency.json": '{"http": {"p95_ms": 71.5}}'})
    found = read_live_number(store, location, "http.p95_ms", near=NEAR, since=SINCE)
    assert (found.value, found.reason) == (71.5, "")


@cases(
    "text, key, fact",
    [
        ('{"p95_ms": "slow"}', "p95_ms", "p95_ms"),
        ('{"p95_ms": NaN}', "p95_ms", "NaN"),
        ('{"p50_ms": 3}', "p95_ms", "p95_ms"),
        ("", "p95_ms", "empty"),
        ('{"p95_ms": 1, "p95_ms": 2}', "p95_ms", "p95_ms"),
    ],
)
def test_what_is_no_number_says_why(text: str, key: str, fact: str, tmp_path: Path) -> None:
    found = read_live_number(_store(tmp_path, {"latency.json": text}), "live/latency.json", key, near=NEAR, since=SINCE)
    assert found.value is None
    assert lacking(found.reason, fact) == []


def test_a_file_that_is_missing_and_a_folder_are_no_numbers(tmp_path: Path) -> None:
    store = _store(tmp_path, {"parts/a.csv": "p95_ms\n1\n"})
    for location in ("live/latency.json", "live/parts/", "../latency.json"):
        found = read_live_number(store, location, "p95_ms", near=NEAR, since=SINCE)
        assert found.value is None
        assert location.rstrip("/") in found.reason


def test_a_number_that_nobody_writes_any_more_is_none_of_now(tmp_path: Path) -> None:
    store = _store(tmp_path, {"latency.json": '{"p95_ms": 71.5}'})
    found = read_live_number(store, "live/latency.json", "p95_ms", near=NEAR, since=SINCE + timedelta(hours=2))
    assert (found.value, lacking(found.reason, "live/latency.json")) == (None, [])
