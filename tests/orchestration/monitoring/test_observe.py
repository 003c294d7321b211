"""A window observed: which release answered it, and what it is counted in."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from buckets import Project
from messages import lacking

from mlops_gitops.core.frozen import replace
from mlops_gitops.documents.read_document import parse
from mlops_gitops.git.repository import open_repository
from mlops_gitops.monitoring.calendar import period
from mlops_gitops.monitoring.history.chain import Chain
from mlops_gitops.monitoring.outcome import Finding, Outcome
from mlops_gitops.monitoring.profiles.profile import NumericColumn
from mlops_gitops.monitoring.reference_columns import Reference
from mlops_gitops.orchestration.monitoring.backtest import backtest
from mlops_gitops.orchestration.monitoring.observe import observe
from mlops_gitops.orchestration.monitoring.read_windows import Monitor
from mlops_gitops.records import monitoring
from mlops_gitops.records.promotion import Promotion
from mlops_gitops.repository.ledger import Commit, Entry, Ledger

START, DAY = datetime(2026, 1, 5, tzinfo=UTC), timedelta(days=1)
PLAN = """apiVersion: mlops-gitops/v1
kind: Monitoring
model: churn
owner: operations
start: 2026-01-05
every: 1d
grace: 1d
environments: [production]
{reference}windows:
  scored: {{path: "live/{{date}}.csv"{columns}}}
watch:
  - {{id: drift, data_drift: {{columns: [age], effect: {{psi: 0.1}}}}{over}}}
budget: {{false_alarms: 0.1}}
"""


def _reference(*edges: float) -> Reference:
    """Ages from 0 to 100, all as frequent, in bins between these edges."""
    sides = (0.0, *edges, 100.0)
    counts = tuple(round(100 * (high - low)) for low, high in pairwise(sides))
    return Reference({"age": NumericColumn("number", 10_000, 0, 0, 0, edges, counts, 50.0, 833.0, None)}, {})


TENS = tuple(map(float, range(10, 100, 10)))
REFERENCES = {"1.0.0": _reference(*(each + 5 for each in TENS[:-1])), "1.1.0": _reference(*TENS)}


def _promoted(version: str, when: datetime) -> Entry:
    predicate = {"model": "churn", "environment": "production", "sequence": 1, "release": version, "action": "promote"}
    record = Promotion(f"promotions/production/churn/{version}.json", {"predicate": predicate}, f"sha256:{version}")
    return Entry(record, record.digest, Commit("0" * 40, None, int(when.timestamp()), ()), 0)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A repository with ten windows of two thousand ages."""
    found = Project.begin(tmp_path / "r", {})
    draw = random.Random(1)
    (found.root / "live").mkdir()
    for day in range(10):
        rows = [f"{draw.uniform(0, 100):.3f},{'1.0.0' if number % 2 else '1.1.0'}" for number in range(4000)]
        text = "\n".join(["age,version", *rows]) + "\n"
        (found.root / f"live/{START + day * DAY:%Y-%m-%d}.csv").write_text(text)
    return found


def _drift(project: Project, promotions: Sequence[Entry], index: int = 9, **texts: str) -> Finding:
    monitor, folder = _monitor(project, promotions, **texts), project.root.parent / "copies"
    folder.mkdir(exist_ok=True)
    return observe(monitor, period(monitor.plan, index), monitor.plan.watches, str(folder)).findings[0]


def _monitor(project: Project, promotions: Sequence[Entry], **texts: str) -> Monitor:
    text = PLAN.format(**{"reference": "", "columns": "", "over": ""} | texts)
    plan = monitoring.read(parse("models/churn/monitoring.yaml", text.encode()))
    store = replace(project.store, tracked=open_repository(str(project.root)).tracked)
    return Monitor(
        plan, None, "production", Ledger(tuple(promotions)), store, Chain("production", "churn"),
        lambda version: (REFERENCES.get(version or "", "no reference"), None), START + 30 * DAY, scans={},
    )  # fmt: skip


def test_a_window_of_one_release_is_compared_with_its_reference(project: Project) -> None:
    finding = _drift(project, [_promoted("1.0.0", START - DAY)])
    assert finding.outcome is Outcome.FINE, finding.reason


