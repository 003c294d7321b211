"""Means: the average of one quantity of a row, or a smooth function of a few such averages."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from mlops_gitops.core.frozen import frozen, replace
from mlops_gitops.metrics.aggregates import BASELINE, Cells, Comparison
from mlops_gitops.metrics.forms.label_losses import LabelLosses, unseen_losses
from mlops_gitops.metrics.forms.loss_discordance import discordant_sums, loss_discordance, with_what_is_needed
from mlops_gitops.metrics.forms.row_loss import RowLoss, with_unseen_losses
from mlops_gitops.statistics import product_moments
from mlops_gitops.statistics.estimate import Estimate
from mlops_gitops.statistics.influences import Influences

STEP = 1e-30
POWERS = ("", "²", "³")  # of a single term, by the ending of the column that holds their sum
WHOLE = (float("-inf"), float("inf"))


def _first_mean(means: Sequence[Any]) -> Any:
    return means[0]


@frozen
class Means:
    """`terms` are quantities of a row, in SQL over the canonical columns; `transform` makes the metric of their means.

    `transform` takes the means in the order and unit of the terms. With one term it must increase, and use arithmetic
    and roots alone in any case: its slopes are taken by complex steps (Squire and Trapp, SIAM Review 40 (1998)
    110-112). It returns None where the metric is undefined. `{centre}` in a term stands for the mean label of the file.
    Sums are taken about a constant near the mean, so that no digits are lost where values are far from 0. `span` is the
    range of the metric, in its unit. `loss` is what the first term is of, where nothing else bounds it.
    """

    terms: tuple[str, ...]
    transform: Callable[[Sequence[Any]], Any] = _first_mean
    span: tuple[float, float] = (0.0, float("inf"))
    two_classes: bool = False  # undefined where the labels are of one class only
    label_losses: LabelLosses | None = None  # where the scores of a row say what its loss is under each label
    group_by: tuple[str, ...] = ()
    loss: RowLoss | None = None

    @property
    def intervals(self) -> tuple[str, ...]:
        """The skewness is known of one mean alone."""
        if self.loss and self.loss.bound is not None:
            return ("bounded_mean", "discordant")
        smooth = ("mean", "delta") if len(self.terms) == 1 else ("delta",)
        return (*smooth, "scored_loss", "discordant") if self.label_losses else smooth

    def aggregates(self, *, binary: bool, paired: bool, clustered: bool, bounds: bool) -> dict[str, str]:
        """Sums of the terms, written `{0}`, `{1}`, … and `{before_0}`, … of the baseline, and of their products.

        `{change}` is the difference of a single term. Clusters need sums only, and so does a value without `bounds`.
        """
        sides = ("", BASELINE) if paired else ("",)
        terms = [f"{side}{term}" for side in sides for term in range(len(self.terms))]
        sums = {term: f"sum({{{term}}})" for term in terms}
        sums |= {"positives": "count(*) FILTER (WHERE positive)"} if self.two_classes else {}
        sums |= self.loss.aggregates(sides) if self.loss else {}
        if not bounds:
            return sums
        sums |= self.label_losses.aggregates(paired=paired) if self.label_losses else {}
        sums |= discordant_sums() if paired else {}
        if clustered:
            return sums
        if len(self.terms) == 1 and (not paired or self.transform is _first_mean):
            name = "change" if paired else "0"
            return sums | {f"{name}{sign}": f"sum(pow({{{name}}}, {n}))" for n, sign in enumerate(POWERS, 1)}
        products = {product_moments.product_name(product): product for product in product_moments.products(terms)}
        return sums | {
            name: f"sum({' * '.join(f'{{{factor}}}' for factor in product)})" for name, product in products.items()
        }

    def row_columns(self, *, paired: bool) -> dict[str, str]:
        """Nothing: rows are always counted."""
        return {}

    def value(self, cells: Cells) -> float | None:
        """The metric, None where it is undefined."""
        return self._value(cells, "")

    def weighted_value(self, parts: Sequence[tuple[float, Cells]]) -> float | None:
        """The metric of several parts, each row of a part counting as often as its weight says.

        None of terms about the mean label, which is another one in each part.
        """
        if any("{centre}" in term for term in self.terms):
            return None
        if self.two_classes and not 0 < sum(cells["positives"].sum() for _, cells in parts) < sum(
            c.n for _, c in parts
        ):
            return None
        shares = [weight * cells.n for weight, cells in parts]
        means = [self._means(cells, "") for _, cells in parts]
        value = self.transform([
            sum(share * mean for share, mean in zip(shares, column, strict=True)) / sum(shares)
            for column in zip(*means, strict=True)
        ])  # fmt: skip
        return None if value is None else float(value)

    def estimate(self, cells: Cells) -> Estimate | None:
        """The metric with bounds: by its skewness of a mean, by delta of a function of means; None where undefined."""
        value = self.value(cells)
        if value is None:
            return None
        if cells.cluster is not None or len(self.terms) > 1:
            return self._delta(value, cells, ("",), self.span)
        mean = _mean_estimate(cells, "0", cells.centres["0"], self._groups(cells))
        estimate = replace(
            mean,
            value=value,
            lower=lambda alpha: float(self.transform([self._within_span(mean.lower(alpha))])),
            upper=lambda alpha: float(self.transform([self._within_span(mean.upper(alpha))])),
        )
        return self._with_unseen(estimate, cells, ("",), self.span)

    def value_influences(self, cells: Cells) -> Influences:
        """The influences of rows on the value, which these cells have."""
        return self.influences(cells, ("",))

    def compare(self, cells: Cells, *, bounds: bool) -> Comparison | None:
        """Both values, and bounds of the difference: of the mean of the rows' differences, or by delta.

        None where either value is undefined.
        """
        candidate, baseline = self._value(cells, ""), self._value(cells, BASELINE)
        if candidate is None or baseline is None:
            return None
        return Comparison(candidate, baseline, self._change(cells, candidate - baseline) if bounds else None)

    def _change(self, cells: Cells, difference: float) -> Estimate:
        smooth = self._smooth_change(cells, difference)
        largest = self.loss.largest_term if self.loss else math.inf
        if self.label_losses:
            largest = float(cells["by_score"].max())
        if not smooth.few:
            return smooth
        if not math.isfinite(largest):
            return with_what_is_needed(smooth, cells)
        firsts = {side: self._means(cells, side)[0] for side in ("", BASELINE)}
        found = loss_discordance(cells, firsts, partial(self._move, cells), largest)
        return found.instead_of(smooth, cells, WHOLE)

    def _smooth_change(self, cells: Cells, difference: float) -> Estimate:
        if cells.cluster is None and len(self.terms) == 1 and self.transform is _first_mean:
            estimate = replace(_mean_estimate(cells, "change", 0.0, self._groups(cells)), value=difference)
            return self._with_unseen(estimate, cells, ("", BASELINE), WHOLE)
        return self._delta(difference, cells, ("", BASELINE), WHOLE)

    def _delta(self, value: float, cells: Cells, sides: tuple[str, ...], span: tuple[float, float]) -> Estimate:
        from mlops_gitops.statistics.intervals.delta import delta_interval

        each = [self.influences(cells, (side,)) for side in sides] if len(sides) > 1 else []
        estimate = delta_interval(value, self.influences(cells, sides), span, self._groups(cells), each)
        return self._with_unseen(estimate, cells, sides, span)

    def _with_unseen(
        self, estimate: Estimate, cells: Cells, sides: tuple[str, ...], span: tuple[float, float]
    ) -> Estimate:
        """The estimate with what losses that were not drawn may add, or with what it assumes of them."""
        if self.label_losses:
            from mlops_gitops.statistics.intervals.scored_loss import scored_loss_interval

            return scored_loss_interval(estimate, *unseen_losses(cells), span)
        if self.loss is None:
            return estimate
        moves = {side: partial(self._move, cells, side) for side in sides}
        if len(sides) == len(self.terms) == 1:
            span = (span[0], min(span[1], float(self.transform([self.loss.largest_term]))))
        return with_unseen_losses(estimate, cells, self.loss, moves, span)

    def _move(self, cells: Cells, side: str, more: float) -> float:
        """How far the metric, or its change, moves where the mean of a side's first term is larger by `more`."""
        first, *rest = self._means(cells, side)
        moved = float(self.transform([first + more, *rest]) - self.transform([first, *rest]))
        return -moved if side else moved

    def _value(self, cells: Cells, side: str) -> float | None:
        if self.loss:
            self.loss.require_bound(cells, side)
        if self.two_classes and not 0 < cells["positives"].sum() < cells.n:
            return None
        value = self.transform(self._means(cells, side))
        return None if value is None else float(value)

    def _within_span(self, mean: float) -> float:
        return max(mean, 0.0) if self.span[0] == 0 else mean

    def _means(self, cells: Cells, side: str) -> list[float]:
        names = [f"{side}{term}" for term in range(len(self.terms))]
        return [cells.centres[name] + float(cells[name].sum()) / cells.n for name in names]

    def influences(self, cells: Cells, sides: tuple[str, ...]) -> Influences:
        """Influences in the unit of the metric or, with two `sides`, on the candidate's value less the baseline's.

        `sides` are prefixes of columns. Of rows without clusters three values represent all: they have the same moments
        up to the fourth, and no more is needed. Of clusters, each cell has the mean influence of its rows.
        """
        import numpy as np

        slopes = self._slopes(cells, sides)
        if cells.cluster is not None:
            totals = np.zeros(len(cells.rows))
            for name, slope in slopes.items():
                totals += slope * (cells[name] - cells[name].sum() / cells.n * cells.rows)
            return Influences(totals / np.maximum(cells.rows, 1), cells.rows, cells.cluster)
        names = {product_moments.product_name(product) for product in product_moments.products(list(slopes))}
        means = {name: float(cells[name].sum()) / cells.n for name in names}
        moments = product_moments.central_moments(means, slopes)
        values, shares = product_moments.three_point_distribution(*moments)
        return Influences(np.array(values), np.array(shares) * cells.n)

    def _slopes(self, cells: Cells, sides: tuple[str, ...]) -> dict[str, float]:
        """How much the metric, or with two sides its change, moves with the mean of each term."""
        slopes = {}
        for sign, side in zip((1.0, -1.0), sides, strict=False):
            means = self._means(cells, side)
            for term in range(len(means)):
                stepped: list[complex] = [complex(mean) for mean in means]
                stepped[term] += STEP * 1j
                slopes[f"{side}{term}"] = sign * self.transform(stepped).imag / STEP
        return slopes

    def _groups(self, cells: Cells) -> dict[str, int]:
        """Kinds of rows whose losses are of another order, where there are two classes."""
        if not self.two_classes:
            return {}
        positives = int(cells["positives"].sum())
        return {"positives": positives, "negatives": cells.n - positives}


def _mean_estimate(cells: Cells, name: str, centre: float, groups: Mapping[str, int]) -> Estimate:
    """The estimate of the mean of a term whose sums of powers are taken about `centre`."""
    from mlops_gitops.statistics.intervals.mean import mean_interval

    first, second, third = (float(cells[f"{name}{power}"].sum()) / cells.n for power in POWERS)
    variance = max(second - first * first, 0.0)
    third_central = third - 3 * first * second + 2 * first * first * first
    return mean_interval(cells.n, centre + first, variance, third_central, groups)
