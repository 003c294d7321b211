"""Averages over classes of what is a share in each: macro, all classes counting alike, and weighted by their labels."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias

from mlops_gitops.metrics.forms.confusion_matrix import margins

if TYPE_CHECKING:
    from mlops_gitops.metrics.aggregates import Array

# The confusion matrix → for each class how many rows the share counts, and of how many.
Shares: TypeAlias = "Callable[[Array], tuple[Array, Array]]"


def class_recall(matrix: Array) -> tuple[Array, Array]:
    """Right predictions, of the rows that have the class as label."""
    right, labelled, _ = margins(matrix)
    return right, labelled


def class_precision(matrix: Array) -> tuple[Array, Array]:
    """Right predictions, of the rows that are predicted as the class."""
    right, _, predicted = margins(matrix)
    return right, predicted


def class_f1(matrix: Array) -> tuple[Array, Array]:
    """Twice the right predictions, of the rows labelled and the rows predicted as the class."""
    right, labelled, predicted = margins(matrix)
    return 2 * right, labelled + predicted


def macro(shares: Shares) -> Callable[[Array], Any]:
    """The mean of the shares of all classes, as a function of the confusion matrix; None where one is of no rows."""

    def average(matrix: Array) -> Any:
        hits, rows = shares(matrix)
        return None if (rows.real == 0).any() else (hits / rows).mean()

    return average


def weighted(shares: Shares) -> Callable[[Array], Any]:
    """The mean of the shares weighted by the labels of each class; None where a share is of no rows.

    In recall the weights cancel: it is the share of all rows that are right.
    """

    def average(matrix: Array) -> Any:
        hits, rows = shares(matrix)
        _, labelled, _ = margins(matrix)
        if (rows.real == 0).any():
            return None
        parts = hits if shares is class_recall else labelled * hits / rows
        return parts.sum() / labelled.sum()

    return average
