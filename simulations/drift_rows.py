"""Simulated years at the level of rows: files are written, profiled, scanned and judged as a run of `monitor` does it.

Columns are numbers with and without ties, skewed ones, categories and booleans, some with nulls; each two of them are
correlated. One watch has the whole budget. The limit is 0 and nothing drifts, so that each alarm is false.
"""

from __future__ import annotations

import zlib
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from scipy import special, stats

from mlops_gitops.measurement.engines.duckdb import ENGINE
from mlops_gitops.monitoring.drift.binning import ColumnCounts, reference_counts, window_counts
from mlops_gitops.monitoring.drift.holm import ColumnTest, column_test, column_test_among_windows, together
from mlops_gitops.monitoring.drift.statistic import drift_statistic
from mlops_gitops.monitoring.profiles.measure_profile import measure_profile
from mlops_gitops.monitoring.profiles.profile import Profile, ProfiledData
from mlops_gitops.monitoring.profiles.scan import scan_window
from mlops_gitops.records.kpis import DataSet
from simulations.drift import SEED
from simulations.drift_years import BUDGET, Watched
from simulations.tally import Numbers

COMMON = 0.5  # the correlation of two columns
NULLS = 0.03
WINDOW = DataSet("window", "window.parquet", "parquet", "")
ZIPF = np.cumsum(1 / np.arange(1, 31)) / (1 / np.arange(1, 31)).sum()
NAMES = pa.array([f"c{place}" for place in range(30)])
COUNTS = stats.poisson.cdf(np.arange(40), 8)
SETTINGS = (
    Watched(),
    Watched(varying=0.1, references=12),
    Watched(columns=100),
    Watched(looks=365, rows=1_000, columns=5),
    Watched(looks=365, rows=1_000, columns=5, varying=0.1, references=28),
)


@dataclass(frozen=True)
class RowYears:
    """Alarming windows a year, with the standard error of that, and how many columns a profile has on average."""

    watched: Watched
    years: int
    alarms: float
    error: float
    profiled: float


def simulated(watched: Watched, years: int, pool: Executor) -> RowYears:
    """So many years, each drawn with a seed of its own."""
    every = list(pool.map(partial(year, watched), range(years)))
    alarms = np.array([found for found, _ in every], float)
    columns = float(np.mean([profiled for _, profiled in every]))
    return RowYears(watched, years, float(alarms.mean()), float(alarms.std() / np.sqrt(years)), columns)


def year(watched: Watched, number: int) -> tuple[int, int]:
    """The alarming windows of a year, and the columns of its profile."""
    rng = np.random.default_rng([SEED, zlib.crc32(repr(watched).encode()), number])
    with TemporaryDirectory() as folder:
        path = Path(folder, WINDOW.path)
        _write(path, rng, watched, watched.reference_rows, 0.0)
        profile = measure_profile(ENGINE, str(path), "drawn", WINDOW, ProfiledData(WINDOW.path, "", None), ())
        references = [_scanned(path, rng, watched, profile) for _ in range(watched.references)]
        alarms = sum(_alarms(watched, profile, _scanned(path, rng, watched, profile), references)
                     for _ in range(watched.looks))  # fmt: skip
    return alarms, len(profile.columns)


def _scanned(path: Path, rng: np.random.Generator, watched: Watched, profile: Profile) -> dict[str, ColumnCounts]:
    """A window of rows as it was counted."""
    _write(path, rng, watched, watched.rows, watched.varying * rng.standard_normal())
    scan = scan_window(ENGINE, str(path), WINDOW, profile.columns, {})
    return {name: window_counts(column, scan.columns[name]) for name, column in profile.columns.items()}


def _alarms(
    watched: Watched, profile: Profile, window: dict[str, ColumnCounts], references: list[dict[str, ColumnCounts]]
) -> bool:
    """Whether any column alarms, all of them at the level of a look."""
    statistic = drift_statistic("psi")
    tests: dict[str, ColumnTest] = {}
    for name, column in profile.columns.items():
        if references:
            each = [scanned[name] for scanned in references]
            tests[name] = column_test_among_windows(statistic, column, each, window[name], watched.limit)
        else:
            tests[name] = column_test(statistic, column, reference_counts(column), window[name], watched.limit)
    every = together(tests, BUDGET / watched.looks).values()
    return any(found.lower > watched.limit and not found.few for found in every)


def _write(path: Path, rng: np.random.Generator, watched: Watched, rows: int, mean: float) -> None:
    common = rng.standard_normal((rows, 1)) * np.sqrt(COMMON)
    normal = common + rng.standard_normal((rows, watched.columns)) * np.sqrt(1 - COMMON) + mean
    columns = (_column(place, normal[:, place], rng) for place in range(watched.columns))
    pq.write_table(pa.table({f"column{place}": column for place, column in enumerate(columns)}), path)


def _column(place: int, normal: Numbers, rng: np.random.Generator) -> pa.Array:
    """A column of the kind that its place has, from normal values."""
    share = special.ndtr(normal)
    missing = rng.random(normal.size) < NULLS if place % 2 else None
    if place % 5 == 3:
        return pa.DictionaryArray.from_arrays(
            pa.array(np.searchsorted(ZIPF, share), mask=missing), NAMES
        ).dictionary_decode()
    values = (normal, np.round(np.exp(normal), 2), np.searchsorted(COUNTS, share), None, share < 0.3)[place % 5]
    return pa.array(values, mask=missing)
