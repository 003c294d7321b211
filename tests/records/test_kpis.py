"""kpis.yaml: what a data set and a KPI declare, as the records have it."""

from __future__ import annotations

from mlops_gitops.documents import schema_validation
from mlops_gitops.documents.read_document import parse
from mlops_gitops.records.kpis import Kpis, MetricFile, read

TEXT = """apiVersion: mlops-gitops/v1
kind: KPIs
model: churn
data:
  plain: {path: data/a.csv, label: y}
  whole:
    path: data/b
    format: parquet
    label: y
    where: "region = 'EU'"
    cluster: household
    slices: [region, age]
    classes: [0, yes, true]
kpis:
  - {id: loss, metric: {file: plots/loss.csv, key: val, point: best}, gate: {at_most: 0.5}}
  - {id: speed, metric: {file: metrics.json, key: p95}}
"""


def _read(text: str) -> Kpis:
    document = parse("models/churn/kpis.yaml", text.encode())
    assert schema_validation.check(document, "kpis") == ()
    return read(document)


def test_what_a_data_set_declares() -> None:
    plain, whole = _read(TEXT).data.values()
    assert (plain.where, plain.cluster, plain.slices, plain.classes) == (None, None, (), None)
    assert (whole.where, whole.cluster) == ("region = 'EU'", "household")
    assert (whole.slices, whole.classes) == (("region", "age"), (0, "yes", True))


def test_the_point_of_a_series_is_part_of_what_a_kpi_measures() -> None:
    loss, speed = _read(TEXT).kpis
    assert loss.metric == MetricFile("plots/loss.csv", "val", "best") != MetricFile("plots/loss.csv", "val")
    assert (loss.metric_name(), loss.better_by_gate()) == ("plots/loss.csv:val (best)", "lower")
    assert (speed.metric_name(), speed.better_by_gate()) == ("metrics.json:p95", None)
