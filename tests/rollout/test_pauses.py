"""Who steers a rollout: pauses, and overrides that skip a wave or its hold."""

from __future__ import annotations

from datetime import timedelta

import rolling
from cases import cases
from rolling import START, decided, ledger, opening, record

from mlops_gitops.core.frozen import replace
from mlops_gitops.documents.tree import Overlay
from mlops_gitops.policy.rules import freeze, rollout_decision, rollout_paused, wave_hold, wave_order
from mlops_gitops.records.decision import Decision
from mlops_gitops.records.promotion import Promotion
from mlops_gitops.records.receipt import UNPROVEN
from mlops_gitops.repository.context import Context
from mlops_gitops.repository.ledger import Commit, FileChange, Ledger
from mlops_gitops.repository.running_rollout import RunningRollout, running_rollout
from mlops_gitops.repository.snapshot import Snapshot
from mlops_gitops.rollout.pauses import standstill
from mlops_gitops.rollout.rollout_state import rollout_state

DAY = timedelta(days=1)
PAUSE, RESUME = decided("stop", "pause"), decided("go", "resume")
CLOUD = record("advance", 3, "cloud", approvals={"operations": 1})


def _state(of: Ledger, after: timedelta = 9 * DAY) -> str:
    return rollout_state(rolling.context(of, now=START + after), "staging", "churn").name


STATES = [
    ("a pause", ledger(opening(), PAUSE), "paused"),
    ("resumed", ledger(opening(), PAUSE, RESUME), "ready"),
    ("resumed without its approval", ledger(opening(), PAUSE, RESUME, approved=UNPROVEN), "paused"),
    ("paused again", ledger(opening(), PAUSE, RESUME, decided("again", "pause")), "paused"),
    ("its last day is over", ledger(opening(), decided("stop", "pause", expires="2026-01-12")), "ready"),
    ("its last day is today", ledger(opening(), decided("stop", "pause", expires="2026-01-17")), "paused"),
    ("before the rollout opened", ledger(PAUSE, opening()), "ready"),
    ("another release", ledger(opening(), replace(PAUSE, release="1.2.0")), "ready"),
]


@cases("name, of, state", STATES)
def test_a_pause_keeps_a_rollout_in_its_wave_until_it_is_resumed(name: str, of: Ledger, state: str) -> None:
    assert _state(of) == state


def test_a_paused_rollout_takes_no_step_and_rolls_back() -> None:
    paused = ledger(opening(), PAUSE)
    back = record("rollback", 3, release="1.0.0", replaces="1.1.0")

    def found(*new: Promotion) -> list[str]:
        return [each.message for each in rollout_paused.check(rolling.context(paused, *new, now=START + 9 * DAY))]

    assert "decisions/stop.yaml" in found(CLOUD)[0] and "The dashboard is down" in found(CLOUD)[0]
    assert found(record("settle", 3)) and not found(back)


HOLD = decided("hurry", "override", ", skip: hold, wave: canary", "2026-02-01")


def _listing(record_of: Promotion, *decisions: Decision) -> Promotion:
    listed = [{"path": decision.path, "sha256": decision.sha256} for decision in decisions]
    data = {**record_of.data, "predicate": {**record_of.predicate, "decisions": listed}}
    return replace(record_of, data=data)


def test_an_override_ends_the_hold_of_its_wave_alone() -> None:
    soon = timedelta(hours=1)
    assert _state(ledger(opening(), HOLD), soon) == "ready"
    other = decided("hurry", "override", ", skip: hold, wave: cloud", "2026-02-01")
    assert _state(ledger(opening(), other), soon) == "holding"
    assert _state(ledger(opening(), HOLD, approved=None), soon) == "holding"
    assert _state(ledger(opening(), HOLD, at=None)) == "open"  # it skips no receipt

    def found(new: Promotion) -> list[str]:
        of = rolling.context(ledger(opening(), HOLD), new, now=START + soon)
        return [each.message for each in wave_hold.check(of)]

    assert not found(_listing(CLOUD, HOLD))
    assert "not among the record's decisions" in found(CLOUD)[0]


SKIP = decided("past", "override", ", skip: wave, wave: cloud", "2026-02-01")
FLEET = record("advance", 3, "fleet", approvals={"operations": 1})
STEPS = [  # the wave entered, whether the record lists the override, whether it may
    ("past the wave", _listing(FLEET, SKIP), True),
    ("past it, without saying so", FLEET, False),
    ("into it all the same", _listing(CLOUD, SKIP), False),
    ("into it, by a record that is older than the override", CLOUD, True),
    ("past it without its approvals", _listing(record("advance", 3, "fleet", approvals={}), SKIP), False),
]


