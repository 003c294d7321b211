"""Changes of metrics on paired rows through their forms, and slices that no evidence may refute."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np
from scipy import special

from mlops_gitops.measurement.estimates import p_value
from mlops_gitops.metrics import lookup
from mlops_gitops.metrics.aggregates import BASELINE, Cells
from mlops_gitops.statistics.multiple_testing import holm
from simulations.form_lines import chunk, form_change, form_samples, matrix_cells, score_cells, sum_cells
from simulations.forms import residuals
from simulations.populations import paired_levels, placements
from simulations.tally import ALPHAS, Line, Numbers, Samples, Scale, Trial

BLOCK = 50  # samples of slices that are drawn at once


def metric_changes(scale: Scale) -> Iterator[Trial]:
    """Candidate less baseline on the same rows."""
    yield from _shares(scale)
    yield from _averages(scale)
    yield from _areas(scale)
    yield from _clustered_areas(scale)
    for n in scale.choose((400, 2500), 1):
        yield from _errors(scale, n)
        yield from _losses(scale, n)


def _errors(scale: Scale, n: int) -> Iterator[Trial]:
    """Noise, the errors of candidate and baseline, and their correlation."""
    settings = (("normal", 1.0, 1.1, 0.9), ("laplace", 1.0, 0.8, 0.5), ("uneven", 0.6, 0.6, 0.7),
                ("skewed", 0.5, 1.0, 0.3))  # fmt: skip
    for noise, new, old, correlation in scale.choose(settings, 1):
        truths = (("root_mean_squared_error", new - old), ("r2", old**2 - new**2))
        name = f"n {n:,}, {noise} errors of {new:g} and {old:g}, correlation {correlation:g}"
        population = noise, (new, old), correlation
        yield Trial(name, partial(_error_changes, (name, n), population, scale.choose(truths, 1)), chunk(n))


def _error_changes(
    setting: tuple[str, int],
    population: tuple[str, tuple[float, float], float],
    truths: tuple[tuple[str, float], ...],
    rng: np.random.Generator,
    samples: int,
) -> Iterator[Samples]:
    (where, n), (noise, (new, old), correlation) = setting, population
    label, error = residuals(rng, noise, "normal", (samples, n), correlation)
    columns = {
        "label": label,
        "prediction": label - new * error[0],
        f"{BASELINE}prediction": label - old * error[1],
    }
    for name, truth in truths:
        yield form_samples(name, where, truth, sum_cells(name, columns, paired=True), paired=", change")


def _losses(scale: Scale, n: int) -> Iterator[Trial]:
    """How far the logits of candidate and baseline are off, and the correlation of their errors."""
    settings = ((0.5, 0.5, 0.5), (0.3, 0.9, 0.0), (0.0, 0.4, 0.0))
    for centre in scale.choose((0.0, -3.0), 1):
        for new, old, correlation in scale.choose(settings, 1):
            name = f"n {n:,}, logits about {centre:g}, off by {new:g} and {old:g}, correlation {correlation:g}"
            yield Trial(name, partial(_loss_change, (name, n), centre, (new, old), correlation), chunk(n))


def _loss_change(
    setting: tuple[str, int],
    centre: float,
    off: tuple[float, float],
    correlation: float,
    rng: np.random.Generator,
    samples: int,
) -> Iterator[Samples]:
    columns = _probabilities(rng, (samples, setting[1]), centre, off, correlation)
    truth = _log_loss(centre, off[0]) - _log_loss(centre, off[1])
    yield form_samples("log_loss", setting[0], truth, sum_cells("log_loss", columns, paired=True), paired=", change")


def _probabilities(
    rng: np.random.Generator, shape: tuple[int, int], centre: float, off: tuple[float, float], correlation: float
) -> dict[str, Numbers]:
    """Labels, and the scores of two models whose logits are off by correlated normal errors."""
    logit = centre + 1.5 * rng.standard_normal(shape)
    new, old = rng.standard_normal((2, *shape))
    old = correlation * new + np.sqrt(1 - correlation**2) * old
    scores = (special.expit(logit + width * error) for width, error in zip(off, (new, old), strict=True))
    return {
        "positive": rng.random(shape) < special.expit(logit),
        **dict(zip(("score", f"{BASELINE}score"), scores, strict=True)),
    }


def _log_loss(centre: float, off: float) -> float:
    """The log loss of such a model, by quadrature."""
    nodes, weight = special.roots_hermitenorm(120)
    weight = weight / weight.sum()
    logit, output = centre + 1.5 * nodes[:, None], centre + 1.5 * nodes[:, None] + off * nodes
    chance = special.expit(logit)
    return float(weight @ -(chance * special.log_expit(output) + (1 - chance) * special.log_expit(-output)) @ weight)


def _shares(scale: Scale) -> Iterator[Trial]:
    """F1 and precision: base rate, then recall and share of false alarms of either model, and their correlation."""
    settings = ((0.3, (0.8, 0.1), (0.75, 0.1), 0.9), (0.1, (0.2, 0.001), (0.9, 0.1), 0.5),
                (0.1, (0.85, 0.02), (0.8, 0.03), 0.7), (0.02, (0.7, 0.01), (0.7, 0.01), 0.8))  # fmt: skip
    for n in scale.choose((1000, 250, 10_000), 1):
        for base, new, old, correlation in scale.choose(settings):
            likely = np.stack([
                share * paired_levels(
                    (special.ndtri(before), special.ndtri(after)), (1, 1), correlation, np.zeros(1)
                )
                for share, after, before in ((1 - base, new[1], old[1]), (base, new[0], old[0]))
            ]).swapaxes(1, 2)  # fmt: skip
            name = f"n {n:,}, base rate {base:.0%}, {new} and {old}, correlation {correlation:g}"
            yield Trial(name, partial(class_changes, (name, n), likely, ("f1", "precision")))


def _averages(scale: Scale) -> Iterator[Trial]:
    """Statistics of two confusion matrices, of models that err independently; one predicts a rare class seldom."""
    shares = np.array((0.6, 0.34, 0.06))
    sound = np.array(((0.85, 0.1, 0.05), (0.15, 0.8, 0.05), (0.1, 0.1, 0.8)))
    wary = np.array(((0.88, 0.1195, 0.0005), (0.12, 0.8795, 0.0005), (0.3, 0.4, 0.3)))
    poor = np.array(((0.7, 0.15, 0.15), (0.2, 0.7, 0.1), (0.25, 0.25, 0.5)))
    metrics = ("balanced_accuracy", "f1_macro", "precision_macro", "matthews_corrcoef")
    pairs = (("a wary and a poor one", wary, poor), ("two alike", sound, sound))
    for n in scale.choose((1000, 8000), 1):
        for models, new, old in scale.choose(pairs, 1, 1):
            likely = shares[:, None, None] * new[:, :, None] * old[:, None, :]
            setting = f"n {n:,}, {models}", n
            yield Trial(setting[0], partial(class_changes, setting, likely, scale.choose(metrics, 2, 1)))


def class_changes(
    setting: tuple[str, int],
    likely: Numbers,
    metrics: tuple[str, ...],
    rng: np.random.Generator,
    samples: int,
    kind: str = ", change",
) -> Iterator[Samples]:
    """The changes of metrics of classes; `likely` are the probabilities of label × prediction × the baseline's."""
    where, n = setting
    label, new, old = np.indices(likely.shape)
    columns = {"label": label, "prediction": new, f"{BASELINE}prediction": old}
    drawn = rng.multinomial(n, likely.ravel(), samples)
    whole = Cells(likely.ravel() * 1e9, {name: column.ravel() for name, column in columns.items()})
    for name in metrics:
        comparison = lookup.find_metric(name).form.compare(whole, bounds=False)
        truth = comparison.candidate - comparison.baseline if comparison else 0.0
        yield form_samples(name, where, truth, matrix_cells(drawn, columns), paired=kind)


