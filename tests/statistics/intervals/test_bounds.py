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
from mlops_gitops.statistics.auc_variance import auc_moments
from mlops_gitops.statistics.estimate import Estimate
from mlops_gitops.statistics.influences import Influences
from mlops_gitops.statistics.interval import Interval
from mlops_gitops.statistics.intervals import mover
from mlops_gitops.statistics.intervals.clopper_pearson import clopper_pearson_interval
from mlops_gitops.statistics.intervals.delong import delong_interval
from mlops_gitops.statistics.intervals.delong_paired import delong_paired_interval
from mlops_gitops.statistics.intervals.delta import delta_interval
from mlops_gitops.statistics.intervals.discordant import Moved, discordant_interval
from mlops_gitops.statistics.intervals.korn_graubard import korn_graubard_interval
from mlops_gitops.statistics.intervals.mean import mean_interval
from mlops_gitops.statistics.intervals.newcombe import newcombe_interval
from mlops_gitops.statistics.intervals.tango import tango_interval

ALPHAS = (0.5, 0.2, 0.1, 0.05, 0.025, 0.01, 0.001)
TEN_OF_100 = Influences(np.array([0.1, -0.9]), np.array([90.0, 10.0]))  # of a share of 0.9

FOUR_OF_100 = Influences(np.array([0.04, -0.96]), np.array([96.0, 4.0]))


def single_rows(influence: np.ndarray, cluster: np.ndarray | None = None) -> Influences:
    """Influences with one row to a cell."""
    return Influences(influence, np.ones(len(influence)), cluster)


def auc_influences(positive: np.ndarray, negative: np.ndarray) -> tuple[float, np.ndarray]:
    """An AUC and its influences, pair by pair."""
    won = (positive[:, None] > negative) + 0.5 * (positive[:, None] == negative)
    value, n = won.mean(), len(positive) + len(negative)
    psi = [(won.mean(1) - value) * n / len(positive), (won.mean(0) - value) * n / len(negative)]
    return float(value), np.concatenate(psi)


def scores(rows: int, shift: float) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(7)
    return rng.normal(shift, 1, rows), rng.normal(0, 1, 2 * rows)


def ranked(rows: int = 80, shift: float = 1.5) -> Estimate:
    value, psi = auc_influences(*scores(rows, shift))
    return delong_interval(value, single_rows(psi), rows, 2 * rows)


def paired(rows: int = 80, shift: float = 1.5) -> Estimate:
    positive, negative = scores(rows, shift)
    baseline, psi = auc_influences(positive, negative)
    noise = np.random.default_rng(8).normal(0, 1, 3 * rows)
    value, other = auc_influences(positive + noise[:rows], negative + noise[rows:])
    return delong_paired_interval(value - baseline, single_rows(other - psi), rows, 2 * rows)


def alike(lost: float = 0.0, gained: float = 0.0, units: int = 300) -> Estimate:
    """The change of a share of 300 rows, from the rows that only one model has right."""
    down, up = (Moved(*pair, lambda rows: rows / units) for pair in ((lost, gained), (gained, lost)))
    return discordant_interval((gained - lost) / units, units, down, up, (-1.0, 1.0))


def skewed(n: int = 3000) -> Estimate:
    x = np.random.default_rng(9).exponential(size=n)
    return mean_interval(n, x.mean(), x.var(), ((x - x.mean()) ** 3).mean())


def smooth(span: tuple[float, float] = (0, 1), value: float = 0.9) -> Estimate:
    influences = Influences(np.array([1.0, -9.0]) * (1 - value), np.array([900.0, 100.0]))
    return delta_interval(value, influences, span=span)


