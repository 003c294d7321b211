"""Changes of metrics on paired rows through their forms, and slices that no evidence may refute."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
from scipy import special

from mlops_gitops.measurement.estimates import _refuted
from mlops_gitops.metrics import lookup
from mlops_gitops.metrics.aggregates import BASELINE, Cells
from mlops_gitops.statistics.multiple_testing import holm
from simulations.asking import form_lines, matrix_cells, sample_count, score_cells, sum_cells
from simulations.forms import residuals
from simulations.populations import bivariate, placements
from simulations.tally import ALPHAS, Line, Numbers, Scale


def metric_changes(rng: np.random.Generator, scale: Scale) -> Iterator[Line]:
    """Candidate less baseline on the same rows."""
    yield from _shares(rng, scale)
    yield from _averages(rng, scale)
    yield from _areas(rng, scale)
    yield from _clustered(rng, scale)
    settings = (("normal", 1.0, 1.1, 0.9), ("laplace", 1.0, 0.8, 0.5), ("uneven", 0.6, 0.6, 0.7),
                ("skewed", 0.5, 1.0, 0.3))  # fmt: skip
    for n in scale.choose((400, 2500), 1):
        for noise, ours, theirs, alike in scale.choose(settings, 1):
            label, (one, other) = residuals(rng, noise, "normal", (sample_count(scale), n), alike)
            its = {"label": label, "prediction": label - ours * one, f"{BASELINE}prediction": label - theirs * other}
            where = f"n {n:,}, {noise} errors of {ours:g} and {theirs:g}, correlation {alike:g}"
            errors = (("root_mean_squared_error", ours - theirs), ("r2", theirs**2 - ours**2))
            for name, truth in scale.choose(errors, 1):
                yield from form_lines(name, where, truth, sum_cells(name, its, paired=True), paired=", change")
        for centre in scale.choose((0.0, -3.0), 1):
            for ours, theirs, alike in scale.choose(((0.5, 0.5, 0.5), (0.3, 0.9, 0.0), (0.0, 0.4, 0.0)), 1):
                its = _probabilities(rng, (sample_count(scale), n), centre, (ours, theirs), alike)
                truth = _loss(centre, ours) - _loss(centre, theirs)
                where = f"n {n:,}, logits about {centre:g}, off by {ours:g} and {theirs:g}, correlation {alike:g}"
                samples = sum_cells("log_loss", its, paired=True)
                yield from form_lines("log_loss", where, truth, samples, paired=", change")


def _probabilities(
    rng: np.random.Generator, shape: tuple[int, int], centre: float, off: tuple[float, float], alike: float
) -> dict[str, Numbers]:
    """Labels, and the scores of two models whose logits are off by correlated normal errors."""
    logit = centre + 1.5 * rng.standard_normal(shape)
    one, other = rng.standard_normal((2, *shape))
    other = alike * one + np.sqrt(1 - alike**2) * other
    scores = (special.expit(logit + wide * its) for wide, its in zip(off, (one, other), strict=True))
    return {
        "positive": rng.random(shape) < special.expit(logit),
        **dict(zip(("score", f"{BASELINE}score"), scores, strict=True)),
    }


def _loss(centre: float, off: float) -> float:
    """The log loss of such a model, by quadrature."""
    at, weight = special.roots_hermitenorm(120)
    weight = weight / weight.sum()
    logit, given = centre + 1.5 * at[:, None], centre + 1.5 * at[:, None] + off * at
    happens = special.expit(logit)
    return float(weight @ -(happens * special.log_expit(given) + (1 - happens) * special.log_expit(-given)) @ weight)


def _shares(rng: np.random.Generator, scale: Scale) -> Iterator[Line]:
    """F1 and precision: base rate, then recall and share of false alarms of either model, and how alike they are."""
    settings = ((0.3, (0.8, 0.1), (0.75, 0.1), 0.9), (0.1, (0.2, 0.001), (0.9, 0.1), 0.5),
                (0.1, (0.85, 0.02), (0.8, 0.03), 0.7), (0.02, (0.7, 0.01), (0.7, 0.01), 0.8))  # fmt: skip
    label, ours, theirs = np.indices((2, 2, 2))
    for n in scale.choose((1000, 250, 10_000), 1):
        for base, one, other, alike in scale.choose(settings):
            likely = np.stack([
                share * bivariate((special.ndtri(before), special.ndtri(now)), (1, 1), alike, np.zeros(1))
                for share, now, before in ((1 - base, one[1], other[1]), (base, one[0], other[0]))
            ]).swapaxes(1, 2)  # fmt: skip
            drawn = rng.multinomial(n, likely.ravel(), sample_count(scale))
            columns = {"label": label, "prediction": ours, f"{BASELINE}prediction": theirs}
            whole = Cells(likely.ravel() * 1e9, {name: its.ravel() for name, its in columns.items()})
            where = f"n {n:,}, base rate {base:.0%}, {one} and {other}, correlation {alike:g}"
            for name in ("f1", "precision"):
                compared = lookup.find_metric(name).form.compare(whole, bounds=False)
                truth = compared.candidate - compared.baseline if compared else 0.0
                yield from form_lines(name, where, truth, matrix_cells(drawn, columns), paired=", change")


def _averages(rng: np.random.Generator, scale: Scale) -> Iterator[Line]:
    """Statistics of two confusion matrices, of models that err for themselves; one may name a rare class seldom."""
    shares = np.array((0.6, 0.34, 0.06))
    sound = np.array(((0.85, 0.1, 0.05), (0.15, 0.8, 0.05), (0.1, 0.1, 0.8)))
    wary = np.array(((0.88, 0.1195, 0.0005), (0.12, 0.8795, 0.0005), (0.3, 0.4, 0.3)))
    poor = np.array(((0.7, 0.15, 0.15), (0.2, 0.7, 0.1), (0.25, 0.25, 0.5)))
    label, ours, theirs = np.indices((3, 3, 3))
    columns = {"label": label, "prediction": ours, f"{BASELINE}prediction": theirs}
    for n in scale.choose((1000, 8000), 1):
        for where, one, other in scale.choose(
            (("a wary and a poor one", wary, poor), ("two alike", sound, sound)), 1, 1
        ):
            likely = shares[:, None, None] * one[:, :, None] * other[:, None, :]
            drawn = rng.multinomial(n, likely.ravel(), sample_count(scale))
            whole = Cells(likely.ravel() * 1e9, {name: its.ravel() for name, its in columns.items()})
            for name in scale.choose(("balanced_accuracy", "f1_macro", "precision_macro", "matthews_corrcoef"), 2, 1):
                compared = lookup.find_metric(name).form.compare(whole, bounds=False)
                truth = compared.candidate - compared.baseline if compared else 0.0
                yield from form_lines(name, f"n {n:,}, {where}", truth, matrix_cells(drawn, columns), paired=", change")


def _pairs(aucs: tuple[float, float], spread: float, alike: float) -> tuple[Numbers, Numbers, float]:
    """Probabilities of pairs of 24 levels for positives and negatives, and the true change; the baseline's first."""
    edges = np.linspace(-3, 4, 23)
    shift = special.ndtri(aucs[0]) * np.sqrt(1 + spread**2), special.ndtri(aucs[1]) * np.sqrt(2)
    likely = bivariate(shift, (spread, 1), alike, edges), bivariate((0, 0), (1, 1), alike, edges)
    theirs, ours = (float(placements(*(its.sum(axis) for its in likely))[0]) for axis in (1, 0))
    return *likely, ours - theirs


