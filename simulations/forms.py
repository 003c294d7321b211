"""Metrics of one model through their forms: cells as an engine counts them go in, and a gate's bounds come out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache, partial
from typing import Any

import numpy as np
from scipy import special

from mlops_gitops.metrics import lookup
from mlops_gitops.metrics.aggregates import Cells
from simulations.form_lines import chunk, form_samples, matrix_cells, score_cells, sum_cells
from simulations.populations import score_levels
from simulations.tally import Numbers, Samples, Scale, Trial

LEVELS = 300  # of scores, 20 to each bin of a calibration error

MATRICES: dict[str, Any] = {
    "2 classes": ((0.855, 0.045), (0.03, 0.07)),
    "2 classes, one rare": ((0.9702, 0.0098), (0.002, 0.018)),
    "2 classes, guessed": ((0.5, 0.2), (0.2, 0.1)),
    "3 classes": ((0.45, 0.03, 0.02), (0.04, 0.24, 0.02), (0.05, 0.03, 0.12)),
    "3 classes, one rare and known": ((0.48, 0.1195, 0.0005), (0.095, 0.2895, 0.0005), (0.0005, 0.0005, 0.014)),
    "4 classes": ((0.679, 0.012, 0.006, 0.003), (0.01, 0.18, 0.006, 0.004), (0.006, 0.006, 0.056, 0.002),
                  (0.005, 0.005, 0.002, 0.018)),
    "5 classes": ((0.36, 0.01, 0.01, 0.01, 0.01), (0.015, 0.255, 0.01, 0.01, 0.01), (0.02, 0.01, 0.105, 0.01, 0.005),
                  (0.015, 0.01, 0.01, 0.06, 0.005), (0.01, 0.005, 0.005, 0.005, 0.025)),
}  # fmt: skip
CLASS_METRICS = {
    "balanced_accuracy": ("3 classes", "2 classes", "2 classes, one rare", "4 classes"),
    "cohen_kappa": ("2 classes, guessed", "2 classes, one rare", "3 classes", "3 classes, one rare and known"),
    "matthews_corrcoef": ("2 classes, one rare", "2 classes", "2 classes, guessed", "3 classes, one rare and known"),
    "f1_macro": ("3 classes", "3 classes, one rare and known", "4 classes", "5 classes"),
}


def metric_values(scale: Scale) -> Iterator[Trial]:
    """Metrics of one model."""
    yield from _class_metrics(scale)
    yield from _calibration(scale)
    yield from _average_precision(scale)
    shares = (("normal", "normal", 0.9), ("uneven", "normal", 0.5), ("laplace", "normal", 0.3),
              ("normal", "lognormal", 0.8))  # fmt: skip
    for n in scale.choose((1000, 300, 6000), 1):
        for noise, labels, share in scale.choose(shares, 1):
            name = f"n {n:,}, {noise} errors, {labels} labels, {share:g}"
            yield Trial(f"r2, {name}", partial(_explained, name, n, (noise, labels), share), chunk(n))
        for noise in scale.choose(("normal", "laplace", "uniform", "skewed"), 1):
            name = f"n {n:,}, {noise} errors"
            yield Trial(f"RMSE, {name}", partial(_root, name, n, noise), chunk(n))


def _explained(
    name: str, n: int, kinds: tuple[str, str], share: float, rng: np.random.Generator, samples: int
) -> Iterator[Samples]:
    """`kinds` are those of errors and labels, `share` is the true r2."""
    label, error = residuals(rng, *kinds, (samples, n))
    cells = sum_cells("r2", {"label": label, "prediction": label - error * np.sqrt(1 - share)})
    yield form_samples("r2", name, share, cells)


def _root(name: str, n: int, noise: str, rng: np.random.Generator, samples: int) -> Iterator[Samples]:
    label, error = residuals(rng, noise, "normal", (samples, n))
    cells = sum_cells("root_mean_squared_error", {"label": label, "prediction": label - 3 * error})
    yield form_samples("root_mean_squared_error", name, 3.0, cells)


def _class_metrics(scale: Scale) -> Iterator[Trial]:
    """Statistics of a confusion matrix, of two classes and more."""
    for name, kinds in CLASS_METRICS.items():
        for n in scale.choose((1500, 150, 20_000), 1):
            for kind in scale.choose(kinds, 1):
                yield Trial(f"{name}, n {n:,}, {kind}", partial(_class_metric, name, n, kind))


def _class_metric(name: str, n: int, kind: str, rng: np.random.Generator, samples: int) -> Iterator[Samples]:
    drawn = rng.multinomial(n, np.ravel(MATRICES[kind]), samples)
    label, prediction = np.indices(np.shape(MATRICES[kind]))
    cells = list(matrix_cells(drawn, {"label": label, "prediction": prediction}))
    truth = np.array([_true_value(name, kind, sample) for sample in cells])
    yield form_samples(name, f"n {n:,}, {kind}", truth, cells)


def _true_value(name: str, kind: str, drawn: Cells) -> float:
    """The true value for the classes that occur in a sample: a metric is never of others."""
    return _value_among(name, kind, tuple(np.union1d(drawn["label"], drawn["prediction"])))


@cache
def _value_among(name: str, kind: str, classes: tuple[int, ...]) -> float:
    likely = np.array(MATRICES[kind])[np.ix_(classes, classes)]
    label, prediction = (codes.ravel() for codes in np.indices(likely.shape))
    cells = Cells(likely.ravel(), {"label": label, "prediction": prediction})
    return lookup.find_metric(name).form.value(cells) or 0.0


def _calibration(scale: Scale) -> Iterator[Trial]:
    """Scores by a beta distribution, true ones and others."""
    settings = (("true", (1, 9)), ("too sure", (1, 1)), ("too high", (2, 5)), ("nearly true", (0.5, 0.5)))
    for n in scale.choose((3000, 400, 30_000), 1):
        for kind, beta in scale.choose(settings, 1):
            name = f"n {n:,}, scores {kind}, beta {beta[0]}/{beta[1]}"
            yield Trial(f"calibration, {name}", partial(_calibration_error, name, n, kind, beta))


def _calibration_error(
    name: str, n: int, kind: str, beta: tuple[float, float], rng: np.random.Generator, samples: int
) -> Iterator[Samples]:
    """The true value is a sum over levels of the bins."""
    kinds: dict[str, Callable[[Numbers], Numbers]] = {
        "true": lambda logit: logit, "too sure": lambda logit: 0.5 * logit, "too high": lambda logit: logit - 0.5,
        "nearly true": lambda logit: 0.93 * logit,
    }  # fmt: skip
    score = (np.arange(LEVELS) + 0.5) / LEVELS
    likely = np.diff(special.betainc(*beta, np.linspace(0, 1, LEVELS + 1)))
    chance = special.expit(kinds[kind](special.logit(score)))
    truth = float(np.abs((likely * (score - chance)).reshape(15, -1).sum(1)).sum())
    rows = rng.multinomial(n, likely, samples)
    positive = rng.binomial(rows, chance)
    cells = score_cells(positive, rows - positive, {"score": score})
    yield form_samples("expected_calibration_error", name, truth, cells)


def _average_precision(scale: Scale) -> Iterator[Trial]:
    """Average precision of 150 levels."""
    kinds = (("narrow", 0.75), ("logistic", 0.95), ("mislabelled", 0.9), ("mirrored", 0.85))
    for n, base in scale.choose(((6000, 0.03), (1500, 0.3), (40_000, 0.005)), 1):
        for kind, auc in scale.choose(kinds, 1):
            name = f"n {n:,}, base rate {base:.1%}, {kind}, AUC {auc}"
            yield Trial(f"average precision, {name}", partial(_precisions, name, n, base, (kind, auc)))


def _precisions(
    name: str, n: int, base: float, scores: tuple[str, float], rng: np.random.Generator, samples: int
) -> Iterator[Samples]:
    positive, negative = score_levels(*scores, 150)
    found, false = (np.cumsum(shares[::-1])[::-1] for shares in (base * positive, (1 - base) * negative))
    truth = float(positive @ np.divide(found, found + false, out=np.zeros_like(found), where=found > 0))
    likely = np.concatenate([base * positive, (1 - base) * negative])
    drawn = rng.multinomial(n, likely, samples)
    levels = len(positive)
    cells = score_cells(drawn[:, :levels], drawn[:, levels:], {"score": np.arange(levels)})
    yield form_samples("average_precision", name, truth, cells)


def residuals(
    rng: np.random.Generator, noise: str, labels: str, shape: tuple[int, ...], correlation: float | None = None
) -> tuple[Numbers, Numbers]:
    """Labels of mean 0 and variance 1, and errors of mean square 1; with a `correlation` two of them, correlated."""
    z = rng.standard_normal(shape)
    label = z if labels == "normal" else (np.exp(z / 2) - np.exp(1 / 8)) / np.sqrt(np.exp(1 / 4) * np.expm1(1 / 4))
    errors = shape if correlation is None else (2, *shape)
    kinds: dict[str, Callable[[], Numbers]] = {
        "normal": lambda: rng.standard_normal(errors), "uneven": lambda: rng.standard_normal(errors),
        "laplace": lambda: rng.laplace(0, np.sqrt(0.5), errors),
        "uniform": lambda: rng.uniform(-1, 1, errors) * np.sqrt(3),
        "skewed": lambda: rng.standard_exponential(errors) - 1,
    }  # fmt: skip
    error = kinds[noise]()
    if correlation is not None:
        error = np.stack([error[0], correlation * error[0] + np.sqrt(1 - correlation**2) * error[1]])
    if noise == "uneven":  # twice as far where the label is far out: E(½ + |z|)² = 5/4 + √(2/π)
        error = error * (0.5 + np.abs(z)) / np.sqrt(1.25 + np.sqrt(2 / np.pi))
    return label, error
