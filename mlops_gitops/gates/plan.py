"""Before anything is gated: how often a gate would pass, miss or not be able to tell, and how many rows it needs.

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
from mlops_gitops.measurement.results import Bounds, Compared, Measured
from mlops_gitops.records.kpis import Conditions

if TYPE_CHECKING:
    from statistics import NormalDist

POWER = 0.9
MOST = 1e12
LEAST = 1e-6  # standard errors between a value and its limit that any number of rows could tell apart


@frozen
class Prospect:
    """One condition of a gate on so many rows, if the true value lies `margin` on the good side of its limit.

    `passes`, `misses` and `unsure` are shares of runs; `rows` is how many would let nine in ten pass (None where no
    number would).
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


def prospects(result: GateResult, margin: float | None, rows: int | None) -> list[Prospect]:
    """What to expect of each condition of a gate with a confidence: of all rows, and of each group of them.

    `margin` and `rows` replace what is measured today; a change is expected of a model equal to its baseline.
    """
    gate, measured = result.gate, result.measurement
    if gate is None or gate.confidence is None:
        return []
    versus = measured.compared if result.baseline else None
    share = rows / measured.whole.n if rows and measured.whole.n else 1.0
    found = list(_of(gate.whole, "", measured.whole, versus, gate.confidence, margin, share))
    for its in measured.slices if gate.slices else ():
        if gate.slices and its.measured.n and its.measured.n * share >= gate.slices.min_samples:
            paired = its.compared if result.baseline else None
            found += _of(gate.grouped, its.name, its.measured, paired, gate.confidence, margin, share)
    return found


def _of(
    asked: Conditions, slice: str, measured: Measured, versus: Compared | None, confidence: float,
    margin: float | None, share: float,
) -> Iterator[Prospect]:  # fmt: skip
    n, change = (measured.n or 0), versus.bounds if versus else None
    values = ((asked.at_least, 1.0), (asked.at_most, -1.0))
    for limit, sign in values:
        if limit is not None and measured.value is not None and measured.bounds:
            away = sign * (measured.value - limit) if margin is None else margin
            words = f"{'≥' if sign > 0 else '≤'} {limit:g}"
            yield _prospect(
                words, slice, round(n * share), away, _error(measured.bounds, confidence, share), confidence
            )
    for name, asks, sign in (("worse", asked.no_worse_than, 1.0), ("better", asked.better_than, -1.0)):
        if asks is not None and change:
            words = f"{'≤' if sign > 0 else '>'} {asks.by:g} {name} than {asks.baseline}"
            away = sign * asks.by if margin is None else margin
            shared = round((versus.n or 0) * share) if versus else 0
            yield _prospect(words, slice, shared, away, _error(change, confidence, share), confidence)


def _error(bounds: Bounds, confidence: float, share: float) -> float:
    half = (bounds.upper - bounds.lower) / 2
    return half / _normal().inv_cdf(confidence) / math.sqrt(share)


def _prospect(words: str, slice: str, n: int, margin: float, error: float, confidence: float) -> Prospect:
    sure = _normal().inv_cdf(confidence)
    ratio = margin / error if error else math.copysign(math.inf, margin)
    passes, misses = _normal().cdf(ratio - sure), _normal().cdf(-ratio - sure)
    wanted = n * ((sure + _normal().inv_cdf(POWER)) / ratio) ** 2 if ratio > LEAST else MOST
    return Prospect(
        words, slice, n, margin, error, passes, misses, 1 - passes - misses, None if wanted >= MOST else wanted
    )


def _normal() -> NormalDist:
    from statistics import NormalDist  # a tenth of the time that a gate takes, and only a plan needs it

    return NormalDist()


def all_groups_pass(found: list[Prospect]) -> float | None:
    """The chance that every group passes, where there are groups: groups of different rows are independent."""
    chances = [its.passes for its in found if its.slice]
    return math.prod(chances) if chances else None


def prospect_table(results: tuple[GateResult, ...], title: str, margin: float | None, rows: int | None) -> Table:
    """A row for each condition, and under it the chance that all its groups pass."""
    columns = ("KPI", "condition", "rows", "margin", "passes", "cannot tell", "misses", f"rows for {POWER:.0%}")
    return Table(title, columns, tuple(row for its in results for row in _rows(its, margin, rows)))


def _rows(result: GateResult, margin: float | None, rows: int | None) -> Iterator[tuple[str, ...]]:
    if result.gate is None:
        return
    if result.gate.confidence is None:
        yield result.id, "decided by a point", *["—"] * 4, "—", "add `confidence`"
        return
    found = prospects(result, margin, rows)
    for its in [its for its in found if not its.slice]:
        yield (result.id, *_cells(its))
    if (all_of := all_groups_pass(found)) is not None:
        groups = [its for its in found if its.slice]
        hardest = min(groups, key=lambda its: its.passes)
        yield (f"  all {len({its.slice for its in groups})} groups", "", "", "", f"{all_of:.0%}", "", "", "")
        yield (f"  {hardest.slice}, the hardest", *_cells(hardest))
    if not found:
        yield result.id, result.reason or "nothing measured", *["—"] * 6


def _cells(its: Prospect) -> tuple[str, ...]:
    wanted = "no number would do" if its.rows is None else f"{float(f'{its.rows:.2g}'):,.0f}"
    shares = (f"{its.passes:.0%}", f"{its.unsure:.0%}", f"{its.misses:.0%}")
    return (its.condition, f"{its.n:,}", f"{its.margin:+.4g}", *shares, wanted)


def prospects_to_json(results: tuple[GateResult, ...], margin: float | None, rows: int | None) -> list[dict[str, Any]]:
    """The same for programs."""
    data = []
    for result in results:
        found = prospects(result, margin, rows)
        told = [{name: getattr(its, name) for name in Prospect.__match_args__} for its in found]
        data.append({"id": result.id, "metric": result.metric, "all_groups": all_groups_pass(found), "prospects": told})
    return data