def _areas(rng: np.random.Generator, scale: Scale) -> Iterator[Line]:
    """AUCs of independent rows; how many are positive is drawn too."""
    before, score = np.indices((24, 24))
    settings = (((0.75, 0.75), 1.0, 0.6), ((0.88, 0.92), 1.0, 0.3), ((0.93, 0.91), 1.5, 0.9))
    for n, base in scale.choose(((1500, 0.1), (300, 0.4), (20_000, 0.01)), 1):
        for aucs, spread, alike in scale.choose(settings, 1):
            *likely, truth = _pairs(aucs, spread, alike)
            positives = rng.binomial(n, base, sample_count(scale))
            positive, negative = (
                np.array([rng.multinomial(int(rows), np.ravel(its)) for rows in of])
                for of, its in zip((positives, n - positives), likely, strict=True)
            )
            samples = score_cells(positive, negative, {"score": score, f"{BASELINE}score": before})
            where = (
                f"n {n:,}, base rate {base:.0%}, AUC {aucs[0]} and {aucs[1]}, spread {spread:g}, correlation {alike:g}"
            )
            yield from form_lines("roc_auc", where, truth, samples, paired=", change")


def _clustered(rng: np.random.Generator, scale: Scale) -> Iterator[Line]:
    """AUCs of rows whose scores share a part within a cluster, both models' with one another too."""
    for clusters, most in scale.choose(((120, 8), (50, 8), (300, 3)), 1):
        for within, mixed, aucs in scale.choose(((0.5, True, (0.8, 0.8)), (0.3, False, (0.8, 0.86)),
                                             (0.1, True, (0.85, 0.8))), 1):  # fmt: skip
            where = f"{clusters} clusters of 1–{most} rows, {'mixed' if mixed else 'of one class'}, within {within:g}"
            samples = (_of_clusters(rng, clusters, most, within, aucs, mixed) for _ in range(sample_count(scale)))
            truth = aucs[1] - aucs[0]
            yield from form_lines(
                "roc_auc", f"{where}, AUC {aucs[0]} and {aucs[1]}", truth, samples, paired=", change, clusters"
            )


