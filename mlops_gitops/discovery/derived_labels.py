"""Whether a label follows from what the model says: then it is a copy of the prediction, and proves nothing."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise

from mlops_gitops.core.table import Columns
from mlops_gitops.discovery.naming import vocabulary, words

PREDICTION = vocabulary("prediction predictions predicted ypred pred preds yhat predict forecast")
SCORE = vocabulary("score scores probability probabilities proba prob yscore yprob yproba confidence")
FEWEST_ROWS = 8  # below, a good model and a copy of its predictions look alike
MOST_BY_CHANCE = 0.99  # a ROC AUC below it says that rows beyond the first ones do not follow the score
MOST_SHARED = 0.1  # of the rows, at the thresholds between classes
_REPEATS = 2  # rows that a value has on average, from which on what it maps to is no chance


def label_sources(columns: Columns, label: str) -> tuple[str, ...]:
    """The columns that decide the label in every row: one prediction, one score, or the scores of all classes.

    Predictions and scores are found by their names, and scores also by their values between 0 and 1.
    """
    labels = columns[label]
    if len(labels) < FEWEST_ROWS or len({*labels}) < 2:
        return ()
    others = {name: values for name, values in columns.items() if name != label}
    named = [name for name in others if not (PREDICTION | SCORE).isdisjoint(words(name))]
    scores = {name: numbers for name, values in others.items() if (numbers := _scores(name, values))}
    for name in dict.fromkeys([*named, *scores]):
        if _maps(others[name], labels) or _orders(others[name], labels):
            return (name,)
    return next((tuple(group) for group in _groups(scores) if _largest_decides(group, labels)), ())


def is_refuted(sources: Sequence[str], columns: Mapping[str, str], values: Mapping[str, float]) -> bool:
    """Whether measurements on the whole table show that its label does not follow from `sources`.

    `columns` are the table's columns by meaning; `values` are its metrics, by name.
    """
    roc_auc, accuracy, r2 = (values.get(name) for name in ("roc_auc", "accuracy", "r2"))
    ranked = columns.get("score") in sources and roc_auc is not None
    predicted = columns.get("prediction") in sources
    return (
        (ranked and 1 - MOST_BY_CHANCE < (roc_auc or 0.0) < MOST_BY_CHANCE)
        or (predicted and accuracy is not None and accuracy < 1)
        or (predicted and r2 is not None and r2 < MOST_BY_CHANCE)
    )


def is_perfect(values: Mapping[str, float]) -> bool:
    """Whether metrics on the whole table say that the model is never wrong, or, of two classes, always."""
    return values.get("roc_auc") in (0.0, 1.0) or values.get("accuracy") == 1.0 or values.get("r2") == 1.0


def _scores(name: str, values: Sequence[str]) -> list[float] | None:
    """A column as numbers, where it is a score: by its name, or by fractions between 0 and 1."""
    numbers = _numbers(values) or []
    is_probability = all(0 <= number <= 1 for number in numbers) and any(number % 1 for number in numbers)
    return numbers if is_probability or not SCORE.isdisjoint(words(name)) else None


def _maps(values: Sequence[str], labels: Sequence[str]) -> bool:
    """Whether each value comes with one label, and values repeat."""
    pairs = {*zip(values, labels, strict=True)}
    return len(pairs) == len({*values}) and len(pairs) * _REPEATS <= len(labels)


def _orders(values: Sequence[str], labels: Sequence[str]) -> bool:
    """Whether thresholds on a number decide the label: each class has a range of its own, a quantity rises with it.

    Ranges may share a few rows: a rounded score hides on which side of its threshold a row is.
    """
    numbers, quantities = _numbers(values), _numbers(labels)
    if numbers is None or len({*numbers}) * _REPEATS < len({*labels}):
        return False
    if len({*labels}) * _REPEATS > len(labels):
        return quantities is not None and _rises(numbers, quantities)
    ranges: dict[str, tuple[float, float]] = {}
    for number, label in zip(numbers, labels, strict=True):
        low, high = ranges.get(label, (number, number))
        ranges[label] = (min(low, number), max(high, number))
    ordered = sorted(ranges.values())
    pairs = list(pairwise(ordered))
    shared = sum(numbers.count(below[1]) for below, above in pairs if below[1] == above[0])
    return all(below[1] <= above[0] for below, above in pairs) and shared <= MOST_SHARED * len(numbers)


def _rises(numbers: Sequence[float], quantities: Sequence[float]) -> bool:
    ordered = [quantity for _, quantity in sorted(zip(numbers, quantities, strict=True))]
    return ordered == sorted(quantities)


def _groups(scores: Mapping[str, list[float]]) -> Iterator[dict[str, list[float]]]:
    """The columns that may be the scores of all classes: those whose names differ in the last word, and all."""
    stems = dict.fromkeys(tuple(words(name)[:-1]) for name in scores)
    groups = [[name for name in scores if tuple(words(name)[:-1]) == stem] for stem in stems]
    yield from ({name: scores[name] for name in group} for group in (*groups, list(scores)) if len(group) > 1)


def _largest_decides(scores: Mapping[str, Sequence[float]], labels: Sequence[str]) -> bool:
    """Whether the label is the class with the largest score in every row without a tie."""
    chosen: dict[int, set[str]] = {}
    for row, label in zip(zip(*scores.values(), strict=True), labels, strict=True):
        if row.count(max(row)) == 1:
            chosen.setdefault(row.index(max(row)), set()).add(label)
    return len(chosen) > 1 and all(len(classes) == 1 for classes in chosen.values())


def _numbers(values: Iterable[str]) -> list[float] | None:
    try:
        numbers = [float(value) for value in values]
    except ValueError:
        return None
    return numbers if all(map(math.isfinite, numbers)) else None