def _pairs(aucs: tuple[float, float], spread: float, correlation: float) -> tuple[Numbers, Numbers, float]:
    """Probabilities of pairs of 24 levels for positives and negatives, and the true change; the baseline's first."""
    edges = np.linspace(-3, 4, 23)
    shift = special.ndtri(aucs[0]) * np.sqrt(1 + spread**2), special.ndtri(aucs[1]) * np.sqrt(2)
    likely = (
        paired_levels(shift, (spread, 1), correlation, edges),
        paired_levels((0, 0), (1, 1), correlation, edges),
    )
    old, new = (float(placements(*(shares.sum(axis) for shares in likely))[0]) for axis in (1, 0))
    return *likely, new - old


def _areas(scale: Scale) -> Iterator[Trial]:
    """AUCs of independent rows."""
    settings = (((0.75, 0.75), 1.0, 0.6), ((0.88, 0.92), 1.0, 0.3), ((0.93, 0.91), 1.5, 0.9))
    for n, base in scale.choose(((1500, 0.1), (300, 0.4), (20_000, 0.01)), 1):
        for aucs, spread, correlation in scale.choose(settings, 1):
            models = f"AUC {aucs[0]} and {aucs[1]}, spread {spread:g}, correlation {correlation:g}"
            name = f"n {n:,}, base rate {base:.0%}, {models}"
            yield Trial(name, partial(_area_change, (name, n), base, (aucs, spread, correlation)))


