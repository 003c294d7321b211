"""What a simulation counts: how often a bound clears a true value that lies exactly at the threshold."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

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


Study: TypeAlias = Callable[[np.random.Generator, Scale], Iterator[Line]]


def lines(
    setting: Setting,
    bounds: Bounds,
    enough: Truths,
    others: Mapping[str, Bounds] | None = None,
    weight: Numbers | None = None,
) -> Iterator[Line]:
    """A line for each alpha; `enough` is whether a sample is in the range of the method.

    `weight` makes exact probabilities of what would else be equally likely replicates.
    """
    share = np.full(enough.shape, 1 / enough.size) if weight is None else weight

    def wrong(which: Bounds, alpha: float, counted: Truths) -> tuple[float, float]:
        low, high = which(alpha)
        below, above = low > setting.truth, high < setting.truth
        return float(share @ (below & counted)), float(share @ (above & counted))

    for alpha in ALPHAS:
        low, high = wrong(bounds, alpha, enough)
        worst = {name: max(wrong(other, alpha, np.ones_like(enough))) for name, other in (others or {}).items()}
        few = float(share @ ~enough)
        yield Line(setting.method, setting.name, alpha, low, high, few, enough.size, weight is not None, worst)


def wald(value: Any, error: Any) -> Bounds:
    """The textbook bounds: a normal quantile times the standard error away from the value."""

    def bounds(alpha: float) -> tuple[Any, Any]:
        distance = float(special.ndtri(1 - alpha)) * error
        return value - distance, value + distance

    return bounds
