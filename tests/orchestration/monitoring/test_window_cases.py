"""Every kind of window that may arrive has an outcome and a reason with a name: none of them passes for fine."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from buckets import Project
from cases import cases
from messages import lacking

from mlops_gitops.core.frozen import replace
from mlops_gitops.documents.read_document import parse
from mlops_gitops.git.repository import open_repository
from mlops_gitops.monitoring.calendar import period
from mlops_gitops.monitoring.history.chain import Chain
from mlops_gitops.monitoring.history.record import MonitoringRecord, statement
from mlops_gitops.monitoring.outcome import Observation
from mlops_gitops.monitoring.profiles.profile import CategoricalColumn, NumericColumn
from mlops_gitops.monitoring.reference_columns import Reference
from mlops_gitops.orchestration.monitoring.observe import observe
from mlops_gitops.orchestration.monitoring.read_windows import Monitor
from mlops_gitops.records import monitoring
from mlops_gitops.records.promotion import Promotion
from mlops_gitops.repository.ledger import Commit, Entry, Ledger

START = datetime(2026, 1, 5, tzinfo=UTC)
PLAN = b"""apiVersion: mlops-gitops/v1
kind: Monitoring
model: churn
owner: operations
start: 2026-01-05
every: 1d
grace: 1d
environments: [production]
windows: {scored: {path: "live/{date}.csv", key: id}}
watch:
  - {id: rows, quality: {rows: {at_least: 1000}}}
  - {id: ages, quality: {columns: {age: {min: 0, max: 120, nulls: 1 %}}}}
  - {id: drift, data_drift: {columns: [age, region, since], effect: {psi: 0.1}}}
budget: {false_alarms: 0.1}
"""
TENS = tuple(map(float, range(10, 100, 10)))
DAYS = tuple(datetime(2025, 1, 1, tzinfo=UTC).timestamp() + 86400 * day for day in range(30, 300, 30))
REFERENCE = Reference(
    {
        "age": NumericColumn("number", 10_000, 0, 0, 0, TENS, (1000,) * 10, 50.0, 833.0, None),
        "region": CategoricalColumn("category", 10_000, 0, {"north": 5000, "south": 5000}, 0, 0, None),
        "since": NumericColumn("date", 10_000, 0, 0, 0, DAYS, (1000,) * 10, None, None, None),
    },
    {"id": "it is a key"},
)


def _rows(count: int = 3000, **columns: object) -> list[list[str]]:
    """Rows as the reference has them, but for `columns`, each of one value; None leaves a column out."""
    draw = random.Random(7)
    names = ["id", "age", "region", "since", *(name for name in columns if name not in ("age", "region", "since"))]
    kept = [name for name in names if columns.get(name, "") is not None]
    found = [kept]
    for number in range(count):
        day = datetime(2025, 1, 1, tzinfo=UTC) + timedelta(minutes=draw.randrange(300 * 1440))
        own: dict[str, object] = {"id": number, "since": f"{day:%Y-%m-%dT%H:%M:%SZ}"}
        own |= {"age": f"{draw.uniform(0, 100):.2f}", "region": draw.choice(("north", "south"))}
        found.append([str(({**own, **columns})[name]) for name in kept])
    return found


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A repository for the windows of a release that is in production."""
    found = Project.begin(tmp_path / "r", {})
    (found.root / "live").mkdir()
    return found


def _seen(
    project: Project, text: str | Sequence[Sequence[str]], chain: Chain | None = None, file: bytes = PLAN,
    *, by_hand: bool = False,
) -> Observation:  # fmt: skip
    content = text if isinstance(text, str) else "\n".join(map(",".join, text)) + "\n"
    (project.root / f"live/{START:%Y-%m-%d}.csv").write_text(content)
    plan = monitoring.read(parse("models/churn/monitoring.yaml", file))
    predicate = {"model": "churn", "environment": "production", "sequence": 1, "release": "1.0.0", "action": "promote"}
    record = Promotion("promotions/production/churn/0001.json", {"predicate": predicate}, f"sha256:{'1' * 64}")
    entry = Entry(record, record.digest, Commit("0" * 40, None, int((START - timedelta(days=9)).timestamp()), ()), 0)
    store = replace(project.store, tracked=open_repository(str(project.root)).tracked)
    monitor = Monitor(
        plan, None, "production", Ledger((entry,)), store, chain or Chain("production", "churn"),
        lambda version: (REFERENCE, None), START + timedelta(days=30),
    )  # fmt: skip
    folder = project.root.parent / "copies"
    folder.mkdir(exist_ok=True)
    location = f"live/{START:%Y-%m-%d}.csv" if by_hand else None
    return observe(monitor, period(plan, 0), plan.watches, str(folder), location)