def _area_change(
    setting: tuple[str, int],
    base: float,
    models: tuple[tuple[float, float], float, float],
    rng: np.random.Generator,
    samples: int,
) -> Iterator[Samples]:
    """How many rows are positive is drawn too; `models` are the two AUCs, the spread and the correlation."""
    before, score = np.indices((24, 24))
    *likely, truth = _pairs(*models)
    positives = rng.binomial(setting[1], base, samples)
    positive, negative = (
        np.array([rng.multinomial(int(rows), np.ravel(shares)) for rows in counts])
        for counts, shares in zip((positives, setting[1] - positives), likely, strict=True)
    )
    cells = score_cells(positive, negative, {"score": score, f"{BASELINE}score": before})
    yield form_samples("roc_auc", setting[0], truth, cells, paired=", change")


def _clustered_areas(scale: Scale) -> Iterator[Trial]:
    """AUCs of rows whose scores share a part within a cluster, both models' with one another too."""
    settings = ((0.5, True, (0.8, 0.8)), (0.3, False, (0.8, 0.86)), (0.1, True, (0.85, 0.8)))
    for clusters, most in scale.choose(((120, 8), (50, 8), (300, 3)), 1):
        for within, mixed, aucs in scale.choose(settings, 1):
            kind = "mixed" if mixed else "of one class"
            name = f"{clusters} clusters of 1–{most} rows, {kind}, within {within:g}, AUC {aucs[0]} and {aucs[1]}"
            draw = partial(_drawn_clusters, sizes=(clusters, most), within=within, aucs=aucs, mixed=mixed)
            yield Trial(name, partial(_clustered_change, name, draw, aucs[1] - aucs[0]))


def _clustered_change(
    name: str,
    draw: Callable[[np.random.Generator], Cells],
    truth: float,
    rng: np.random.Generator,
    samples: int,
) -> Iterator[Samples]:
    cells = (draw(rng) for _ in range(samples))
    yield form_samples("roc_auc", name, truth, cells, paired=", change, clusters")


