"""Observations for tests of monitoring: windows of one model, judged by a limit and by a test of drift."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from mlops_gitops.core.canonical import digest, rounded, sha256
from mlops_gitops.core.frozen import replace
from mlops_gitops.documents.read_document import parse
from mlops_gitops.monitoring import budget
from mlops_gitops.monitoring.history.chain import Chain
from mlops_gitops.monitoring.history.record import MonitoringRecord, statement
from mlops_gitops.monitoring.outcome import Comparison, Finding, Observation, Outcome, Window, judged, worst
from mlops_gitops.orchestration.monitoring.records_branch import record_observations
from mlops_gitops.orchestration.workspace import open_workspace
from mlops_gitops.records import monitoring

TOOL, CREATED = "mlops-gitops 0.0.0", "2026-03-01T00:00:00Z"
START = datetime(2026, 1, 5, tzinfo=UTC)
PROMOTION, PROFILE = (f"sha256:{digit * 64}" for digit in "12")
PLAN = """apiVersion: mlops-gitops/v1
kind: Monitoring
model: churn
owner: operations
start: 2026-01-05
every: 7d
grace: 2d
environments: [production]
windows: {scored: {path: "live/{date}.csv", key: customer, prediction: predicted, score: probability}}
watch:
  - {id: rows, quality: {rows: {at_least: 5000}}}
  - {id: drift, data_drift: {columns: [age, region], effect: {psi: 0.1}}}
budget: {false_alarms: 0.1}
"""
DOCUMENT = parse("models/churn/monitoring.yaml", PLAN.encode())
MONITORING, LEVEL = digest(DOCUMENT.data), rounded(budget.level(monitoring.read(DOCUMENT))) or 0.0


def window(index: int, *, rows: int | None = 6000, content: str | None = None) -> Window:
    """The window of a week; `rows` None for one without bytes."""
    start, end = (f"{START + (index + more) * timedelta(days=7):%Y-%m-%dT%H:%M:%SZ}" for more in (0, 1))
    found = None if rows is None else "sha256:" + sha256((content or f"window {index}").encode())
    return Window(index, start, end, f"live/{start[:10]}.csv", found, rows)


def comparison(statistic: str, value: float | None, **numbers: Any) -> Comparison:
    """A comparison that ends as its numbers say."""
    limits = {name: numbers.pop(name) for name in ("at_least", "at_most") if name in numbers}
    bounds = (numbers.get("lower"), numbers.get("upper"))
    return Comparison(numbers.pop("about", ""), statistic, value, limits, judged(value, limits, *bounds), "", **numbers)


def finding(watch: str, kind: str, *comparisons: Comparison, **more: Any) -> Finding:
    """A finding that ends as its comparisons do."""
    outcome = worst(one.outcome for one in comparisons) if comparisons else Outcome.NOT_AVAILABLE
    return Finding(watch, kind, "issue", outcome, "as measured", tuple(comparisons), **more)


def rows_finding(rows: float | None = 6000) -> Finding:
    """The limit of rows."""
    return finding("rows", "quality", comparison("rows", rows, at_least=5000))


def drift_finding(*, drifted: bool = False) -> Finding:
    """The test of two columns, of which `age` may have drifted: PSI of 20,000 rows and 5,000, at half of the level."""
    return finding("drift", "data_drift", _psi("age", drifted=drifted), _psi("region"), level=LEVEL)


@cache
def _psi(column: str, *, drifted: bool = False) -> Comparison:
    import numpy as np

    from mlops_gitops.monitoring.drift.samples import BinnedPair, BinnedSample
    from mlops_gitops.monitoring.drift.statistic import drift_statistic

    counts = [2200, 1200, 800, 500, 300] if drifted else [1010, 990, 1000, 1005, 995]
    pair = BinnedPair(*(BinnedSample(np.array(side, float)) for side in ([4000] * 5, counts)))
    found = drift_statistic("psi").estimate(pair)
    each = rounded(LEVEL / 2) or 0.0
    bounds = {"lower": rounded(found.lower(each)), "upper": rounded(found.upper(each)), "level": each}
    return comparison("psi", rounded(found.value), **bounds, at_most=0.1, about=column, evidence=pair.evidence())


def observed(index: int = 0, *findings: Finding, **changes: Any) -> Observation:
    """One window of churn in production, fine where no findings are named."""
    own = findings or (rows_finding(), drift_finding())
    where = changes.pop("window", None) or window(index)
    found = Observation("churn", "production", where, "1.0.0", PROMOTION, PROFILE, MONITORING, own)
    return replace(found, **changes)


def chained(*observations: Observation) -> list[MonitoringRecord]:
    """The records of observations of one model in one environment, one after the other."""
    records: list[MonitoringRecord] = []
    for observation in observations:
        records.append(statement(observation, records[-1] if records else None, TOOL, CREATED))
    return records


def files(records: Iterable[MonitoringRecord]) -> dict[str, bytes]:
    """Each record's file."""
    return {record.path: record.render() for record in records}


def chain(*observations: Observation) -> Chain:
    """The same as a chain."""
    return Chain("production", "churn", tuple(chained(*observations)))


def main(folder: str, index: str) -> None:
    """Records one window, in a process of its own that a test stops."""
    record_observations(open_workspace(folder), [observed(int(index), rows_finding())])


if __name__ == "__main__":
    main(*sys.argv[1:])
