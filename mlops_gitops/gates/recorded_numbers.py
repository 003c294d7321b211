"""Whether the numbers of one entry of a recorded gate can be true: a value, its bounds, its pairs and its change.

An entry is a gate, one of its slices, its pairs or a gap. `prefix` and `what` begin the sentences: `the`, or a slice.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from mlops_gitops.core.frozen import frozen
from mlops_gitops.gates.serialize import TOLERANCE
from mlops_gitops.records.gate import Gate

Recorded: TypeAlias = Mapping[str, Any]  # an entry as a promotion record holds it
BOUNDS = ("interval", "method", "few", "refutes")  # the keys of an entry with a confidence


@frozen
class Expected:
    """What the KPI and its metric say of every number of the gate.

    `range` is that of the metric, in its unit. `methods` are those of its bounds; none where nothing has bounds.
    """

    gate: Gate
    range: tuple[float, float]
    better: str | None
    methods: tuple[str, ...]


def check_measured(expected: Expected, recorded: Recorded, prefix: str) -> Iterator[str]:
    """The contradictions of a value: it has rows, lies in the metric's range, and between its bounds."""
    value = recorded["value"]
    if not recorded["n"]:
        yield f"{prefix} value was measured on {'no' if recorded['n'] == 0 else 'an unknown number of'} rows"
    yield from _check_range(expected, value, f"{prefix} value")
    yield from check_bounds(expected.methods, recorded, value, f"{prefix} value")
    if "interval" in recorded and "few" not in recorded:
        for end in recorded["interval"]:
            yield from _check_range(expected, end, f"{prefix} bound")


def _check_range(expected: Expected, number: float | None, what: str) -> Iterator[str]:
    low, high = expected.range
    if number is not None and not _ordered(low, number, high):
        yield f"{what} {number:.12g} lies outside the metric's range, {low:g} to {high:g}"


def check_bounds(
    methods: Sequence[str], recorded: Recorded, value: float | None, what: str, size: float = 0.0
) -> Iterator[str]:
    """The contradictions of bounds: they exist where a value has a confidence, one on each side of it.

    `methods` are those that the metric has. `size` is the magnitude of the rounded numbers that the value is a
    difference of, in their unit; 0 where it is no difference.
    """
    present = [name for name in BOUNDS if name in recorded]
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


def check_compared(expected: Expected, recorded: Recorded, baseline: float | None, prefix: str) -> Iterator[str]:
    """The contradictions of a comparison: it is on rows that both have, and those are some of the candidate's own."""
    paired = recorded.get("paired")
    candidate = paired["value"] if paired else None
    if baseline is not None and candidate is None:
        yield f"{prefix} baseline has a value, and there is no value in `paired` to compare it with"
    yield from check_change(recorded, candidate, baseline, prefix)
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
    yield from check_bounds(expected.methods, paired, change, f"{prefix} change", candidate or 0.0)


def check_change(recorded: Recorded, candidate: float | None, baseline: float | None, prefix: str) -> Iterator[str]:
    """The contradictions of a change: it is the candidate's value less the baseline's, within TOLERANCE of its size."""
    change = recorded.get("change")
    if candidate is None or baseline is None:
        if change is not None:
            yield f"{prefix} change is {change:.12g}, and there are no two values to compare"
    elif change is None or not abs(candidate - baseline - change) <= TOLERANCE * abs(change):
        difference = candidate - baseline
        yield f"{prefix} change is {change}, and {candidate:.12g} less {baseline:.12g} is {difference:.12g}"


def _ordered(low: float, value: float, high: float, size: float = 0.0) -> bool:
    return (low <= value or near(low, value, size)) and (value <= high or near(value, high, size))


def near(first: float, second: float, size: float = 0.0) -> bool:
    """Whether two numbers agree, one of which may follow from rounded numbers of this size."""
    return abs(first - second) <= TOLERANCE * max(1.0, abs(first), abs(second), abs(size))