@cases("name, new, allowed", STEPS)
def test_a_skipped_wave_is_left_out_with_the_approvals_of_both(name: str, new: Promotion, allowed: bool) -> None:
    of = rolling.context(ledger(opening(), SKIP), new, now=START + 9 * DAY)
    assert (list(wave_order.check(of)) == []) == allowed


NEW = [  # the decision, and what is wrong with it
    ("a pause of what runs", PAUSE, ""),
    ("a pause of another release", replace(PAUSE, release="1.2.0"), "no rollout of churn 1.2.0"),
    ("a pause elsewhere", replace(PAUSE, environment="production"), "runs in production"),
    ("a wave between", SKIP, ""),
    ("the first wave", replace(SKIP, wave="canary"), "canary is the first"),
    ("the last wave", replace(SKIP, wave="fleet"), "fleet is the last"),
    ("the hold of the first", HOLD, ""),
    ("a wave there is none of", replace(HOLD, wave="canry"), "no wave 'canry'"),
]


@cases("name, new, fault", NEW)
def test_a_decision_about_a_rollout_is_about_one_that_runs(name: str, new: Decision, fault: str) -> None:
    found = [message for _, message, _ in rollout_decision._faults(rolling.context(ledger(opening())), new)]
    assert fault in found[0] if fault else not found, found


def _standstill(of: Ledger, context: Context, days: float) -> timedelta:
    running = running_rollout(of, context.at, "staging", "churn")
    assert isinstance(running, RunningRollout)
    return standstill(context, running, START, START + days * DAY)


TIMES = [  # what stops it, after how many days, how many of them it stood still
    ("nothing", ledger(opening()), (), 5.0, 0.0),
    ("paused after a day", ledger(opening(), PAUSE), (), 5.0, 4.0),
    ("resumed after two", ledger(opening(), PAUSE, RESUME), (), 5.0, 1.0),
    ("paused twice", ledger(opening(), PAUSE, RESUME, decided("again", "pause")), (), 5.0, 3.0),
    ("until a last day", ledger(opening(), decided("stop", "pause", expires="2026-01-10")), (), 9.0, 1 + 14 / 24),
    ("until the last day there is", ledger(opening(), decided("stop", "pause", expires="9999-12-31")), (), 5.0, 4.0),
    (
        "a longer pause in a shorter one",
        ledger(
            opening(), decided("stop", "pause", expires="2026-01-10"), decided("again", "pause", expires="2026-01-12")
        ),
        (),
        9.0,
        3 + 14 / 24,
    ),
    (
        "a shorter pause in a longer one",
        ledger(opening(), PAUSE, decided("again", "pause", expires="2026-01-10")),
        (),
        5.0,
        4.0,
    ),
    ("frozen for a day", ledger(opening()), (("A", 1), ("D", 2)), 5.0, 1.0),
    ("frozen since a day before", ledger(opening()), (("A", -1),), 5.0, 5.0),
    ("paused while it is frozen", ledger(opening(), PAUSE, RESUME), (("A", 1.5), ("D", 3)), 5.0, 2.0),
]


@cases("name, of, freezes, after, days", TIMES)
def test_the_time_of_pauses_and_freezes_counts_once(
    name: str, of: Ledger, freezes: tuple[tuple[str, float], ...], after: float, days: float
) -> None:
    moments = [(status, int((START + since * DAY).timestamp())) for status, since in freezes]
    commits = [Commit("c" * 40, None, time, (FileChange(status, "FREEZE", None, None),)) for status, time in moments]
    frozen = replace(of, commits=tuple(commits))
    assert _standstill(frozen, rolling.context(frozen), after) == days * DAY


def test_a_planned_freeze_stands_still_where_it_holds() -> None:
    text = rolling.PLANNED["mlops.yaml"].decode()
    assert "policies:" not in text
    plan = 'policies: {freeze: [{from: "2026-01-09", to: "2026-01-10", reason: A fair, environments: [staging]}]}\n'
    base = Snapshot(Overlay({**rolling.PLANNED, "mlops.yaml": (text + plan).encode()}))
    of = ledger(opening())
    assert _standstill(of, replace(rolling.context(of), base=base), 5) == 2 * DAY


def test_a_freeze_stops_every_step_but_the_way_back() -> None:
    base = Snapshot(Overlay({**rolling.PLANNED, "FREEZE": b"A fair\n"}))
    back = record("rollback", 3, release="1.0.0", replaces="1.1.0")
    steps = [("advance", CLOUD), ("settle", record("settle", 3)), ("rollback", back), ("stop", record("stop", 3))]
    of = {name: replace(rolling.context(ledger(opening()), new), base=base) for name, new in steps}
    assert {name: bool(list(freeze.check(context))) for name, context in of.items()} == {
        "advance": True, "settle": True, "rollback": False, "stop": False
    }  # fmt: skip
