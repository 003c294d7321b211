"""How often bounds err far in the tail, at the levels of a budget of false alarms: those that watches of KPIs use."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import ModuleType

import numpy as np
from scipy import stats

from mlops_gitops.statistics.intervals import delta, mean, mover
from mlops_gitops.statistics.quantiles import beta_lower
from mlops_gitops.statistics.tail import LEAST_RARER, tail_factor
from simulations.tables import markdown_table
from simulations.tally import Line, Numbers, Scale, Study, Trial, tried

LEVELS = (1e-3, 1e-4)
SAMPLES = 20  # times as many samples as replicates: 100,000 of 5,000
CHOSEN = 12  # settings of each study
COSTLY = 1000  # samples drawn at once: a setting of fewer, of very many rows, would take minutes
AGAIN = 1.2  # times the level: a setting that errs more often is drawn in the range of watches too
RANGES: tuple[ModuleType, ...] = (mean, delta)  # which hold what a method needs, those that need more in the tail
# Of the same rows by two models, which no watch compares; of shares, which are enumerated here; and as `mean`.
LEFT_OUT = frozenset({"pair", "tango", "mover", "bounded_mean"})
ROWS, SHARES = (50, 200, 1000, 5000), (0.01, 0.05, 0.2, 0.5, 0.9, 0.99)  # of two groups that are compared


@dataclass(frozen=True)
class TailLine:
    """One setting at one level, in the range that gates use and in that of watches, which need more rows."""

    gates: Line
    watches: Line


def chosen(study: Study, scale: Scale) -> list[Trial]:
    """Settings of a study, evenly from its beginning to its end, but for those that take very long."""
    every = [trial for trial in study(scale) if trial.exact or trial.most >= COSTLY]
    return every if every and every[0].exact else every[:: max(1, -(-len(every) // CHOSEN))]


def tail_lines(trial: Trial, seed: tuple[int, ...], samples: int) -> list[TailLine]:
    """What a setting shows at each level. In the range of watches, which is smaller, nothing is more frequent."""
    found = []
    for line in tried(trial, seed, samples, LEVELS):
        own = line
        if line.worst > AGAIN * line.alpha and not line.exact:
            with larger_ranges(tail_factor(line.alpha)):
                again = tried(trial, seed, samples, (line.alpha,))
            own = next(each for each in again if (each.method, each.setting) == (line.method, line.setting))
        found.append(TailLine(line, own))
    return found


@contextmanager
def larger_ranges(factor: float) -> Iterator[None]:
    """Every count that a method needs, so many times as large."""
    before = [(module, name, getattr(module, name)) for module in RANGES for name in dir(module) if name[:4] == "MIN_"]
    try:
        for module, name, least in before:
            setattr(module, name, least * factor)
        yield
    finally:
        for module, name, least in before:
            setattr(module, name, least)


def shares_apart() -> list[TailLine]:
    """The difference of two shares by `mover`, from the exact bounds of each: nothing is drawn."""
    found = []
    for level in LEVELS:
        for rows in ((n, m) for n in ROWS for m in ROWS):
            for shares in ((p, q) for p in SHARES for q in SHARES):
                both = [difference(rows, shares, level, least) for least in (0, LEAST_RARER)]
                found.append(TailLine(*both))
    return found


def difference(rows: tuple[int, int], shares: tuple[float, float], level: float, least: int) -> Line:
    """How often the bounds of the difference of two groups err; `least` hits, and others, are in each of them."""
    (n, m), (p, q) = rows, shares
    first, second = _hits(n, p), _hits(m, q)
    low, high = (
        (beta_lower(hits, size, level), 1 - beta_lower(size - hits, size, level))
        for hits, size in ((first, n), (second, m))
    )
    lower = mover.difference_lower((first / n)[:, None], low[0][:, None], (second / m)[None], high[1][None])
    upper = -mover.difference_lower((second / m)[None], high[0][None], (first / n)[:, None], low[1][:, None])
    weight = stats.binom.pmf(first, n, p)[:, None] * stats.binom.pmf(second, m, q)[None]
    rarer = np.minimum(first, n - first)[:, None], np.minimum(second, m - second)[None]
    enough = (rarer[0] >= least) & (rarer[1] >= least)
    below, above = (float((weight * side * enough).sum()) for side in (lower > p - q, upper < p - q))
    few = float((weight * ~enough).sum())
    name = f"{n:,} and {m:,} rows, shares {p:g} and {q:g}"
    return Line("mover, shares", name, level, below, above, few, 0, exact=True)


def _hits(n: int, share: float) -> Numbers:
    hits = np.arange(n + 1, dtype=float)
    return np.asarray(hits[stats.binom.pmf(hits, n, share) > 1e-10])


def tails_table(found: Iterable[TailLine]) -> str:
    """The mean and the worst rate of each method in its range, in shares of the level."""
    methods: dict[tuple[str, float], list[TailLine]] = {}
    for line in found:
        methods.setdefault((line.gates.method, line.gates.alpha), []).append(line)
    rows = [_row(method, level, lines) for (method, level), lines in sorted(methods.items(), key=_order)]
    head = ("method", "level", "settings", "samples", "mean rate / level", "worst, range of gates", "where",
            "worst, range of watches", "above twice the level")  # fmt: skip
    return markdown_table(head, rows)


def _order(item: tuple[tuple[str, float], Sequence[TailLine]]) -> tuple[str, float]:
    (method, level), _ = item
    return method, -level


def _row(method: str, level: float, lines: Sequence[TailLine]) -> tuple[object, ...]:
    worst = max((line.gates for line in lines), key=lambda line: line.worst)
    own = [line.watches for line in lines]
    drawn = "exact" if worst.exact else f"{min(line.gates.replicates for line in lines):,}"
    mean_rate = sum(line.lower + line.upper for line in own) / 2 / len(own) / level
    beyond = sum(line.worst > 2 * level for line in own)
    worst_own = max(line.worst for line in own) / level
    return (f"`{method}`", f"{level:g}", len(lines), drawn, f"{mean_rate:.2f}", f"{worst.worst / level:.2f}",
            worst.setting, f"{worst_own:.2f}", beyond)  # fmt: skip


def run(studies: Mapping[str, Study], scale: Scale, seed: int) -> tuple[dict[str, str], list[Line]]:
    """The table, and the settings that err more than twice as often as agreed in the range of watches."""
    found = shares_apart()
    for name, study in studies.items():
        if name not in LEFT_OUT:
            for trial in chosen(study, scale):
                found += tail_lines(trial, (seed, zlib.crc32(name.encode())), SAMPLES * scale.replicates)
    wrong = [line.watches for line in found if line.watches.worst > 2 * line.watches.alpha]
    return {"tails": tails_table(found)}, wrong
