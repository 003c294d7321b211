"""A gate's conditions and intervals in the cells of a table."""

from __future__ import annotations

import math
from collections.abc import Iterator

from mlops_gitops.measurement.results import Compared, Measured
from mlops_gitops.records.gate import Change, Conditions, Gate

WIDTH = 11  # characters of an interval's bar


def format_conditions(gate: Gate | None, better: str | None) -> str:
    """The conditions of a gate, and its confidence."""
    if gate is None:
        return "—"
    parts = _conditions(gate.whole, better)
    if slices := gate.slices:
        each = _conditions(slices.conditions, better)
        each += [f"gap ≤ {slices.max_gap:g}"] if slices.max_gap is not None else []
        each += [f"ratio ≥ {slices.min_ratio:g}"] if slices.min_ratio is not None else []
        parts.append(f"{', '.join(each) or 'the same'} by {', '.join(slices.by)}")
    sure = f" ({gate.confidence * 100:g} %)" if gate.confidence is not None else ""
    return ", ".join(parts) + sure


def _conditions(conditions: Conditions, better: str | None) -> list[str]:
    parts = [f"≥ {conditions.at_least:g}"] if conditions.at_least is not None else []
    parts += [f"≤ {conditions.at_most:g}"] if conditions.at_most is not None else []
    return parts + [words for words, _, _ in format_changes(conditions, -1.0 if better == "lower" else 1.0)]


def format_changes(conditions: Conditions, gain: float) -> Iterator[tuple[str, Change, float]]:
    """Each condition on the change in words, and how far an equal candidate is on its good side, in its `by`: 1 or −1.

    `gain` is 1.0 where a higher value is better, else -1.0.
    """
    worse, better = ("≤ {} + {:g}", "< {} − {:g}") if gain < 0 else ("≥ {} − {:g}", "> {} + {:g}")
    for words, change, side in ((worse, conditions.no_worse_than, 1.0), (better, conditions.better_than, -1.0)):
        if change is not None:
            yield (
                words.format(change.baseline, change.by) if change.by else f"{words[0]} {change.baseline}",
                change,
                side,
            )


def format_interval(gate: Gate | None, measured: Measured, *, grouped: bool = False) -> str:
    """The bounds that decide, and a bar that shows them against the limit: `┃` is the limit, `●` the value."""
    if gate is None or measured.value is None:
        return "—"
    if gate.confidence is None:
        return "point only"
    conditions = gate.grouped if grouped else gate.whole
    limit = conditions.at_least if conditions.at_least is not None else conditions.at_most
    if measured.bounds is None:
        return "none"
    low, high = measured.bounds.lower, measured.bounds.upper
    return f"{low:.3g} – {high:.3g}  {draw_interval(low, measured.value, high, limit)}"


def format_change(compared: Compared | None) -> str:
    """The change in the metric's unit, with its bounds where it has any."""
    if compared is None or compared.change is None:
        return "—"
    bounds = compared.bounds
    if bounds is None:
        return f"{compared.change:+.4g}"
    return f"{compared.change:+.3g} ({bounds.lower:+.3g} – {bounds.upper:+.3g})"


def draw_interval(low: float, value: float, high: float, limit: float | None) -> str:
    """An interval drawn in WIDTH characters: `·─●─·`, and `┃` where the limit is; empty where it is too wide."""
    ends = [low, value, high, *([limit] if limit is not None else [])]
    least, most = min(ends), max(ends)
    width = most - least or 1.0
    if not math.isfinite(width):
        return ""

    def place(number: float) -> int:
        return round((number - least) / width * (WIDTH - 1))

    drawn = ["·"] * WIDTH
    drawn[place(low) : place(high) + 1] = "─" * (place(high) + 1 - place(low))
    drawn[place(value)] = "●"
    if limit is not None:
        drawn[place(limit)] = "╋" if place(limit) == place(value) else "┃"
    return "".join(drawn)
