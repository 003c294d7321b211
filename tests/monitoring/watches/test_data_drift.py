"""Columns of a window beside the reference of the release."""

from __future__ import annotations

import numpy as np
from cases import cases
from messages import lacking
from monitoring.looks import LEVEL, evidence, scan, watch

from mlops_gitops.monitoring.judge import judge_watch
from mlops_gitops.monitoring.outcome import Finding, Outcome
from mlops_gitops.monitoring.profiles.profile import CategoricalColumn, NumericColumn
from mlops_gitops.monitoring.profiles.window_scan import ColumnScan, WindowScan
from mlops_gitops.monitoring.reference_columns import Reference
from mlops_gitops.monitoring.watch_kind import SegmentEvidence
from mlops_gitops.records.monitoring import DataDrift, PredictionDrift

FINE, ALARM, OPEN, ABSENT = Outcome.FINE, Outcome.ALARM, Outcome.INCONCLUSIVE, Outcome.NOT_AVAILABLE
BINS = 100
AGE = NumericColumn("number", 20_000, 0, 0, 0, tuple(map(float, range(1, BINS))), (200,) * BINS, 50.0, 833.0, None)
REGION = CategoricalColumn("category", 20_000, 0, {"north": 10_000, "south": 9_900}, 100, 3, None)
REFERENCE = Reference({"age": AGE, "region": REGION}, {"note": "it is free text"})


def _ages(shares: np.ndarray, rows: int = 5000) -> ColumnScan:
    counts = tuple(round(float(share) * rows) for share in shares / shares.sum())
    return ColumnScan(sum(counts), 0, counts=counts)


SAME = _ages(np.ones(BINS))
OLDER = _ages(np.linspace(0.2, 1.8, BINS))  # its PSI is 0.32
REGIONS = ColumnScan(5000, 0, categories={"north": 2500, "south": 2475}, other=25)
NEW = ColumnScan(5000, 0, categories={"north": 2000, "south": 1475}, other=1525, examples=("center", "west"))


def _judge(found: WindowScan | str, *columns: str, effect: str = "psi", limit: float = 0.1, **known: object) -> Finding:
    check = DataDrift(columns, effect, limit)
    return judge_watch(watch("data_drift", check), evidence(scan=found, reference=REFERENCE) if not known else
                       evidence(**{"scan": found, "reference": REFERENCE} | known), LEVEL)  # fmt: skip


@cases("column, outcome", [(SAME, FINE), (OLDER, ALARM), (_ages(np.linspace(0.45, 1.55, BINS)), OPEN)])
def test_the_bounds_of_the_effect_decide(column: ColumnScan, outcome: Outcome) -> None:
    """The last is about as far away as the limit."""
    finding = _judge(scan(columns={"age": column}), "age")
    assert (finding.outcome, finding.level) == (outcome, LEVEL)


def test_an_alarm_names_the_column_and_new_values() -> None:
    finding = _judge(scan(columns={"age": SAME, "region": NEW}), "age", "region")
    assert finding.outcome is ALARM
    assert lacking(finding.reason, "region", "center", "west", "0.1") == []
    assert "age" not in finding.reason
    assert {found.about: found.outcome for found in finding.comparisons} == {"age": FINE, "region": ALARM}


def test_the_level_is_shared_by_the_columns() -> None:
    finding = _judge(scan(columns={"age": SAME, "region": REGIONS}), "age", "region")
    assert {found.level for found in finding.comparisons} == {LEVEL / 2}


@cases("effect, column", [("ks", "age"), ("wasserstein", "age"), ("cramers_v", "region")])
def test_every_statistic_sees_it(effect: str, column: str) -> None:
    drifted = {"age": OLDER, "region": NEW}
    assert _judge(scan(columns=drifted), column, effect=effect).outcome is ALARM
    assert _judge(scan(columns={"age": SAME, "region": REGIONS}), column, effect=effect).outcome is FINE


@cases(
    "found, column, facts",
    [
        ("live.csv is empty", "age", ["live.csv is empty"]),
        (scan(columns={"age": ColumnScan(0, 0, counts=(0,) * BINS)}), "age", ["no rows"]),
        (scan(columns={}, missing=("age",)), "age", ["age"]),
        (scan(columns={"age": ColumnScan(9, 0)}, retyped={"age": ("number", "category")}), "age",
         ["age", "number", "category"]),
        (scan(columns={}), "note", ["note", "free text"]),
        (scan(columns={}), "more", ["more", "not in the data"]),
        (scan(columns={"region": REGIONS}), "region", ["ks", "category"]),
    ],
)  # fmt: skip
def test_what_cannot_be_compared_is_named(found: WindowScan | str, column: str, facts: list[str]) -> None:
    finding = _judge(found, column, effect="ks")
    assert finding.outcome is ABSENT
    assert lacking(finding.reason, *facts) == []


def test_a_window_without_a_reference_is_not_fine() -> None:
    finding = _judge(scan(columns={"age": SAME}), "age", reference="no reference: it pins no profile")
    assert (finding.outcome, lacking(finding.reason, "no reference")) == (ABSENT, [])


def test_a_column_that_lost_all_its_values_drifts() -> None:
    for lost in (ColumnScan(5000, 5000, counts=(0,) * BINS), ColumnScan(5000, 0, infinite=5000, counts=(0,) * BINS)):
        assert _judge(scan(columns={"age": lost}), "age").outcome is ALARM


