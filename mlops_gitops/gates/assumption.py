"""What a gate takes for granted of rows that were not drawn, where nothing bounds the loss of a row."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator

from mlops_gitops.gates.result import GateResult
from mlops_gitops.measurement.results import Bounds, Measurement
from mlops_gitops.records.gate import Gate

HELP = "with `loss_bound:` or `cap:` beside `metric:` it assumes nothing"


def assumption(gate: Gate | None, measured: Measurement, *, compares: bool) -> str:
    """What a gate with a confidence assumes of losses; empty where it decides on none, or something bounds them.

    `compares` is whether there is a baseline to compare with. If more than a share 1 − α^(1/n) of all rows had a larger
    loss than any of the n drawn, a sample would show one, but for a share α of samples: that is about 3/n at a
    confidence of 0.95, the rule of three (Hanley & Lippman-Hand, JAMA 249 (1983) 1743–1745).
    """
    if gate is None or gate.confidence is None:
        return ""
    by_value = gate.at_least is not None or gate.at_most is not None
    by_change = compares and measured.compared is not None and gate.whole.change is not None
    both = (measured.whole if by_value else None, measured.compared if by_change else None)
    decide = [
        (number.bounds, number.n or 0)
        for number in both
        if number and number.bounds and _rests_on_losses(number.bounds)
    ]
    parts = []
    if decide:
        largest = max(bounds.largest_loss or 0.0 for bounds, _ in decide)
        share = _share(*decide[0], gate.confidence)
        parts.append(f"no more than {share} have a loss above {largest:.6g}, the largest drawn")
    if any(_rests_on_losses(bounds) for bounds in _of_groups(gate, measured, compares=compares)):
        events = _events(gate.confidence)
        parts.append(f"in a group of n rows no more than {events}/n have a loss above the largest drawn there")
    return ", and that ".join(parts)


def _of_groups(gate: Gate, measured: Measurement, *, compares: bool) -> Iterator[Bounds]:
    """The bounds of groups of rows that decide."""
    conditions, slices = gate.grouped, gate.slices
    between = slices is not None and (slices.max_gap is not None or slices.min_ratio is not None)
    by_value = between or conditions.at_least is not None or conditions.at_most is not None
    by_change = compares and conditions.change is not None
    for part in measured.slices:
        both = (part.measured if by_value else None, part.compared if by_change else None)
        yield from (number.bounds for number in both if number and number.bounds)


def _rests_on_losses(bounds: Bounds) -> bool:
    return bounds.largest_loss is not None and not bounds.few


def _share(bounds: Bounds, n: int, confidence: float) -> str:
    """The share of independent units that may hold what was not drawn."""
    clusters = int(bounds.counts["clusters"][0]) if "clusters" in bounds.counts else 0
    return f"{_events(confidence)}/{clusters or n:,} of {'clusters' if clusters else 'rows'}"


def _events(confidence: float) -> str:
    return f"{-math.log(1 - confidence):.2g}"


def assumption_lines(results: Iterable[GateResult]) -> list[str]:
    """A sentence for each gate that assumes something."""
    return [
        f"{result.id}: by the rule of three, it assumes that {result.assumes}; {HELP}"
        for result in results
        if result.assumes
    ]
