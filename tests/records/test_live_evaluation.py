"""The KPIs of a model as a release on live windows reads them."""

from __future__ import annotations

from mlops_gitops.core.frozen import replace
from mlops_gitops.documents.read_document import parse
from mlops_gitops.records.kpis import Kpis, LabelFile, LiveAnswers, read
from mlops_gitops.records.live_evaluation import kpis_of, on_live_windows
from mlops_gitops.records.release import LiveEvaluation, LiveWindow, Pin, Release

TEXT = """apiVersion: mlops-gitops/v1
kind: KPIs
model: churn
data:
  holdout:
    path: data/b.csv
    key: customer
    label: churned
    score: p
    threshold: 0.4
    where: "part = 'test'"
    columns: {customer: text, churned: boolean, age: integer}
  other: {path: data/c.csv, label: y}
kpis:
  - {id: auc, metric: roc_auc, data: holdout}
"""
LIVE = LiveEvaluation("production", "1.0.0", (LiveWindow("2026-01-05T00:00:00Z", "2026-01-12T00:00:00Z", "x", "y"),))
PATHS = {"holdout": "live/p.csv", "holdout.label": "live/labels.parquet", "holdout.live": "live/rows.csv"}


def _read() -> Kpis:
    return read(parse("models/churn/kpis.yaml", TEXT.encode()))


def test_files_are_those_of_the_windows_and_columns_mean_what_they_are_declared_to() -> None:
    data = on_live_windows(_read(), LIVE, PATHS).data["holdout"]
    assert (data.path, data.format, data.where) == ("live/p.csv", "csv", None)
    assert data.labels == LabelFile("live/labels.parquet", "parquet", "key", "label")
    assert data.live == LiveAnswers("live/rows.csv", "production", "1.0.0")
    assert (data.key, data.label, data.score, data.threshold) == ("customer", "churned", "p", 0.4)
    assert data.column_types | {"key": "text", "label": "boolean"} == data.column_types
    assert data.files() == PATHS


def test_a_data_set_without_all_its_files_stays_as_it_is() -> None:
    declared = _read()
    lacking = {name: path for name, path in PATHS.items() if name != "holdout.live"}
    assert on_live_windows(declared, LIVE, lacking).data == declared.data
    assert on_live_windows(declared, LIVE, PATHS).data["other"] == declared.data["other"]


def test_only_a_release_with_live_windows_is_judged_on_them() -> None:
    declared, pins = _read(), {name: Pin(path) for name, path in PATHS.items()}
    release = Release(
        "releases/churn/1.1.0.yaml", "churn", "1.1.0", (), Pin("README.md"), Pin("kpis.yaml"), pins, None, None
    )
    assert kpis_of(declared, release) is declared
    assert kpis_of(declared, replace(release, live=LIVE)) == on_live_windows(declared, LIVE, PATHS)
