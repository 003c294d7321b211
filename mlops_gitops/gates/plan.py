"""Before anything is gated: how often a gate would pass, miss or be inconclusive, and how many rows it needs.

A value scatters normally about the true one, and its bounds lie as far from it as today's do; both shrink with the
root of the rows (Lachin, Biostatistical Methods, 2nd ed. (2011), 3.3). Outside the declared range of its method a gate
passes nothing: the counts that the range is about grow with the rows. What decides in the end is exact; this only says
what to expect of it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

from mlops_gitops.core.frozen import frozen, replace
from mlops_gitops.gates.result import GateResult
from mlops_gitops.gates.table_cells import format_changes
from mlops_gitops.measurement.results import Bounds, Slice
from mlops_gitops.records.gate import Conditions
from mlops_gitops.statistics.estimate import TOLERANCE

if TYPE_CHECKING:
    from statistics import NormalDist

POWER = 0.9
SPAN = 0.9  # of the rows needed: the chance that it holds what another sample would say
MOST = 1e12  # rows; more are called none
LEAST = 1e-6  # standard errors between a value and its limit that any number of rows could tell apart
HALVINGS = 60
_SAME = ("positives", "negatives", "clusters", "rows of the rarest label", "rows that count")
COUNTED = {"rows": "rows that count"} | dict(zip(_SAME, _SAME, strict=True))  # as a method calls it → as a plan does


@frozen
class Prospect:
    """One condition of a gate on `n` rows, if the true value lies `margin` on the good side of its limit.

    `margin` and `error`, the standard error, are in the metric's unit. `passes`, `misses` and `unsure` are shares of
    runs, from 0 to 1, and add up to 1. `rows` is how many rows let a share of POWER pass, and `fewest` and `most` are
    the ends of what other samples would say instead; each is None where no number does. `typical` says how many of what
    the method counts, such as positives, there are among so many rows. `few` says what is out of range today.
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
    fewest: float | None = None
    most: float | None = None
    typical: Mapping[str, int] = {}
    few: str = ""


@frozen
class _Assumptions:
    """What a plan takes for granted: the confidence, the margin where it is set, and the factor of today's rows."""

    confidence: float
    margin: float | None
    growth: float


@frozen
class _Method:
    """What one method makes of today's rows: how far its bounds lie from the value, and when it can be trusted.

    `behind` is the distance to the bound that decides whether the gate passes, `ahead` that to the other one, and
    `error` the standard error; all are in the metric's unit. `needed` is by which factor the rows must grow for the
    range of the method; infinite where more rows do not help. `counts` are what the range is about.
    """

    behind: float
    ahead: float
    error: float
    needed: float
    counts: Mapping[str, tuple[float, float]]


@frozen
class _Outlook:
    """One condition: its margin, and the methods that decide, those that need more rows first."""

    margin: float
    methods: tuple[_Method, ...]

    @property
    def error(self) -> float:
        """The standard error on today's rows: that of a method that needs more of them, since it is less cautious."""
        return self.methods[0].error or self.methods[-1].error

    def passes(self, growth: float) -> float:
        """The share of runs that pass where the rows grow by a factor."""
        return self._share(growth, lambda method: self.margin * math.sqrt(growth) - method.behind)

    def misses(self, growth: float) -> float:
        """The share of runs that miss where the rows grow by a factor."""
        return self._share(growth, lambda method: -self.margin * math.sqrt(growth) - method.ahead)

    def method(self, growth: float) -> _Method | None:
        """The method that decides where the rows grow by a factor; None where each needs more."""
        return next((method for method in self.methods if method.needed <= growth * (1 + TOLERANCE)), None)

    def _share(self, growth: float, clear: Callable[[_Method], float]) -> float:
        method = self.method(growth)
        if method is None:
            return 0.0
        distance = clear(method)
        return _normal().cdf(distance / self.error) if self.error else float(distance >= 0)

    def growth_needed(self, most: float) -> float | None:
        """The least factor of the rows, up to `most`, with which a share of POWER passes; None where there is none."""
        if self.margin <= LEAST * self.error or self.passes(most) < POWER:
            return None
        low, high = math.log(1 / MOST), math.log(most)
        for _ in range(HALVINGS):
            middle = (low + high) / 2
            low, high = (low, middle) if self.passes(math.exp(middle)) >= POWER else (middle, high)
        return math.exp(high)


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
    compares, gain = result.baseline is not None, -1.0 if result.better == "lower" else 1.0
    found = list(_prospects(gate.whole, Slice({}, measured.whole, measured.compared), compares, gain, assumptions))
    for part in measured.slices if gate.slices else ():
        if gate.slices and part.measured.n and part.measured.n * growth >= gate.slices.min_samples:
            found += _prospects(gate.grouped, part, compares, gain, assumptions)
    return found


