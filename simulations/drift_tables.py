"""The tables on drift in docs/explanation/statistics.md."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import Executor
from functools import partial

import numpy as np

from simulations import drift, drift_shifts, drift_years
from simulations.drift import SEED, Rate
from simulations.drift_shifts import Found
from simulations.drift_years import BUDGET, SETTINGS, Watched, Years
from simulations.tables import markdown_table
from simulations.tally import CHANCE, Line, Scale

YEARS = 2  # years for each replicate
RATES = 10  # samples of each rate for each replicate


def rates_of(part: str, scale: Scale) -> list[Rate]:
    """The rates of one part, with draws of its own."""
    found = drift.PARTS[part](np.random.default_rng(SEED), Scale(RATES * scale.replicates, scale.full))
    return [rate for rate in found if isinstance(rate, Rate)]


def rates_table(rates: Iterable[Rate]) -> str:
    """The mean and the worst rate of each statistic at each level, in shares of the level."""
    every = list(rates)
    rows = []
    for statistic, level in dict.fromkeys((rate.statistic, rate.level) for rate in every):
        lines = [rate for rate in every if (rate.statistic, rate.level) == (statistic, level)]
        worst = max(lines, key=lambda rate: rate.ratio)
        mean = np.mean([rate.ratio for rate in lines])
        over = sum(rate.ratio > 1 + CHANCE * rate.error for rate in lines)
        where = f"{worst.setting}, {worst.sizes[0]:,} and {worst.sizes[1]:,} rows, limit {worst.limit:g}"
        share = f"{worst.ratio:.2f} ± {worst.error:.2f}"
        rows.append((f"`{statistic}`", f"{level:.1e}", len(lines), f"{mean:.2f}", share, over, where))
    return markdown_table(
        ("statistic", "level", "settings", "mean rate / level", "worst", "beyond chance", "where"), rows
    )


def years_table(found: Iterable[Years]) -> str:
    """The alarming windows of a year, in each setting."""
    rows = [
        (
            _windows(one.watched),
            _columns(one.watched),
            _reference(one.watched),
            _varying(one.watched),
            f"{one.watched.limit:g}",
            "0" if one.watched.effect == 0 or not one.watched.limit else "the limit",
            f"{one.years:,}",
            f"{one.alarms:.4f} ± {one.error:.4f}" if one.alarms < 1 else f"{one.alarms:.1f}",
        )
        for one in found
    ]
    head = ("windows", "columns", "reference", "windows differ by", "limit", "true PSI", "years", "alarms a year")
    return markdown_table(head, rows)


def _windows(watched: Watched) -> str:
    return f"{watched.looks} of {watched.rows:,} rows"


def _columns(watched: Watched) -> str:
    return f"{watched.columns}, alike by fives" if watched.alike else str(watched.columns)


def _reference(watched: Watched) -> str:
    return f"{watched.references} windows" if watched.references else "release"


def _varying(watched: Watched) -> str:
    if watched.varying:
        return f"means, {watched.varying:g} sd"
    return f"all shares, {watched.overdispersed:g}-fold variance" if watched.overdispersed > 1 else "rows alone"


def shifts_table(found: Iterable[Found]) -> str:
    """How often named shifts are found."""
    rows = [
        (
            one.shift,
            f"`{one.statistic}: {one.limit:g}`",
            f"{one.effect:.3f}",
            f"{one.references} windows" if one.references else "release",
            *(f"{100 * share:.1f} %" for pair in zip(one.once, one.twice, strict=True) for share in pair),
        )
        for one in found
    ]
    looks = ("one window", "within two", "one of six watches: one window", "within two")
    return markdown_table(("shift of one of 20 columns", "limit", "true value", "reference", *looks), rows)


def too_many(years: Iterable[Years]) -> list[Line]:
    """The settings whose alarms are above the budget by more than chance; not those that no reference knows of."""
    return [
        Line("psi, a year", repr(one.watched), BUDGET, one.alarms, 0.0, 0.0, one.years)
        for one in years
        if one.alarms > BUDGET + CHANCE * one.error and not (one.watched.varying and not one.watched.references)
    ]


def tables(pool: Executor, scale: Scale) -> dict[str, str]:
    """The tables of rates and of shifts, by their markers."""
    shifts = pool.submit(shifts_of, scale)
    rates = pool.map(partial(rates_of, scale=scale), ("psi", "cramers_v", "fine"))
    every = [rate for part in rates for rate in part]
    return {"drift rates": rates_table(every), "drift shifts": shifts_table(shifts.result())}


def years_of(pool: Executor, scale: Scale) -> Iterator[Years]:
    """Every setting, as it comes."""
    settings = [watched for part in SETTINGS.values() for watched in part]
    return pool.map(partial(drift_years.simulated, years=YEARS * scale.replicates), settings)


def shifts_of(scale: Scale) -> list[Found]:
    """What named shifts are found."""
    return list(drift_shifts.power(np.random.default_rng(SEED), Scale(scale.replicates, scale.full)))
