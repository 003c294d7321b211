"""Whether the numbers of a recorded gate can be true, as far as they tell by themselves.

A record is a text that anybody may edit. Measuring again finds any number that was typed, and needs the data for it.
Without data this module finds: a value outside its own interval, slices that are not all rows, a gap that is smaller
than its slices say.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from mlops_gitops.core.frozen import frozen
from mlops_gitops.gates.serialize import TOLERANCE
from mlops_gitops.measurement.results import Measured, Slice
from mlops_gitops.metrics.metric import Metric
from mlops_gitops.records.kpis import Conditions, Gate, Kpi, Slices

_Recorded: TypeAlias = Mapping[str, Any]  # a gate, a slice of it, its pairs or a gap, as a promotion record holds it
_BOUNDS = ("interval", "method", "few", "refutes")
_GAP_METHODS = ("mover",)


@frozen
class _Expected:
    """What the KPI and its metric say of every number of the gate.

    `range` is that of the metric, in its unit. `methods` are those of its bounds; none where nothing has bounds.
    """

    gate: Gate
    range: tuple[float, float]
    better: str | None
    methods: tuple[str, ...]


def inconsistency(kpi: Kpi, metric: Metric | None, recorded: _Recorded) -> str:
    """The first contradiction in a recorded gate, as a sentence; empty where there is none.

    `metric` is None for a number of a metrics file. `recorded` is valid by the schema of promotion records. A gate
    without a value is not available, and is not examined. Later checks rest on earlier ones.
    """
    if kpi.gate is None or recorded["value"] is None:
        return ""
    if metric is None:
        return next(_check_file_gate(kpi.gate, recorded), "")
    methods = metric.form.intervals if kpi.gate.confidence is not None else ()
    expected = _Expected(kpi.gate, metric.range, metric.better or kpi.better_by_gate(), methods)
    return next(_check_data_gate(expected, recorded), "")


def _check_file_gate(gate: Gate, recorded: _Recorded) -> Iterator[str]:
    """The contradictions of a number of a metrics file."""
    present = [name for name in (*_BOUNDS, "paired", "groups", "gap", "ratio") if name in recorded]
    if recorded["n"] is not None or present:
        yield f"it is a number of a metrics file, which has no {'n' if recorded['n'] is not None else present[0]}"
    baseline = (recorded.get("baseline") or {}).get("value") if gate.change else None
    yield from _check_change(recorded, recorded["value"], baseline, "the")


def _check_data_gate(expected: _Expected, recorded: _Recorded) -> Iterator[str]:
    """The contradictions of a number that was measured on prediction files."""
    baseline, groups = recorded.get("baseline"), recorded.get("groups", ())
    compared = baseline["value"] if baseline else None
    yield from _check_measured(expected, recorded, "the")
    if "paired" in recorded and not (baseline and expected.gate.change):
        yield "it has `paired`, and there is no baseline to pair with"
    if "paired" in recorded and "unpaired" not in recorded["paired"]:
        yield "the paired rows come without `unpaired`, the rows that have no partner"
    yield from _check_compared(expected, recorded, compared, "the")
    slices = expected.gate.slices
    if slices is None:
        present = [name for name in ("groups", "gap", "ratio") if name in recorded]
        yield from (f"it has {name}, and the gate has no slices" for name in present)
        return
    yield from _check_partition(slices, recorded, 0 if compared is None else recorded["paired"]["n"])
    for group in groups:
        yield from _check_slice(expected, group)
    for name, limit in (("gap", slices.max_gap), ("ratio", slices.min_ratio)):
        yield from _check_gap(expected, slices, name, limit, recorded)


def _check_partition(slices: Slices, recorded: _Recorded, paired: int) -> Iterator[str]:
    """The slices are all rows, each once: of the candidate, and of those that are compared."""
    groups = recorded.get("groups", ())
    by = ", ".join(slices.by)
    seen = set()
    for group in groups:
        if group["values"].keys() != set(slices.by):
            yield f"{_name(group)} is not a group by {by}"
        values = tuple(group["values"][column] for column in slices.by)
        if values in seen:
            yield f"the group {_name(group)} is there twice"
        seen.add(values)
    for what, total, n in (
        ("rows", sum(group["n"] or 0 for group in groups), recorded["n"]),
        ("rows with a partner", sum(group.get("paired", {}).get("n", 0) for group in groups), paired),
    ):
        if total != n:
            yield f"its groups by {by} have {total:,} {what} together, and all {what} are {n:,}"


def _check_slice(expected: _Expected, group: _Recorded) -> Iterator[str]:
    prefix = f"{_name(group)}: the"
    conditions = expected.gate.grouped
    yield from _check_measured(expected, group, prefix)
    yield from _check_compared(expected, group, group.get("baseline"), prefix)
    yield from _check_evidence(expected, group, _value_limits(conditions), prefix)
    changes = _change_limits(conditions, expected.better)
    yield from _check_evidence(expected, group.get("paired", {}), changes, f"{prefix} change's")


def _check_measured(expected: _Expected, recorded: _Recorded, prefix: str) -> Iterator[str]:
    value = recorded["value"]
    if not recorded["n"]:
        yield f"{prefix} value was measured on {'no' if recorded['n'] == 0 else 'an unknown number of'} rows"
    yield from _check_range(expected, value, f"{prefix} value")
    yield from _check_bounds(expected.methods, recorded, value, f"{prefix} value")
    if "interval" in recorded and "few" not in recorded:
        for end in recorded["interval"]:
            yield from _check_range(expected, end, f"{prefix} bound")


def _check_range(expected: _Expected, number: float | None, what: str) -> Iterator[str]:
    low, high = expected.range
    if number is not None and not _ordered(low, number, high):
        yield f"{what} {number:.12g} lies outside the metric's range, {low:g} to {high:g}"


def _check_bounds(
    methods: Sequence[str], recorded: _Recorded, value: float | None, what: str, size: float = 0.0
) -> Iterator[str]:
    """Bounds are there exactly where a value is measured with a confidence, on both sides of it.

    `size` is that of the numbers it is a difference of, which were rounded.
    """
    present = [name for name in _BOUNDS if name in recorded]
    if value is None or not methods:
        why = "there is no value" if value is None else "nothing has bounds in this gate"
        yield from (f"{what} has {name}, and {why}" for name in present)
        return
    if "interval" not in recorded:
        yield f"{what} has no interval, and the gate asks for a confidence"
        return
    if recorded.get("method") not in methods:
        yield f"{what} has the method {recorded.get('method')}, and its metric has {', '.join(methods)}"
    lower, upper = recorded["interval"]
    if not _ordered(lower, value, upper, size):
        yield f"{what} {value:.12g} lies outside its own interval, {lower:.12g} to {upper:.12g}"


def _check_compared(expected: _Expected, recorded: _Recorded, baseline: float | None, prefix: str) -> Iterator[str]:
    """The comparison is on the rows that both have, and those are some of the candidate's own."""
    paired = recorded.get("paired")
    candidate = paired["value"] if paired else None
    if baseline is not None and candidate is None:
        yield f"{prefix} baseline has a value, and there is no value in `paired` to compare it with"
    yield from _check_change(recorded, candidate, baseline, prefix)
    if paired is None:
        return
    n, alone = paired["n"], paired.get("unpaired", (0, 0))[0]
    if n < 1 and candidate is not None:
        yield f"{prefix} paired value was measured on no rows"
    if n + alone != recorded["n"]:
        yield f"{prefix} rows with a partner ({n:,}) and without ({alone:,}) are not its n, {recorded['n']}"
    yield from _check_range(expected, candidate, f"{prefix} paired value")
    yield from _check_range(expected, baseline, f"{prefix} baseline")
    change = recorded.get("change")
    yield from _check_bounds(expected.methods, paired, change, f"{prefix} change", candidate or 0.0)


