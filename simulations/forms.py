"""Metrics through their forms: cells as an engine counts them go in, and the bounds a gate decides on come out."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import duckdb
import numpy as np
from scipy import special

from mlops_gitops import measures
from mlops_gitops.cells import BEFORE, Cells
from mlops_gitops.deciding import holm
from mlops_gitops.estimate import Estimate
from mlops_gitops.estimating import _refuted
from simulations.populations import bivariate, cells, placements
from simulations.tally import ALPHAS, Line, Numbers, Scale, lines

MOST = 1000  # samples of a setting: each is measured on its own, as a gate does
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
OF_CLASSES = {
    "balanced_accuracy": ("3 classes", "2 classes", "2 classes, one rare", "4 classes"),
    "cohen_kappa": ("2 classes, guessed", "2 classes, one rare", "3 classes", "3 classes, one rare and known"),
    "matthews_corrcoef": ("2 classes, one rare", "2 classes", "2 classes, guessed", "3 classes, one rare and known"),
    "f1_macro": ("3 classes, one rare and known", "3 classes", "4 classes", "5 classes"),
}


def _lines(name: str, where: str, truth: float, samples: Iterable[Cells], *, paired: str = "") -> Iterator[Line]:
    """How often the bounds of a metric's form, or with `paired` those of its change, are on the wrong side."""
    form = measures.find(name).form
    found: list[Estimate | None] = []
    for its in samples:
        compared = form.compare(its, bounds=True) if paired else None
        found.append((compared.change if compared else None) if paired else form.estimate(its))
    enough = np.array([its is not None and not its.few for its in found])

    def bounds(alpha: float) -> tuple[Numbers, Numbers]:
        both = [(its.lower(alpha), its.upper(alpha)) if its and not its.few else (np.nan, np.nan) for its in found]
        low, high = np.array(both).T
        return low, high

    yield from lines(f"{name}{paired}", where, truth, bounds, enough)


def _counted(drawn: Numbers, columns: Mapping[str, Any]) -> Iterator[Cells]:
    """The cells of each sample: those that occur in it."""
    for rows in drawn.reshape(len(drawn), -1):
        there = rows > 0
        yield Cells(rows[there], {name: np.ravel(its)[there] for name, its in columns.items()})


def _scored(positive: Numbers, negative: Numbers, columns: Mapping[str, Any]) -> Iterator[Cells]:
    """The same, of positive and negative rows at each score."""
    flat = [its.reshape(len(its), -1) for its in (positive, negative)]
    for positives, negatives in zip(*flat, strict=True):
        there = positives + negatives > 0
        known = {name: np.ravel(its)[there] for name, its in columns.items()}
        yield Cells((positives + negatives)[there], {"positives": positives[there], **known})


def _summed(name: str, columns: Mapping[str, Numbers], *, paired: bool = False) -> Iterator[Cells]:
    """The same, of sums that DuckDB takes as the form asks it to; labels are about 0."""
    metric, shape = measures.find(name), next(iter(columns.values())).shape
    sides, terms = ("", BEFORE) if paired else ("",), {}
    for side in sides:
        for place, term in enumerate(metric.form.terms):
            given = re.sub("prediction|score", lambda its, side=side: side + its[0], term)  # type: ignore[misc]
            terms[f"{side}{place}"] = given.replace("{centre}", "0")
    wanted = metric.form.counts(binary=metric.binary, paired=paired, clustered=False)
    places = {**{its: f't."{its}"' for its in terms}, "change": f't."0" - t."{BEFORE}0"'}
    sums = ", ".join(f'{_filled(sql, places)} AS "{its}"' for its, sql in wanted.items())
    each = ", ".join(f'{sql} AS "{its}"' for its, sql in terms.items())
    drawn = {"sample": np.arange(shape[0]).repeat(shape[1]), **{its: column.ravel() for its, column in columns.items()}}
    with duckdb.connect(config={"threads": 1}) as engine:
        engine.register("drawn", drawn)
        query = f"SELECT count(*) AS rows, {sums} FROM (SELECT *, {each} FROM drawn) t GROUP BY sample ORDER BY sample"
        found = engine.execute(query).fetchnumpy()
    centres = dict.fromkeys(terms, 0.0)
    for at in range(shape[0]):
        own = {its: np.asarray(column[at : at + 1]) for its, column in found.items()}
        yield Cells(own.pop("rows"), own, None, centres)


def _filled(sql: str, places: Mapping[str, str]) -> str:
    for name, its in places.items():
        sql = sql.replace(f"{{{name}}}", f"({its})")
    return sql


