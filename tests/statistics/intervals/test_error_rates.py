"""A bound clears a true value at the threshold no more often than agreed; `make soak` tests the same at length."""

from __future__ import annotations

from functools import cache

import pytest
from cases import cases

from simulations.__main__ import FORMS, STUDIES, generator, study_lines
from simulations.contaminated import contaminated
from simulations.gates import slices
from simulations.tally import CHANCE, Line, Scale

SHORT = Scale(replicates=1000, full=False)
FEWER = Scale(replicates=600, full=False)  # of contaminated losses, under each key
SINGLE = Scale(replicates=140, full=False)  # of forms, which are measured sample by sample
SLICES = Scale(replicates=80, full=False)  # of ten slices each


@cache
def found_lines(name: str) -> tuple[Line, ...]:
    return tuple(
        study_lines(name, SLICES if name in ("form refuted", "form scored") else SINGLE if name in FORMS else SHORT)
    )


@cases("name", STUDIES)
def test_no_method_errs_more_often_than_chance_allows(name: str) -> None:
    _hold_to_chance(name)


@pytest.mark.parametrize("name", FORMS)  # a test each: one of them takes seconds
def test_no_metric_errs_more_often_than_chance_allows(name: str) -> None:
    _hold_to_chance(name)


def _hold_to_chance(name: str) -> None:
    found = found_lines(name)
    assert found and any(line.few < 0.5 for line in found), "nothing was in range, so nothing was tested"
    assert not [f"{line.setting} at {line.alpha}: {line.worst:.4f}" for line in found if line.is_beyond_chance]


@cases(
    "name, other",
    [
        ("clopper_pearson", "Wilson"),
        ("clopper_pearson", "Wald"),
        ("korn_graubard", "rows as if independent"),
        ("tango", "Wald"),
        ("ranking", "DeLong"),
        ("ranking", "Newcombe's method 5"),
        ("mean", "Wald"),
        ("counts", "Wald"),
    ],
)
def test_the_same_study_finds_fault_with_what_others_use(name: str, other: str) -> None:
    lines = [line for line in found_lines(name) if line.alpha == 0.05 and other in line.others]
    assert max(line.others[other] - line.limit for line in lines) > 0.01


def test_slices_need_no_correction_to_be_proven_and_one_to_be_refuted() -> None:
    for gate in slices(generator("slices"), SHORT):
        chance = CHANCE * (gate.alpha * (1 - gate.alpha) / gate.replicates) ** 0.5
        assert gate.share <= gate.alpha + chance, gate
        assert gate.naive > gate.alpha + chance, gate


def test_the_same_seed_draws_the_same() -> None:
    assert study_lines("delta clusters", SHORT) == list(found_lines("delta clusters"))


def test_a_bound_of_losses_or_a_cap_holds_what_nothing_else_can() -> None:
    """One row in a hundred is eight times as bad: without a key, a model at the threshold passes too often."""
    found = {tried.key.partition(":")[0]: tried.passed for tried in contaminated(generator("contaminated"), FEWER)}
    chance = CHANCE * (0.05 * 0.95 / FEWER.replicates) ** 0.5
    assert found["none"] > 0.05 + chance
    assert max(found["`loss_bound"], found["`cap"]) <= 0.05 + chance
