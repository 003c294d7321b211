"""Whether the numbers of a recorded gate can be true, as far as they tell by themselves.

A record is a text that anybody may edit. Measuring again finds any number that was typed, and needs the data for it.
Without data this module finds: a value outside its own interval, slices that are not all rows, a gap that is smaller
than its slices say.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mlops_gitops.gates.recorded_gaps import check_gap
from mlops_gitops.gates.recorded_numbers import (
    BOUNDS,
    Expected,
    Recorded,
    check_change,
    check_compared,
    check_measured,
    near,
)
from mlops_gitops.measurement.results import Measured, Slice
from mlops_gitops.metrics.metric import Metric
from mlops_gitops.records.gate import Conditions, Gate, Slices
from mlops_gitops.records.kpis import Kpi


def inconsistency(kpi: Kpi, metric: Metric | None, recorded: Recorded) -> str:
    """The first contradiction in a recorded gate, as a sentence; empty where there is none.

    `metric` is None for a number of a metrics file. `recorded` is valid by the schema of promotion records. A gate
    without a value is not available, and is not examined. Later checks depend on earlier ones.
    """
    if kpi.gate is None or recorded["value"] is None:
        return ""
    if metric is None:
        return next(_check_file_gate(kpi.gate, recorded), "")
    methods = metric.form.intervals if kpi.gate.confidence is not None else ()
    expected = Expected(kpi.gate, metric.range, metric.better or kpi.better_by_gate(), methods)
    return next(_check_data_gate(expected, recorded), "")


def _check_file_gate(gate: Gate, recorded: Recorded) -> Iterator[str]:
    """The contradictions of a number of a metrics file."""
    present = [name for name in (*BOUNDS, "paired", "groups", "gap", "ratio") if name in recorded]
    if recorded["n"] is not None or present:
        yield f"it is a number of a metrics file, which has no {'n' if recorded['n'] is not None else present[0]}"
    baseline = (recorded.get("baseline") or {}).get("value") if gate.change else None
    yield from check_change(recorded, recorded["value"], baseline, "the")


def _check_data_gate(expected: Expected, recorded: Recorded) -> Iterator[str]:
    """The contradictions of a number that was measured on prediction files."""
    baseline, groups = recorded.get("baseline"), recorded.get("groups", ())
    compared = baseline["value"] if baseline else None
    yield from check_measured(expected, recorded, "the")
    if "paired" in recorded and not (baseline and expected.gate.change):
        yield "it has `paired`, and there is no baseline to pair with"
    if "paired" in recorded and "unpaired" not in recorded["paired"]:
        yield "the paired rows come without `unpaired`, the rows that have no partner"
    yield from check_compared(expected, recorded, compared, "the")
    slices = expected.gate.slices
    if slices is None:
        present = [name for name in ("groups", "gap", "ratio") if name in recorded]
        yield from (f"it has {name}, and the gate has no slices" for name in present)
        return
    yield from _check_partition(slices, recorded, 0 if compared is None else recorded["paired"]["n"])
    for group in groups:
        yield from _check_slice(expected, group)
    for name, limit in (("gap", slices.max_gap), ("ratio", slices.min_ratio)):
        yield from check_gap(expected, slices, name, limit, recorded)


def _check_partition(slices: Slices, recorded: Recorded, paired: int) -> Iterator[str]:
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


def _check_slice(expected: Expected, group: Recorded) -> Iterator[str]:
    prefix = f"{_name(group)}: the"
    conditions = expected.gate.grouped
    yield from check_measured(expected, group, prefix)
    yield from check_compared(expected, group, group.get("baseline"), prefix)
    yield from _check_evidence(expected, group, _value_limits(conditions), prefix)
    changes = _change_limits(conditions, expected.better)
    yield from _check_evidence(expected, group.get("paired", {}), changes, f"{prefix} change's")


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
    expected: Expected, recorded: Recorded, limits: Mapping[str, tuple[float, float]], prefix: str
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
        sure = "few" not in recorded and not near(far, limit) and not near(p, alpha)
        if sure and (p < alpha) != (sign * far < sign * limit):
            side = "misses" if sign * far < sign * limit else "does not miss"
            yield f"{prefix} evidence against {name} is {p:g}, and its bound {far:.12g} {side} the limit {limit:g}"


def _name(group: Recorded) -> str:
    return Slice(group["values"], Measured(None)).name or "{}"
