"""Strata of rows by their score: the rows in each, how many of them have a label, and so what a labelled one counts.

Source: Holt & Smith, Post stratification, J. R. Stat. Soc. A 142 (1979) 33–46.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from mlops_gitops.core.frozen import frozen
from mlops_gitops.measurement.results import Unlabelled

MOST_STRATA = 10
FEWEST = 20  # rows with a label in a stratum, else it joins the one below it


@frozen
class Strata:
    """The rows of each stratum and those of them that have a label, and the stratum of each interval of the score.

    Strata increase with the score; each has at least FEWEST labelled rows, where the rows have so many at all.
    """

    sizes: tuple[tuple[int, int], ...]
    joined: Mapping[int, int]

    @property
    def labelled(self) -> int:
        """The rows with a label."""
        return sum(labelled for _, labelled in self.sizes)

    def weight(self, interval: int) -> float:
        """How many rows a labelled row of an interval of the score stands for, itself among them."""
        rows, labelled = self.sizes[self.joined[interval]]
        return rows / labelled


def widening(sizes: Sequence[Sequence[int]]) -> float:
    """How much wider bounds are than those of the labelled rows alone: the largest weight in shares of their mean.

    The variance of a post-stratified mean is Σ (share of rows)²·Sₕ²/nₕ, at most this number squared times the sum over
    labelled rows, however the variances Sₕ² of strata differ. `sizes` are pairs of all and labelled rows.
    """
    rows, labelled = (sum(pair[side] for pair in sizes) for side in (0, 1))
    return max(every / known for every, known in sizes) * labelled / rows


def widened(
    value: float, labelled: tuple[float, float, float], sizes: Sequence[Sequence[int]], span: tuple[float, float]
) -> tuple[float, float]:
    """The bounds about the value of all rows: as far away as those of the `labelled` rows, times the widening.

    `labelled` are their value and bounds; within `span`, the range of the metric.
    """
    (alone, lower, upper), wider = labelled, widening(sizes)
    return max(span[0], value - wider * (alone - lower)), min(span[1], value + wider * (upper - alone))


def strata(counts: Mapping[int, tuple[int, int]]) -> Strata:
    """The strata of intervals of the score, by the (labelled, unlabelled) rows in each; a labelled row is there."""
    sizes: list[tuple[int, int]] = []
    joined, rows, known = {}, 0, 0
    for interval, (labelled, unlabelled) in sorted(counts.items()):
        joined[interval], rows, known = len(sizes), rows + labelled + unlabelled, known + labelled
        if known >= FEWEST:
            sizes.append((rows, known))
            rows, known = 0, 0
    if rows and sizes:  # what is left joins the last one
        (more, others), last = sizes[-1], len(sizes) - 1
        sizes[-1] = (more + rows, others + known)
        joined = {interval: min(place, last) for interval, place in joined.items()}
    return Strata(tuple(sizes) or ((rows, known),), joined)


def described(unlabelled: Unlabelled) -> str:
    """What is assumed of rows without a label, as a sentence without its end."""
    rows = sum(every for every, _ in unlabelled.strata)
    missing, count = rows - sum(known for _, known in unlabelled.strata), len(unlabelled.strata)
    parts = f"{count} strata of the {unlabelled.score}" if count > 1 else f"one stratum of the {unlabelled.score}"
    return (
        f"{missing:,} of {rows:,} rows have no label; assumed: they are as the labelled rows of their stratum ({parts})"
    )


def total(counts: Iterable[Mapping[int, tuple[int, int]]]) -> dict[int, tuple[int, int]]:
    """The counts of several groups together."""
    found: dict[int, tuple[int, int]] = {}
    for group in counts:
        for interval, (labelled, unlabelled) in group.items():
            before = found.get(interval, (0, 0))
            found[interval] = (before[0] + labelled, before[1] + unlabelled)
    return found