def values(rng: np.random.Generator, scale: Scale) -> Iterator[Line]:
    """Metrics of one model."""
    yield from _of_classes(rng, scale)
    yield from _calibration(rng, scale)
    yield from _precision(rng, scale)
    for n in scale.of((1000, 300, 6000), 1):
        for noise, labels, share in scale.of(
            (("normal", "normal", 0.9), ("uneven", "normal", 0.5), ("laplace", "normal", 0.3),
             ("normal", "lognormal", 0.8)), 1
        ):  # fmt: skip
            label, error = _errors(rng, noise, labels, (_many(scale), n))
            its = {"label": label, "prediction": label - error * np.sqrt(1 - share)}
            yield from _lines("r2", f"n {n:,}, {noise} errors, {labels} labels, {share:g}", share, _summed("r2", its))
        for noise in scale.of(("normal", "laplace", "uniform", "skewed"), 1):
            label, error = _errors(rng, noise, "normal", (_many(scale), n))
            drawn = _summed("root_mean_squared_error", {"label": label, "prediction": label - 3 * error})
            yield from _lines("root_mean_squared_error", f"n {n:,}, {noise} errors", 3.0, drawn)


def _many(scale: Scale) -> int:
    return min(scale.replicates, MOST)


def _of_classes(rng: np.random.Generator, scale: Scale) -> Iterator[Line]:
    """Statistics of a confusion matrix, of two classes and more."""
    for name, kinds in OF_CLASSES.items():
        for n in scale.of((1500, 150, 20_000), 1):
            for kind in scale.of(kinds):
                likely = np.array(MATRICES[kind])
                label, prediction = np.indices(likely.shape)
                drawn = rng.multinomial(n, likely.ravel(), _many(scale))
                truth = measures.find(name).form.value(
                    Cells(likely.ravel() * 1e9, {"label": label.ravel(), "prediction": prediction.ravel()})
                )
                samples = _counted(drawn, {"label": label, "prediction": prediction})
                yield from _lines(name, f"n {n:,}, {kind}", float(truth or 0), samples)


def _calibration(rng: np.random.Generator, scale: Scale) -> Iterator[Line]:
    """Scores by a beta distribution, true ones and others; the true value is a sum over levels of the bins."""
    kinds: dict[str, Callable[[Numbers], Numbers]] = {
        "true": lambda logit: logit, "too sure": lambda logit: 0.5 * logit, "too high": lambda logit: logit - 0.5,
        "nearly true": lambda logit: 0.93 * logit,
    }  # fmt: skip
    at = (np.arange(LEVELS) + 0.5) / LEVELS
    for n in scale.of((3000, 400, 30_000), 1):
        for kind, (a, b) in scale.of((("true", (1, 9)), ("too sure", (1, 1)), ("too high", (2, 5)),
                                      ("nearly true", (0.5, 0.5)))):  # fmt: skip
            likely = np.diff(special.betainc(a, b, np.linspace(0, 1, LEVELS + 1)))
            happens = special.expit(kinds[kind](special.logit(at)))
            truth = float(np.abs((likely * (at - happens)).reshape(15, -1).sum(1)).sum())
            rows = rng.multinomial(n, likely, _many(scale))
            positive = rng.binomial(rows, happens)
            samples = _scored(positive, rows - positive, {"score": at})
            yield from _lines("expected_calibration_error", f"n {n:,}, scores {kind}, beta {a}/{b}", truth, samples)


def _precision(rng: np.random.Generator, scale: Scale) -> Iterator[Line]:
    """Average precision of 150 levels."""
    for n, base in scale.of(((6000, 0.03), (1500, 0.3), (40_000, 0.005)), 1):
        for kind, auc in scale.of((("narrow", 0.75), ("logistic", 0.95), ("mislabelled", 0.9), ("mirrored", 0.85))):
            positive, negative = cells(kind, auc, 150)
            found, false = (np.cumsum(its[::-1])[::-1] for its in (base * positive, (1 - base) * negative))
            truth = float(positive @ np.divide(found, found + false, out=np.zeros_like(found), where=found > 0))
            drawn = rng.multinomial(n, np.concatenate([base * positive, (1 - base) * negative]), _many(scale))
            samples = _scored(*np.split(drawn, 2, axis=1), {"score": np.arange(len(positive))})
            yield from _lines("average_precision", f"n {n:,}, base rate {base:.1%}, {kind}, AUC {auc}", truth, samples)


