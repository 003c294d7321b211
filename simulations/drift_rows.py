"""Simulated years at the level of rows: a file is profiled, rows are counted in its bins and judged as `monitor` does.

Columns are numbers with and without ties, skewed ones, categories and booleans, half of them with nulls; each two of
them are correlated. One watch has the whole budget. The limit is 0 and nothing drifts, so that each alarm is false.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray
from scipy import special, stats

from mlops_gitops.measurement.engines.duckdb import ENGINE
from mlops_gitops.monitoring.drift.binning import ColumnCounts, reference_counts, window_counts
from mlops_gitops.monitoring.drift.holm import column_test, column_test_among_windows, levels
from mlops_gitops.monitoring.drift.statistic import drift_statistic
from mlops_gitops.monitoring.profiles.measure_profile import measure_profile
from mlops_gitops.monitoring.profiles.profile import Column, NumericColumn, Profile, ProfiledData
from mlops_gitops.monitoring.profiles.scan import scan_window
from mlops_gitops.records.kpis import DataSet
from simulations.drift import SEED
from simulations.drift_years import BUDGET, Watched, Years
from simulations.tally import Numbers, Truths

SHARED = 0.5  # the correlation of two columns
NULLS = 0.03
FILE = DataSet("window", "window.parquet", "parquet", "")
ZIPF = np.cumsum(1 / np.arange(1, 31)) / (1 / np.arange(1, 31)).sum()
NAMES = np.array([f"c{place}" for place in range(30)])
POISSON = stats.poisson.cdf(np.arange(40), 8)
DAILY = Watched(looks=365, rows=1_000, columns=5)
SETTINGS = Watched(), Watched(varying=0.1, references=12), DAILY, replace(DAILY, varying=0.1, references=28)


@dataclass(frozen=True)
class Drawn:
    """The values of a column, of shape (rows,), and which of them are null."""

    values: NDArray[np.generic]
    missing: Truths

    def counts(self, column: Column) -> ColumnCounts:
        """The rows in the bins of a profile, as a scan counts them."""
        values = self.values[~self.missing]
        if isinstance(column, NumericColumn):
            places = np.searchsorted(column.edges, values)
            counts = np.bincount(places, minlength=len(column.counts))
        else:
            names, each = np.unique(_texts(values), return_counts=True)
            found = dict(zip(names.tolist(), each.tolist(), strict=True))
            counts = np.array([found.get(name, 0) for name in column.categories])
        return ColumnCounts(tuple(counts.tolist()), values.size - int(counts.sum()), int(self.missing.sum()))


def _texts(values: NDArray[np.generic]) -> NDArray[np.generic]:
    return np.where(values, "true", "false") if values.dtype == bool else values


def simulated(watched: Watched, years: int, pool: Executor) -> Years:
    """So many years, each drawn with a seed of its own."""
    alarms = np.array(list(pool.map(partial(year, watched), range(years))), float)
    return Years(watched, years, float(alarms.mean()), float(alarms.std() / np.sqrt(years)))


def year(watched: Watched, number: int) -> int:
    """The alarming windows of a year, whose first one is scanned from a file too."""
    rng = np.random.default_rng([SEED, zlib.crc32(repr(watched).encode()), number])
    with TemporaryDirectory() as folder:
        path = Path(folder, FILE.path)
        write(path, drawn(rng, watched.columns, watched.reference_rows))
        profile = measure_profile(ENGINE, str(path), "drawn", FILE, ProfiledData(FILE.path, "", None), ())
        first = drawn(rng, watched.columns, watched.rows, watched.varying)
        write(path, first)
        if scanned(path, profile) != counted(first, profile):
            raise AssertionError("a scan counts otherwise than this simulation does")
    every = [counted(drawn(rng, watched.columns, watched.rows, watched.varying), profile)
             for _ in range(watched.references + watched.looks)]  # fmt: skip
    references, windows = every[: watched.references], every[watched.references :]
    return sum(alarms(watched, profile, window, references) for window in windows)


def scanned(path: Path, profile: Profile) -> dict[str, ColumnCounts]:
    """The rows of a file as `monitor` counts them."""
    scan = scan_window(ENGINE, str(path), FILE, profile.columns, {})
    return {name: window_counts(column, scan.columns[name]) for name, column in profile.columns.items()}


def counted(columns: Mapping[str, Drawn], profile: Profile) -> dict[str, ColumnCounts]:
    """The same rows without a file."""
    return {name: columns[name].counts(column) for name, column in profile.columns.items()}


def alarms(
    watched: Watched,
    profile: Profile,
    window: Mapping[str, ColumnCounts],
    references: Sequence[Mapping[str, ColumnCounts]] = (),
) -> bool:
    """Whether any column alarms, all of them at the level of a look."""
    statistic, p_values = drift_statistic("psi"), {}
    for name, column in profile.columns.items():
        if references:
            each = [reference[name] for reference in references]
            found = column_test_among_windows(statistic, column, each, window[name], watched.limit)
        else:
            found = column_test(statistic, column, reference_counts(column), window[name], watched.limit)
        p_values[name] = 1.0 if found.estimate.few else found.p_value
    each_level = levels(p_values, BUDGET / watched.looks)
    return any(p_values[name] <= level for name, level in each_level.items())


def drawn(rng: np.random.Generator, columns: int, rows: int, varying: float = 0.0) -> dict[str, Drawn]:
    """Rows of a window, whose means lie `varying` standard deviations from those of others."""
    common = rng.standard_normal((rows, 1)) * np.sqrt(SHARED) + varying * rng.standard_normal()
    normal = common + rng.standard_normal((rows, columns)) * np.sqrt(1 - SHARED)
    return {f"column{place}": _column(place, normal[:, place], rng) for place in range(columns)}


def _column(place: int, normal: Numbers, rng: np.random.Generator) -> Drawn:
    """A column of the kind that its place has, from normal values."""
    kind, nulls = place % 5, NULLS * (place % 2)
    values: NDArray[np.generic] = normal
    if kind == 1:
        values = np.round(np.exp(normal), 2)
    elif kind == 2:
        values = np.searchsorted(POISSON, special.ndtr(normal))
    elif kind == 3:
        values = NAMES[np.searchsorted(ZIPF[:-1], special.ndtr(normal))]
    elif kind == 4:
        values = normal < -0.5
    return Drawn(values, rng.random(normal.size) < nulls)


def write(path: Path, columns: Mapping[str, Drawn]) -> None:
    """A Parquet file of the columns."""
    arrays = {name: pa.array(column.values, mask=column.missing) for name, column in columns.items()}
    pq.write_table(pa.table(arrays), path)