def _check_change(recorded: _Recorded, candidate: float | None, baseline: float | None, prefix: str) -> Iterator[str]:
    change = recorded.get("change")
    if candidate is None or baseline is None:
        if change is not None:
            yield f"{prefix} change is {change:.12g}, and there are no two values to compare"
    elif change is None or not abs(candidate - baseline - change) <= TOLERANCE * abs(change):
        difference = candidate - baseline
        yield f"{prefix} change is {change}, and {candidate:.12g} less {baseline:.12g} is {difference:.12g}"


def _value_limits(conditions: Conditions) -> dict[str, tuple[float, float]]:
    """The limits of a value by their conditions, each with its sign: 1.0 where more is better."""
    limits = {"at_least": (conditions.at_least, 1.0), "at_most": (conditions.at_most, -1.0)}
    return {name: (limit, sign) for name, (limit, sign) in limits.items() if limit is not None}


def _change_limits(conditions: Conditions, better: str | None) -> dict[str, tuple[float, float]]:
    """The limits of a change by their conditions, each with its sign: 1.0 where more is better."""
    sign = -1.0 if better == "lower" else 1.0
    limits = {"no_worse_than": (conditions.no_worse_than, -sign), "better_than": (conditions.better_than, sign)}
    return {name: (side * change.by, sign) for name, (change, side) in limits.items() if change}