def _errors(
    rng: np.random.Generator, noise: str, labels: str, shape: tuple[int, ...], others: float | None = None
) -> tuple[Numbers, Numbers]:
    """Labels of mean 0 and variance 1 and errors of mean square 1; a first axis of two correlated ones with `others`."""
    z = rng.standard_normal(shape)
    label = z if labels == "normal" else (np.exp(z / 2) - np.exp(1 / 8)) / np.sqrt(np.exp(1 / 4) * np.expm1(1 / 4))
    many = shape if others is None else (2, *shape)
    made: dict[str, Callable[[], Numbers]] = {
        "normal": lambda: rng.standard_normal(many), "uneven": lambda: rng.standard_normal(many),
        "laplace": lambda: rng.laplace(0, np.sqrt(0.5), many), "uniform": lambda: rng.uniform(-1, 1, many) * np.sqrt(3),
        "skewed": lambda: rng.standard_exponential(many) - 1,
    }  # fmt: skip
    error = made[noise]()
    if others is not None:
        error = np.stack([error[0], others * error[0] + np.sqrt(1 - others**2) * error[1]])
    if noise == "uneven":  # twice as far where the label is far out: E(½ + |z|)² = 5/4 + √(2/π)
        error = error * (0.5 + np.abs(z)) / np.sqrt(1.25 + np.sqrt(2 / np.pi))
    return label, error


def changes(rng: np.random.Generator, scale: Scale) -> Iterator[Line]:
    """Candidate less baseline on the same rows."""
    yield from _shares(rng, scale)
    yield from _areas(rng, scale)
    yield from _clustered(rng, scale)
    settings = (("normal", 1.0, 1.1, 0.9), ("laplace", 1.0, 0.8, 0.5), ("uneven", 0.6, 0.6, 0.7),
                ("skewed", 0.5, 1.0, 0.3))  # fmt: skip
    for n in scale.of((400, 4000), 1):
        for noise, ours, theirs, alike in scale.of(settings, 1):
            label, (one, other) = _errors(rng, noise, "normal", (_many(scale), n), alike)
            its = {"label": label, "prediction": label - ours * one, f"{BEFORE}prediction": label - theirs * other}
            where = f"n {n:,}, {noise} errors of {ours:g} and {theirs:g}, correlation {alike:g}"
            for name, truth in (("root_mean_squared_error", ours - theirs), ("r2", theirs**2 - ours**2)):
                yield from _lines(name, where, truth, _summed(name, its, paired=True), paired=", change")
        for centre in scale.of((0.0, -3.0), 1):
            for ours, theirs, alike in scale.of(((0.5, 0.5, 0.5), (0.3, 0.9, 0.0), (0.0, 0.4, 0.0)), 1):
                its = _probabilities(rng, (_many(scale), n), centre, (ours, theirs), alike)
                truth = _loss(centre, ours) - _loss(centre, theirs)
                where = f"n {n:,}, logits about {centre:g}, off by {ours:g} and {theirs:g}, correlation {alike:g}"
                samples = _summed("log_loss", its, paired=True)
                yield from _lines("log_loss", where, truth, samples, paired=", change")


def _probabilities(
    rng: np.random.Generator, shape: tuple[int, int], centre: float, off: tuple[float, float], alike: float
) -> dict[str, Numbers]:
    """Labels, and the scores of two models whose logits are off by correlated normal errors."""
    logit = centre + 1.5 * rng.standard_normal(shape)
    one, other = rng.standard_normal((2, *shape))
    other = alike * one + np.sqrt(1 - alike**2) * other
    scores = (special.expit(logit + wide * its) for wide, its in zip(off, (one, other), strict=True))
    return {"positive": rng.random(shape) < special.expit(logit), **dict(zip(("score", f"{BEFORE}score"), scores, strict=True))}


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
    for n in scale.of((1000, 250, 10_000), 1):
        for base, one, other, alike in scale.of(settings):
            likely = np.stack([
                share * bivariate((special.ndtri(before), special.ndtri(now)), (1, 1), alike, np.zeros(1))
                for share, now, before in ((1 - base, one[1], other[1]), (base, one[0], other[0]))
            ]).swapaxes(1, 2)  # fmt: skip
            drawn = rng.multinomial(n, likely.ravel(), _many(scale))
            columns = {"label": label, "prediction": ours, f"{BEFORE}prediction": theirs}
            whole = Cells(likely.ravel() * 1e9, {name: its.ravel() for name, its in columns.items()})
            where = f"n {n:,}, base rate {base:.0%}, {one} and {other}, correlation {alike:g}"
            for name in ("f1", "precision"):
                compared = measures.find(name).form.compare(whole, bounds=False)
                truth = compared.candidate - compared.baseline if compared else 0.0
                yield from _lines(name, where, truth, _counted(drawn, columns), paired=", change")


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
    for n, base in scale.of(((1500, 0.1), (300, 0.4), (20_000, 0.01)), 1):
        for aucs, spread, alike in scale.of(settings):
            *likely, truth = _pairs(aucs, spread, alike)
            positives = rng.binomial(n, base, _many(scale))
            positive, negative = (
                np.array([rng.multinomial(int(rows), np.ravel(its)) for rows in many])
                for many, its in zip((positives, n - positives), likely, strict=True)
            )
            samples = _scored(positive, negative, {"score": score, f"{BEFORE}score": before})
            where = f"n {n:,}, base rate {base:.0%}, AUC {aucs[0]} and {aucs[1]}, spread {spread:g}, correlation {alike:g}"
            yield from _lines("roc_auc", where, truth, samples, paired=", change")


