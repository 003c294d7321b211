"""Looks at watches: one passes a wave, at the end and at the whole level; each can fail it, at a share of the level."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from cases import cases
from seen_waves import HOUR, REST, Case, rate

from mlops_gitops.records.evidence.observation import Measure, Observation
from mlops_gitops.rollout.evidence.small_waves import at_most
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
    assert len(found) == 6 and wave_looks.too_many(found) == []
    many = found[2]
    assert many.looks == 24 and many.passes_at_any > 0.09 and many.aborts_at_any > 0.13  # as it would be without that
    assert f"| {many.looks} " in PAGE and f"{100 * many.aborts_at_any:.1f} %" in PAGE
