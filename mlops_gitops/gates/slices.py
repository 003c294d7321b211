"""Judges the groups of a sliced gate, each by its own bounds, and the gaps between them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mlops_gitops.gates.conditions import Finding, Requirement, decide, outcome_by_bounds
from mlops_gitops.gates.result import Baseline, Outcome, SliceResult
from mlops_gitops.measurement.results import Bounds, Gap, Measurement, Slice
from mlops_gitops.records.kpis import Gate, Slices
from mlops_gitops.statistics.multiple_testing import holm

_WEIGHT = list(Outcome)


def judge_groups(gate: Gate, asked: Requirement, measured: Measurement, baseline: Baseline | None) -> list[SliceResult]:
    """Every group judged: with a confidence, missed only on evidence that holds for all groups together.

    That each group is proven needs no correction: all must be, so the chance that a gate passes in which one group is
    at its limit is at most that group's (intersection-union test; Berger, Technometrics 24 (1982) 295-300). That one
    is missed does: some of many sound groups look bad by chance (Holm).
    """
    slices = gate.slices
    if slices is None:
        return []
    compares = baseline is not None and asked.conditions.change is not None
    lacks = [_few_rows(slices, its) or _few(slices, asked, its, compares) for its in measured.slices]
    large = {n: its for n, its in enumerate(measured.slices) if not lacks[n]}
    refuted = _refuted(gate, large, compares)
    found = []
    for n, (group, lack) in enumerate(zip(measured.slices, lacks, strict=True)):
        if not lack:
            found.append(_judged(slices, asked, group, baseline, n in refuted))
            continue
        reported = slices.too_small == "report" and bool(_few_rows(slices, group))
        found.append(SliceResult(group, None if reported else Outcome.INCONCLUSIVE, f"too few rows to tell: {lack}"))
    return found


def judge_gaps(gate: Gate, measured: Measurement, judged: Sequence[SliceResult], name: str) -> Iterator[Finding]:
    """The findings of `max_gap` and `min_ratio`."""
    slices = gate.slices
    if slices is None:
        return
    limits = (("gap", measured.gap, slices.max_gap, -1.0), ("ratio", measured.ratio, slices.min_ratio, 1.0))
    for what, gap, limit, sign in limits:
        if limit is not None:
            yield _gap(what, gap, limit, sign, gate.confidence, measured.slices, name)


def combine_groups(slices: Slices, judged: Sequence[SliceResult], better: str | None, at_most: bool) -> Finding | None:
    """What all groups say together, in the words of the worst; None where they are not judged by a condition."""
    counted = [its for its in judged if its.outcome is not None]
    if not counted:
        rows = f"{slices.min_samples:,} rows" + (" and enough of each kind" if judged else "")
        return Outcome.INCONCLUSIVE, f"no group by {', '.join(slices.by)} has {rows}"
    heaviest = max((its.outcome for its in counted if its.outcome), key=_WEIGHT.index)
    if heaviest is Outcome.PASSED:
        return Outcome.PASSED, ""
    alike = [its for its in counted if its.outcome is heaviest]
    lower = better == "lower" or (better is None and at_most)
    worst = min(alike, key=lambda its: _rank(its.slice, lower))
    more = f" (and {len(alike) - 1} more of {len(counted)} groups)" if len(alike) > 1 else ""
    return heaviest, f"{worst.slice.name}: {worst.reason}{more}"


def _rank(group: Slice, lower: bool) -> tuple[bool, float]:
    value = group.measured.value
    return value is not None, 0.0 if value is None else -value if lower else value


def _few_rows(slices: Slices, group: Slice) -> str:
    """What a group has too few of by what the gate itself asks for."""
    n = group.measured.n or 0
    return f"it has {n:,} rows, and {slices.min_samples:,} are required" if n < slices.min_samples else ""


def _few(slices: Slices, asked: Requirement, group: Slice, compares: bool) -> str:
    """What its bounds or its pairs lack: a group that is large enough is not left out for that."""
    by_value = asked.conditions.at_least is not None or asked.conditions.at_most is not None
    measured = group.measured.bounds if by_value or not asked.conditions.any else None
    compared = group.compared if compares else None
    if compared and compared.change is not None and (compared.n or 0) < slices.min_samples:
        return f"it has {compared.n or 0:,} rows with a partner, and {slices.min_samples:,} are required"
    return next((its.few for its in (measured, compared.bounds if compared else None) if its and its.few), "")


def _refuted(gate: Gate, large: dict[int, Slice], compares: bool) -> frozenset[int]:
    """The groups with evidence of a miss that holds for all of them together."""
    if gate.confidence is None:
        return frozenset()
    tests: dict[tuple[int, str], float] = {}
    for n, group in large.items():
        both = (group.measured.bounds, group.compared.bounds if group.compared and compares else None)
        tests |= {(n, name): p for its in both if its for name, p in its.refutes.items()}
    return frozenset(n for n, _ in holm(tests, 1 - gate.confidence))


def _judged(slices: Slices, asked: Requirement, group: Slice, baseline: Baseline | None, refuted: bool) -> SliceResult:
    found = decide(asked, group.measured, group.compared, baseline)
    if not found:
        return SliceResult(group, None, "")
    outcome, reason = max(found, key=lambda its: _WEIGHT.index(its[0]))
    if asked.confidence is None or outcome is Outcome.NOT_AVAILABLE:
        return SliceResult(group, outcome, reason)
    if refuted:
        return SliceResult(group, Outcome.FAILED, reason)
    if slices.require == "not_refuted":
        return SliceResult(group, Outcome.PASSED, "")
    return SliceResult(group, Outcome.PASSED if outcome is Outcome.PASSED else Outcome.INCONCLUSIVE, reason)


def _gap(
    what: str, gap: Gap | None, limit: float, sign: float, confidence: float | None, groups: Sequence[Slice], name: str
) -> Finding:
    if gap is None or max(gap.between) >= len(groups):
        return Outcome.INCONCLUSIVE, f"there are no two groups large enough to tell the {what} of {name} between them"
    one, other = (groups[place].name for place in gap.between)
    said = f"the {what} of {name} between {one} and {other} is {gap.value:.6g}"
    rule = f"at most {limit:g} is allowed" if sign < 0 else f"at least {limit:g} is required"
    if confidence is None:
        missed = sign * gap.value < sign * limit
        return (Outcome.FAILED, f"{said}, and {rule}") if missed else (Outcome.PASSED, "")
    return _sure(gap.bounds, sign, limit, confidence, (said, rule))


def _sure(bounds: Bounds | None, sign: float, limit: float, confidence: float, words: tuple[str, str]) -> Finding:
    if bounds is None:
        return Outcome.NOT_AVAILABLE, f"{words[0]}, and it has no confidence bounds"
    said = f"{words[0]} ({bounds.lower:.6g} to {bounds.upper:.6g} at {confidence * 100:g} %), and {words[1]}"
    outcome = outcome_by_bounds(bounds, sign, limit)
    return outcome, "" if outcome is Outcome.PASSED else said
