"""What forms share whose rows are counted by label and prediction."""

from __future__ import annotations

from mlops_gitops.metrics.aggregates import BASELINE


class ByClass:
    """A form whose cells are the combinations of label and prediction that occur."""

    __slots__ = ()
    group_by = ("label", "prediction")
    terms: tuple[str, ...] = ()

    def aggregates(self, *, binary: bool, paired: bool, clustered: bool) -> dict[str, str]:
        """Nothing but how often each combination occurs, and which classes are the positive one."""
        names = ("positive", "predicted", *([f"{BASELINE}predicted"] if paired else []))
        return {name: f"any_value({name})" for name in names} if binary else {}

    def row_columns(self, *, paired: bool) -> dict[str, str]:
        """Nothing: rows are always counted."""
        return {}
