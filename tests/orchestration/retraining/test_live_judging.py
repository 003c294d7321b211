"""A candidate on live windows: which judge it, beside what, and what it must not have seen."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from buckets import Project
from cases import cases
from live_windows import RETRAINING
from messages import lacking

from mlops_gitops.core.canonical import git_blob
from mlops_gitops.core.errors import Error, Refused, Undecided
from mlops_gitops.core.frozen import replace
from mlops_gitops.documents.read_document import parse
from mlops_gitops.documents.tree import Overlay
from mlops_gitops.gates.result import Baseline, Outcome, worst
from mlops_gitops.git.repository import open_repository
from mlops_gitops.orchestration.evaluate_gates import evaluate_gates
from mlops_gitops.orchestration.retraining.lay_out_windows import LaidOutWindows, LiveSource, lay_out_windows
from mlops_gitops.orchestration.retraining.live_judging import give_rows, judge_on_windows
from mlops_gitops.orchestration.retraining.training_keys import CandidateData, require_unseen
from mlops_gitops.pipelines.tracked_outputs import Tracking
from mlops_gitops.records import kpis, monitoring, release, retraining
from mlops_gitops.records.live_evaluation import kpis_of
from mlops_gitops.records.promotion import Promotion
from mlops_gitops.records.release import Lineage, Pin, Release
from mlops_gitops.repository.ledger import Commit, Entry, Ledger
from mlops_gitops.repository.snapshot import Snapshot

START, WEEK = datetime(2026, 1, 5, tzinfo=UTC), timedelta(days=7)
PLAN = """apiVersion: mlops-gitops/v1
kind: Monitoring
model: churn
owner: operations
start: 2026-01-05
every: 7d
grace: 2d
environments: [production]
windows:
  scored: {path: "live/{date}.csv", key: id, score: p}
  labels: {path: "labels/{date}.csv", key: id, label: left, delay: 7d}
watch:
  - {id: rows, quality: {rows: {at_least: 1}}}
"""
KPIS = """apiVersion: mlops-gitops/v1
kind: KPIs
model: churn
data: {holdout: {path: data/holdout.csv, key: customer, label: left, score: probability, slices: [region]}}
kpis:
  - id: auc
    metric: roc_auc
    data: holdout
    gate:
      at_least: 0.7
      no_worse_than: {baseline: production, by: 0.02}
      slices: {by: [region], at_least: 0.6, min_samples: 20}
      confidence: 0.95
