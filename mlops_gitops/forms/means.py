"""Means: the average of one quantity of a row, or a smooth function of a few such averages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import combinations_with_replacement
from typing import Any

from mlops_gitops.cells import BEFORE, Array, Cells, Comparison
from mlops_gitops.estimate import Estimate
from mlops_gitops.registry import load
from mlops_gitops.values import frozen, replace

STEP = 1e-30


def _first(means: Sequence[Any]) -> Any:
    return means[0]


@frozen
class Means:
    """`terms` are quantities of a row, in SQL over the canonical columns; `turn` makes the metric of their means.

    With one term `turn` must increase, and by arithmetic and roots alone in any case: its slopes are taken by complex
    steps. A `turn` gives None where the metric is undefined. `{centre}` in a term stands for the mean label of the
    file. Sums are taken about a constant near the mean, so that no digits are lost where values are far from 0.
    """

    terms: tuple[str, ...]
    turn: Callable[[Sequence[Any]], Any] = _first
    span: tuple[float, float] = (0.0, float("inf"))
    two_classes: bool = False  # undefined where the labels are of one class only
    by: tuple[str, ...] = ()

    @property
    def intervals(self) -> tuple[str, ...]:
        """Skewness is known of one mean alone."""
        return ("mean", "delta") if len(self.terms) == 1 else ("delta",)

    def counts(self, *, binary: bool, paired: bool, clustered: bool) -> dict[str, str]:
        """Sums of the terms and of their products, which stand as `{0}`, `{1}`, … and the baseline's as `{before_0}`.

        `{change}` is the difference of a single term. Clusters need sums only.
        """
        sides = ("", BEFORE) if paired else ("",)
        terms = [f"{side}{term}" for side in sides for term in range(len(self.terms))]
        sums = {term: f"sum({{{term}}})" for term in terms}
        sums |= {"positives": "count(*) FILTER (WHERE positive)"} if self.two_classes else {}
        if clustered:
            return sums
        if len(self.terms) == 1 and (not paired or self.turn is _first):
            name = "change" if paired else "0"
            return sums | {f"{name}{sign}": f"sum(pow({{{name}}}, {n}))" for n, sign in enumerate(_POWERS, 1)}
        return sums | {_product(a, b): f"sum({{{a}}} * {{{b}}})" for a, b in combinations_with_replacement(terms, 2)}

    def value(self, cells: Cells) -> float | None:
        """The metric, None where it is undefined."""
        if self.two_classes and not 0 < cells["positives"].sum() < cells.n:
            return None
        found = self.turn(list(self._means(cells, "")))
        return None if found is None else float(found)

    def estimate(self, cells: Cells) -> Estimate | None:
        """The metric with bounds: of a mean with its skewness, of a function of means by delta."""
        value = self.value(cells)
        if value is None:
            return None
        if cells.cluster is not None or len(self.terms) > 1:
            return _delta(value, *self._influence(cells, ("",)), cells.cluster is not None, self.span)
        mean = _moments(cells, "0", cells.centres["0"])
        return replace(
            mean,
            value=value,
            lower=lambda alpha: float(self.turn([self._within(mean.lower(alpha))])),
            upper=lambda alpha: float(self.turn([self._within(mean.upper(alpha))])),
        )

    def compare(self, cells: Cells, *, bounds: bool) -> Comparison | None:
        """Both values, and bounds of the difference: of the mean of the rows' differences, or by delta."""
        if self.two_classes and not 0 < cells["positives"].sum() < cells.n:
            return None
        ours, theirs = self.turn(list(self._means(cells, ""))), self.turn(list(self._means(cells, BEFORE)))
        if ours is None or theirs is None:
            return None
        ours, theirs = float(ours), float(theirs)
        if not bounds:
            return Comparison(ours, theirs, None)
        if cells.cluster is None and len(self.terms) == 1 and self.turn is _first:
            return Comparison(ours, theirs, replace(_moments(cells, "change", 0.0), value=ours - theirs))
        parts = self._influence(cells, ("", BEFORE))
        return Comparison(ours, theirs, _delta(ours - theirs, *parts, cells.cluster is not None, _WHOLE))

    def _within(self, mean: float) -> float:
        return max(mean, 0.0) if self.span[0] == 0 else mean

    def _means(self, cells: Cells, side: str) -> list[float]:
        sums = [cells[f"{side}{term}"].sum() for term in range(len(self.terms))]
        return [cells.centres[f"{side}{term}"] + float(its) / cells.n for term, its in enumerate(sums)]

    def _influence(self, cells: Cells, sides: tuple[str, ...]) -> tuple[Array, Array, Array]:
        """Influences, how many rows have each, and the clusters they belong to.

        A quadratic form gives the variance of unclustered rows, which two rows of opposite influence stand for.
        """
        import numpy as np

        names, slopes = [], []
        for sign, side in zip((1.0, -1.0), sides, strict=False):
            means = self._means(cells, side)
            for term in range(len(means)):
                stepped: list[complex] = [complex(mean) for mean in means]
                stepped[term] += STEP * 1j
                names.append(f"{side}{term}")
                slopes.append(sign * self.turn(stepped).imag / STEP)
        gradient = np.array(slopes)
        if cells.cluster is not None:
            sums = np.stack([cells[name] for name in names])
            means_about = sums.sum(axis=1, keepdims=True) / cells.n
            totals = gradient @ (sums - means_about * cells.rows)
            return totals, cells.rows, cells.cluster
        squares = np.empty((len(names), len(names)))
        for (i, one), (j, other) in combinations_with_replacement(list(enumerate(names)), 2):
            mean = cells[_product(one, other)].sum() / cells.n
            squares[i, j] = squares[j, i] = mean - cells[one].sum() * cells[other].sum() / cells.n**2
        deviation = float(np.sqrt(max(gradient @ squares @ gradient, 0.0)))
        half = cells.n / 2
        return np.array([deviation, -deviation]), np.array([half, half]), np.array([0, 1])


_POWERS = ("", "²", "³")
_WHOLE = (float("-inf"), float("inf"))


def _product(one: str, other: str) -> str:
    return f"{one}×{other}"


def _moments(cells: Cells, name: str, centre: float) -> Estimate:
    one, two, three = (float(cells[f"{name}{power}"].sum()) / cells.n for power in _POWERS)
    variance = max(two - one**2, 0.0)
    third = three - 3 * one * two + 2 * one**3
    its: Estimate = load("intervals", "mean", "INTERVAL").of(cells.n, centre + one, variance, third)
    return its


def _delta(
    value: float, psi: Array, rows: Array, cluster: Array, clustered: bool, span: tuple[float, float]
) -> Estimate:
    """Bounds by delta; sums of a cluster come in as one influence a cell, which stands for a single row's."""
    import numpy as np

    delta = load("intervals", "delta", "INTERVAL").of
    if not clustered:
        its: Estimate = delta(value, psi, rows, None, span=span)
        return its
    # delta sums weight times influence over a cluster: give each cell its total as one row's share.
    shared: Estimate = delta(value, psi / np.maximum(rows, 1), rows, cluster, span=span)
    return shared
