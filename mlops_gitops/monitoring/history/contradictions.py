"""Whether an observation can be true, as far as its numbers tell by themselves: outcomes follow from them.

It does not measure again. An observation is a text that anybody may write, and this finds an outcome that was changed.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from datetime import datetime

from mlops_gitops.gates.serialize import TOLERANCE
from mlops_gitops.monitoring.outcome import Comparison, Finding, Observation, Outcome, Window, judged, worst


def contradiction(observation: Observation) -> str:
    """The first contradiction of an observation, as a sentence; empty where there is none."""
    return next(_contradictions(observation), "")


def _contradictions(observation: Observation) -> Iterator[str]:
    yield from _check_window(observation.window)
    seen = set[str]()
    for finding in observation.findings:
        if finding.watch in seen:
            yield f"the watch {finding.watch} is there twice"
        seen.add(finding.watch)
        yield from _check_finding(finding)


def _check_window(window: Window) -> Iterator[str]:
    if window.digest is None and window.rows is not None:
        yield f"the window has {window.rows} rows, and no digest"
    if (window.start is None) != (window.end is None):
        yield "the window has one end alone"
    moments = [window.start, window.end]
    missing = [moment for moment in moments if moment is not None and not is_moment(moment)]
    yield from (f"there is no moment {moment}" for moment in missing)
    if window.start and window.end and not missing and not _before(window.start, window.end):
        yield f"the window ends at {window.end}, and starts at {window.start}"


def is_moment(text: str) -> bool:
    """Whether a time that has the form of one exists, which a 30 February does not."""
    try:
        return datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False


def _before(first: str, second: str) -> bool:
    return datetime.fromisoformat(first) < datetime.fromisoformat(second)


def _check_finding(finding: Finding) -> Iterator[str]:
    for comparison in finding.comparisons:
        yield from _check_comparison(finding, comparison)
    expected = worst(one.outcome for one in finding.comparisons) if finding.comparisons else Outcome.NOT_AVAILABLE
    if finding.outcome is not expected:
        yield f"the watch {finding.watch} is {finding.outcome}, and its comparisons make it {expected}"
    yield from _check_levels(finding)


def _check_comparison(finding: Finding, comparison: Comparison) -> Iterator[str]:
    name = " ".join(filter(None, (finding.watch, comparison.about, comparison.statistic)))
    lower, upper = comparison.lower, comparison.upper
    if lower is not None and upper is not None and lower > upper:
        yield f"{name}: the lower bound {lower:g} is above the upper one {upper:g}"
    possible = _possible(comparison)
    if comparison.outcome not in possible:
        numbers = ", ".join(f"{side} {value:g}" for side, value in _numbers(comparison)) or "no value"
        limits = ", ".join(f"{key} {limit:g}" for key, limit in comparison.limits.items()) or "no limit"
        yield f"{name} is {comparison.outcome}, and {numbers} with {limits} makes it {possible[0]}"


def _possible(comparison: Comparison) -> list[Outcome]:
    """The outcomes that rounded numbers allow, the exact one first: a bound may lie on its limit.

    Bounds of too `few` rows decide nothing.
    """
    lower, upper = comparison.lower, comparison.upper
    if comparison.value is not None and comparison.evidence.get("few"):
        return [Outcome.INCONCLUSIVE]
    if comparison.level is not None:  # an absent bound of a test is infinite
        lower, upper = -math.inf if lower is None else lower, math.inf if upper is None else upper
    found = []
    for shift in (0, TOLERANCE, -TOLERANCE):
        limits = {name: limit + shift * max(1.0, abs(limit)) for name, limit in comparison.limits.items()}
        found.append(judged(comparison.value, limits, lower, upper))
    return found


def _numbers(comparison: Comparison) -> list[tuple[str, float]]:
    named = (("value", comparison.value), ("lower", comparison.lower), ("upper", comparison.upper))
    return [(name, value) for name, value in named if value is not None]


def _check_levels(finding: Finding) -> Iterator[str]:
    """The levels of tests are within the level of the watch, shared out by Holm's procedure.

    The alarm that comes out first was tested at the level divided by all tests, the next by one test less: Holm, Scand.
    J. Statist. 6 (1979) 65–70.
    """
    tests = [one for one in finding.comparisons if one.level is not None and one.value is not None]
    if tests and finding.level is None:
        yield f"the watch {finding.watch} has tests, and no level"
        return
    alarms = sorted(_level(one) for one in tests if one.outcome is Outcome.ALARM)
    allowed = [_share(finding, len(tests) - rank) for rank in range(len(alarms))]
    yield from _above(finding, alarms, allowed)
    yield from _above(finding, [max(map(_level, tests), default=0.0)], [_share(finding, 1)])


def _above(finding: Finding, levels: Sequence[float], allowed: Sequence[float]) -> Iterator[str]:
    for level, most in zip(levels, allowed, strict=True):
        if level > most * (1 + TOLERANCE):
            yield f"a test of the watch {finding.watch} is at the level {level:g}, and may be at {most:g}"


def _share(finding: Finding, tests: int) -> float:
    return (finding.level or 0.0) / tests


def _level(comparison: Comparison) -> float:
    return comparison.level or 0.0