def _clustered(rng: np.random.Generator, scale: Scale) -> Iterator[Line]:
    """AUCs of rows whose scores share a part within a cluster, both models' with one another too."""
    for clusters, most in scale.of(((120, 8), (50, 8), (300, 3)), 1):
        for within, mixed, aucs in scale.of(((0.5, True, (0.8, 0.8)), (0.3, False, (0.8, 0.86)),
                                             (0.1, True, (0.85, 0.8)))):  # fmt: skip
            where = f"{clusters} clusters of 1–{most} rows, {'mixed' if mixed else 'of one class'}, within {within:g}"
            samples = (_of_clusters(rng, clusters, most, within, aucs, mixed) for _ in range(_many(scale)))
            truth = aucs[1] - aucs[0]
            yield from _lines("roc_auc", f"{where}, AUC {aucs[0]} and {aucs[1]}", truth, samples, paired=", change, clusters")


def _of_clusters(
    rng: np.random.Generator, clusters: int, most: int, within: float, aucs: tuple[float, float], mixed: bool
) -> Cells:
    cluster = np.arange(clusters).repeat(rng.integers(1, most + 1, clusters))
    positive = rng.random(len(cluster)) < 0.4 if mixed else (rng.random(clusters) < 0.4)[cluster]
    root = np.linalg.cholesky([[1, 0.6], [0.6, 1]])
    shared, own = (root @ rng.standard_normal((2, rows)) for rows in (clusters, len(cluster)))
    noise = np.sqrt(within) * shared[:, cluster] + np.sqrt(1 - within) * own
    before, score = noise + np.sqrt(2) * special.ndtri(aucs)[:, None] * positive
    columns = {"positives": positive.astype(int), "score": score, f"{BEFORE}score": before}
    return Cells(np.ones(len(cluster), int), columns, cluster)


def refuted(rng: np.random.Generator, scale: Scale) -> Iterator[Line]:
    """`not_refuted`: how often any slice of a model exactly at its limits is blocked, by Holm over what its bounds say.

    A slice of the change of two equal models, whose limit is 0; one of a value, whose limit is the true one.
    """
    likely = _pairs((0.85, 0.85), 1.0, 0.7)[:2]
    area = float(placements(*(its.sum(0) for its in likely))[0])
    limits = {"log_loss": (_loss(-1.0, 0.5), -1.0), "log_loss, change": (0.0, -1.0), "roc_auc": (area, 1.0),
              "roc_auc, change": (0.0, 1.0)}  # fmt: skip
    for slices in scale.of((10, 50), 1):
        found: dict[str, list[Numbers]] = {name: [] for name in limits}
        for _ in range(max(1, _many(scale) // 100)):
            drawn = _sliced(rng, 50 * slices, likely)
            for name, its in drawn.items():
                said = [_evidence(name, one, *limits[name]) for one in its]
                found[name].append(np.array(said).reshape(50, slices))
        for name, each in found.items():
            yield from _blocked(name, slices, np.concatenate(each))


def _sliced(rng: np.random.Generator, many: int, likely: tuple[Numbers, Numbers]) -> dict[str, Iterable[Cells]]:
    """Slices of 600 rows, by what is asked of them."""
    losses = _probabilities(rng, (many, 600), -1.0, (0.5, 0.5), 0.5)
    drawn = (rng.multinomial(rows, np.ravel(its), many) for rows, its in zip((150, 450), likely, strict=True))
    before, score = np.indices((24, 24))
    ranked = list(_scored(*drawn, {"score": score, f"{BEFORE}score": before}))
    sums, pairs = _summed("log_loss", losses), _summed("log_loss", losses, paired=True)
    return {"log_loss": sums, "log_loss, change": pairs, "roc_auc": ranked, "roc_auc, change": ranked}


def _evidence(name: str, its: Cells, limit: float, sign: float) -> float:
    """What a slice's bounds say against it; not a number where it has too few rows."""
    form = measures.find(name.partition(",")[0]).form
    compared = form.compare(its, bounds=True) if "change" in name else None
    estimate = compared.change if compared else form.estimate(its)
    return _refuted(estimate, limit, sign) if estimate and not estimate.few else np.nan


def _blocked(name: str, slices: int, found: Numbers) -> Iterator[Line]:
    tests = [{(at, name): float(p) for at, p in enumerate(row) if p == p} for row in found]  # noqa: PLR0124
    for alpha in ALPHAS:
        share = float(np.mean([bool(holm(its, alpha)) for its in tests]))
        few = float(np.isnan(found).mean())
        yield Line(f"not_refuted: {name}", f"{slices} slices of 600 rows", alpha, share, 0.0, few, len(found))