def _outcomes(seen: Observation) -> tuple[str, ...]:
    return tuple(finding.outcome.value for finding in seen.findings)


def _record(seen: Observation) -> MonitoringRecord:
    return statement(seen, None, "mlops-gitops 0.0.0", "2026-03-01T00:00:00Z")


FINE, ALARM, ABSENT, OPEN = "fine", "alarm", "not_available", "inconclusive"


@cases(
    "rows, outcomes, facts",
    [
        pytest.param(_rows(), (FINE, FINE, FINE), [], id="as the reference"),
        pytest.param(_rows(age=None), (FINE, ALARM, ABSENT), ["age", "no column"], id="a missing column"),
        pytest.param(_rows(age="old"), (FINE, ALARM, ABSENT), ["age", "number"], id="a retyped column"),
        pytest.param(_rows(age=""), (FINE, ALARM, ALARM), ["age"], id="all nulls"),
        pytest.param(_rows(1), (ALARM, FINE, ABSENT), ["1", "500"], id="one row"),
        pytest.param(_rows(0), (ALARM, ABSENT, ABSENT), ["no rows"], id="zero rows"),
        pytest.param("", (ABSENT, ABSENT, ABSENT), ["empty"], id="zero bytes"),
        pytest.param(_rows(age="50"), (FINE, FINE, ALARM), ["age", "0.1"], id="a constant column"),
        pytest.param(_rows(region="west"), (FINE, FINE, ALARM), ["region", "west"], id="a new category"),
        pytest.param(_rows(age="inf"), (FINE, ALARM, ALARM), ["age"], id="infinities"),
        pytest.param(_rows(200), (ALARM, FINE, OPEN), ["200", "500"], id="few rows"),
        pytest.param("id,age\n1,2,3,4,5\n", (ABSENT, ABSENT, ABSENT), ["cannot be read"], id="another shape"),
    ],
)
def test_each_kind_of_window_has_its_outcome(
    rows: str | list[list[str]], outcomes: tuple[str, ...], facts: list[str], project: Project
) -> None:
    seen = _seen(project, rows)
    assert _outcomes(seen) == outcomes, [finding.reason for finding in seen.findings]
    assert lacking(" ".join(finding.reason for finding in seen.findings), *facts) == []


def test_columns_that_nothing_knows_are_named_and_recorded(project: Project) -> None:
    seen = _seen(project, _rows(country="de", batch="7"))
    assert (_outcomes(seen), seen.extra) == ((FINE, FINE, FINE), ("country", "batch"))
    assert _record(seen).observation.extra == seen.extra
    assert "extra" not in _record(_seen(project, _rows())).data["predicate"]


def test_moments_of_another_zone_are_the_same_moments(project: Project) -> None:
    head, *rows = _rows()
    tokyo = timezone(timedelta(hours=9))
    moved = [[*row[:3], datetime.fromisoformat(row[3]).astimezone(tokyo).isoformat()] for row in rows]
    utc, there = (_seen(project, [head, *each]) for each in (rows, moved))
    assert utc.findings[2].comparisons == there.findings[2].comparisons
    assert _outcomes(utc) == _outcomes(there) == (FINE, FINE, FINE)


def test_a_window_seen_before_is_not_judged_again(project: Project) -> None:
    """The bytes of another day: nothing new was written."""
    seen = _seen(project, _rows())
    times = {"index": 9, "start": "2026-01-14T00:00:00Z", "end": "2026-01-15T00:00:00Z"}
    other = _record(replace(seen, window=replace(seen.window, **times)))
    again = _seen(project, _rows(), Chain("production", "churn", (other,)))
    assert _outcomes(again) == (ABSENT, ABSENT, ABSENT)
    assert lacking(again.findings[0].reason, "bytes", times["start"]) == []


def test_segments_of_a_window_seen_before_or_lost_are_not_judged(project: Project) -> None:
    split = PLAN.replace(b"{psi: 0.1}}}", b"{psi: 0.1}}, by: [region]}")
    seen = _seen(project, _rows())
    times = {"index": 9, "start": "2026-01-14T00:00:00Z", "end": "2026-01-15T00:00:00Z"}
    chain = Chain("production", "churn", (_record(replace(seen, window=replace(seen.window, **times))),))
    again = _seen(project, _rows(), chain, split)
    assert lacking(again.findings[2].reason, "bytes", times["start"]) == []
    by_hand = _seen(project, _rows(), chain, split, by_hand=True)
    assert lacking(by_hand.findings[2].reason, "profile", "by region") == []
    assert _outcomes(_seen(project, "", None, split)) == (ABSENT, ABSENT, ABSENT)
