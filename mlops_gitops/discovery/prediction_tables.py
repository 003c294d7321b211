"""What a table of predictions holds, guessed from the names of its columns and its first rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from mlops_gitops.core.frozen import frozen
from mlops_gitops.core.table import Columns
from mlops_gitops.discovery.derived_labels import (
    FEWEST_ROWS,
    PREDICTION,
    SCORE,
    is_perfect,
    is_refuted,
    label_sources,
)
from mlops_gitops.discovery.metric_numbers import Number
from mlops_gitops.discovery.naming import vocabulary, words

BINARY, CLASSES, QUANTITY = "binary", "classes", "quantity"
MOST_CLASSES = 20
_LABEL = vocabulary("label labels target ytrue y true truth actual groundtruth gold observed expected")
_KEY = vocabulary("id key uuid guid")
_YES = vocabulary("1 yes y true positive pos")
_METRICS = {
    (BINARY, "score"): ("roc_auc", "log_loss"),
    (BINARY, "prediction"): ("accuracy", "precision", "recall", "f1"),
    (CLASSES, "prediction"): ("accuracy",),
    (QUANTITY, "prediction"): ("mean_absolute_error", "root_mean_squared_error", "r2"),
}


@frozen
class Predictions:
    """A file of predictions, and what its columns mean. `metrics` can be measured on it."""

    path: str
    columns: Mapping[str, str]  # key, label, prediction, score → column
    positive: str | None
    metrics: tuple[str, ...]
    rows: int = 0  # that were looked at, the first ones
    label_sources: tuple[str, ...] = ()  # the columns that decide the label in each of these rows


def recognise(path: str, columns: Columns) -> Predictions | None:
    """The predictions a table holds; None where its columns do not show them."""
    if len({name.casefold() for name in columns}) < len(columns):
        return None  # two columns of one name: no engine reads it
    meanings = _meanings(columns)
    if "label" not in meanings or not {"prediction", "score"} & meanings.keys():
        return None
    task = _task(columns[meanings["label"]])
    if task == BINARY and "score" not in meanings and not _is_whole(columns[meanings["prediction"]]):
        meanings["score"] = meanings.pop("prediction")
    positive = _positive(columns[meanings["label"]]) if task == BINARY else None
    if task == BINARY and positive == "":
        task, positive = CLASSES, None  # two classes, and no telling which one is meant
    measured = [name for name in ("score", "prediction") if name in meanings]
    metrics = [name for column in measured for name in _METRICS.get((task, column), ())]
    if "score" in meanings and not _is_probability(columns[meanings["score"]]):
        metrics = [name for name in metrics if name != "log_loss"]
    order = ("key", "label", "prediction", "score")
    ordered = {name: meanings[name] for name in order if name in meanings}
    label = ordered["label"]
    rows, sources = len(columns[label]), label_sources(columns, label)
    return Predictions(path, ordered, positive, tuple(metrics), rows, sources) if metrics else None


def label_doubt(predictions: Predictions, values: Mapping[str, float], numbers: Iterable[Number]) -> str:
    """A sentence that says why the label may not be the true value; empty where nothing speaks against it.

    `values` are the metrics of the whole table, `numbers` those that metrics files declare.
    """
    label, sources = predictions.columns["label"], predictions.label_sources
    if sources and not is_refuted(sources, predictions.columns, values):
        return f"{label} follows from {' and '.join(sources)}: it may be what the model says, not the true value"
    if predictions.rows >= FEWEST_ROWS and is_perfect(values):
        return f"measured against {label} the model makes no mistake: it may be what the model says, not the true value"
    declared = [number for number in numbers if number.measures_model and number.metric in values]
    if not declared or any(number.agrees(values[number.metric]) for number in declared):
        return ""
    first = declared[0]
    measured = f"measured against {label}, {first.metric} is {values[first.metric]:.4g}"
    return f"{measured}, and {first.file} has {first.value:.4g}"


def _meanings(columns: Columns) -> dict[str, str]:
    meanings: dict[str, str] = {}
    for meaning, names in (("score", SCORE), ("prediction", PREDICTION), ("label", _LABEL), ("key", _KEY)):
        free = [name for name in columns if name not in meanings.values()]
        exact = [name for name in free if "".join(words(name)) in names]
        likely = exact or [name for name in free if not names.isdisjoint(words(name))]
        if meaning == "label":
            likely = [name for name in likely if not label_sources(columns, name)] or likely
        if likely:
            # Of the scores of two classes, `proba_0` and `proba_1`, the positive class's is meant.
            meanings[meaning] = next((name for name in likely if words(name)[-1:] == ["1"]), likely[0])
    free = [name for name in columns if name not in meanings.values()]
    if "label" not in meanings and "prediction" in meanings:
        predicted = {*columns[meanings["prediction"]]}
        equal = [name for name in free if predicted and {*columns[name]} == predicted]
        equal = [name for name in equal if not label_sources(columns, name)] or equal
        meanings |= {"label": equal[0]} if len(equal) == 1 else {}
    if "key" not in meanings and free and free[0] not in meanings.values() and _identifies(columns[free[0]]):
        meanings["key"] = free[0]
    return meanings


def _identifies(values: Sequence[str]) -> bool:
    return 1 < len({*values}) == len(values) and (_is_whole(values) or _numbers(values) is None)


def _task(labels: Sequence[str]) -> str:
    classes = {*labels}
    if _numbers(labels) is None or (_is_whole(labels) and len(classes) <= MOST_CLASSES):
        return BINARY if len(classes) <= 2 else CLASSES
    return QUANTITY


def _positive(labels: Sequence[str]) -> str | None:
    """The positive class of two: None where 1 or true is, empty where it is not known."""
    classes = {*labels}
    if classes <= {"0", "1"} or {name.casefold() for name in classes} <= {"true", "false"}:
        return None
    telling = [name for name in classes if name.casefold() in _YES]
    return telling[0] if len(telling) == 1 and _numbers(labels) is None else ""


def _numbers(values: Iterable[str]) -> list[float] | None:
    try:
        return [float(value) for value in values]
    except ValueError:
        return None


def _is_whole(values: Sequence[str]) -> bool:
    numbers = _numbers(values)
    return numbers is not None and all(value.is_integer() for value in numbers)


def _is_probability(values: Sequence[str]) -> bool:
    numbers = _numbers(values)
    return numbers is not None and all(0 <= value <= 1 for value in numbers)
