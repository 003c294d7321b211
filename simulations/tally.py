"""What a simulation counts: how often a bound clears a true value that lies exactly at the threshold."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import special

Numbers: TypeAlias = NDArray[np.float64]
Truths: TypeAlias = NDArray[np.bool_]
# alpha → the lower and the upper bounds of all replicates
Bounds: TypeAlias = Callable[[float], tuple[Any, Any]]

ALPHAS = (0.2, 0.1, 0.05, 0.01)
# How far above alpha chance alone brings the share of false passes, in standard errors.
CHANCE = 3.5


@dataclass(frozen=True)
class Line:
    """One setting at one alpha: shares of samples in which a bound is wrong and the method does not say `few`.

    `lower` and `upper` are those of either bound, `few` is the share that is out of range. `exact` is whether samples
    are enumerated with their probabilities, not drawn.
    """

    method: str
    setting: str
    alpha: float
    lower: float
    upper: float
    few: float
    replicates: int
    exact: bool = False
    # The same for methods that others use, the larger of both sides.
    others: Mapping[str, float] = field(default_factory=dict)

    @property
    def worst(self) -> float:
        """The larger of both shares."""
        return max(self.lower, self.upper)

    @property
    def limit(self) -> float:
        """What chance allows a method to show that errs with a share of alpha."""
        if self.exact:
            return self.alpha
        return self.alpha + CHANCE * float(np.sqrt(self.alpha * (1 - self.alpha) / self.replicates))

    @property
    def is_beyond_chance(self) -> bool:
        """Whether it errs more often than chance allows."""
        return self.worst > self.limit + 1e-9


@dataclass(frozen=True)
class Redrawn:
    """One of the worst settings of a study: its line at first, and again with a fresh seed and many more samples."""

    study: str
    first: Line
    again: Line


@dataclass(frozen=True)
class Scale:
    """How much of a study to run: few replicates and settings in a test, all of them in `make soak`."""

    replicates: int
    full: bool

    def choose(self, settings: tuple[Any, ...], short: int = 2, first: int = 0) -> tuple[Any, ...]:
        """All settings, or some of them."""
        return settings if self.full else settings[first : first + short]


@dataclass(frozen=True)
class Setting:
    """What a method is tried on: a population in words, and its true value or that of each sample."""

    method: str
    name: str
    truth: float | Numbers


class Tried(Protocol):
    """What came out of samples of one population."""

    def line(self, alpha: float) -> Line:
        """How often a bound is wrong at this alpha."""


@dataclass(frozen=True)
class Samples:
    """Samples of a setting: the bounds that a method makes of each, and whether they are in the range of the method.

    `others` are the bounds of other methods on the same samples. `weight` makes exact probabilities of what would else
    be equally likely samples.
    """

    setting: Setting
    bounds: Bounds
    enough: Truths
    others: Mapping[str, Bounds] = field(default_factory=dict)
    weight: Numbers | None = None

    def line(self, alpha: float) -> Line:
        """How often a bound is wrong at this alpha."""
        low, high = self._wrong(self.bounds, alpha, self.enough)
        every = np.ones_like(self.enough)
        worst = {name: max(self._wrong(other, alpha, every)) for name, other in self.others.items()}
        few, exact = float(self._share @ ~self.enough), self.weight is not None
        return Line(self.setting.method, self.setting.name, alpha, low, high, few, self.enough.size, exact, worst)

    @property
    def _share(self) -> Numbers:
        return np.full(self.enough.shape, 1 / self.enough.size) if self.weight is None else self.weight

    def _wrong(self, which: Bounds, alpha: float, counted: Truths) -> tuple[float, float]:
        low, high = which(alpha)
        below, above = low > self.setting.truth, high < self.setting.truth
        return float(self._share @ (below & counted)), float(self._share @ (above & counted))


@dataclass(frozen=True)
class Trial:
    """A population that is drawn from as often as one likes; `draw` takes a generator and how many samples to draw.

    No more than `most` are drawn at once. Where it is `exact` nothing is drawn, and no more samples tell more.
    """

    name: str
    draw: Callable[[np.random.Generator, int], Iterator[Tried]]
    most: int = 10_000
    exact: bool = False


Study: TypeAlias = Callable[[Scale], Iterator[Trial]]


def tried(trial: Trial, seed: tuple[int, ...], samples: int, alphas: Sequence[float] = ALPHAS) -> list[Line]:
    """A line for each method and alpha, from so many samples, drawn in chunks of their own seeds."""
    found: dict[tuple[str, str, float], list[Line]] = {}
    left, chunk = 1 if trial.exact else samples, 0
    while left > 0:
        rng = np.random.default_rng([*seed, zlib.crc32(trial.name.encode()), chunk])
        for outcome in trial.draw(rng, min(left, trial.most)):
            for alpha in alphas:
                line = outcome.line(alpha)
                found.setdefault((line.method, line.setting, alpha), []).append(line)
        left, chunk = left - trial.most, chunk + 1
    return [_joined(lines) for lines in found.values()]


def _joined(lines: list[Line]) -> Line:
    """One line of several chunks of the same samples."""
    counts = [line.replicates for line in lines]

    def mean(shares: Sequence[float]) -> float:
        return float(np.average(shares, weights=counts))

    others = {name: mean([line.others[name] for line in lines]) for name in lines[0].others}
    low, high, few = (mean([getattr(line, name) for line in lines]) for name in ("lower", "upper", "few"))
    return replace(lines[0], lower=low, upper=high, few=few, replicates=sum(counts), others=others)


def wald(value: Any, error: Any) -> Bounds:
    """The textbook bounds: a normal quantile times the standard error away from the value."""

    def bounds(alpha: float) -> tuple[Any, Any]:
        distance = float(special.ndtri(1 - alpha)) * error
        return value - distance, value + distance

    return bounds