def clustered() -> Estimate:
    influences = single_rows(np.linspace(-1, 1, 200), np.arange(200) // 4)
    return delta_interval(0.5, influences, groups={"positives": 40})


def of_fifty(combine: Callable[[Estimate, Estimate], Estimate], first: int, second: int) -> Estimate:
    return combine(clopper_pearson_interval(first, 50), clopper_pearson_interval(second, 50))


ESTIMATES: dict[str, Callable[[], Estimate]] = {
    "clopper_pearson": lambda: clopper_pearson_interval(7.5, 10),
    "clopper_pearson, none": lambda: clopper_pearson_interval(0, 10),
    "clopper_pearson, all": lambda: clopper_pearson_interval(10, 10),
    "clopper_pearson, empty": lambda: clopper_pearson_interval(0, 0),
    "korn_graubard": lambda: korn_graubard_interval(np.arange(30.0), np.arange(30.0) + 3),
    "korn_graubard, trusted": lambda: korn_graubard_interval(np.arange(99.0) % 7, np.arange(99.0) % 7 + 3),
    "korn_graubard, all": lambda: korn_graubard_interval(np.full(9, 5.0), np.full(9, 5.0)),
    "korn_graubard, one cluster": lambda: korn_graubard_interval(np.array([3.0]), np.array([5.0])),
    "newcombe": lambda: newcombe_interval(0.8, 12, 400),
    "newcombe, perfect": lambda: newcombe_interval(1.0, 12, 400),
    "newcombe, no positives": lambda: newcombe_interval(0.5, 0, 400),
    "delong": ranked,
    "delong, perfect": lambda: ranked(80, 50),
    "delong, few": lambda: ranked(6),
    "delong_paired": paired,
    "delong_paired, alike": lambda: delong_paired_interval(0.0, single_rows(np.zeros(300)), 100, 200),
    "discordant": lambda: alike(3, 1.5),
    "discordant, none": alike,
    "discordant, all lost": lambda: alike(300),
    "discordant, one cluster": lambda: alike(units=1),
    "tango": lambda: tango_interval(12, 30, 500),
    "tango, none discordant": lambda: tango_interval(0, 0, 500),
    "tango, all lost": lambda: tango_interval(0, 20, 20),
    "tango, one row": lambda: tango_interval(1, 0, 1),
    "tango, empty": lambda: tango_interval(0, 0, 0),
    "mean": skewed,
    "mean, few": lambda: skewed(20),
    "mean, constant": lambda: mean_interval(100, 3.0, 0.0, 0.0),
    "mean, one row": lambda: mean_interval(1, 3.0, 0.0, 0.0),
    "delta": smooth,
    "delta, plain": lambda: smooth((-math.inf, math.inf)),
    "delta, MCC": lambda: smooth((-1, 1)),
    "delta, perfect": lambda: smooth(value=1.0),
    "delta, clusters": clustered,
    "mover": lambda: of_fifty(mover.difference, 40, 20),
    "mover, ratio": lambda: of_fifty(mover.ratio, 40, 1),
    "mover, ratio of none": lambda: of_fifty(mover.ratio, 0, 2),
    "mover, ratio to none": lambda: of_fifty(mover.ratio, 2, 0),
    "mover, average": lambda: mover.average([clopper_pearson_interval(40, 50), clopper_pearson_interval(50, 50)]),
}
SPANS = {"newcombe": (0, 1), "clopper_pearson": (0, 1), "korn_graubard": (0, 1), "delong": (0, 1), "tango": (-1, 1),
         "delong_paired": (-1, 1), "discordant": (-1, 1)}  # fmt: skip


@cases("name", ESTIMATES)
def test_bounds_are_monotone_never_nan_and_in_the_possible_range(name: str) -> None:
    estimate = ESTIMATES[name]()
    lower, upper = [estimate.lower(alpha) for alpha in ALPHAS], [estimate.upper(alpha) for alpha in ALPHAS]
    assert not any(map(math.isnan, [*lower, *upper, estimate.value]))
    for (low, next_low), (high, next_high) in zip(pairwise(lower), pairwise(upper), strict=True):
        assert next_low <= low + 1e-12 and next_high >= high - 1e-12
    assert lower[1] <= estimate.value + 1e-12 and estimate.value - 1e-12 <= upper[1]
    least, most = SPANS.get(estimate.method, (-math.inf, math.inf))
    assert min(lower) >= least - 1e-12 and max(upper) <= most + 1e-12
    again = ESTIMATES[name]()
    assert (estimate.lower(0.05), estimate.upper(0.05)) == (again.lower(0.05), again.upper(0.05))


def test_every_method_is_found_and_says_its_source() -> None:
    methods: tuple[Interval, ...] = all_of("statistics.intervals", "INTERVAL")
    assert [method.id for method in methods] == list(names("statistics.intervals"))
    for method in methods:
        assert method.summary.strip().endswith(".") and method.range
        assert any(year in method.source for year in map(str, range(1908, 2020))), method.source
        assert method.estimate.__module__.endswith(f".{method.id}")


@cases("hits, n", [(0, 12), (1, 30), (17, 40), (40, 40)])
def test_clopper_pearson_is_that_of_scipy(hits: int, n: int) -> None:
    expected = stats.binomtest(hits, n).proportion_ci(0.90, "exact")
    estimate = clopper_pearson_interval(hits, n)
    assert (estimate.lower(0.05), estimate.upper(0.05)) == pytest.approx((expected.low, expected.high), abs=1e-9)


def test_clusters_of_one_row_are_independent_rows() -> None:
    hits = np.repeat([1.0, 0.0], [160, 40])
    single, independent = korn_graubard_interval(hits, np.ones(200)), clopper_pearson_interval(160, 200)
    assert single.lower(0.05) == pytest.approx(independent.lower(0.05), abs=1e-3)
    doubled = korn_graubard_interval(2 * hits, np.full(200, 2.0))
    assert doubled.lower(0.05) == pytest.approx(single.lower(0.05), abs=1e-2), "a repeated row adds nothing new"


@cases("gained, lost, n", [(10, 3, 100), (0, 4, 80), (0, 0, 60), (30, 60, 300)])
def test_tango_inverts_its_test(gained: int, lost: int, n: int) -> None:
    low = tango_interval(gained, lost, n).lower(0.05)

    def excess(d: float) -> float:
        """The score less its quantile, at the likeliest share of lost rows, tried one by one."""
        trial = np.linspace(max(0, -d) + 1e-9, (1 - d) / 2 - 1e-9, 20_001)
        with np.errstate(all="ignore"):
            fit = gained * np.log(trial + d) + lost * np.log(trial)
            fit = np.where(np.isnan(fit), -np.inf, fit) + (n - gained - lost) * np.log(1 - 2 * trial - d)
        square = 2 * trial[np.argmax(fit)] + d
        variance = square - d * d
        g = (d - 3 * d * square + 2 * d**3) / variance**1.5 / math.sqrt(n)
        z = (gained - lost - n * d - 0.5) / math.sqrt(n * variance)
        return z - 1.6448536269514722 - g / 6 * (1.6448536269514722**2 - 1)

    assert excess(low - 2e-4) > 0 > excess(low + 2e-4)


def test_no_lost_row_among_n_bounds_as_the_rule_of_three_does() -> None:
    assert tango_interval(0, 0, 1000).lower(0.05) == pytest.approx(-3 / 1000, rel=0.06)


def test_the_mean_of_symmetric_rows_has_the_bounds_of_student() -> None:
    half = np.random.default_rng(3).normal(size=500)
    x = np.concatenate([half, -half])
    estimate = mean_interval(1000, 0.0, x.var(), 0.0)
    distance = (stats.t.ppf(0.95, 999) + 0.5 / math.sqrt(1000)) * x.std(ddof=1) / math.sqrt(1000)
    assert (estimate.lower(0.05), estimate.upper(0.05)) == pytest.approx((-distance, distance), rel=1e-9)


def test_delta_of_a_mean_is_the_mean() -> None:
    x = np.random.default_rng(4).exponential(size=4000)
    by_delta = delta_interval(x.mean(), single_rows(x - x.mean()))
    by_mean = mean_interval(4000, x.mean(), x.var(), ((x - x.mean()) ** 3).mean())
    assert by_delta.lower(0.05) == pytest.approx(by_mean.lower(0.05), abs=1e-3)
    assert by_delta.upper(0.05) == pytest.approx(by_mean.upper(0.05), abs=1e-3)


def test_delong_has_the_variance_that_its_pairs_have() -> None:
    _, psi = auc_influences(*scores(80, 1.5))
    parts = [(part / len(psi) * size).var(ddof=1) / size for part, size in ((psi[:80], 80), (psi[80:], 160))]
    assert float(auc_moments(single_rows(psi), 80).variance) == pytest.approx(sum(parts), rel=0.01)


def test_cells_are_rows_and_a_cluster_of_each_row_changes_nothing() -> None:
    cells = delta_interval(0.9, Influences(np.array([0.1, -0.9]), np.array([900.0, 100.0])), span=(0, 1))
    rows = np.repeat([0.1, -0.9], [900, 100])
    for influences in (single_rows(rows), single_rows(rows, np.arange(1000))):
        estimate = delta_interval(0.9, influences, span=(0, 1))
        assert estimate.lower(0.05) == pytest.approx(cells.lower(0.05), abs=1e-12)


def test_bounds_of_a_mover_are_those_of_its_formulas() -> None:
    first, second = clopper_pearson_interval(40, 50), clopper_pearson_interval(20, 50)
    distance = math.hypot(first.value - first.lower(0.05), second.upper(0.05) - second.value)
    assert mover.difference(first, second).lower(0.05) == pytest.approx(0.4 - distance)
    low = mover.ratio(first, second).lower(0.05)
    scaled = math.hypot(first.value - first.lower(0.05), low * (second.upper(0.05) - second.value))
    assert first.value - low * second.value == pytest.approx(scaled), "where the difference is bounded by 0"
    assert mover.ratio(second, first).upper(0.05) == pytest.approx(1 / low)


@cases(
    "estimate, few",
    [
        (lambda: ranked(12), "12 positives, and delong needs 20"),
        (lambda: delta_interval(0.9, TEN_OF_100, groups={"missed positives": 3}),
         "3 missed positives, and delta needs 5"),
        (lambda: delta_interval(0.96, FOUR_OF_100), "effective rows, and delta needs 8"),
        (lambda: skewed(100), "100 rows of skewness"),
        (lambda: mean_interval(100, 3.0, 0.0, 0.0), "all 100 rows have the same value"),
        (lambda: delong_paired_interval(0.0, single_rows(np.zeros(300)), 100, 200), "0 effective rows"),
        (lambda: mover.difference(ranked(12), clopper_pearson_interval(3, 5)), "12 positives, and mover needs 20"),
    ],
)  # fmt: skip
def test_few_names_what_is_short_and_how_many_are_needed(estimate: Callable[[], Estimate], few: str) -> None:
    assert few in estimate().few


def test_of_a_difference_each_side_needs_effective_rows() -> None:
    rng = np.random.default_rng(8)
    even, rare = rng.normal(size=1000), np.r_[-0.01 * np.ones(990), 0.99 * np.ones(3), np.zeros(7)]
    assert not delta_interval(0.1, single_rows(even)).few
    found = delta_interval(0.1, single_rows(even), sides=[single_rows(rare)])
    assert "3 effective rows, and delta needs 8" in found.few


def test_counts_of_a_combination_are_the_scarcest_of_its_parts() -> None:
    counts = mover.difference(ranked(12), ranked(80)).counts
    assert counts["positives"][0] == 12 and counts["negatives"][0] == 24


def test_models_that_agree_in_all_rows_are_not_certain_to() -> None:
    """Among 300 rows none differs in 5 % of samples where 1 % of all rows do."""
    estimate = alike()
    assert estimate.lower(0.05) == pytest.approx(-(1 - 0.05 ** (1 / 300))) and not estimate.few
    assert estimate.upper(0.05) == -estimate.lower(0.05)


def test_discordant_rows_of_one_kind_have_the_exact_bounds_of_a_share() -> None:
    for lost in (1, 4, 12):
        exact = stats.beta.ppf(0.95, lost + 1, 300 - lost)
        assert alike(lost).lower(0.05) == pytest.approx(-exact)
        assert alike(0, lost).upper(0.05) == pytest.approx(exact)


def test_discordant_rows_of_both_kinds_are_joined_as_two_counts() -> None:
    more = stats.beta.ppf(0.95, 5, 296) - 4 / 300
    fewer = 9 / 300 - stats.beta.ppf(0.05, 9, 292)
    assert alike(4, 9).lower(0.05) == pytest.approx(5 / 300 - math.hypot(more, fewer))
