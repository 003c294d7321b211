"""A gate's conditions and intervals in the cells of a table."""

from __future__ import annotations

from mlops_gitops.records.kpis import Conditions, Gate
from mlops_gitops.results import Compared, Measured

WIDTH = 13  # characters of an interval's bar


def required(gate: Gate | None) -> str:
    """What a gate asks for."""
    if gate is None:
        return "—"
    parts = _asked(gate.whole)
    if slices := gate.slices:
        each = _asked(slices.conditions)
        each += [f"gap ≤ {slices.max_gap:g}"] if slices.max_gap is not None else []
        each += [f"ratio ≥ {slices.min_ratio:g}"] if slices.min_ratio is not None else []
        parts.append(f"{', '.join(each) or 'the same'} by {', '.join(slices.by)}")
    sure = [f"at {gate.confidence:.4g}"] if gate.confidence is not None else []
    return ", ".join([*parts, *sure])


def _asked(conditions: Conditions) -> list[str]:
    loss, gain = conditions.no_worse_than, conditions.better_than
    parts = [f"≥ {conditions.at_least:g}"] if conditions.at_least is not None else []
    parts += [f"≤ {conditions.at_most:g}"] if conditions.at_most is not None else []
    parts += [f"≤ {loss.by:g} worse than {loss.baseline}"] if loss else []
    return parts + ([f"> {gain.by:g} better than {gain.baseline}"] if gain else [])


def interval(gate: Gate | None, measured: Measured, compared: Compared | None, *, grouped: bool = False) -> str:
    """The bounds that decide, and a bar that shows them against the limit: `┃` is the limit, `●` the value.

    Where a gate has a confidence and asks only about the change, the bounds are those of the change.
    """
    if gate is None or measured.value is None:
        return "—"
    if gate.confidence is None:
        return "point only"
    asked = gate.grouped if grouped else gate.whole
    limit = asked.at_least if asked.at_least is not None else asked.at_most
    if measured.bounds is None:
        return "none"
    low, high = measured.bounds.lower, measured.bounds.upper
    return f"{_short(low)} – {_short(high)}  {bar(low, measured.value, high, limit)}"


def on_change(compared: Compared | None) -> str:
    """The change, with its bounds where there are some."""
    if compared is None or compared.change is None:
        return "—"
    its = f"{compared.change:+.4g}"
    return f"{its} ({compared.bounds.lower:+.3g} – {compared.bounds.upper:+.3g})" if compared.bounds else its


def bar(low: float, value: float, high: float, limit: float | None) -> str:
    """An interval drawn in a row of characters: `·─●─·`, and `┃` where the limit is."""
    ends = [low, value, high, *([limit] if limit is not None else [])]
    least, most = min(ends), max(ends)
    width = most - least or 1.0

    def place(number: float) -> int:
        return round((number - least) / width * (WIDTH - 1))

    drawn = ["·"] * WIDTH
    drawn[place(low) : place(high) + 1] = "─" * (place(high) + 1 - place(low))
    drawn[place(value)] = "●"
    if limit is not None:
        drawn[place(limit)] = "╋" if place(limit) == place(value) else "┃"
    return "".join(drawn)


def _short(number: float) -> str:
    return f"{number:.4g}"
