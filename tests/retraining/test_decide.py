"""A decision: what is met, what holds it up, and from when on; a month and a day end in UTC."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from cases import cases
from messages import lacking
from monitoring.plans import at, plan
from retraining.decided import COMMIT
from retraining.known import NOW, facts, look, looks, policy, rows

from mlops_gitops.core.canonical import digest
from mlops_gitops.core.frozen import replace
from mlops_gitops.monitoring.outcome import Outcome as Seen
from mlops_gitops.retraining.decide import Grounds, OpenRetraining, decide
from mlops_gitops.retraining.outcome import Decision, Hold, Outcome, Verdict
from mlops_gitops.retraining.record import Run, RunOutcome

POLICY = policy()
TWO = policy("age: 180d}", "age: 180d}, {id: decayed, alarm: auc}")
RETRAIN, NONE, BLOCKED, UNDECIDED = Outcome


def ran(*starts: str, outcome: RunOutcome = RunOutcome.WORSE) -> list[Run]:
    return [Run(outcome, start, 5.0, "measured") for start in starts]


def decided(known: Any = None, how: Any = POLICY, **more: Any) -> Decision:
    return decide(Grounds(how, more.pop("plan", None), COMMIT, **more), known or facts())


def test_a_trigger_that_is_met_leads_to_a_retraining_now() -> None:
    made = decided()
    assert (made.outcome, made.earliest, made.blockers) == (RETRAIN, "2026-11-30T12:00:00Z", ())
    assert made.cause and made.cause.triggers == ("stale",)
    assert made.policy == digest(POLICY.source) and made.monitoring is None and made.commit == COMMIT


def test_two_causes_at_once_are_one_decision_that_names_both() -> None:
    made = decided(facts(looks={"auc": looks(look())}), TWO)
    assert made.outcome is RETRAIN and made.cause and made.cause.triggers == ("stale", "decayed")
    alone = decided(facts(looks={"auc": looks(look(Seen.FINE))}), TWO)
    assert alone.cause and alone.cause.digest != made.cause.digest


@cases(
    "seen, young, outcome",
    [
        (looks(look()), True, RETRAIN),
        (looks(look(Seen.FINE)), True, NONE),
        (looks(look(Seen.NOT_AVAILABLE)), True, UNDECIDED),
        (looks(look(Seen.INCONCLUSIVE)), True, UNDECIDED),
        ("the data are gone", True, UNDECIDED),
        (looks(), True, NONE),
        (looks(look(Seen.NOT_AVAILABLE)), False, RETRAIN),
    ],
)
def test_what_could_not_be_told_is_never_no_need(seen: Any, young: bool, outcome: Outcome) -> None:
    now = NOW - timedelta(days=30) if young else NOW
    assert decided(facts(now=now, looks={"auc": seen}), TWO).outcome is outcome


@cases(
    "last, now, until",
    [
        ("2026-11-16T12:00:00Z", "2026-11-30T12:00:00", None),
        ("2026-11-16T12:00:01Z", "2026-11-30T12:00:00", "2026-11-30T12:00:01Z"),
        ("2026-11-16T23:59:59Z", "2026-11-30T23:59:58", "2026-11-30T23:59:59Z"),
        ("2026-11-16T23:59:59Z", "2026-12-01T00:00:00", None),
        ("2026-12-18T00:00:00Z", "2026-12-31T23:59:59", "2027-01-01T00:00:00Z"),
        ("2028-02-20T00:00:00Z", "2028-03-04T23:59:59", "2028-03-05T00:00:00Z"),
        ("2027-02-20T00:00:00Z", "2027-03-05T23:59:59", "2027-03-06T00:00:00Z"),
        ("2026-11-17T01:00:00+02:00", "2026-11-30T23:00:00", None),
        ("2026-11-17T01:00:00+02:00", "2026-11-30T22:59:59", "2026-11-30T23:00:00Z"),
    ],
)
def test_the_cooldown_lasts_to_the_second(last: str, now: str, until: str | None) -> None:
    made = decided(facts(now=at(now)), runs=ran(last))
    assert [(blocker.hold, blocker.until) for blocker in made.blockers] == ([(Hold.COOLDOWN, until)] if until else [])
    assert (made.outcome, made.earliest) == ((BLOCKED, until) if until else (RETRAIN, f"{now}Z"))


@cases(
    "starts, now, until",
    [
        (["2026-11-01T00:00:00Z", "2026-11-10T00:00:00Z"], "2026-11-30T23:59:59", "2026-12-01T00:00:00Z"),
        (["2026-11-01T00:00:00Z", "2026-11-10T00:00:00Z"], "2026-12-01T00:00:00", None),
        (["2026-10-31T23:59:59Z", "2026-11-10T00:00:00Z"], "2026-11-30T23:59:59", None),
        (["2026-12-01T00:00:00Z", "2026-12-02T00:00:00Z"], "2026-12-31T23:59:59", "2027-01-01T00:00:00Z"),
        (["2026-12-01T00:00:00Z", "2026-12-02T00:00:00Z"], "2027-12-31T00:00:00", None),
        (["2027-01-30T00:00:00Z", "2027-01-31T00:00:00Z"], "2027-02-28T00:00:00", None),
        (["2026-11-01T00:00:00Z"], "2026-11-30T00:00:00", None),
        (["2026-11-01T00:00:00Z"] * 3, "2026-11-30T00:00:00", "2026-12-01T00:00:00Z"),
        (["2026-11-01T01:00:00+02:00", "2026-11-10T00:00:00Z"], "2026-11-30T00:00:00", None),
    ],
)
def test_the_budget_is_of_a_calendar_month_in_utc(starts: list[str], now: str, until: str | None) -> None:
    made = decided(facts(now=at(now)), runs=[replace(run, started=_utc(run.started)) for run in ran(*starts)])
    assert [(blocker.hold, blocker.until) for blocker in made.blockers] == ([(Hold.BUDGET, until)] if until else [])


def _utc(text: str) -> str:
    return datetime.fromisoformat(text).astimezone(UTC).isoformat()


def test_what_holds_longest_says_when_it_can_start() -> None:
    made = decided(runs=ran("2026-11-20T00:00:00Z", "2026-11-28T00:00:00Z"))
    assert [blocker.hold for blocker in made.blockers] == [Hold.COOLDOWN, Hold.BUDGET]
    assert (made.outcome, made.earliest) == (BLOCKED, "2026-12-12T00:00:00Z")
    waiting = decided(runs=ran("2026-11-28T00:00:00Z"), opened=[OpenRetraining(7, "retrain/churn/1.1.0")])
    assert waiting.earliest is None and not lacking(waiting.blockers[-1].message, "#7", "retrain/churn/1.1.0")


@cases(
    "known, outcome, undecided",
    [
        (rows(3000, 2000), RETRAIN, []),
        (rows(3000, 1999), BLOCKED, [False]),
        (rows(6000, None), RETRAIN, []),
        (rows(3000, None), UNDECIDED, [True]),
        (rows(5001, labelled=False), RETRAIN, []),
        ("monitoring.yaml is missing", UNDECIDED, [True]),
    ],
)
def test_new_rows_that_are_required(known: Any, outcome: Outcome, undecided: list[bool]) -> None:
    made = decided(facts(rows=known), policy("cooldown:", "require: {new_rows: 5000}\ncooldown:"))
    assert made.outcome is outcome and [blocker.undecided for blocker in made.blockers] == undecided
    assert made.cause and all(blocker.hold is Hold.NEW_ROWS for blocker in made.blockers)


def test_what_surely_holds_it_up_settles_it_though_a_trigger_could_not_be_told() -> None:
    young = facts(now=NOW - timedelta(days=30), looks={"auc": "the data are gone"})
    made = decided(young, TWO, runs=ran("2026-10-30T00:00:00Z"))
    assert made.outcome is BLOCKED and made.cause is None
    assert [finding.verdict for finding in made.findings][1] is Verdict.NOT_AVAILABLE


def test_people_wait_for_neither_the_cooldown_nor_rows_but_keep_the_budget() -> None:
    how = policy("cooldown:", "require: {new_rows: 5000}\ncooldown:")
    young = facts(now=NOW - timedelta(days=20), why="new price list", rows=rows(1))
    made = decided(young, how, runs=ran("2026-11-09T00:00:00Z"))
    assert made.outcome is RETRAIN and made.cause and made.cause.about == {"by-hand": {"why": "new price list"}}
    over = decided(young, how, runs=ran("2026-11-09T00:00:00Z", "2026-11-08T00:00:00Z"))
    assert over.outcome is BLOCKED and [blocker.hold for blocker in over.blockers] == [Hold.BUDGET]


@cases(
    "weeks, end",
    [(4, "2026-01-05T00:00:00Z"), (5, "2026-01-05T00:00:00Z"), (6, "2026-01-12T00:00:00Z"), (0, None)],
)
def test_windows_that_judge_are_not_trained_on(weeks: int, end: str | None) -> None:
    how = policy("evaluate: holdout", "evaluate: {windows: 5}")
    watched = plan()
    assert watched.windows.labels
    matured = watched.start + weeks * watched.every + watched.windows.labels.delay
    made = decided(facts(now=matured), how, plan=watched)
    assert made.window_end == end and made.monitoring == digest(watched.source)


@cases("later, holds", [(timedelta(seconds=-1), [Hold.WINDOWS]), (timedelta(0), []), (timedelta(days=1), [])])
def test_a_release_needs_windows_enough_to_judge_its_successor(later: timedelta, holds: list[Hold]) -> None:
    how = policy("evaluate: holdout", "evaluate: {windows: 5}")
    made = decided(
        facts(now=NOW + later, judged_from=NOW, released=replace(facts().released, made=at("2026-01-01"))), how
    )
    assert [blocker.hold for blocker in made.blockers] == holds
    assert made.earliest == ("2026-11-30T12:00:00Z" if holds else f"{NOW + later:%Y-%m-%dT%H:%M:%SZ}")
