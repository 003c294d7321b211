"""Rows counted: what an engine's GROUP BY gave, as parallel arrays, and all that a metric ever sees of a file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

from mlops_gitops.core.frozen import frozen, replace
from mlops_gitops.statistics.estimate import Estimate

if TYPE_CHECKING:  # numpy comes with an extra, and to list the metrics takes none
    from numpy import ndarray

Array: TypeAlias = "ndarray[Any, Any]"
BASELINE = "before_"  # a baseline's columns beside the candidate's


@frozen
class Cells:
    """The cells of one group of rows.

    `rows[i]` rows share the values `columns[name][i]`, or sum to them where a form asks for sums; `cluster[i]` is the
    number of their cluster, where the data set declares one. Labels and predictions are codes 0, 1, … of one list of
    classes. `centres` are the constants that sums were taken about.
    """

    rows: Array
    columns: Mapping[str, Array]
    cluster: Array | None = None
    centres: Mapping[str, float] = {}

    @property
    def n(self) -> int:
        """How many rows."""
        return int(self.rows.sum())

    def __getitem__(self, name: str) -> Array:
        return self.columns[name]

    def take(self, chosen: Any) -> Cells:
        """Only the chosen cells, by a mask or by positions."""
        cluster = None if self.cluster is None else self.cluster[chosen]
        columns = {name: column[chosen] for name, column in self.columns.items()}
        return Cells(self.rows[chosen], columns, cluster, self.centres)

    def with_binary_codes(self) -> Cells:
        """Labels and predictions as 1 for the positive class and 0 for the other."""
        renamed = {"label": "positive", "prediction": "predicted", f"{BASELINE}prediction": f"{BASELINE}predicted"}
        known = {name: self.columns[other] for name, other in renamed.items() if other in self.columns}
        return replace(self, columns={**self.columns, **known})

    def baseline_side(self) -> Cells:
        """The baseline's side of paired cells."""
        old = {name.removeprefix(BASELINE): its for name, its in self.columns.items() if name.startswith(BASELINE)}
        return replace(self, columns={**self.columns, **old})


@frozen
class Comparison:
    """A metric on the rows that two files share: both values, and the candidate's less the baseline's."""

    candidate: float
    baseline: float
    change: Estimate | None
