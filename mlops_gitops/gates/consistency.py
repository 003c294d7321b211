"""Whether the numbers of a recorded gate can be true, as far as they tell by themselves.

A record is a text that anybody may edit. Measuring again finds any number that was typed, and needs the data for it;
what no data gives is found without: a value outside its own interval, groups that are not all rows, a gap that is
smaller than its groups say.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from mlops_gitops.core.frozen import frozen
from mlops_gitops.gates.serialize import TOLERANCE
from mlops_gitops.measurement.results import Measured, Slice
from mlops_gitops.metrics.metric import Metric
from mlops_gitops.records.kpis import Conditions, Gate, Kpi, Slices

_Recorded: TypeAlias = Mapping[str, Any]
_BOUNDS = ("interval", "method", "few", "refutes")
_GAP_METHODS = ("mover",)


@frozen
class _Known:
    """What the KPI and its metric say of every number of the gate; `methods` are empty where nothing has bounds."""

    gate: Gate
    range: tuple[float, float]
    better: str | None
    methods: tuple[str, ...]


def inconsistency(kpi: Kpi, metric: Metric | None, recorded: _Recorded) -> str:
    """The first thing in a recorded gate that cannot be, as a sentence; empty where nothing is wrong.

    `metric` is None for a number of a metrics file. A gate without a value is not available, and needs no look. What
    is looked at later rests on what was found sound before.
    """
    if kpi.gate is None or recorded["value"] is None:
        return ""
    if metric is None:
        return next(_of_a_file(kpi.gate, recorded), "")
    methods = metric.form.intervals if kpi.gate.confidence is not None else ()
    known = _Known(kpi.gate, metric.range, metric.better or kpi.better_by_gate(), methods)
    return next(_of_data(known, recorded), "")


def _of_a_file(gate: Gate, its: _Recorded) -> Iterator[str]:
    given = [name for name in (*_BOUNDS, "paired", "groups", "gap", "ratio") if name in its]
    if its["n"] is not None or given:
        yield f"it is a number of a metrics file, which has no {'n' if its['n'] is not None else given[0]}"
    baseline = (its.get("baseline") or {}).get("value") if gate.change else None
    yield from _change(its, its["value"], baseline, "the")


def _of_data(known: _Known, its: _Recorded) -> Iterator[str]:
    baseline, groups = its.get("baseline"), its.get("groups", ())
    compared = baseline["value"] if baseline else None
    yield from _measured(known, its, "the")
    if "paired" in its and not (baseline and known.gate.change):
        yield "it has `paired`, and there is no baseline to pair with"
    if "paired" in its and "unpaired" not in its["paired"]:
        yield "the paired rows come without `unpaired`, the rows that have no partner"
    yield from _compared(known, its, compared, "the")
    slices = known.gate.slices
    if slices is None:
        given = [name for name in ("groups", "gap", "ratio") if name in its]
        yield from (f"it has {name}, and the gate has no slices" for name in given)
        return
    yield from _partition(slices, its, 0 if compared is None else its["paired"]["n"])
    for group in groups:
        yield from _group(known, group)
    for name, limit in (("gap", slices.max_gap), ("ratio", slices.min_ratio)):
        yield from _gap(known, slices, name, limit, its.get(name), groups)


def _partition(slices: Slices, its: _Recorded, paired: int) -> Iterator[str]:
    """The groups are all rows, each once: of the candidate, and of those that are compared."""
    groups = its.get("groups", ())
    by = ", ".join(slices.by)
    seen = set()
    for group in groups:
        if group["values"].keys() != set(slices.by):
            yield f"{_name(group)} is not a group by {by}"
        values = tuple(group["values"][column] for column in slices.by)
        if values in seen:
            yield f"the group {_name(group)} is there twice"
        seen.add(values)
    for what, sums, n in (
        ("rows", sum(group["n"] or 0 for group in groups), its["n"]),
        ("rows with a partner", sum(group.get("paired", {}).get("n", 0) for group in groups), paired),
    ):
        if sums != n:
            yield f"its groups by {by} have {sums:,} {what} together, and all {what} are {n:,}"


def _group(known: _Known, its: _Recorded) -> Iterator[str]:
    whose = f"{_name(its)}: the"
    asked = known.gate.grouped
    yield from _measured(known, its, whose)
    yield from _compared(known, its, its.get("baseline"), whose)
    yield from _evidence(known, its, _value_limits(asked), whose)
    yield from _evidence(known, its.get("paired", {}), _change_limits(asked, known.better), f"{whose} change's")


def _measured(known: _Known, its: _Recorded, whose: str) -> Iterator[str]:
    value = its["value"]
    if not its["n"]:
        yield f"{whose} value was measured on {'no' if its['n'] == 0 else 'an unknown number of'} rows"
    yield from _outside(known, value, f"{whose} value")
    yield from _bounds(known.methods, its, value, f"{whose} value")
    if "interval" in its and "few" not in its:
        for end in its["interval"]:
            yield from _outside(known, end, f"{whose} bound")


def _outside(known: _Known, number: float | None, what: str) -> Iterator[str]:
    low, high = known.range
    if number is not None and not _ordered(low, number, high):
        yield f"{what} {number:.12g} lies outside the metric's range, {low:g} to {high:g}"


def _bounds(methods: Sequence[str], its: _Recorded, value: float | None, what: str, size: float = 0.0) -> Iterator[str]:
    """Bounds are there exactly where a value is measured with a confidence, on both sides of it.

    `size` is that of the numbers it is a difference of, which were rounded.
    """
    given = [name for name in _BOUNDS if name in its]
    if value is None or not methods:
        why = "there is no value" if value is None else "nothing has bounds in this gate"
        yield from (f"{what} has {name}, and {why}" for name in given)
        return
    if "interval" not in its:
        yield f"{what} has no interval, and the gate asks for a confidence"
        return
    if its.get("method") not in methods:
        yield f"{what} has the method {its.get('method')}, and its metric has {', '.join(methods)}"
    lower, upper = its["interval"]
    if not _ordered(lower, value, upper, size):
        yield f"{what} {value:.12g} lies outside its own interval, {lower:.12g} to {upper:.12g}"


def _compared(known: _Known, its: _Recorded, baseline: float | None, whose: str) -> Iterator[str]:
    """What is compared is compared on the rows both have, and they are some of its own."""
    paired = its.get("paired")
    ours = paired["value"] if paired else None
    if baseline is not None and ours is None:
        yield f"{whose} baseline has a value, and there is no value in `paired` to compare it with"
    yield from _change(its, ours, baseline, whose)
    if paired is None:
        return
    n, alone = paired["n"], paired.get("unpaired", (0, 0))[0]
    if n < 1 and ours is not None:
        yield f"{whose} paired value was measured on no rows"
    if n + alone != its["n"]:
        yield f"{whose} rows with a partner ({n:,}) and without ({alone:,}) are not its n, {its['n']}"
    yield from _outside(known, ours, f"{whose} paired value")
    yield from _outside(known, baseline, f"{whose} baseline")
    yield from _bounds(known.methods, paired, its.get("change"), f"{whose} change", ours or 0.0)


def _change(its: _Recorded, ours: float | None, baseline: float | None, whose: str) -> Iterator[str]:
    change = its.get("change")
    if ours is None or baseline is None:
        if change is not None:
            yield f"{whose} change is {change:.12g}, and there are no two values to compare"
    elif change is None or not abs(ours - baseline - change) <= TOLERANCE * abs(change):
        yield f"{whose} change is {change}, and {ours:.12g} less {baseline:.12g} is {ours - baseline:.12g}"


def _value_limits(asked: Conditions) -> dict[str, tuple[float, float]]:
    limits = {"at_least": (asked.at_least, 1.0), "at_most": (asked.at_most, -1.0)}
    return {name: (limit, sign) for name, (limit, sign) in limits.items() if limit is not None}


def _change_limits(asked: Conditions, better: str | None) -> dict[str, tuple[float, float]]:
    sign = -1.0 if better == "lower" else 1.0
    limits = {"no_worse_than": (asked.no_worse_than, -sign), "better_than": (asked.better_than, sign)}
    return {name: (side * its.by, sign) for name, (its, side) in limits.items() if its}


def _evidence(known: _Known, its: _Recorded, limits: Mapping[str, tuple[float, float]], whose: str) -> Iterator[str]:
    """A group has a p value for each condition, and a small one exactly where its far bound misses the limit."""
    alpha = known.gate.alpha
    if alpha is None or "interval" not in its:
        return
    refutes = its.get("refutes", {})
    if refutes.keys() != limits.keys():
        asked = ", ".join(limits) or "none"
        yield f"{whose} refutes are of {', '.join(sorted(refutes)) or 'none'}, and the conditions of groups are {asked}"
        return
    for name, (limit, sign) in limits.items():
        far, p = its["interval"][1 if sign > 0 else 0], refutes[name]
        sure = "few" not in its and not _near(far, limit) and not _near(p, alpha)
        if sure and (p < alpha) != (sign * far < sign * limit):
            side = "misses" if sign * far < sign * limit else "does not miss"
            yield f"{whose} evidence against {name} is {p:g}, and its bound {far:.12g} {side} the limit {limit:g}"


def _gap(
    known: _Known, slices: Slices, name: str, limit: float | None, its: _Recorded | None, groups: Sequence[_Recorded]
) -> Iterator[str]:
    """The widest gap is one between two groups, and no two that are large enough are further apart."""
    large = [group["value"] for group in groups if _large(slices, group)]
    if its is None:
        if limit is not None and len(large) > 1:
            yield f"it has no {name}, and {len(large)} groups are large enough for one"
        return
    if limit is None:
        yield f"it has a {name}, and the gate does not ask for it"
    ends = [groups[place]["value"] for place in its["between"] if place < len(groups)]
    if len(set(its["between"])) < 2 or len(ends) < 2 or None in ends:
        yield f"the {name} is not between two groups with values, but between the places {its['between']}"
        return
    found, widest = (ends[0] - ends[1], _difference(large)) if name == "gap" else (_over(*ends), _ratio(large))
    value, size = its["value"], max(map(abs, [*ends, *large])) if name == "gap" else 0.0
    if not _near(value, found, size):
        yield f"the {name} is {value:.12g}, and the groups it is between have {found:.12g}"
    if not (_near(value, widest, size) or (value > widest if name == "gap" else value < widest)):
        yield f"the {name} is {value:.12g}, and two groups that are large enough have {widest:.12g}"
    yield from _bounds(_GAP_METHODS if known.methods else (), its, value, f"the {name}")


def _large(slices: Slices, group: _Recorded) -> bool:
    enough = (group["n"] or 0) >= slices.min_samples
    return enough and group["value"] is not None and "few" not in group


def _difference(values: Sequence[float]) -> float:
    return max(values, default=0.0) - min(values, default=0.0)


def _ratio(values: Sequence[float]) -> float:
    """The least ratio of any two: that of the least value to another."""
    least, *others = sorted(values) or [0.0]
    return min((_over(least, other) for other in others if other > 0), default=float("inf"))


def _over(one: float, other: float) -> float:
    """A ratio; to 0 there is none, and a record has 0 for it."""
    return one / other if other > 0 else 0.0


def _ordered(low: float, value: float, high: float, size: float = 0.0) -> bool:
    return (low <= value or _near(low, value, size)) and (value <= high or _near(value, high, size))


def _near(one: float, other: float, size: float = 0.0) -> bool:
    """Whether two numbers agree, one of which may follow from rounded numbers of this size."""
    return abs(one - other) <= TOLERANCE * max(1.0, abs(one), abs(other), abs(size))


def _name(group: _Recorded) -> str:
    return Slice(group["values"], Measured(None)).name or "{}"