def _drawn_clusters(
    rng: np.random.Generator, sizes: tuple[int, int], within: float, aucs: tuple[float, float], mixed: bool
) -> Cells:
    """The cells of one sample; `sizes` are the number of clusters and the most rows of one."""
    clusters, most = sizes
    cluster = np.arange(clusters).repeat(rng.integers(1, most + 1, clusters))
    positive = rng.random(len(cluster)) < 0.4 if mixed else (rng.random(clusters) < 0.4)[cluster]
    root = np.linalg.cholesky([[1, 0.6], [0.6, 1]])
    shared, own = (root @ rng.standard_normal((2, rows)) for rows in (clusters, len(cluster)))
    noise = np.sqrt(within) * shared[:, cluster] + np.sqrt(1 - within) * own
    before, score = noise + np.sqrt(2) * special.ndtri(aucs)[:, None] * positive
    columns = {"positives": positive.astype(int), "score": score, f"{BASELINE}score": before}
    return Cells(np.ones(len(cluster), int), columns, cluster)


def refuted_slices(scale: Scale) -> Iterator[Trial]:
    """`not_refuted`: how often any slice of a model exactly at its limits is blocked, by Holm over what its bounds say.

    A slice of the change of two equal models, whose limit is 0; one of a value, whose limit is the true one.
    """
    for slices in scale.choose((10, 50), 1):
        yield Trial(f"{slices} slices", partial(_refuted, slices), BLOCK)


def _refuted(slices: int, rng: np.random.Generator, samples: int) -> Iterator[_Evidence]:
    likely = _pairs((0.85, 0.85), 1.0, 0.7)[:2]
    area = float(placements(*(shares.sum(0) for shares in likely))[0])
    limits = {"log_loss": (_log_loss(-1.0, 0.5), -1.0), "log_loss, change": (0.0, -1.0), "roc_auc": (area, 1.0),
              "roc_auc, change": (0.0, 1.0)}  # fmt: skip
    for name, every in _sliced(rng, samples * slices, likely).items():
        values = [_evidence(name, cells, *limits[name], ALPHAS[0] / slices) for cells in every]
        yield _Evidence(name, np.array(values).reshape(samples, slices))


def _sliced(rng: np.random.Generator, slices: int, likely: tuple[Numbers, Numbers]) -> dict[str, Iterable[Cells]]:
    """Slices of 600 rows, by what is measured on them."""
    losses = _probabilities(rng, (slices, 600), -1.0, (0.5, 0.5), 0.5)
    positive, negative = (
        rng.multinomial(rows, np.ravel(shares), slices) for rows, shares in zip((150, 450), likely, strict=True)
    )
    before, score = np.indices((24, 24))
    ranked = list(score_cells(positive, negative, {"score": score, f"{BASELINE}score": before}))
    sums, pairs = sum_cells("log_loss", losses), sum_cells("log_loss", losses, paired=True)
    return {"log_loss": sums, "log_loss, change": pairs, "roc_auc": ranked, "roc_auc, change": ranked}


def _evidence(name: str, cells: Cells, limit: float, sign: float, most: float) -> float:
    """The p value of a slice against its limit; not a number where it has too few rows.

    Holm blocks none where none is below `most`, so that none above it is computed.
    """
    form = lookup.find_metric(name.partition(",")[0]).form
    estimate = form_change(form, cells) if "change" in name else form.estimate(cells)
    if estimate is None or estimate.few:
        return np.nan
    return p_value(estimate, limit, sign, most)


@dataclass(frozen=True)
class _Evidence:
    """The p values of slices, of shape (samples, slices); not a number where there are too few rows."""

    name: str
    p_values: Numbers

    def line(self, alpha: float) -> Line:
        """In how many samples any slice is blocked."""
        samples, slices = self.p_values.shape
        tests = [{(place, self.name): float(p) for place, p in enumerate(row) if p == p} for row in self.p_values]
        share = float(np.mean([bool(holm(test, alpha)) for test in tests]))
        few = float(np.isnan(self.p_values).mean())
        return Line(f"not_refuted: {self.name}", f"{slices} slices of 600 rows", alpha, share, 0.0, few, samples)
