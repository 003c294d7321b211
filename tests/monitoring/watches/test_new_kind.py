"""A new kind of watch is one file: it reads its part of monitoring.yaml, compares, and says what an audit allows."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from messages import lacking
from monitored import MONITORING, chained, observed
from monitoring.looks import evidence, scan

from mlops_gitops.audit.monitoring_plan import plan_faults
from mlops_gitops.core import plugins
from mlops_gitops.core.frozen import replace
from mlops_gitops.documents.read_document import parse
from mlops_gitops.documents.schema_validation import schema
from mlops_gitops.monitoring import budget, watches
from mlops_gitops.monitoring.judge import judge_watch
from mlops_gitops.monitoring.outcome import Finding, Outcome
from mlops_gitops.monitoring.watch_kind import Stated
from mlops_gitops.records import monitoring
from mlops_gitops.records.monitoring import Monitoring

KIND = '''"""How full the last bag of a window's rows is."""

from mlops_gitops.core.frozen import frozen
from mlops_gitops.monitoring.limits import limited, stated, unavailable
from mlops_gitops.monitoring.watch_kind import WatchKind
from mlops_gitops.records.monitoring import Check


@frozen
class Bags(Check):
    """Rows come in bags of `size`, and at most `loose` are left over."""

    size: int
    loose: int
    tested = False


def _read(data):
    return Bags(data["size"], data["loose"])


def _compare(check, look):
    seen, limits = look.evidence.scan, stated(at_most=check.loose)
    if isinstance(seen, str):
        yield unavailable("", "loose rows", limits, seen)
    else:
        yield limited("", "loose rows", float(seen.rows % check.size), limits, "the number of loose rows")


def _allowed(check, about, known):
    return [stated(at_most=check.loose)]


KIND = WatchKind("bags", __doc__, _read, _compare, _allowed)
'''
PLAN = """apiVersion: mlops-gitops/v1
kind: Monitoring
model: churn
owner: operations
start: 2026-01-05
every: 7d
grace: 2d
environments: [production]
windows: {scored: {path: "live/{date}.csv"}}
watch:
  - {id: loose, bags: {size: 100, loose: 5}}
  - {id: drift, data_drift: {columns: [age], effect: {psi: 0.1}}}
budget: {false_alarms: 0.1}
"""


@pytest.fixture
def plan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Monitoring]:
    """A monitoring.yaml of a kind that somebody has put beside ours."""
    (tmp_path / "bags.py").write_text(KIND)
    monkeypatch.setattr(watches, "__path__", [*watches.__path__, str(tmp_path)])
    plugins.names.cache_clear()
    yield monitoring.read(parse("models/churn/monitoring.yaml", PLAN.encode()))
    plugins.names.cache_clear()
    sys.modules.pop(f"{watches.__name__}.bags", None)


def _judged(plan: Monitoring, rows: int | str) -> Finding:
    seen = evidence(scan=scan(rows)) if isinstance(rows, int) else evidence(scan=rows)
    return judge_watch(plan.watches[0], seen, 1e-3)


def test_it_is_read_judged_recorded_and_held_to_its_plan(plan: Monitoring) -> None:
    found = {rows: _judged(plan, rows) for rows in (1003, 1042, "the file is gone")}
    assert [each.outcome for each in found.values()] == [Outcome.FINE, Outcome.ALARM, Outcome.NOT_AVAILABLE]
    assert lacking(found[1042].reason, "loose rows", "42", "5") == []
    (record,) = chained(observed(0, found[1042], monitoring=MONITORING))
    (kept,) = record.observation.findings
    assert (kept.kind, kept.level, kept.comparisons[0].limits) == ("bags", None, {"at_most": 5})
    assert list(plan_faults(kept, plan, Stated(), 1)) == []
    looser = replace(kept, comparisons=(replace(kept.comparisons[0], limits={"at_most": 50}),))
    (fault,) = plan_faults(looser, plan, Stated(), 1)
    assert lacking(fault, "loose", "50") == []


def test_a_limit_takes_no_share_of_the_budget(plan: Monitoring) -> None:
    assert budget.tests(plan) == 1 and plan.locations() == ("live/{date}.csv",)


def test_each_kind_is_described_by_the_schema() -> None:
    described = schema(monitoring.KIND.schema)["properties"]["watch"]["items"]
    kinds = {name for each in described["oneOf"] for name in each["required"]}
    assert kinds == {*plugins.names(monitoring.WATCHES)} and kinds < described["properties"].keys()
