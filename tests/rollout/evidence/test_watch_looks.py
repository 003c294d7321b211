"""Looks at watches: one passes a wave, at the end and at the whole level; each can fail it, at a share of the level."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from cases import cases
from seen_waves import HOUR, REST, Case, rate

from mlops_gitops.core.frozen import replace
from mlops_gitops.records.evidence.observation import Measure, Observation
from mlops_gitops.rollout.evidence.small_waves import at_most
from mlops_gitops.rollout.rollout_state import rollout_state
from mlops_gitops.rollout.rollout_view import RolloutView
from simulations import wave_looks
from simulations.tally import Scale

PAGE = (Path(__file__).parents[3] / "docs/explanation/statistics.md").read_text("utf-8")

WAVE = (
    "    - {name: canary, targets: [eu-api], traffic: 10, hold: 24h, MOREwatches: [WATCH]}\n"
    + REST
    + "    - {name: fleet, targets: [tills]}\n"
)
ERRORS, LATENCY = "{name: errors, rate: {at_most: 0.01}}", "{name: latency, value: {at_most: 250}}"


def _case(watch: str = ERRORS, more: str = "looks: 4, ") -> Case:
    return Case(WAVE.replace("MORE", more).replace("WATCH", watch))


CASE = _case()


def _seen(after: timedelta, hits: int, rows: int = 10_000, case: Case = CASE) -> Observation:
    return case.service(after, measures=(rate("errors", hits, rows),))


END = 25 * HOUR  # a day after the first report
STATES = [  # hits of 10,000 rows at a limit of 1 %, and the state an hour after the hold
    ("well below, at the end", [_seen(HOUR, 0, 1), _seen(END, 50)], "ready"),
    ("not shown to be below", [_seen(HOUR, 0, 1), _seen(END, 95)], "undecided"),
    ("above at the end", [_seen(HOUR, 0, 1), _seen(END, 150)], "failed"),
    ("above at an early look", [_seen(HOUR, 0, 1), _seen(8 * HOUR, 150), _seen(END, 50)], "failed"),
    ("a little above at an early look", [_seen(HOUR, 0, 1), _seen(8 * HOUR, 120), _seen(END, 50)], "ready"),
    ("below at an early look alone", [_seen(HOUR, 0, 1), _seen(8 * HOUR, 1)], "undecided"),
    ("a second report in a window", [_seen(HOUR, 0, 1), _seen(8 * HOUR, 50), _seen(9 * HOUR, 200), _seen(END, 50)],
     "ready"),
    ("before the first window", [_seen(HOUR, 0, 1), _seen(2 * HOUR, 500), _seen(END, 50)], "ready"),
    ("a second report after the end", [_seen(HOUR, 0, 1), _seen(END, 95), _seen(END + HOUR / 2, 50)], "undecided"),
    ("the number is missing", [_seen(HOUR, 0, 1), CASE.service(END)], "undecided"),
    ("too few rows", [_seen(HOUR, 0, 1), _seen(END, 0, 100)], "undecided"),
]  # fmt: skip


@cases("name, seen, state", STATES)
def test_a_rate_passes_once_and_fails_at_any_look(name: str, seen: list[Observation], state: str) -> None:
    found = CASE.state(END + HOUR, *seen)
    assert found.name == state, found.hold.reason


EXTENDED = _case(more="looks: 4, extend: 12h, ")
LATER = END + 12 * HOUR


def _late(after: timedelta, hits: int, rows: int = 10_000) -> Observation:
    return _seen(after, hits, rows, EXTENDED)


EXTENSIONS = [  # the reports since the first, when somebody asks, and the state
    ("well below at the end", [_late(END, 50)], END, "ready"),
    ("not shown to be below", [_late(END, 95)], END, "holding"),
    ("shown at the whole level, and not at half of it", [_late(END, 83)], END, "holding"),
    ("no report yet", [], END, "undecided"),
    ("no report before the extension ends", [], LATER, "undecided"),
    ("below then", [_late(END, 95), _late(LATER, 150, 20_000)], LATER, "ready"),
    ("at half of the level, too", [_late(END, 95), _late(LATER, 175, 20_000)], LATER, "undecided"),
    ("still near the limit", [_late(END, 95), _late(LATER, 190, 20_000)], LATER, "undecided"),
    ("above then", [_late(END, 95), _late(LATER, 250, 20_000)], LATER, "failed"),
    ("a better report in the extension", [_late(END, 95), _late(END + HOUR, 50)], END + HOUR, "holding"),
    ("not looked at again", [_late(END, 95)], LATER, "undecided"),
    ("a second report after the extension", [_late(END, 95), _late(LATER, 190, 20_000), _late(LATER + HOUR, 1, 30_000)],
     LATER + HOUR, "undecided"),
    ("the first report after the extension", [_late(LATER, 150, 20_000)], LATER, "ready"),
    ("passed, and nothing new since", [_late(END, 50)], LATER, "ready"),
    ("a number is missing at first", [EXTENDED.service(END), _late(LATER, 150, 20_000)], LATER, "ready"),
]  # fmt: skip


@cases("name, seen, asked, state", EXTENSIONS)
def test_an_extension_looks_once_more(name: str, seen: list[Observation], asked: timedelta, state: str) -> None:
    found = EXTENDED.state(asked, _late(HOUR, 0, 1), *seen)
    assert found.name == state, found.hold.reason


def test_an_extension_is_announced_and_said_to_run() -> None:
    early = EXTENDED.state(2 * HOUR, _late(HOUR, 0, 1)).hold
    assert "until 2026-01-09 11:00 UTC, or 2026-01-09 23:00 UTC" in early.reason
    extended = EXTENDED.state(END, _late(HOUR, 0, 1), _late(END, 95)).hold
    assert extended.until is not None and f"{extended.until:%d %H:%M}" == "09 23:00"
    assert "95 of 10000" in extended.reason and "until 2026-01-09 23:00 UTC" in extended.reason


def test_rollout_shows_an_extension_and_the_time_that_it_ends() -> None:
    state, plan = EXTENDED.state(END, _late(HOUR, 0, 1), _late(END, 95)), EXTENDED.base.state("staging", "churn")
    assert plan is not None
    view = RolloutView("churn", "staging", state, plan, EXTENDED.base, ())
    table = view.wave_table()
    assert table is not None and table.rows[0][4] == "1 d, at most 12 h more"
    assert view.following() == "the wave cloud, at the earliest 2026-01-09 23:00 UTC"
    assert view.to_json()["waves"][0]["extend_seconds"] == 12 * 3600


def test_the_look_of_an_extension_shares_the_level_of_all() -> None:
    four, five = ([_seen(HOUR, 0, 1, case), _seen(END, 124, case=case)] for case in (CASE, EXTENDED))
    assert CASE.state(END, *four).name == "failed"  # beyond 0.05 / 4
    assert EXTENDED.state(END, *five).name == "holding"  # not beyond 0.05 / 5


def test_an_extension_of_the_branch_does_not_count_for_what_was_opened() -> None:
    seen = [_seen(HOUR, 0, 1), _seen(END, 95)]
    context = replace(CASE.context(END, seen), base=EXTENDED.base, head=EXTENDED.base)
    assert rollout_state(context, "staging", "churn").name == "undecided"


def test_more_looks_each_fail_it_at_a_smaller_share() -> None:
    once = _case(more="")
    seen = [_seen(HOUR, 0, 1, once), _seen(END, 118, case=once)]
    assert once.state(END + HOUR, *seen).name == "failed"  # beyond 0.05
    assert CASE.state(END + HOUR, _seen(HOUR, 0, 1), _seen(END, 118)).name == "undecided"  # not beyond 0.05 / 4


def test_two_limits_of_a_rate_share_the_level() -> None:
    both = _case("{name: errors, rate: {at_least: 0.001, at_most: 0.01}}", more="")
    seen = [_seen(HOUR, 0, 1, both), _seen(END, 118, case=both)]
    assert both.state(END + HOUR, *seen).name == "undecided"  # beyond 0.05, and not beyond 0.05 / 2


def test_what_is_said_has_the_numbers() -> None:
    reason = CASE.state(END + HOUR, _seen(HOUR, 0, 1), _seen(END, 150)).hold.reason
    assert "errors is 0.015 (150 of 10000)" in reason and "at most 0.01 is allowed" in reason


VALUES = [(240.0, "ready"), (250.0, "ready"), (250.1, "failed")]


@cases("value, state", VALUES)
def test_a_value_fails_it_at_once(value: float, state: str) -> None:
    case = _case(LATENCY, more="")
    seen = [case.service(HOUR, measures=(Measure("latency", value=1.0),)),
            case.service(END, measures=(Measure("latency", value=value),))]  # fmt: skip
    assert case.state(END + HOUR, *seen).name == state


def test_a_number_of_the_other_form_proves_nothing() -> None:
    wrong = CASE.service(END, measures=(Measure("errors", value=0.0),))
    assert CASE.state(END + HOUR, _seen(HOUR, 0, 1), wrong).name == "undecided"
    case = _case(LATENCY, more="")
    found = case.state(
        END + HOUR, *(case.service(after, measures=(rate("latency", 999, 1000),)) for after in (HOUR, END))
    )
    assert found.name == "undecided" and "latency: it needs a value" in found.hold.reason


SMALL = [(1, 20, 0.1, 0.39), (0, 59, 0.05, 0.05), (0, 149, 0.02, 0.05), (0, 299, 0.01, 0.05), (5, 5, 0.1, 1.0)]


@cases("hits, rows, rate, probability", SMALL)
def test_what_a_small_wave_lets_through(hits: int, rows: int, rate: float, probability: float) -> None:
    assert round(at_most(hits, rows, rate), 2) == probability


def test_looking_often_neither_passes_nor_aborts_more_often_than_the_level() -> None:
    found = list(wave_looks.outcomes(Scale(1, False)))
    assert len(found) == 12 and wave_looks.too_many(found) == []
    once, twice, _, _, many, _ = found[:6]
    assert many.looks == 24 and many.passes_at_any > 0.09 and many.aborts_at_any > 0.13  # as it would be without that
    assert (twice.looks, twice.extends) == (1, True) and twice.passes_at_any > wave_looks.LEVEL - 0.005
    assert twice.passes_half > once.passes_half + 0.2 and twice.aborts_double > once.aborts_double
    shown = {" ".join(line.split()) for line in PAGE.splitlines()}
    assert {" ".join(line.split()) for line in wave_looks.table(found).splitlines()[2:]} <= shown
