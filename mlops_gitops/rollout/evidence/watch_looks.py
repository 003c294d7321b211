"""Looks at the watches of a wave: one at the end of its hold may pass it, each may fail it at a share of the level.

The windows of the looks are fixed by the first report by which the wave runs: `looks` of them, equally long, of which
the last begins as the hold ends. In each the first report counts, and no other. A rate passes where the bound of
Clopper & Pearson (Biometrika 26, 1934) at the whole level is on the right side of its limit, and that once. With
`extend` there is one more window, which begins so long after the hold: two looks may then pass the wave, each at half
of the level. A rate fails at the level divided by all the looks, limits of rates and targets that could fail the wave:
however often somebody looks, a wave that is as good as its limits is aborted at most as often as the level says. A
value has no statistics: it fails the first time that it is beyond its limit.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import zip_longest

from mlops_gitops.core.errors import Undecided
from mlops_gitops.core.frozen import frozen
from mlops_gitops.records.evidence.observation import Measure, ObservationRecord
from mlops_gitops.records.evidence.requirements import WaveWatch
from mlops_gitops.records.rollout import Wave
from mlops_gitops.rollout.evidence.times import later


@frozen
class Plan:
    """How a wave is looked at: `level` is how often it may pass or fail by chance, `targets` how many report."""

    wave: Wave
    level: float
    targets: int

    @property
    def share(self) -> float:
        """The level at which one look at one limit of a rate of one target may fail the wave (Bonferroni)."""
        limits = [limit for watch in self.wave.watches if watch.is_rate for limit in (watch.at_least, watch.at_most)]
        tested = sum(limit is not None for limit in limits)
        looks = self.wave.looks + (self.final_looks - 1)
        return self.level / max(1, looks * tested * self.targets)

    @property
    def final_looks(self) -> int:
        """How many looks may pass the wave: one as its hold ends, and one as an extension of it does."""
        return 2 if self.wave.extend else 1

    @property
    def passing(self) -> float:
        """The level at which one of the final looks may pass a rate."""
        return self.level / self.final_looks


def looks(records: Sequence[ObservationRecord], start: datetime, wave: Wave) -> list[ObservationRecord]:
    """The reports of one target that count: the first in each window since `start`."""
    opens = [later(start, wave.hold * (number + 1) / wave.looks) for number in range(wave.looks)]
    opens += [later(opens[-1], wave.extend)] if wave.extend else []
    taken = (first_within(records, begin, end) for begin, end in zip_longest(opens, opens[1:]))
    return [record for record in taken if record is not None]


def first_within(
    records: Sequence[ObservationRecord], begin: datetime, end: datetime | None
) -> ObservationRecord | None:
    """The first report from `begin` on and before `end`, without one at any time; None where none came."""
    first = next((record for record in records if begin <= record.observation.moment), None)
    return first if first is not None and (end is None or first.observation.moment < end) else None


def failure(
    plan: Plan, taken: Sequence[ObservationRecord], every: Sequence[ObservationRecord]
) -> tuple[ObservationRecord, str] | None:
    """The first report by which a watch fails the wave, and why: a rate at one of the looks, or a value at any time."""
    for watch in plan.wave.watches:
        for record in taken if watch.is_rate else every:
            measure = measure_of(record, watch.name)
            if measure is not None and (reason := beyond(watch, measure, plan.share)):
                return record, reason
    return None


def shortage(plan: Plan, final: ObservationRecord) -> str:
    """Why a final look does not pass the wave, in a sentence; "" where all of its watches do."""
    for watch in plan.wave.watches:
        measure = measure_of(final, watch.name)
        if measure is None or (measure.value is None) != watch.is_rate:
            form = "hits and rows" if watch.is_rate else "a value"
            return f"{final.path} says nothing of {watch.name}: it needs {form}"
        if watch.is_rate and (reason := next(unproven(watch, measure, plan.passing), "")):
            return f"{final.path}: {reason}"
    return ""


def measure_of(record: ObservationRecord, name: str) -> Measure | None:
    """What a record says of a watch."""
    return next((measure for measure in record.observation.measures if measure.name == name), None)


def beyond(watch: WaveWatch, measure: Measure, level: float) -> str:
    """Why a number is on the wrong side of its limit, beyond what chance does; "" where it is not."""
    lower, upper = _bounds(watch, measure, level)
    if watch.at_most is not None and lower > watch.at_most:
        return f"{_shown(watch, measure, level)}, and at most {watch.at_most:g} is allowed"
    if watch.at_least is not None and upper < watch.at_least:
        return f"{_shown(watch, measure, level)}, and at least {watch.at_least:g} is required"
    return ""


def unproven(watch: WaveWatch, measure: Measure, level: float) -> Iterator[str]:
    """Why a rate is not shown to be on the right side of its limit."""
    lower, upper = _bounds(watch, measure, level)
    if watch.at_most is not None and upper > watch.at_most:
        yield f"{_shown(watch, measure, level)}, which does not show that it is at most {watch.at_most:g}"
    if watch.at_least is not None and lower < watch.at_least:
        yield f"{_shown(watch, measure, level)}, which does not show that it is at least {watch.at_least:g}"


def _bounds(watch: WaveWatch, measure: Measure, level: float) -> tuple[float, float]:
    """The bounds of a number, each wrong at most as often as `level`; of a value that very value.

    Those of a number of the other form say nothing.
    """
    if not watch.is_rate:
        return (measure.value, measure.value) if measure.value is not None else (float("-inf"), float("inf"))
    if measure.hits is None or measure.rows is None:
        return 0.0, 1.0
    try:
        from mlops_gitops.statistics.intervals.clopper_pearson import clopper_pearson_interval
    except ImportError as error:
        reason = "the bounds of a rate need SciPy, which is not here"
        raise Undecided(reason, help="pip install 'mlops-gitops[gates]'") from error

    estimate = clopper_pearson_interval(measure.hits, measure.rows)
    return estimate.lower(level), estimate.upper(level)


def _shown(watch: WaveWatch, measure: Measure, level: float) -> str:
    if not watch.is_rate or measure.hits is None or measure.rows is None:
        return f"{watch.name} is {measure.value}"
    lower, upper = _bounds(watch, measure, level)
    rate = measure.hits / measure.rows
    return f"{watch.name} is {rate:.4g} ({measure.hits} of {measure.rows}), between {lower:.4g} and {upper:.4g}"