"""
HEADER = "id,region,tenure,calls,p"


def _promoted(version: str, when: datetime) -> Entry:
    predicate = {"model": "churn", "environment": "production", "sequence": 1, "release": version, "action": "promote"}
    record = Promotion(f"promotions/production/churn/{version}.json", {"predicate": predicate}, f"sha256:{version}")
    return Entry(record, record.digest, Commit("0" * 40, None, int(when.timestamp()), ()), 0)


IN_FORCE = (_promoted("1.0.0", START - timedelta(days=1)),)


@dataclass
class House:
    """A repository with five weeks of live data: who leaves went by tenure, and goes by calls from the third week."""

    project: Project
    newest: LaidOutWindows | None = None

    def source(self, *promotions: Entry, weeks: float = 6, policy: str = RETRAINING) -> LiveSource:
        """What judges, as many weeks after the first window began."""
        read_plan = monitoring.read(parse("models/churn/monitoring.yaml", PLAN.encode()))
        read_policy = retraining.read(parse("models/churn/retraining.yaml", policy.encode()))
        read_kpis = kpis.read(parse("models/churn/kpis.yaml", KPIS.encode()))
        git = open_repository(str(self.project.root))
        store = replace(self.project.store, tracked=git.tracked, blob=git.blob)
        ledger = Ledger(promotions or IN_FORCE)
        return LiveSource(read_policy, read_plan, read_kpis, "production", "1.0.0", ledger, store, START + weeks * WEEK)

    def commit(self, path: str, text: str) -> Pin:
        """A file in Git."""
        self.project.write(path, text)
        git = open_repository(str(self.project.root))
        git.run("add", "--", path)
        return Pin(path, git_blob=git_blob(text.encode()))

    def laid_out(self, source: LiveSource) -> LaidOutWindows:
        """The windows, in the repository; laid out once for all that ask for the newest."""
        if source.moment != START + 6 * WEEK or len(source.ledger.entries) > 1:
            return lay_out_windows(source, str(self.project.root / "other"))
        self.newest = self.newest or lay_out_windows(source, str(self.project.root))
        return self.newest

    def candidate(self, windows: LaidOutWindows, by: str, trained_on: str = "customer\nother\n") -> CandidateData:
        """One that goes by a column of the rows, whose files are in Git."""
        root = self.project.root
        header, *rows = (root / windows.files.rows).read_text().splitlines()
        place = header.split(",").index(by)
        answers = [f"{row.split(',')[0]},{row.split(',')[1]},{1 - float(row.split(',')[place]) / 100}" for row in rows]
        pins = {path: self.commit(path, (root / path).read_text()) for path in windows.copies}
        predictions = windows.files.predictions["holdout"]
        pins[predictions] = self.commit(predictions, "\n".join(["customer,region,probability", *answers]) + "\n")
        self.commit("data/train.csv", trained_on)
        evaluation = {name: pins[path] for name, path in windows.files.evaluation().items()}
        found = Release(
            "releases/churn/1.1.0.yaml", "churn", "1.1.0", (Pin("model.skops", md5="a" * 32),), Pin("README.md"),
            Pin("kpis.yaml"), evaluation, Lineage("dvc.lock", "train", {"data/train.csv": "b" * 32}, None), "1.0.0",
            live=windows.evaluation,
        )  # fmt: skip
        git = open_repository(str(root))
        tree = Overlay({"data/train.csv": trained_on.encode()})
        store = replace(self.project.store, blob=git.blob)
        return CandidateData(found, Snapshot(Overlay({})), Tracking(tree), store)


def _week(week: int, draw: random.Random) -> tuple[list[str], list[str]]:
    rows, labels = [HEADER], ["id,left"]
    for number in range(600):
        tenure, calls = draw.uniform(0, 100), draw.uniform(0, 100)
        decisive = calls if week >= 2 else tenure
        left = int(draw.uniform(0, 100) > decisive)
        rows.append(
            f"{week}-{number:03d},{'north' if number % 3 else 'south'},{tenure:.3f},{calls:.3f},{1 - tenure / 100:.5f}"
        )
        labels.append(f"{week}-{number:03d},{left}")
    return rows, labels


@pytest.fixture(scope="module")
def _built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    project, draw = Project.begin(tmp_path_factory.mktemp("windows") / "r", {}), random.Random(1)
    for week in range(5):
        for folder, lines in zip(("live", "labels"), _week(week, draw), strict=True):
            project.write(f"{folder}/{START + week * WEEK:%Y-%m-%d}.csv", "\n".join(lines) + "\n")
    yield House(project)


@pytest.fixture
def house(_built: House) -> House:
    return _built


def test_the_newest_windows_with_complete_labels_judge(house: House) -> None:
    windows = house.laid_out(house.source())
    assert [window.start[:10] for window in windows.evaluation.windows] == ["2026-01-26", "2026-02-02"]
    assert (windows.rows, windows.evaluation.release) == (1200, "1.0.0")
    earlier = house.laid_out(house.source(weeks=5.9))
    assert [window.start[:10] for window in earlier.evaluation.windows] == ["2026-01-19", "2026-01-26"]


def test_the_pipeline_gets_the_rows_and_never_a_label(house: House, tmp_path: Path) -> None:
    path = give_rows(house.source(), str(tmp_path))
    assert path == "data/live/churn/rows.csv"
    assert [file.name for file in tmp_path.rglob("*") if file.is_file()] == ["rows.csv"]
    text = (tmp_path / path).read_text()
    assert text.splitlines()[0] == f"{HEADER},customer,probability"
    assert text == (house.project.root / house.laid_out(house.source()).files.rows).read_text()


def test_a_candidate_that_wins_on_the_old_holdout_and_loses_on_live_windows_is_not_proposed(house: House) -> None:
    source = house.source()
    windows = house.laid_out(source)
    candidate = house.candidate(windows, "tenure")
    lines = ["customer,region,left,probability"]
    draw = random.Random(2)
    for number in range(1000):
        leaves = draw.random()
        region, left = "north" if number % 2 else "south", int(draw.random() < leaves)
        lines.append(f"h{number},{region},{left},{leaves:.4f}")
    worse = [f"{row.rsplit(',', 1)[0]},{draw.random():.4f}" for row in lines[1:]]
    old, ran = house.commit("data/holdout.csv", "\n".join(lines) + "\n"), "\n".join([lines[0], *worse]) + "\n"
    held = house.commit("data/before.csv", ran)
    before = Baseline("production", "1.0.0", "sha256:1.0.0", {"holdout": replace(held, path="data/holdout.csv")})
    on_holdout = evaluate_gates(source.store, source.kpis, {"holdout": old}, {"production": before})
    assert worst(on_holdout) is Outcome.PASSED, on_holdout[0].reason
    live = kpis_of(source.kpis, candidate.release)
    on_windows = evaluate_gates(candidate.store, live, candidate.release.evaluation, {"production": before})
    assert worst(on_windows) is Outcome.FAILED
    assert on_windows[0].change == 0  # the model in force goes by tenure, too


def test_a_candidate_that_learned_what_changed_passes_beside_the_stored_answers(house: House) -> None:
    source = house.source()
    windows = house.laid_out(source)
    candidate = house.candidate(windows, "calls")
    (result,) = judge_on_windows(source, windows, candidate)
    assert result.outcome is Outcome.PASSED, result.reason
    assert result.candidate.n == 1200
    assert result.change is not None
    assert result.change > 0.2


@cases(
    "runs, facts",
    [
        ("1.0.1", ("1.0.0", "1.0.1", "production", "retrain again")),
        (None, ("1.0.0", "production")),
    ],
)
def test_the_answers_of_one_release_are_no_baseline_of_another(
    house: House, runs: str | None, facts: Sequence[str]
) -> None:
    source = house.source()
    candidate = house.candidate(house.laid_out(source), "calls")
    live = kpis_of(source.kpis, candidate.release)
    other = {"production": Baseline("production", runs, "sha256:2", {"holdout": Pin("data/holdout.csv", md5="c" * 32)})}
    (result,) = evaluate_gates(candidate.store, live, candidate.release.evaluation, other)
    assert result.outcome is Outcome.NOT_AVAILABLE
    assert lacking(result.reason, *facts) == []


def test_a_row_that_the_candidate_leaves_out_is_missed(house: House) -> None:
    source = house.source()
    windows = house.laid_out(source)
    candidate = house.candidate(windows, "calls")
    path = windows.files.predictions["holdout"]
    short = "\n".join((house.project.root / path).read_text().splitlines()[:-1]) + "\n"
    evaluation = {**candidate.release.evaluation, "holdout": house.commit(path, short)}
    live = kpis_of(source.kpis, candidate.release)
    (result,) = evaluate_gates(candidate.store, live, evaluation, {"production": Baseline("production", "1.0.0", "x")})
    assert result.outcome is Outcome.NOT_AVAILABLE
    assert lacking(result.reason, "1 label without a row") == []


@cases(
    "trained_on, evaluate, facts",
    [
        (
            "customer\n3-007\n4-100\n0-001\n",
            "",
            ("2 of the 1,200 keys", "data/train.csv", "'customer'", "3-007, 4-100"),
        ),
        ("who\n3-007\n", ", training: {path: data/train.csv, key: who}", ("1 of the 1,200 keys", "'who'", "3-007")),
    ],
)
def test_keys_that_overlap_the_training_data_are_named(
    house: House, trained_on: str, evaluate: str, facts: Sequence[str]
) -> None:
    source = house.source(policy=RETRAINING.replace("windows: 2", f"windows: 2{evaluate}"))
    windows = house.laid_out(source)
    with pytest.raises(Refused) as caught:
        require_unseen(source, windows, house.candidate(windows, "calls", trained_on))
    assert lacking(caught.value.message, *facts) == []


@cases(
    "trained_on, evaluate, facts",
    [
        ("id\n3-007\n", "", ("data/train.csv", "'customer'")),
        ("id\n1\n", ", training: {path: data/gone.csv, key: id}", ("data/gone.csv",)),
    ],
)
def test_training_data_that_cannot_be_read_is_not_taken_for_other_data(
    house: House, trained_on: str, evaluate: str, facts: Sequence[str]
) -> None:
    source = house.source(policy=RETRAINING.replace("windows: 2", f"windows: 2{evaluate}"))
    windows = house.laid_out(source)
    with pytest.raises(Undecided) as caught:
        require_unseen(source, windows, house.candidate(windows, "calls", trained_on))
    assert lacking(caught.value.message, *facts) == []


@cases(
    "weeks, promotions, facts",
    [
        pytest.param(2.5, (), ("2 windows", "1 has complete labels"), id="too few"),
        pytest.param(
            6, (*IN_FORCE, _promoted("0.9.0", START + 3 * WEEK), _promoted("1.0.0", START + 3.5 * WEEK)),
            ("1.0.0", "2026-01-26T00:00:00Z", "production", "answered 1"), id="another release in between",
        ),
    ],
)  # fmt: skip
def test_windows_that_do_not_judge_are_not_taken(
    house: House, weeks: float, promotions: Sequence[Entry], facts: Sequence[str]
) -> None:
    with pytest.raises(Undecided) as caught:
        house.laid_out(house.source(*promotions, weeks=weeks))
    assert lacking(caught.value.message, *facts) == []


@cases(
    "evaluate, facts",
    [
        ("windows: 2, predictions: {test: x.csv}", ("'test'", "retraining.yaml")),
        ("windows: 2, predictions: {holdout: reports/live.parquet}", ("reports/live.parquet", "csv")),
    ],
)
def test_files_that_cannot_be_are_refused_by_name(house: House, evaluate: str, facts: Sequence[str]) -> None:
    with pytest.raises(Error) as caught:
        house.source(policy=RETRAINING.replace("windows: 2", evaluate)).files  # noqa: B018 - raises
    assert lacking(caught.value.message, *facts) == []


def test_git_and_dvc_get_to_know_the_files(house: House) -> None:
    windows = house.laid_out(house.source())
    files = windows.tracked(Overlay({"data/live/churn/.gitignore": b"/holdout.csv"}))
    assert files["data/live/churn/.gitignore"] == b"/holdout.csv\n/rows.csv\n/labels.csv\n"
    tracked = Tracking(Overlay(files)).output(windows.files.rows)
    assert tracked is not None
    assert tracked.pin.size == (house.project.root / windows.files.rows).stat().st_size
    assert windows.tracked(Overlay(files)).keys() == {"data/live/churn/rows.csv.dvc", "data/live/churn/labels.csv.dvc"}


def test_a_manifest_pins_the_windows_and_reads_them_back(house: House) -> None:
    windows = house.laid_out(house.source())
    made = house.candidate(windows, "calls").release
    document = parse(made.path, made.render())
    assert document.problems == ()
    assert release.read(document).live == windows.evaluation
