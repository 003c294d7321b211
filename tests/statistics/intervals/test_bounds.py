"""Bounds beside the same ones by another route, and what holds for all methods."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest
from cases import cases
from scipy import stats

from mlops_gitops.core.plugins import all_of, names
from mlops_gitops.statistics.estimate import Estimate
from mlops_gitops.statistics.influence_moments import hall
from mlops_gitops.statistics.interval import Interval
from mlops_gitops.statistics.intervals import (
    clopper_pearson,
    delong,
    delong_paired,
    delta,
    korn_graubard,
    mean,
    mover,
    newcombe,
    tango,
)

ALPHAS = (0.5, 0.2, 0.1, 0.05, 0.025, 0.01, 0.001)


def _influences(positive: np.ndarray, negative: np.ndarray) -> tuple[float, np.ndarray]:
    """An AUC and its influences, pair by pair."""
    won = (positive[:, None] > negative) + 0.5 * (positive[:, None] == negative)
    value, n = won.mean(), len(positive) + len(negative)
    psi = [(won.mean(1) - value) * n / len(positive), (won.mean(0) - value) * n / len(negative)]
    return float(value), np.concatenate(psi)


def _scores(rows: int, shift: float) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(7)
    return rng.normal(shift, 1, rows), rng.normal(0, 1, 2 * rows)


def _ranked(rows: int = 80, shift: float = 1.5) -> Estimate:
    value, psi = _influences(*_scores(rows, shift))
    return delong.of(value, psi, np.ones(len(psi)), rows, 2 * rows)


def _paired(rows: int = 80, shift: float = 1.5) -> Estimate:
    positive, negative = _scores(rows, shift)
    base, psi = _influences(positive, negative)
    noise = np.random.default_rng(8).normal(0, 1, 3 * rows)
    value, other = _influences(positive + noise[:rows], negative + noise[rows:])
    return delong_paired.of(value - base, other - psi, np.ones(len(psi)), rows, 2 * rows)


def _skewed(n: int = 3000) -> Estimate:
    x = np.random.default_rng(9).exponential(size=n)
    return mean.of(n, x.mean(), x.var(), ((x - x.mean()) ** 3).mean())


def _smooth(span: tuple[float, float] = (0, 1), value: float = 0.9) -> Estimate:
    return delta.of(value, np.array([1.0, -9.0]) * (1 - value), np.array([900.0, 100.0]), span=span)


ESTIMATES: dict[str, Callable[[], Estimate]] = {
    "clopper_pearson": lambda: clopper_pearson.of(7.5, 10),
    "clopper_pearson, none": lambda: clopper_pearson.of(0, 10),
    "clopper_pearson, all": lambda: clopper_pearson.of(10, 10),
    "clopper_pearson, empty": lambda: clopper_pearson.of(0, 0),
    "korn_graubard": lambda: korn_graubard.of(np.arange(30.0), np.arange(30.0) + 3),
    "korn_graubard, trusted": lambda: korn_graubard.of(np.arange(99.0) % 7, np.arange(99.0) % 7 + 3),
    "korn_graubard, all": lambda: korn_graubard.of(np.full(9, 5.0), np.full(9, 5.0)),
    "korn_graubard, one cluster": lambda: korn_graubard.of(np.array([3.0]), np.array([5.0])),
    "newcombe": lambda: newcombe.of(0.8, 12, 400),
    "newcombe, perfect": lambda: newcombe.of(1.0, 12, 400),
    "newcombe, no positives": lambda: newcombe.of(0.5, 0, 400),
    "delong": _ranked,
    "delong, perfect": lambda: _ranked(80, 50),
    "delong, few": lambda: _ranked(6),
    "delong_paired": _paired,
    "delong_paired, alike": lambda: delong_paired.of(0.0, np.zeros(300), np.ones(300), 100, 200),
    "tango": lambda: tango.of(12, 30, 500),
    "tango, none discordant": lambda: tango.of(0, 0, 500),
    "tango, all lost": lambda: tango.of(0, 20, 20),
    "tango, one row": lambda: tango.of(1, 0, 1),
    "tango, empty": lambda: tango.of(0, 0, 0),
    "mean": _skewed,
    "mean, few": lambda: _skewed(20),
    "mean, constant": lambda: mean.of(100, 3.0, 0.0, 0.0),
    "mean, one row": lambda: mean.of(1, 3.0, 0.0, 0.0),
    "delta": _smooth,
    "delta, plain": lambda: _smooth((-math.inf, math.inf)),
    "delta, MCC": lambda: _smooth((-1, 1)),
    "delta, perfect": lambda: _smooth(value=1.0),
    "delta, clusters": lambda: delta.of(
        0.5, np.linspace(-1, 1, 200), np.ones(200), np.arange(200) // 4, groups={"positives": 40}
    ),
    "mover": lambda: mover.difference(clopper_pearson.of(40, 50), clopper_pearson.of(20, 50)),
    "mover, ratio": lambda: mover.ratio(clopper_pearson.of(40, 50), clopper_pearson.of(1, 50)),
    "mover, ratio of none": lambda: mover.ratio(clopper_pearson.of(0, 50), clopper_pearson.of(2, 50)),
    "mover, ratio to none": lambda: mover.ratio(clopper_pearson.of(2, 50), clopper_pearson.of(0, 50)),
    "mover, average": lambda: mover.average([clopper_pearson.of(40, 50), clopper_pearson.of(50, 50)]),
}
SPANS = {"newcombe": (0, 1), "clopper_pearson": (0, 1), "korn_graubard": (0, 1), "delong": (0, 1), "tango": (-1, 1),
         "delong_paired": (-1, 1)}  # fmt: skip


@cases("name", ESTIMATES)
def test_bounds_are_monotone_never_nan_and_in_the_possible_range(name: str) -> None:
    its = ESTIMATES[name]()
    lower, upper = [its.lower(alpha) for alpha in ALPHAS], [its.upper(alpha) for alpha in ALPHAS]
    assert not any(map(math.isnan, [*lower, *upper, its.value]))
    for (low, lower_yet), (high, higher_yet) in zip(pairwise(lower), pairwise(upper), strict=True):
        assert lower_yet <= low + 1e-12 and higher_yet >= high - 1e-12
    assert lower[1] <= its.value + 1e-12 and its.value - 1e-12 <= upper[1]
    least, most = SPANS.get(its.method, (-math.inf, math.inf))
    assert min(lower) >= least - 1e-12 and max(upper) <= most + 1e-12
    assert (its.lower(0.05), its.upper(0.05)) == (ESTIMATES[name]().lower(0.05), ESTIMATES[name]().upper(0.05))


def test_every_method_is_found_and_says_where_it_comes_from() -> None:
    methods: tuple[Interval, ...] = all_of("statistics.intervals", "INTERVAL")
    assert [its.id for its in methods] == list(names("statistics.intervals"))
    for its in methods:
        assert its.summary.strip().endswith(".") and its.range
        assert any(year in its.source for year in map(str, range(1908, 2020))), its.source


@cases("hits, n", [(0, 12), (1, 30), (17, 40), (40, 40)])
def test_clopper_pearson_is_that_of_scipy(hits: int, n: int) -> None:
    theirs = stats.binomtest(hits, n).proportion_ci(0.90, "exact")
    its = clopper_pearson.of(hits, n)
    assert (its.lower(0.05), its.upper(0.05)) == pytest.approx((theirs.low, theirs.high), abs=1e-9)


def test_clusters_of_one_row_are_independent_rows() -> None:
    hits = np.repeat([1.0, 0.0], [160, 40])
    its, plain = korn_graubard.of(hits, np.ones(200)), clopper_pearson.of(160, 200)
    assert its.lower(0.05) == pytest.approx(plain.lower(0.05), abs=1e-3)
    doubled = korn_graubard.of(2 * hits, np.full(200, 2.0))
    assert doubled.lower(0.05) == pytest.approx(its.lower(0.05), abs=1e-2), "a row said twice tells nothing new"


@cases("gained, lost, n", [(10, 3, 100), (0, 4, 80), (0, 0, 60), (30, 60, 300)])
def test_tango_inverts_its_test(gained: int, lost: int, n: int) -> None:
    low = tango.of(gained, lost, n).lower(0.05)

    def chance(d: float) -> float:
        """Of as much gain or more, at the likeliest share of lost rows, tried one by one."""
        trial = np.linspace(max(0, -d) + 1e-9, (1 - d) / 2 - 1e-9, 20_001)
        with np.errstate(all="ignore"):
            fit = gained * np.log(trial + d) + lost * np.log(trial)
            fit = np.where(np.isnan(fit), -np.inf, fit) + (n - gained - lost) * np.log(1 - 2 * trial - d)
        square = 2 * trial[np.argmax(fit)] + d
        variance = square - d * d
        g = (d - 3 * d * square + 2 * d**3) / variance**1.5 / math.sqrt(n)
        z = (gained - lost - n * d - 0.5) / math.sqrt(n * variance)
        return z - 1.6448536269514722 - g / 6 * (1.6448536269514722**2 - 1)

    assert chance(low - 2e-4) > 0 > chance(low + 2e-4)


def test_no_lost_row_among_n_tells_what_the_rule_of_three_does() -> None:
    assert tango.of(0, 0, 1000).lower(0.05) == pytest.approx(-3 / 1000, rel=0.06)


def test_hall_is_the_inverse_of_his_transformation() -> None:
    for a in (-0.4, -1e-7, 0.0, 0.2, 0.6):
        for q in (-2.3, 0.0, 1.6):
            t = float(hall(q, a))
            assert t + a / 3 * t * t + a * a / 27 * t**3 + a / 6 == pytest.approx(q, abs=1e-6)


def test_the_mean_of_symmetric_rows_has_the_bounds_of_student() -> None:
    x = np.concatenate([its := np.random.default_rng(3).normal(size=500), -its])
    its = mean.of(1000, 0.0, x.var(), 0.0)
    reach = (stats.t.ppf(0.95, 999) + 0.5 / math.sqrt(1000)) * x.std(ddof=1) / math.sqrt(1000)
    assert (its.lower(0.05), its.upper(0.05)) == pytest.approx((-reach, reach), rel=1e-9)


def test_delta_of_a_mean_is_the_mean() -> None:
    x = np.random.default_rng(4).exponential(size=4000)
    one = delta.of(x.mean(), x - x.mean(), np.ones(4000))
    other = mean.of(4000, x.mean(), x.var(), ((x - x.mean()) ** 3).mean())
    assert one.lower(0.05) == pytest.approx(other.lower(0.05), abs=1e-3)
    assert one.upper(0.05) == pytest.approx(other.upper(0.05), abs=1e-3)


def test_delong_has_the_variance_that_its_pairs_have() -> None:
    _, psi = _influences(*_scores(80, 1.5))
    parts = [(its / len(psi) * size).var(ddof=1) / size for its, size in ((psi[:80], 80), (psi[80:], 160))]
    its = delong.scatter(psi, np.ones(len(psi)), 80)
    assert float(its.variance) == pytest.approx(sum(parts), rel=0.01)


def test_cells_are_rows_and_a_cluster_of_each_row_changes_nothing() -> None:
    cells = delta.of(0.9, np.array([0.1, -0.9]), np.array([900.0, 100.0]), span=(0, 1))
    rows = np.repeat([0.1, -0.9], [900, 100])
    for its in (
        delta.of(0.9, rows, np.ones(1000), span=(0, 1)),
        delta.of(0.9, rows, np.ones(1000), np.arange(1000), (0, 1)),
    ):
        assert its.lower(0.05) == pytest.approx(cells.lower(0.05), abs=1e-12)


def test_bounds_of_a_mover_are_those_of_its_formulas() -> None:
    one, other = clopper_pearson.of(40, 50), clopper_pearson.of(20, 50)
    reach = math.hypot(one.value - one.lower(0.05), other.upper(0.05) - other.value)
    assert mover.difference(one, other).lower(0.05) == pytest.approx(0.4 - reach)
    low = mover.ratio(one, other).lower(0.05)
    scaled = math.hypot(one.value - one.lower(0.05), low * (other.upper(0.05) - other.value))
    assert one.value - low * other.value == pytest.approx(scaled), "where the difference is bounded by 0"
    assert mover.ratio(other, one).upper(0.05) == pytest.approx(1 / low)


@cases(
    "its, few",
    [
        (lambda: _ranked(12), "12 positives, and delong needs 50"),
        (lambda: delta.of(0.9, np.array([0.1, -0.9]), np.array([90.0, 10.0]), groups={"missed positives": 3}),
         "3 missed positives, and delta needs 10"),
        (lambda: delta.of(0.9, np.array([0.1, -0.9]), np.array([90.0, 10.0])), "effective rows, and delta needs 30"),
        (lambda: _skewed(100), "100 rows, and mean needs"),
        (lambda: mean.of(100, 3.0, 0.0, 0.0), "all 100 rows have the same value"),
        (lambda: delong_paired.of(0.0, np.zeros(300), np.ones(300), 100, 200), "rank all rows alike"),
        (lambda: mover.difference(_ranked(12), clopper_pearson.of(3, 5)), "12 positives, and delong needs 50"),
    ],
)  # fmt: skip
def test_what_lacks_is_said_by_name_and_number(its: Callable[[], Estimate], few: str) -> None:
    assert few in its().few


def test_models_that_rank_alike_are_not_certain_to() -> None:
    its = delong_paired.of(0.0, np.zeros(300), np.ones(300), 100, 200)
    assert its.lower(0.05) == pytest.approx(-(1 - 0.05**0.01)) and its.upper(0.05) == -its.lower(0.05)