def _check_evidence(
    expected: _Expected, recorded: _Recorded, limits: Mapping[str, tuple[float, float]], prefix: str
) -> Iterator[str]:
    """A slice has a p value for each condition, and a small one exactly where its far bound misses the limit."""
    alpha = expected.gate.alpha
    if alpha is None or "interval" not in recorded:
        return
    refutes = recorded.get("refutes", {})
    if refutes.keys() != limits.keys():
        found, wanted = (", ".join(names) or "none" for names in (sorted(refutes), limits))
        yield f"{prefix} refutes are of {found}, and the conditions of groups are {wanted}"
        return
    for name, (limit, sign) in limits.items():
        far, p = recorded["interval"][1 if sign > 0 else 0], refutes[name]
        sure = "few" not in recorded and not _near(far, limit) and not _near(p, alpha)
        if sure and (p < alpha) != (sign * far < sign * limit):
            side = "misses" if sign * far < sign * limit else "does not miss"
            yield f"{prefix} evidence against {name} is {p:g}, and its bound {far:.12g} {side} the limit {limit:g}"


def _check_gap(
    expected: _Expected, slices: Slices, name: str, limit: float | None, recorded: _Recorded
) -> Iterator[str]:
    """The widest gap is one between two slices, and no two that are large enough are further apart."""
    gap, groups = recorded.get(name), recorded.get("groups", ())
    large = [group["value"] for group in groups if _is_large(slices, group)]
    if gap is None:
        if limit is not None and len(large) > 1:
            yield f"it has no {name}, and {len(large)} groups are large enough for one"
        return
    if limit is None:
        yield f"it has a {name}, and the gate does not ask for it"
    ends = [groups[place]["value"] for place in gap["between"] if place < len(groups)]
    if len(set(gap["between"])) < 2 or len(ends) < 2 or None in ends:
        yield f"the {name} is not between two groups with values, but between the places {gap['between']}"
        return
    yield from _check_gap_value(name, gap["value"], ends, large)
    yield from _check_bounds(_GAP_METHODS if expected.methods else (), gap, gap["value"], f"the {name}")


def _check_gap_value(name: str, value: float, ends: Sequence[float], large: Sequence[float]) -> Iterator[str]:
    """The value of a gap is that of the two slices at its `ends`, and no less wide than any of the `large` ones."""
    if name == "gap":
        between, widest, size = ends[0] - ends[1], _difference(large), max(map(abs, [*ends, *large]))
    else:
        between, widest, size = _quotient(*ends), _least_ratio(large), 0.0
    if not _near(value, between, size):
        yield f"the {name} is {value:.12g}, and the groups it is between have {between:.12g}"
    if not (_near(value, widest, size) or (value > widest if name == "gap" else value < widest)):
        yield f"the {name} is {value:.12g}, and two groups that are large enough have {widest:.12g}"


def _is_large(slices: Slices, group: _Recorded) -> bool:
    enough = (group["n"] or 0) >= slices.min_samples
    return enough and group["value"] is not None and "few" not in group


def _difference(values: Sequence[float]) -> float:
    return max(values, default=0.0) - min(values, default=0.0)


def _least_ratio(values: Sequence[float]) -> float:
    """The least ratio of any two values: that of the least one to another."""
    least, *others = sorted(values) or [0.0]
    return min((_quotient(least, other) for other in others if other > 0), default=float("inf"))


def _quotient(numerator: float, denominator: float) -> float:
    """A ratio; to 0 there is none, and a record has 0 for it."""
    return numerator / denominator if denominator > 0 else 0.0


def _ordered(low: float, value: float, high: float, size: float = 0.0) -> bool:
    return (low <= value or _near(low, value, size)) and (value <= high or _near(value, high, size))


def _near(first: float, second: float, size: float = 0.0) -> bool:
    """Whether two numbers agree, one of which may follow from rounded numbers of this size."""
    return abs(first - second) <= TOLERANCE * max(1.0, abs(first), abs(second), abs(size))


def _name(group: _Recorded) -> str:
    return Slice(group["values"], Measured(None)).name or "{}"