def _prospects(
    conditions: Conditions, part: Slice, compares: bool, gain: float, assumptions: _Assumptions
) -> Iterator[Prospect]:
    """What to expect of each condition on one slice; all rows are the slice without a name.

    `gain` is 1.0 where a higher value is better, else -1.0.
    """
    measured, compared = part.measured, part.compared if compares else None
    for limit, sign in ((conditions.at_least, 1.0), (conditions.at_most, -1.0)):
        if limit is not None and measured.value is not None and measured.bounds:
            names = f"{'≥' if sign > 0 else '≤'} {limit:g}", part.name
            margin = sign * (measured.value - limit)
            outlook = _outlook(measured.value, measured.bounds, sign, margin, assumptions.confidence)
            sampled = assumptions.margin is None
            yield _prospect(names, part.measured.n or 0, outlook, assumptions, sampled=sampled)
    for words, change, sign in format_changes(conditions, gain):
        if compared and compared.bounds and compared.change is not None:
            names = words, part.name
            outlook = _outlook(compared.change, compared.bounds, gain, sign * change.by, assumptions.confidence)
            yield _prospect(names, compared.n or 0, outlook, assumptions, sampled=False)


def _outlook(value: float, bounds: Bounds, sign: float, margin: float, confidence: float) -> _Outlook:
    """What today's bounds say; the lower one decides where `sign` is 1.0, else the upper one."""
    later = (bounds.with_more_rows,) if bounds.with_more_rows else ()
    return _Outlook(margin, tuple(_method(value, each, sign, confidence) for each in (*later, bounds)))


def _method(value: float, bounds: Bounds, sign: float, confidence: float) -> _Method:
    """Either distance is a quantile of the same scatter; their geometric mean is one of a scatter without skewness."""
    below, above = max(value - bounds.lower, 0.0), max(bounds.upper - value, 0.0)
    behind, ahead = (below, above) if sign > 0 else (above, below)
    error = math.sqrt(below * above) / _normal().inv_cdf(confidence)
    growths = [least / count if count else math.inf for count, least in bounds.counts.values() if least > 0]
    needed = max(growths, default=0.0)
    missing = bool(bounds.few) and needed <= 1  # what is missing is no count
    return _Method(behind, ahead, error, math.inf if missing else needed, bounds.counts)


def _prospect(
    names: tuple[str, str], n: int, outlook: _Outlook, assumptions: _Assumptions, *, sampled: bool
) -> Prospect:
    """What to expect of one condition. `names` are the condition in words and the slice.

    `n` are today's rows; `sampled` is whether the margin is the one measured on them.
    """
    margin = outlook.margin if assumptions.margin is None else assumptions.margin
    assumed, growth = replace(outlook, margin=margin), assumptions.growth
    passes, misses = assumed.passes(growth), assumed.misses(growth)
    needed, fewest, most = (
        _rows_needed(replace(assumed, margin=end), n) for end in (margin, *_ends(assumed, n, sampled))
    )
    typical, few = _typical(assumed, n, needed), "" if assumed.method(growth) else _lacking(assumed.methods[-1], growth)
    return Prospect(
        *names, round(n * growth), margin, assumed.error / math.sqrt(growth), passes, misses, 1 - passes - misses,
        needed, fewest, most, typical, few,
    )  # fmt: skip


def _rows_needed(outlook: _Outlook, n: int) -> float | None:
    factor = outlook.growth_needed(MOST / max(n, 1))
    return None if factor is None else factor * n


def _ends(outlook: _Outlook, n: int, sampled: bool) -> tuple[float, float]:
    """The largest and the smallest margin that other samples would show in a share SPAN of runs, in units of today's.

    A margin that is measured scatters by the standard error, and the standard error itself by a share of 1/√(4·units):
    that of a standard deviation of so many units of normal scatter. A range that asks for 16 units of equal weight says
    how many there are.
    """
    units = min((min(count, 16 * count / least) for count, least in outlook.methods[0].counts.values() if least > 0),
                default=float(n))  # fmt: skip
    own = outlook.margin**2 / (4 * max(units, 1.0))
    scatter = math.sqrt((outlook.error**2 if sampled else 0.0) + own)
    width = _normal().inv_cdf((1 + SPAN) / 2) * scatter
    return outlook.margin + width, outlook.margin - width


def _typical(outlook: _Outlook, n: int, needed: float | None) -> dict[str, int]:
    """How many of what is counted there are among the rows needed; not of rows themselves, and of nothing derived."""
    if needed is None or not n:
        return {}
    method = outlook.method(needed / n)
    counts = {name: count for name, (count, _) in (method.counts if method else {}).items()}
    shown = {COUNTED[name]: count for name, count in counts.items() if name in COUNTED and count < n}
    return {name: round(count * needed / n) for name, count in shown.items()}


def _lacking(method: _Method, growth: float) -> str:
    """Which counts are too small for a method where the rows grow by a factor."""
    short = [
        f"{count * growth:,.0f} of {least:,.0f} {name}"
        for name, (count, least) in method.counts.items()
        if count * growth * (1 + TOLERANCE) < least
    ]
    return ", ".join(short) or "rows that differ"


def _normal() -> NormalDist:
    from statistics import NormalDist  # a tenth of the time that a gate takes, and only a plan needs it

    return NormalDist()


def all_slices_pass(found: list[Prospect]) -> float | None:
    """The chance, from 0 to 1, that every condition of every slice passes; None without slices.

    Slices have different rows, so they are independent. Two conditions on one slice are taken as independent too.
    """
    chances = [prospect.passes for prospect in found if prospect.slice]
    return math.prod(chances) if chances else None
