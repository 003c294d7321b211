"""How much each row moves a statistic: what the interval methods of smooth statistics start from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mlops_gitops.core.frozen import frozen

if TYPE_CHECKING:  # numpy comes with an extra, and to list the metrics takes none
    from numpy.typing import NDArray


@frozen
class Influences:
    """The influence of each row on a statistic; rows of equal influence share a cell.

    `per_row[i]`, in the unit of the statistic, is the influence of one of the `rows[i]` rows of cell i: what the
    statistic gains by one more such row, times the number of all rows; over all rows its mean is 0 (Efron & Tibshirani,
    An Introduction to the Bootstrap (1993), chapter 21). `rows` counts rows and may be fractional. `cluster[i]` is the
    number of the cluster that all rows of cell i belong to; None where rows are independent.

    Each is an array of shape (cells,): float64, float64 or integer, and integer. Without clusters there may be leading
    axes, one element for each replicate of a simulation.
    """

    per_row: NDArray[Any]
    rows: NDArray[Any]
    cluster: NDArray[Any] | None = None