def _of_clusters(
    rng: np.random.Generator, clusters: int, most: int, within: float, aucs: tuple[float, float], mixed: bool
) -> Cells:
    cluster = np.arange(clusters).repeat(rng.integers(1, most + 1, clusters))
    positive = rng.random(len(cluster)) < 0.4 if mixed else (rng.random(clusters) < 0.4)[cluster]
    root = np.linalg.cholesky([[1, 0.6], [0.6, 1]])
    shared, own = (root @ rng.standard_normal((2, rows)) for rows in (clusters, len(cluster)))
    noise = np.sqrt(within) * shared[:, cluster] + np.sqrt(1 - within) * own
    before, score = noise + np.sqrt(2) * special.ndtri(aucs)[:, None] * positive
    columns = {"positives": positive.astype(int), "score": score, f"{BASELINE}score": before}
    return Cells(np.ones(len(cluster), int), columns, cluster)


def refuted_slices(rng: np.random.Generator, scale: Scale) -> Iterator[Line]:
    """`not_refuted`: how often any slice of a model exactly at its limits is blocked, by Holm over what its bounds say.

    A slice of the change of two equal models, whose limit is 0; one of a value, whose limit is the true one.
    """
    likely = _pairs((0.85, 0.85), 1.0, 0.7)[:2]
    area = float(placements(*(its.sum(0) for its in likely))[0])
    limits = {"log_loss": (_loss(-1.0, 0.5), -1.0), "log_loss, change": (0.0, -1.0), "roc_auc": (area, 1.0),
              "roc_auc, change": (0.0, 1.0)}  # fmt: skip
    for slices in scale.choose((10, 50), 1):
        found: dict[str, list[Numbers]] = {name: [] for name in limits}
        for _ in range(sample_count(scale) // 50 if scale.full else 1):
            drawn = _sliced(rng, 50 * slices, likely)
            for name, its in drawn.items():
                said = [_evidence(name, one, *limits[name], ALPHAS[0] / slices) for one in its]
                found[name].append(np.array(said).reshape(50, slices))
        for name, each in found.items():
            yield from _blocked(name, slices, np.concatenate(each))


def _sliced(rng: np.random.Generator, slices: int, likely: tuple[Numbers, Numbers]) -> dict[str, Iterable[Cells]]:
    """Slices of 600 rows, by what is asked of them."""
    losses = _probabilities(rng, (slices, 600), -1.0, (0.5, 0.5), 0.5)
    positive, negative = (
        rng.multinomial(rows, np.ravel(its), slices) for rows, its in zip((150, 450), likely, strict=True)
    )
    before, score = np.indices((24, 24))
    ranked = list(score_cells(positive, negative, {"score": score, f"{BASELINE}score": before}))
    sums, pairs = sum_cells("log_loss", losses), sum_cells("log_loss", losses, paired=True)
    return {"log_loss": sums, "log_loss, change": pairs, "roc_auc": ranked, "roc_auc, change": ranked}


def _evidence(name: str, its: Cells, limit: float, sign: float, most: float) -> float:
    """What a slice's bounds say against it; not a number where it has too few rows.

    Holm blocks none where none is below `most`, so that it is not asked how far above that one lies.
    """
    form = lookup.find_metric(name.partition(",")[0]).form
    compared = form.compare(its, bounds=True) if "change" in name else None
    estimate = compared.change if compared else form.estimate(its)
    if estimate is None or estimate.few:
        return np.nan
    return _refuted(estimate, limit, sign, most)


def _blocked(name: str, slices: int, found: Numbers) -> Iterator[Line]:
    tests = [{(at, name): float(p) for at, p in enumerate(row) if p == p} for row in found]
    for alpha in ALPHAS:
        share = float(np.mean([bool(holm(its, alpha)) for its in tests]))
        few = float(np.isnan(found).mean())
        yield Line(f"not_refuted: {name}", f"{slices} slices of 600 rows", alpha, share, 0.0, few, len(found))