def test_a_column_that_became_constant_drifts() -> None:
    constant = ColumnScan(5000, 0, counts=(5000, *(0,) * (BINS - 1)))
    assert _judge(scan(columns={"age": constant}), "age").outcome is ALARM


def test_one_row_shows_nothing() -> None:
    finding = _judge(scan(1, columns={"age": ColumnScan(1, 0, counts=(1, *(0,) * (BINS - 1)))}), "age")
    assert (finding.outcome, lacking(finding.reason, "1", "500")) == (ABSENT, [])


def test_windows_are_pooled() -> None:
    """Twelve windows of 150 rows show what one does not."""
    small = scan(150, columns={"age": _ages(np.linspace(0.2, 1.8, BINS), 150)})
    check = DataDrift(("age",), "psi", 0.1)
    one, twelve = (
        judge_watch(
            watch("data_drift", check, over=over), evidence(scan=small, reference=REFERENCE, earlier=before), LEVEL
        )
        for over, before in ((1, ()), (12, (small,) * 11))
    )
    assert (one.outcome, twelve.outcome) == (ABSENT, ALARM)


def test_fewer_windows_than_are_pooled_are_not_enough() -> None:
    check = DataDrift(("age",), "psi", 0.1)
    known = evidence(scan=scan(columns={"age": SAME}), reference=REFERENCE, earlier=(scan(columns={"age": SAME}),))
    finding = judge_watch(watch("data_drift", check, over=4), known, LEVEL)
    assert (finding.outcome, lacking(finding.reason, "2", "4")) == (ABSENT, [])


def test_reference_windows_say_how_much_weeks_differ() -> None:
    """A window that differs no more than the reference windows do is no alarm; beside the profile alone it is one."""
    weeks = [np.linspace(1 - slope, 1 + slope, BINS) for slope in (0.6, -0.6, 0.3, -0.3, 0.5, -0.5, 0.2, -0.2)]
    windows = tuple(scan(columns={"age": _ages(week, 20_000)}) for week in weeks)
    now = scan(columns={"age": _ages(np.linspace(0.4, 1.6, BINS), 20_000)})
    assert _judge(now, "age", limit=0.02).outcome is ALARM
    assert _judge(now, "age", limit=0.02, windows=windows).outcome is OPEN
    few = _judge(now, "age", limit=0.02, windows=windows[:7])
    assert (few.outcome, lacking(few.reason, "7", "8")) == (ABSENT, [])


def test_what_the_model_answered_is_watched_too() -> None:
    known = evidence(scan=scan(columns={"age": OLDER}), reference=REFERENCE, answers=("age",))
    check = PredictionDrift("psi", 0.1)
    assert judge_watch(watch("prediction_drift", check), known, LEVEL).outcome is ALARM
    unnamed = judge_watch(watch("prediction_drift", check), evidence(scan=scan(), reference=REFERENCE), LEVEL)
    assert (unnamed.outcome, lacking(unnamed.reason, "windows.scored")) == (ABSENT, [])


def _part(name: str, found: WindowScan | str, reference: Reference | str = REFERENCE) -> SegmentEvidence:
    return SegmentEvidence(name, reference, found)


def _judge_segments(parts: tuple[SegmentEvidence, ...] | str) -> Finding:
    check, known = DataDrift(("age", "region"), "psi", 0.1), evidence(segments={"w": parts})
    return judge_watch(watch("data_drift", check, by=("plan",)), known, LEVEL)


def test_segments_and_columns_share_the_level() -> None:
    both = scan(columns={"age": SAME, "region": REGIONS})
    finding = _judge_segments((_part("plan=a", both), _part("plan=b", scan(columns={"age": OLDER, "region": REGIONS}))))
    assert finding.outcome is ALARM
    assert lacking(finding.reason, "age where plan=b", "0.1") == []
    found = {each.about: (each.outcome, each.level) for each in finding.comparisons}
    assert found["age where plan=b"] == (ALARM, LEVEL / 4)
    assert {about for about, (outcome, _) in found.items() if outcome is FINE} == {
        "age where plan=a", "region where plan=a", "region where plan=b",
    }  # fmt: skip


def test_a_segment_that_is_on_one_side_alone_is_named() -> None:
    both = scan(columns={"age": SAME, "region": REGIONS})
    finding = _judge_segments((_part("plan=a", both), _part("plan=c", both, "the reference has no such segment")))
    assert finding.outcome is ABSENT
    assert lacking(finding.reason, "plan=c", "reference") == []
    few = _judge_segments((_part("plan=a", both), _part("plan=b", "the window has fewer than 20 rows of it")))
    assert (few.outcome, lacking(few.reason, "plan=b", "20")) == (ABSENT, [])


def test_without_segments_a_watch_of_them_is_not_fine() -> None:
    finding = _judge_segments("the profile holds no segments by plan")
    assert (finding.outcome, lacking(finding.reason, "by plan")) == (ABSENT, [])
    (unseen,) = judge_watch(
        watch("data_drift", DataDrift(("age",), "psi", 0.1), where="age > 3"),
        evidence(scan=scan(columns={"age": SAME}), reference=REFERENCE), LEVEL,
    ).comparisons  # fmt: skip
    assert unseen.outcome is ABSENT