def test_a_window_in_which_the_release_changes_is_split_or_not_available(project: Project) -> None:
    promotions = [_promoted("1.0.0", START - DAY), _promoted("1.1.0", START + 9.5 * DAY)]
    mixed = _drift(project, promotions)
    assert (mixed.outcome, lacking(mixed.reason, "1.0.0", "1.1.0")) == (Outcome.NOT_AVAILABLE, [])
    split = _drift(project, promotions, columns=", release: version")
    assert split.outcome is Outcome.FINE, split.reason
    (comparison,) = split.comparisons
    assert sum(comparison.evidence["window"]["counts"]) == 2000


def test_other_windows_are_counted_in_the_bins_of_the_release_in_force(project: Project) -> None:
    """Those of before ran 1.0.0, whose profile has other bins."""
    promotions = [_promoted("1.0.0", START - DAY), _promoted("1.1.0", START + 8 * DAY)]
    for texts in ({"reference": "reference: {windows: 8, until: 2026-01-13}\n"}, {"over": ", over: 2"}):
        finding = _drift(project, promotions, **texts)
        assert finding.outcome is not Outcome.ALARM, finding.reason
        (comparison,) = finding.comparisons
        assert comparison.value is not None, finding.reason
        assert comparison.value < 0.01


@pytest.mark.parametrize("by", ["", ", by: [version]"])
def test_the_windows_of_a_reference_are_read_once(project: Project, by: str) -> None:
    """Ten windows to judge, and eight that are their reference: those may be gone after the first look at them."""
    monitor = _monitor(
        project, [_promoted("1.0.0", START - DAY)], reference="reference: {windows: 8, until: 2026-01-13}\n", over=by
    )
    seen = []
    for found in backtest(monitor):
        seen.append(found.findings[0].comparisons[0].value)
        if seen[-1] is not None:
            for day in range(8):
                (project.root / f"live/{START + day * DAY:%Y-%m-%d}.csv").unlink(missing_ok=True)
    assert [value is not None for value in seen] == [False] * 8 + [True] * 2 + [False] * 20


def test_before_the_first_promotion_nothing_is_judged(project: Project) -> None:
    finding = _drift(project, [_promoted("1.0.0", START + 20 * DAY)])
    assert (finding.outcome, lacking(finding.reason, "production", "churn")) == (Outcome.NOT_AVAILABLE, [])


def test_windows_of_another_release_are_not_pooled(project: Project) -> None:
    promotions = [_promoted("1.0.0", START - DAY), _promoted("1.1.0", START + 9 * DAY)]
    finding = _drift(project, promotions, over=", over: 2")
    assert (finding.outcome, lacking(finding.reason, "1.0.0")) == (Outcome.NOT_AVAILABLE, [])


def test_a_window_is_not_its_own_reference(project: Project) -> None:
    finding = _drift(
        project, [_promoted("1.0.0", START - DAY)], 8, reference="reference: {windows: 8, until: 2026-01-15}\n"
    )
    assert (finding.outcome, lacking(finding.reason, "reference")) == (Outcome.NOT_AVAILABLE, [])


def test_each_release_of_rows_may_be_a_segment(project: Project) -> None:
    """Beside reference windows no profile needs to hold them; beside the profile it does."""
    text = ", by: [version], where: 'age < 50'"
    weeks = "reference: {windows: 8, until: 2026-01-13}\n"
    finding = _drift(project, [_promoted("1.0.0", START - DAY)], over=text, reference=weeks)
    assert [found.about for found in finding.comparisons] == ["age where version=1.0.0", "age where version=1.1.0"]
    for found in finding.comparisons:
        assert found.value is not None, found.reason
        assert 900 < sum(found.evidence["window"]["counts"]) < 1100
    alone = _drift(project, [_promoted("1.0.0", START - DAY)], over=text)
    assert (alone.outcome, lacking(alone.reason, "profile", "by version", "age < 50")) == (Outcome.NOT_AVAILABLE, [])


def test_rows_that_depend_on_one_another_need_a_profile_that_says_how_much(project: Project) -> None:
    """Without it, clusters of 25 rows alarmed in half of the windows that were well."""
    finding = _drift(project, [_promoted("1.0.0", START - DAY)], columns=", cluster: version")
    assert (finding.outcome, lacking(finding.reason, "age", "cluster")) == (Outcome.NOT_AVAILABLE, [])
