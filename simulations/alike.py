"""Changes of models that differ in few rows or none, through the forms of their metrics."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy as np
from scipy import special

from mlops_gitops.metrics import lookup
from mlops_gitops.metrics.aggregates import BASELINE, Cells
from simulations.changes import class_changes
from simulations.form_lines import chunk, form_samples, score_cells, sum_cells
from simulations.populations import score_levels
from simulations.tally import Numbers, Samples, Scale, Trial

LEVELS = 24
# How many rows of a sample are expected to differ, and which share of these is worse than before.
DIFFERING = ((3.0, 1.0), (1.5, 1.0), (6.0, 1.0), (0.5, 1.0), (12.0, 1.0), (6.0, 0.5), (3.0, 0.0), (20.0, 0.7))
TWO = np.array(((0.86, 0.02), (0.03, 0.09)))
RARE = np.array(((0.60, 0.01, 0.005, 0.0), (0.01, 0.28, 0.003, 0.001), (0.004, 0.003, 0.06, 0.002),
                 (0.001, 0.001, 0.001, 0.019)))  # fmt: skip


def alike_models(scale: Scale) -> Iterator[Trial]:
    """Candidate less baseline where few rows differ: no sample without them may clear the true change."""
    for n in scale.choose((300, 1000, 5000, 20_000), 1):
        for rows, worse in scale.choose(DIFFERING, 1):
            setting = f"n {n:,}, {rows:g} rows expected to differ, {worse:.0%} of them worse", n
            differing = rows / n, worse
            yield from _classes(scale, setting, differing)
            yield from _scores(scale, setting, differing)
            for centre in scale.choose((-2.0, 0.0), 1):
                name = f"{setting[0]}, logits about {centre:g}"
                yield Trial(name, partial(_loss_changes, (name, n), differing, centre), chunk(n))


def _classes(scale: Scale, setting: tuple[str, int], differing: tuple[float, float]) -> Iterator[Trial]:
    """Two classes of which one is rare, and four; the right rows that become wrong are of any class, or of the rare."""
    binary = ("f1", "precision", "matthews_corrcoef", "cohen_kappa", "f_beta:2")
    many = ("f1_macro", "recall_macro", "matthews_corrcoef")
    for table, metrics in ((TWO, binary), (RARE, many)):
        for only_rare in scale.choose((True, False), 1):
            likely = _three_way(table / table.sum(), differing, only_rare=only_rare)
            name = f"{setting[0]}, {len(table)} classes{', the rare one alone' if only_rare else ''}"
            draw = partial(class_changes, (name, setting[1]), likely, scale.choose(metrics, 1), kind=", alike")
            yield Trial(name, draw)


def _three_way(table: Numbers, differing: tuple[float, float], *, only_rare: bool) -> Numbers:
    """Probabilities of label × prediction × the baseline's, where a share of all rows is right for one model alone."""
    share, worse = differing
    classes = len(table)
    right, wrong = np.diag(np.diag(table)), table - np.diag(np.diag(table))
    if only_rare:
        right[:-1] = wrong[:-1] = 0.0
    likely = np.zeros((classes, classes, classes))
    broken, mended = share * worse * right / right.sum(), share * (1 - worse) * wrong / wrong.sum()
    for label in range(classes):
        for old in range(classes):
            likely[label, old, old] += table[label, old] - broken[label, old] - mended[label, old]
            likely[label, (label + 1) % classes, old] += broken[label, old]
            likely[label, label, old] += mended[label, old]
    return np.asarray(likely.clip(min=0.0) / likely.clip(min=0.0).sum())


def _scores(scale: Scale, setting: tuple[str, int], differing: tuple[float, float]) -> Iterator[Trial]:
    """AUC and average precision of rows that go to the other end of the scores, or to a place at random."""
    for base in scale.choose((0.1, 0.5, 0.03), 1):
        for to_end in scale.choose((True, False), 1):
            name = f"{setting[0]}, base rate {base:.0%}, {'to the other end' if to_end else 'anywhere'}"
            yield Trial(name, partial(_rank_changes, (name, setting[1]), differing, base, to_end))


def _rank_changes(
    setting: tuple[str, int],
    differing: tuple[float, float],
    base: float,
    to_end: bool,
    rng: np.random.Generator,
    samples: int,
) -> Iterator[Samples]:
    (where, n), (share, worse) = setting, differing
    before, score = np.indices((LEVELS, LEVELS))
    columns = {"score": score, f"{BASELINE}score": before}
    tables = [
        _rescored(levels, share, worse if positive else 1 - worse, to_end=to_end)
        for positive, levels in zip((True, False), score_levels("equal", 0.9, LEVELS), strict=True)
    ]
    whole = [(1e9 * part * table)[None].astype(int) for part, table in zip((base, 1 - base), tables, strict=True)]
    positives = rng.binomial(n, base, samples)
    drawn = [
        np.array([rng.multinomial(int(rows), table.ravel()) for rows in counts])
        for counts, table in zip((positives, n - positives), tables, strict=True)
    ]
    for name in ("roc_auc", "average_precision"):
        truth = _true_change(name, next(score_cells(whole[0], whole[1], columns)))
        yield form_samples(name, where, truth, score_cells(drawn[0], drawn[1], columns), paired=", alike")


def _true_change(name: str, whole: Cells) -> float:
    comparison = lookup.find_metric(name).form.compare(whole, bounds=False)
    return comparison.candidate - comparison.baseline if comparison else 0.0


def _rescored(levels: Numbers, share: float, down: float, *, to_end: bool) -> Numbers:
    """Probabilities of the baseline's × the candidate's level; of the rows that differ a share `down` goes lower."""
    table = np.diag(levels * (1 - share))
    for old in range(LEVELS):
        for lower, part in ((True, down), (False, 1 - down)):
            others = np.arange(old) if lower else np.arange(old + 1, LEVELS)
            new = np.array([0 if lower else LEVELS - 1]) if to_end or not len(others) else others
            table[old, new] += share * part * levels[old] / len(new)
    return table


def _loss_changes(
    setting: tuple[str, int], differing: tuple[float, float], centre: float, rng: np.random.Generator, samples: int
) -> Iterator[Samples]:
    """Log loss and Brier of calibrated scores, of which a few are replaced by nearly 0 or nearly 1."""
    (where, n), (share, worse) = setting, differing
    shape = (samples, n)
    before = special.expit(centre + 1.5 * rng.standard_normal(shape))
    happened = rng.random(shape) < before
    sure = np.where(happened ^ (rng.random(shape) < worse), 0.98, 0.02)
    score = np.where(rng.random(shape) < share, sure, before)
    columns = {"positive": happened, "score": score, f"{BASELINE}score": before}
    for name in ("log_loss", "brier"):
        truth = share * (worse * _sure(name, 0.02) + (1 - worse) * _sure(name, 0.98) - _calibrated(name, centre))
        yield form_samples(name, where, truth, sum_cells(name, columns, paired=True), paired=", alike")


def _sure(name: str, likelihood: float) -> float:
    return float(-np.log(likelihood)) if name == "log_loss" else (1 - likelihood) ** 2


def _calibrated(name: str, centre: float) -> float:
    """The mean loss of a calibrated score, by quadrature."""
    nodes, weight = special.roots_hermitenorm(120)
    score = special.expit(centre + 1.5 * nodes)
    loss = special.entr(score) + special.entr(1 - score) if name == "log_loss" else score * (1 - score)
    return float(weight @ loss / weight.sum())
