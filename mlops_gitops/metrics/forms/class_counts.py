"""What forms share whose rows are counted by label and prediction."""

from __future__ import annotations

from collections.abc import Sequence

from mlops_gitops.metrics.aggregates import BASELINE, Cells, weighted


class ByClass:
    """A form whose cells are the combinations of label and prediction that occur."""

    __slots__ = ()
    group_by = ("label", "prediction")
    terms: tuple[str, ...] = ()

    def aggregates(self, *, binary: bool, paired: bool, clustered: bool, bounds: bool) -> dict[str, str]:
        """Nothing but how often each combination occurs, and which classes are the positive one."""
        names = ("positive", "predicted", *([f"{BASELINE}predicted"] if paired else []))
        return {name: f"any_value({name})" for name in names} if binary else {}

    def row_columns(self, *, paired: bool) -> dict[str, str]:
        """Nothing: rows are always counted."""
        return {}

    def value(self, cells: Cells) -> float | None:
        """The metric of these rows, None where it is undefined."""
        raise NotImplementedError

    def weighted_value(self, parts: Sequence[tuple[float, Cells]]) -> float | None:
        """The metric of several parts, each row of a part counting as often as its weight says."""
        codes = ("label", "prediction", "positive", "predicted")
        return self.value(weighted(parts, codes))
