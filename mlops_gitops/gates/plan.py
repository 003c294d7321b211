"""Before anything is gated: how often a gate would pass, miss or be inconclusive, and how many rows it needs.

An interval's width on today's rows stands for its standard error, which shrinks with the root of the rows: the usual
normal approximation for planning (Lachin, Biostatistical Methods, 2nd ed. (2011), 3.3). What decides in the end is
exact; this only says what to expect of it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from mlops_gitops.core.frozen import frozen
from mlops_gitops.core.table import Table
from mlops_gitops.gates.result import GateResult
from mlops_gitops.measurement.results import Bounds, Slice
from mlops_gitops.records.gate import Conditions

if TYPE_CHECKING:
    from statistics import NormalDist

POWER = 0.9
MOST = 1e12  # rows; more are called none
LEAST = 1e-6  # standard errors between a value and its limit that any number of rows could tell apart


@frozen
class Prospect:
    """One condition of a gate on `n` rows, if the true value lies `margin` on the good side of its limit.

    `margin` and `error`, the standard error, are in the metric's unit. `passes`, `misses` and `unsure` are shares of
    runs, from 0 to 1, and add up to 1. `rows` is how many rows let a share of POWER pass; None where no number does.
    """

    condition: str
    slice: str
    n: int
    margin: float
    error: float
    passes: float
    misses: float
    unsure: float
    rows: float | None


@frozen
class _Assumptions:
    """What a plan takes for granted: the confidence, the margin where it is set, and the factor of today's rows."""

    confidence: float
    margin: float | None
    growth: float


def prospects(result: GateResult, margin: float | None, rows: int | None) -> list[Prospect]:
    """What to expect of each condition of a gate with a confidence: of all rows, and of each slice of them.

    `margin` (in the metric's unit) and `rows` (of the whole file) replace what is measured today. A change is expected
    of a model equal to its baseline. Empty for a gate without a confidence.
    """
    gate, measured = result.gate, result.measurement
    if gate is None or gate.confidence is None:
        return []
    growth = rows / measured.whole.n if rows and measured.whole.n else 1.0
    assumptions = _Assumptions(gate.confidence, margin, growth)
    compares = result.baseline is not None
    found = list(_prospects(gate.whole, Slice({}, measured.whole, measured.compared), compares, assumptions))
    for part in measured.slices if gate.slices else ():
        if gate.slices and part.measured.n and part.measured.n * growth >= gate.slices.min_samples:
            found += _prospects(gate.grouped, part, compares, assumptions)
    return found


def _prospects(conditions: Conditions, part: Slice, compares: bool, assumptions: _Assumptions) -> Iterator[Prospect]:
    """What to expect of each condition on one slice; all rows are the slice without a name."""
    measured, compared = part.measured, part.compared if compares else None
    for limit, sign in ((conditions.at_least, 1.0), (conditions.at_most, -1.0)):
        if limit is not None and measured.value is not None and measured.bounds:
            words = f"{'≥' if sign > 0 else '≤'} {limit:g}"
            margin = sign * (measured.value - limit)
            yield _prospect((words, part.name), measured.n, margin, measured.bounds, assumptions)
    for name, change, sign in (("worse", conditions.no_worse_than, 1.0), ("better", conditions.better_than, -1.0)):
        if change is not None and compared and compared.bounds:
            words = f"{'≤' if sign > 0 else '>'} {change.by:g} {name} than {change.baseline}"
            yield _prospect((words, part.name), compared.n, sign * change.by, compared.bounds, assumptions)


def _prospect(
    names: tuple[str, str], rows: int | None, measured_margin: float, bounds: Bounds, assumptions: _Assumptions
) -> Prospect:
    """What to expect of one condition. `names` are the condition in words and the slice."""
    n = round((rows or 0) * assumptions.growth)
    margin = measured_margin if assumptions.margin is None else assumptions.margin
    error = _error(bounds, assumptions)
    quantile = _normal().inv_cdf(assumptions.confidence)
    ratio = margin / error if error else math.copysign(math.inf, margin)
    passes, misses = _normal().cdf(ratio - quantile), _normal().cdf(-ratio - quantile)
    wanted = n * ((quantile + _normal().inv_cdf(POWER)) / ratio) ** 2 if ratio > LEAST else MOST
    needed = None if wanted >= MOST else wanted
    return Prospect(*names, n, margin, error, passes, misses, 1 - passes - misses, needed)


def _error(bounds: Bounds, assumptions: _Assumptions) -> float:
    """The standard error that a normal interval of this width has, on the rows assumed."""
    half = (bounds.upper - bounds.lower) / 2
    return half / _normal().inv_cdf(assumptions.confidence) / math.sqrt(assumptions.growth)


def _normal() -> NormalDist:
    from statistics import NormalDist  # a tenth of the time that a gate takes, and only a plan needs it

    return NormalDist()


def all_slices_pass(found: list[Prospect]) -> float | None:
    """The chance, from 0 to 1, that every condition of every slice passes; None without slices.

    Slices have different rows, so they are independent. Two conditions on one slice are taken as independent too.
    """
    chances = [prospect.passes for prospect in found if prospect.slice]
    return math.prod(chances) if chances else None


def prospect_table(results: tuple[GateResult, ...], title: str, margin: float | None, rows: int | None) -> Table:
    """A row for each condition, and under it the chance that all its slices pass."""
    columns = ("KPI", "condition", "rows", "margin", "passes", "cannot tell", "misses", f"rows for {POWER:.0%}")
    return Table(title, columns, tuple(row for result in results for row in _rows(result, margin, rows)))


def _rows(result: GateResult, margin: float | None, rows: int | None) -> Iterator[tuple[str, ...]]:
    if result.gate is None:
        return
    if result.gate.confidence is None:
        yield result.id, "decided by a point", *["—"] * 4, "—", "add `confidence`"
        return
    found = prospects(result, margin, rows)
    for prospect in found:
        if not prospect.slice:
            yield (result.id, *_cells(prospect))
    if (chance := all_slices_pass(found)) is not None:
        slices = [prospect for prospect in found if prospect.slice]
        hardest = min(slices, key=lambda prospect: prospect.passes)
        names = {prospect.slice for prospect in slices}
        yield (f"  all {len(names)} groups", "", "", "", f"{chance:.0%}", "", "", "")
        yield (f"  {hardest.slice}, the hardest", *_cells(hardest))
    if not found:
        yield result.id, result.reason or "nothing measured", *["—"] * 6


def _cells(prospect: Prospect) -> tuple[str, ...]:
    wanted = "no number would do" if prospect.rows is None else f"{float(f'{prospect.rows:.2g}'):,.0f}"
    shares = (f"{prospect.passes:.0%}", f"{prospect.unsure:.0%}", f"{prospect.misses:.0%}")
    return (prospect.condition, f"{prospect.n:,}", f"{prospect.margin:+.4g}", *shares, wanted)


def prospects_to_json(results: tuple[GateResult, ...], margin: float | None, rows: int | None) -> list[dict[str, Any]]:
    """The prospects of each gate as JSON data."""
    data = []
    for result in results:
        found = prospects(result, margin, rows)
        listed = [{name: getattr(prospect, name) for name in Prospect.__match_args__} for prospect in found]
        data.append(
            {"id": result.id, "metric": result.metric, "all_groups": all_slices_pass(found), "prospects": listed}
        )
    return data
