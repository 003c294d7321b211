"""Rows of the populations on which gates are tried, each sample drawn row by row, as the cells that a form takes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import special

from mlops_gitops.metrics.aggregates import BASELINE, Cells
from mlops_gitops.metrics.forms.means import Means
from mlops_gitops.metrics.metric import Metric
from simulations.form_lines import sum_cells

# Samples × rows of labels, predictions and scores, by column.
Columns: TypeAlias = dict[str, NDArray[Any]]
Draw: TypeAlias = Callable[[np.random.Generator, tuple[int, int]], Columns]

TWO = ((0.86, 0.02), (0.03, 0.09))
RARE = ((0.60, 0.01, 0.005, 0.0), (0.01, 0.28, 0.003, 0.001), (0.004, 0.003, 0.06, 0.002), (0.001, 0.001, 0.001, 0.019))


def ranked(area: float, positives: float) -> Draw:
    """Two normal scores with this AUC; exactly a share of the rows is positive."""
    shift = float(special.ndtri(area)) * np.sqrt(2)

    def draw(rng: np.random.Generator, shape: tuple[int, int]) -> Columns:
        label = np.broadcast_to(np.arange(shape[1]) < round(shape[1] * positives), shape).astype(int)
        return {"label": label, "score": rng.standard_normal(shape) + shift * label}

    return draw


def calibrated(centre: float, spread: float = 1.5) -> Draw:
    """Logits normal about `centre`, and labels drawn from them."""

    def draw(rng: np.random.Generator, shape: tuple[int, int]) -> Columns:
        score = special.expit(centre + spread * rng.standard_normal(shape))
        return {"label": (rng.random(shape) < score).astype(int), "score": score}

    return draw


def confident(wrong: float) -> Draw:
    """Scores near 0.99 for positives and 0.01 for negatives, on the wrong side in a share of the rows."""

    def draw(rng: np.random.Generator, shape: tuple[int, int]) -> Columns:
        label = (rng.random(shape) < 0.3).astype(int)
        side = np.where(rng.random(shape) < wrong, 1 - label, label)
        score = np.where(side == 1, 0.99, 0.01) + 0.004 * rng.standard_normal(shape)
        return {"label": label, "score": np.clip(score, 1e-4, 1 - 1e-4)}

    return draw


def errors(kind: str, share: float = 0.0, times: float = 1.0) -> Draw:
    """Errors of a regression, of unit variance (exponential: of mean 1); a share of them is `times` as large."""
    kinds: dict[str, Callable[[np.random.Generator, tuple[int, int]], Any]] = {
        "normal": lambda rng, shape: rng.standard_normal(shape),
        "t5": lambda rng, shape: rng.standard_t(5, shape) * np.sqrt(0.6),
        "laplace": lambda rng, shape: rng.laplace(0, np.sqrt(0.5), shape),
        "exponential": lambda rng, shape: rng.standard_exponential(shape),
    }

    def draw(rng: np.random.Generator, shape: tuple[int, int]) -> Columns:
        error = kinds[kind](rng, shape) * np.where(rng.random(shape) < share, times, 1.0)
        label = rng.standard_normal(shape)
        return {"label": label, "prediction": label + error}

    return draw


def confusion(matrix: Any) -> Draw:
    """Labels and predictions of a confusion matrix of shares, its rows the labels."""
    shares = np.asarray(matrix, float) / np.sum(matrix)

    def draw(rng: np.random.Generator, shape: tuple[int, int]) -> Columns:
        cell = np.searchsorted(np.cumsum(shares)[:-1], rng.random(shape), side="right")
        return {"label": cell // len(shares), "prediction": cell % len(shares)}

    return draw


def alike(matrix: Any, mended: float, broken: float) -> Draw:
    """A baseline of this confusion matrix, and a candidate that mends and breaks these shares of its rows."""
    before = confusion(matrix)

    def draw(rng: np.random.Generator, shape: tuple[int, int]) -> Columns:
        label, old = before(rng, shape).values()
        right = label == old
        new = np.where(~right & (rng.random(shape) < mended), label, old)
        new = np.where(right & (rng.random(shape) < broken), (label + 1) % len(matrix), new)
        return {"label": label, "prediction": new, f"{BASELINE}prediction": old}

    return draw


def sample_cells(metric: Metric, columns: Columns) -> Iterator[Cells]:
    """The cells of each sample, as an engine counts them for the metric."""
    if isinstance(metric.form, Means):
        binary = {"positive": columns["label"] == 1} if metric.binary else {}
        yield from sum_cells(metric, columns | binary, paired=f"{BASELINE}prediction" in columns)
        return
    for sample in range(len(columns["label"])):
        yield _counted({name: column[sample] for name, column in columns.items()})


def _counted(rows: Mapping[str, NDArray[Any]]) -> Cells:
    """One sample by the combinations of its columns that occur."""
    if "score" in rows:
        score, place = np.unique(rows["score"], return_inverse=True)
        positives = np.bincount(place, rows["label"]).astype(int)
        return Cells(np.bincount(place), {"score": score, "positives": positives})
    values, counts = np.unique(np.stack(list(rows.values())), axis=1, return_counts=True)
    columns = dict(zip(rows, values, strict=True))
    sources = {"label": "positive", "prediction": "predicted", f"{BASELINE}prediction": f"{BASELINE}predicted"}
    return Cells(counts, columns | {sources[name]: column for name, column in columns.items()})
