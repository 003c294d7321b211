"""Each trigger: at, below and above its limit, where evidence is missing, and where there can be none yet."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from cases import cases
from messages import lacking
from retraining.known import MADE, NOW, RECORD, drift_look, facts, look, looks, rows

from mlops_gitops.core import plugins
from mlops_gitops.monitoring.outcome import Outcome
from mlops_gitops.records.retraining import Age, Alarm, ByHand, Changed, ImportantDrift, NewLabels, Trigger
from mlops_gitops.retraining.evidence.facts import Facts, FileChange, Importance
from mlops_gitops.retraining.outcome import TriggerFinding, Verdict
from mlops_gitops.retraining.trigger import PACKAGE, find, trigger_kind

ALARM, FINE, UNSURE, GONE = Outcome.ALARM, Outcome.FINE, Outcome.INCONCLUSIVE, Outcome.NOT_AVAILABLE
MET, NOT_MET, NOT_YET, INCONCLUSIVE, NOT_AVAILABLE = Verdict
KINDS = {Alarm: "alarm", ImportantDrift: "drift", Age: "age", NewLabels: "new_labels", Changed: "changed",
         ByHand: "by_hand"}  # fmt: skip
IMPORTANCE = Importance({"age": 3.0, "region": 1.0, "tenure": 6.0}, "reports/explain.json", RECORD)


def found(check: Any, known: Facts) -> TriggerFinding:
    return find(Trigger("it", KINDS[type(check)], check), known)


def test_every_check_of_the_file_has_its_trigger() -> None:
    assert sorted(KINDS.values()) == list(plugins.names(PACKAGE))
    assert [trigger_kind(name).id for name in sorted(KINDS.values())] == sorted(KINDS.values())


@cases("check", [Alarm("auc"), ImportantDrift("drift", 0.2), Age(timedelta(days=1)), NewLabels(1), Changed("data.csv")])
def test_without_a_release_in_force_nothing_can_be_met_yet(check: Any) -> None:
    answer = found(check, facts(released=None, importance=IMPORTANCE, rows=rows(5)))
    assert answer.verdict is NOT_YET and not lacking(answer.message, "no release of churn is in force")


# ── age ──


@cases(
    "older, verdict",
    [(timedelta(0), MET), (timedelta(seconds=-1), NOT_MET), (timedelta(seconds=1), MET), (timedelta(days=400), MET)],
)
def test_age_beside_its_limit(older: timedelta, verdict: Verdict) -> None:
    answer = found(Age(timedelta(days=180)), facts(now=MADE + timedelta(days=180) + older))
    assert answer.verdict is verdict and (answer.limit, answer.unit) == (180.0, "days")
    assert answer.value == pytest.approx(180 + older / timedelta(days=1))
    assert answer.evidence["made"] == "2026-06-03T12:00:00Z"
    assert bool(lacking(answer.message, "2026-11-30")) is (verdict is MET)


# ── alarm ──


@cases(
    "seen, wanted, verdict, value",
    [
        ([ALARM], 1, MET, 1.0),
        ([FINE], 1, NOT_MET, 0.0),
        ([UNSURE], 1, INCONCLUSIVE, 0.0),
        ([GONE], 1, NOT_AVAILABLE, 0.0),
        ([ALARM, ALARM], 2, MET, 2.0),
        ([ALARM, FINE], 2, NOT_MET, 1.0),
        ([FINE, ALARM], 2, NOT_MET, 0.0),
        ([ALARM], 2, NOT_MET, 1.0),
        ([ALARM, UNSURE], 2, INCONCLUSIVE, 1.0),
        ([ALARM, GONE], 2, NOT_AVAILABLE, 1.0),
        ([UNSURE, GONE], 2, NOT_AVAILABLE, 0.0),
        ([GONE, FINE], 2, NOT_MET, 0.0),
        ([], 1, NOT_YET, None),
    ],
)
def test_an_alarm_counts_windows_in_a_row(
    seen: list[Outcome], wanted: int, verdict: Verdict, value: float | None
) -> None:
    known = looks(*(look(outcome, 4 - n) for n, outcome in enumerate(seen)), wanted=wanted)
    answer = found(Alarm("auc"), facts(looks={"auc": known}))
    assert (answer.verdict, answer.value, answer.limit) == (verdict, value, float(wanted))
    windows = answer.evidence.get("windows", [])
    assert [window["outcome"] for window in windows] == seen and all(w["record"] == RECORD for w in windows)


@cases(
    "known, words",
    [
        ({}, "monitoring.yaml has no watch auc"),
        ({"auc": "the records are gone"}, "the records are gone"),
        ({"auc": looks(look(ALARM, fault="its record says fine"))}, "its record says fine"),
        ({"auc": looks(look(FINE, fault="these are not the bytes on record"))}, "not the bytes on record"),
    ],
)
def test_an_alarm_without_sound_evidence_is_not_available(known: Any, words: str) -> None:
    answer = found(Alarm("auc"), facts(looks=known))
    assert answer.verdict is NOT_AVAILABLE and not lacking(answer.message, words)


def test_an_alarm_that_people_muted_is_no_need() -> None:
    answer = found(Alarm("auc"), facts(looks={"auc": looks(look(muted="decisions/2026-11-01-known.yaml"))}))
    assert answer.verdict is NOT_MET and not lacking(answer.message, "decisions/2026-11-01-known.yaml")


# ── drift ──


@cases(
    "columns, limit, verdict, value",
    [
        ({"age": ALARM, "region": FINE, "tenure": FINE}, 0.3, MET, 0.3),
        ({"age": ALARM, "region": FINE, "tenure": FINE}, 0.31, NOT_MET, 0.3),
        ({"age": ALARM, "region": FINE, "tenure": FINE}, 0.29, MET, 0.3),
        ({"age": FINE, "region": FINE, "tenure": FINE}, 0.1, NOT_MET, 0.0),
        ({"age": ALARM, "region": ALARM, "tenure": UNSURE}, 0.4, MET, 0.4),
        ({"age": ALARM, "region": UNSURE, "tenure": FINE}, 0.4, INCONCLUSIVE, 0.3),
        ({"age": ALARM, "region": UNSURE, "tenure": FINE}, 0.5, NOT_MET, 0.3),
        ({"age": ALARM, "region": GONE, "tenure": FINE}, 0.4, NOT_AVAILABLE, 0.3),
        ({"age": ALARM, "income": ALARM}, 0.3, MET, 0.3),
        ({"age": ALARM, "income": ALARM}, 0.4, NOT_AVAILABLE, 0.3),
        ({"age": ALARM, "income": FINE}, 0.4, NOT_MET, 0.3),
    ],
)
def test_drift_weighs_columns_by_their_importance(
    columns: dict[str, Outcome], limit: float, verdict: Verdict, value: float
) -> None:
    known = facts(looks={"drift": looks(drift_look(columns))}, importance=IMPORTANCE)
    answer = found(ImportantDrift("drift", limit), known)
    assert (answer.verdict, answer.limit) == (verdict, limit) and answer.value == pytest.approx(value)
    assert answer.evidence["explain"] == {"path": "reports/explain.json", "digest": RECORD}
    if "income" in columns and verdict is NOT_AVAILABLE:
        assert not lacking(answer.message, "the explanation has no feature income")


@cases(
    "known, importance, verdict, words",
    [
        ({"drift": looks(drift_look({}))}, IMPORTANCE, NOT_AVAILABLE, "roc_auc is not_available"),
        ({"drift": looks(drift_look({"age": ALARM}, fault="the data are gone"))}, IMPORTANCE, NOT_AVAILABLE, "gone"),
        ({"drift": looks(drift_look({"age": ALARM}))}, "the card has no `explain`", NOT_AVAILABLE, "explain"),
        ({"drift": looks(drift_look({"age": ALARM}, muted="decisions/a.yaml"))}, IMPORTANCE, NOT_MET, "decisions/a"),
        ({"drift": looks()}, IMPORTANCE, NOT_YET, "1.0.0"),
        ({}, IMPORTANCE, NOT_AVAILABLE, "drift"),
    ],
)
def test_drift_without_evidence(known: Any, importance: Any, verdict: Verdict, words: str) -> None:
    answer = found(ImportantDrift("drift", 0.2), facts(looks=known, importance=importance))
    assert answer.verdict is verdict and not lacking(answer.message, words)


# ── new labels, a changed file, people ──


@cases(
    "counts, verdict",
    [
        (rows(6000, 4000), MET), (rows(6000, 3999), NOT_MET), (rows(6000, 4001), MET), (rows(), NOT_MET),
        (rows(6000, None), NOT_AVAILABLE), (rows(10000, None), MET), (rows(9000, waiting=3), NOT_MET),
        (rows(20000, labelled=False), NOT_AVAILABLE), ("there is no monitoring.yaml", NOT_AVAILABLE),
    ],
)  # fmt: skip
def test_new_labels_beside_their_limit(counts: Any, verdict: Verdict) -> None:
    answer = found(NewLabels(10000), facts(rows=counts))
    assert answer.verdict is verdict and answer.limit == 10000.0
    if verdict is not NOT_AVAILABLE:
        assert answer.value == counts.counted


@cases(
    "change, verdict, about",
    [
        (FileChange("md5:1", "md5:1"), NOT_MET, {}),
        (FileChange("md5:1", "md5:2"), MET, {"digest": "md5:2"}),
        (FileChange(None, "md5:2"), MET, {"digest": "md5:2"}),
        ("DVC does not track data.csv", NOT_AVAILABLE, {}),
    ],
)
def test_a_file_that_changed(change: Any, verdict: Verdict, about: dict[str, str]) -> None:
    answer = found(Changed("data.csv"), facts(changes={"data.csv": change}))
    assert (answer.verdict, answer.about) == (verdict, about) and not lacking(answer.message, "data.csv")


def test_people_start_it_with_a_reason() -> None:
    assert found(ByHand(), facts()).verdict is NOT_MET
    answer = found(ByHand(), facts(why="new price list"))
    assert (answer.verdict, answer.about) == (MET, {"why": "new price list"})


def test_the_day_of_now_is_the_one_that_age_names() -> None:
    answer = found(Age(timedelta(days=200)), facts(now=NOW))
    assert answer.verdict is NOT_MET and not lacking(answer.message, "2026-06-03", "2026-12-20")
