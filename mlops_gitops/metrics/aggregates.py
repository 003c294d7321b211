"""Rows counted: what an engine's GROUP BY returns, as parallel arrays, and all that a metric ever sees of a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from mlops_gitops.core.frozen import frozen, replace
from mlops_gitops.statistics.estimate import Estimate

if TYPE_CHECKING:  # numpy comes with an extra, and to list the metrics takes none
    from numpy import ndarray

Array: TypeAlias = "ndarray[Any, Any]"
BASELINE = "before_"  # prefix of the baseline's columns beside the candidate's


@frozen
class Cells:
    """The cells of one group of rows; `rows`, `cluster` and each column are arrays of shape (cells,).

    `rows[i]` rows (integers) share the values `columns[name][i]`, or sum to them where a form wants sums; `cluster[i]`
    is the number of their cluster, where the data set declares one. Labels and predictions are integer codes 0, 1, … of
    one list of classes; scores and sums are float64. `centres` are the constants that sums were taken about, by term
    and in its unit.
    """

    rows: Array
    columns: Mapping[str, Array]
    cluster: Array | None = None
    centres: Mapping[str, float] = {}

    @property
    def n(self) -> int:
        """The number of rows."""
        return round(float(self.rows.sum()))

    def __getitem__(self, name: str) -> Array:
        return self.columns[name]

    def take(self, chosen: Any) -> Cells:
        """Only the chosen cells, by a mask or by positions."""
        cluster = None if self.cluster is None else self.cluster[chosen]
        columns = {name: column[chosen] for name, column in self.columns.items()}
        return Cells(self.rows[chosen], columns, cluster, self.centres)

    def with_binary_codes(self) -> Cells:
        """Labels and predictions as 1 for the positive class and 0 for the other."""
        sources = {"label": "positive", "prediction": "predicted", f"{BASELINE}prediction": f"{BASELINE}predicted"}
        coded = {name: self.columns[source] for name, source in sources.items() if source in self.columns}
        return replace(self, columns={**self.columns, **coded})

    def baseline_side(self) -> Cells:
        """The cells of the baseline: of paired cells, its columns in the place of the candidate's."""
        columns = self.columns.items()
        baseline = {name.removeprefix(BASELINE): column for name, column in columns if name.startswith(BASELINE)}
        return replace(self, columns={**self.columns, **baseline})


def weighted(parts: Sequence[tuple[float, Cells]], by: Sequence[str]) -> Cells:
    """The cells of several parts, each row of a part counting as often as its weight says; rows are then float64.

    Columns but those that rows are counted `by` are sums over rows.
    """
    import numpy as np

    names = parts[0][1].columns
    columns = {
        name: np.concatenate([cells[name] * (1 if name in by else weight) for weight, cells in parts]) for name in names
    }
    return Cells(np.concatenate([cells.rows * float(weight) for weight, cells in parts]), columns)


@frozen
class Comparison:
    """A metric on the rows that two files share: both values, and the candidate's less the baseline's.

    All are in the unit of the metric; `change` is None where no bounds were wanted or the form has none.
    """

    candidate: float
    baseline: float
    change: Estimate | None
