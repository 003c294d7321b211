"""Means: the average of one quantity of a row, or a smooth function of a few such averages."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from mlops_gitops.core.frozen import frozen, replace
from mlops_gitops.core.plugins import load
from mlops_gitops.metrics.aggregates import BASELINE, Array, Cells, Comparison
from mlops_gitops.statistics import product_moments
from mlops_gitops.statistics.estimate import Estimate

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
    group_by: tuple[str, ...] = ()

    @property
    def intervals(self) -> tuple[str, ...]:
        """Skewness is known of one mean alone."""
        return ("mean", "delta") if len(self.terms) == 1 else ("delta",)

    def aggregates(self, *, binary: bool, paired: bool, clustered: bool) -> dict[str, str]:
        """Sums of the terms and of their products, which stand as `{0}`, `{1}`, … and the baseline's as `{before_0}`.

        `{change}` is the difference of a single term. Clusters need sums only.
        """
        sides = ("", BASELINE) if paired else ("",)
        terms = [f"{side}{term}" for side in sides for term in range(len(self.terms))]
        sums = {term: f"sum({{{term}}})" for term in terms}
        sums |= {"positives": "count(*) FILTER (WHERE positive)"} if self.two_classes else {}
        if clustered:
            return sums
        if len(self.terms) == 1 and (not paired or self.turn is _first):
            name = "change" if paired else "0"
            return sums | {f"{name}{sign}": f"sum(pow({{{name}}}, {n}))" for n, sign in enumerate(_POWERS, 1)}
        products = list(product_moments.products(terms))
        return sums | {product_moments.name(its): f"sum({' * '.join(f'{{{one}}}' for one in its)})" for its in products}

    def row_columns(self, *, paired: bool) -> dict[str, str]:
        """Nothing: rows are always counted."""
        return {}

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
            return self._delta(value, cells, ("",), self.span)
        mean = _moments(cells, "0", cells.centres["0"], self._groups(cells))
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
        ours, theirs = self.turn(list(self._means(cells, ""))), self.turn(list(self._means(cells, BASELINE)))
        if ours is None or theirs is None:
            return None
        ours, theirs = float(ours), float(theirs)
        if not bounds:
            return Comparison(ours, theirs, None)
        if cells.cluster is None and len(self.terms) == 1 and self.turn is _first:
            change = _moments(cells, "change", 0.0, self._groups(cells))
            return Comparison(ours, theirs, replace(change, value=ours - theirs))
        return Comparison(ours, theirs, self._delta(ours - theirs, cells, ("", BASELINE), _WHOLE))

    def _delta(self, value: float, cells: Cells, sides: tuple[str, ...], span: tuple[float, float]) -> Estimate:
        influence = self._influence(cells, sides)
        delta = load("statistics.intervals", "delta", "INTERVAL").estimate
        its: Estimate = delta(value, *influence, span=span, groups=self._groups(cells))
        return its

    def _within(self, mean: float) -> float:
        return max(mean, 0.0) if self.span[0] == 0 else mean

    def _means(self, cells: Cells, side: str) -> list[float]:
        sums = [cells[f"{side}{term}"].sum() for term in range(len(self.terms))]
        return [cells.centres[f"{side}{term}"] + float(its) / cells.n for term, its in enumerate(sums)]

    def _influence(self, cells: Cells, sides: tuple[str, ...]) -> tuple[Array, Array, Array | None]:
        """Influences, how many rows have each, and the clusters they belong to.

        Of unclustered rows three values stand for all: they have the same moments up to the fourth, and no more is
        asked for.
        """
        import numpy as np

        slopes = self._slopes(cells, sides)
        if cells.cluster is not None:
            totals = np.zeros(len(cells.rows))
            for name, slope in slopes.items():
                totals += slope * (cells[name] - cells[name].sum() / cells.n * cells.rows)
            return totals / np.maximum(cells.rows, 1), cells.rows, cells.cluster
        names = {product_moments.name(its) for its in product_moments.products(list(slopes))}
        means = {name: float(cells[name].sum()) / cells.n for name in names}
        values, shares = product_moments.stand_in(*product_moments.central(means, slopes))
        return np.array(values), np.array(shares) * cells.n, None

    def _slopes(self, cells: Cells, sides: tuple[str, ...]) -> dict[str, float]:
        """How much the metric, or with two sides its change, moves with the mean of each term."""
        found = {}
        for sign, side in zip((1.0, -1.0), sides, strict=False):
            means = self._means(cells, side)
            for term in range(len(means)):
                stepped: list[complex] = [complex(mean) for mean in means]
                stepped[term] += STEP * 1j
                found[f"{side}{term}"] = sign * self.turn(stepped).imag / STEP
        return found

    def _groups(self, cells: Cells) -> dict[str, int]:
        """Kinds of rows whose losses are of another order, where there are two classes."""
        if not self.two_classes:
            return {}
        positives = int(cells["positives"].sum())
        return {"positives": positives, "negatives": cells.n - positives}


_POWERS = ("", "²", "³")
_WHOLE = (float("-inf"), float("inf"))


def _moments(cells: Cells, name: str, centre: float, groups: Mapping[str, int]) -> Estimate:
    one, two, three = (float(cells[f"{name}{power}"].sum()) / cells.n for power in _POWERS)
    variance = max(two - one * one, 0.0)
    third = three - 3 * one * two + 2 * one * one * one
    its: Estimate = load("statistics.intervals", "mean", "INTERVAL").estimate(
        cells.n, centre + one, variance, third, groups
    )
    return its
