"""Means of losses that have a bound, of which a few rows are far worse than the others, and seldom drawn."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property, partial

import numpy as np
from scipy import special

from mlops_gitops.statistics.influence_moments import Moments, negate
from mlops_gitops.statistics.intervals import mean
from mlops_gitops.statistics.intervals.bounded_mean import unseen_share, widened
from mlops_gitops.statistics.quantiles import Number
from simulations.tally import Bounds, Numbers, Samples, Scale, Setting, Trial, Truths

GRID = (np.arange(200_000) + 0.5) / 200_000
SIZES: dict[str, Callable[[Numbers], Numbers]] = {
    "normal": lambda p: np.asarray(special.ndtri((1 + p) / 2)),
    "exponential": lambda p: -np.log1p(-p),
    "t5": lambda p: np.asarray(special.stdtrit(5, (1 + p) / 2)),
    "laplace": lambda p: -np.log1p(-p),
    "uniform": lambda p: p,
    "constant": np.ones_like,
}


@dataclass(frozen=True)
class Losses:
    """Losses of a `kind`, each at most `bound`; those of a `share` of the rows are `times` as large."""

    kind: str
    share: float
    times: float
    bound: float

    @property
    def name(self) -> str:
        """In words."""
        worse = f", {self.share:.2%} × {self.times:g}" if self.share else ""
        return f"{self.kind} losses{worse}, none above {self.bound:g}"

    @cached_property
    def _levels(self) -> tuple[Numbers, Numbers]:
        sizes = SIZES[self.kind](GRID)
        return np.minimum(sizes, self.bound), np.minimum(sizes * self.times, self.bound)

    def mean(self, power: int = 1) -> float:
        """The mean of the losses to a power."""
        usual, worse = (float((level**power).mean()) for level in self._levels)
        return (1 - self.share) * usual + self.share * worse

    def draw(self, rng: np.random.Generator, shape: tuple[int, int]) -> Numbers:
        """Losses of this shape."""
        sizes = SIZES[self.kind](rng.random(shape)) * np.where(rng.random(shape) < self.share, self.times, 1.0)
        return np.minimum(sizes, self.bound)


POPULATIONS = (
    (Losses("normal", 0.01, 8, 40), 200), (Losses("normal", 0.003, 15, 60), 300),
    (Losses("normal", 0.001, 30, 120), 400), (Losses("exponential", 0, 1, 12), 200), (Losses("normal", 0, 1, 6), 200),
    (Losses("t5", 0, 1, 40), 300), (Losses("laplace", 0, 1, 15), 1000), (Losses("uniform", 0, 1, 1), 100),
    (Losses("normal", 0.01, 8, 40), 1000), (Losses("normal", 0.001, 30, 120), 1000),
    (Losses("normal", 0.0003, 50, 200), 5000), (Losses("normal", 0.01, 8, 10), 300),
    (Losses("normal", 0.001, 30, 3), 400), (Losses("uniform", 0.02, 5, 5), 200),
    (Losses("uniform", 0.005, 20, 20), 500), (Losses("uniform", 0.004, 10, 10), 1000),
    (Losses("uniform", 0.01, 4, 4), 1000), (Losses("normal", 0.02, 4, 30), 500),
    (Losses("uniform", 0.002, 12, 1000), 1000), (Losses("normal", 0.005, 6, 24), 1000),
    (Losses("laplace", 0.002, 5, 60), 2000),
)  # fmt: skip


def bounded_means(scale: Scale) -> Iterator[Trial]:
    """Means of losses, the roots of mean squares, and changes beside a model without the worse rows."""
    for losses, n in scale.choose(POPULATIONS, 5):
        name = f"n {n:,}, {losses.name}"
        yield Trial(name, partial(_mean, name, losses, n), max(10, 2_000_000 // n))


def _mean(name: str, losses: Losses, n: int, rng: np.random.Generator, samples: int) -> Iterator[Samples]:
    drawn = losses.draw(rng, (samples, n))
    for method, power in (("bounded_mean", 1), ("bounded_mean, root", 2)):
        value, moments, enough = _moments(drawn**power)
        room = losses.bound**power - drawn.max(1) ** power
        bounds = _root(_bounds(value, moments, n, room, np.zeros(samples)), power)
        yield Samples(Setting(method, name, losses.mean(power) ** (1 / power)), bounds, enough)
    other = Losses(losses.kind, 0, 1, losses.bound)
    before = other.draw(rng, (samples, n))
    value, moments, enough = _moments(drawn - before)
    bounds = _bounds(value, moments, n, *(losses.bound - side.max(1) for side in (drawn, before)))
    yield Samples(Setting("bounded_mean, change", name, losses.mean() - other.mean()), bounds, enough)


def _moments(x: Numbers) -> tuple[Numbers, Moments, Truths]:
    """The mean of each sample, its moments, and whether they are in the range of `mean`."""
    value = x.mean(1)
    x = x - value[:, None]
    square = x * x
    moments = mean.mean_moments(x.shape[1], square.mean(1), (square * x).mean(1), value)
    enough = np.asarray(moments.effective >= mean.MIN_EFFECTIVE_ROWS) & (x.shape[1] >= mean.MIN_ROWS)
    return value, moments, enough


def _bounds(value: Number, moments: Moments, n: int, above: Number, below: Number) -> Bounds:
    """Bounds where rows that were not drawn may add as much as `above` each, and take `below`."""

    def bounds(alpha: float) -> tuple[Numbers, Numbers]:
        low, high = mean.lower_bound(value, moments, alpha), -mean.lower_bound(-value, negate(moments), alpha)
        share = unseen_share(n, alpha)
        return value - widened(value - low, share * below), value + widened(high - value, share * above)

    return bounds


def _root(bounds: Bounds, power: int) -> Bounds:
    def rooted(alpha: float) -> tuple[Numbers, Numbers]:
        low, high = (np.maximum(side, 0) ** (1 / power) for side in bounds(alpha))
        return low, high

    return rooted
