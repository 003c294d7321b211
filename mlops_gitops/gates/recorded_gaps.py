"""Whether the gap between the slices of a recorded gate can be true."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mlops_gitops.gates.recorded_numbers import Expected, Recorded, check_bounds, near
from mlops_gitops.records.gate import Slices

_METHODS = ("mover", "joint")  # the second where clusters have rows in both slices


def check_gap(expected: Expected, slices: Slices, name: str, limit: float | None, recorded: Recorded) -> Iterator[str]:
    """The contradictions of the gap or ratio `name`, which is between two slices, by their places in `groups` (from 0).

    No two slices that are large enough are further apart. `limit` is that of the gate; None where it has none.
    """
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
    yield from check_bounds(_METHODS if expected.methods else (), gap, gap["value"], f"the {name}")


def _check_gap_value(name: str, value: float, ends: Sequence[float], large: Sequence[float]) -> Iterator[str]:
    """The value of a gap is that of the two slices at its `ends`, and no less wide than any of the `large` ones."""
    if name == "gap":
        between, widest, size = ends[0] - ends[1], _difference(large), max(map(abs, [*ends, *large]))
    else:
        between, widest, size = _quotient(*ends), _least_ratio(large), 0.0
    if not near(value, between, size):
        yield f"the {name} is {value:.12g}, and the groups it is between have {between:.12g}"
    if not (near(value, widest, size) or (value > widest if name == "gap" else value < widest)):
        yield f"the {name} is {value:.12g}, and two groups that are large enough have {widest:.12g}"


def _is_large(slices: Slices, group: Recorded) -> bool:
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
