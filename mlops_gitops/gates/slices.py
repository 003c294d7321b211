"""Judges the slices of a gate, each by its own bounds, and the gaps between them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from mlops_gitops.gates.conditions import (
    Finding,
    Limit,
    Requirement,
    describe_bounds,
    judge_conditions,
    outcome_by_bounds,
    outcome_by_value,
)
from mlops_gitops.gates.result import Baseline, Outcome, SliceResult
from mlops_gitops.measurement.results import Gap, Measurement, Slice
from mlops_gitops.records.gate import Gate, Slices
from mlops_gitops.statistics.multiple_testing import holm


def judge_slices(
    gate: Gate, requirement: Requirement, measured: Measurement, baseline: Baseline | None
) -> list[SliceResult]:
    """Every slice judged: with a confidence, missed only on evidence that holds for all slices together.

    That each slice is proven needs no correction: all must be, so the chance that a gate passes in which one slice is
    at its limit is at most that slice's (intersection-union test; Berger, Technometrics 24 (1982) 295-300). That one
    is missed does: some of many sound slices look bad by chance (Holm).
    """
    slices = gate.slices
    if slices is None:
        return []
    compares = baseline is not None and requirement.conditions.change is not None
    lacks = [_few_rows(slices, part) or _few_pairs(slices, requirement, part, compares) for part in measured.slices]
    large = {place: part for place, part in enumerate(measured.slices) if not lacks[place]}
    refuted = _refuted(gate, large, compares)
    return [
        _report_small(slices, part, lacks[place])
        if lacks[place]
        else _judge_slice(slices, requirement, part, baseline, place in refuted)
        for place, part in enumerate(measured.slices)
    ]


def judge_gaps(gate: Gate, measured: Measurement, name: str) -> Iterator[Finding]:
    """The findings of `max_gap` and `min_ratio`. `name` is what messages call the metric."""
    slices = gate.slices
    if slices is None:
        return
    if slices.max_gap is not None:
        limit = Limit(slices.max_gap, -1.0, f"at most {slices.max_gap:g} is allowed")
        yield _judge_gap(f"the gap of {name}", measured.gap, limit, gate.confidence, measured.slices)
    if slices.min_ratio is not None:
        limit = Limit(slices.min_ratio, 1.0, f"at least {slices.min_ratio:g} is required")
        yield _judge_gap(f"the ratio of {name}", measured.ratio, limit, gate.confidence, measured.slices)


def combine_slices(slices: Slices, results: Sequence[SliceResult], requirement: Requirement) -> Finding:
    """What all slices say together, in the words of the worst. Slices that are only reported do not count."""
    counted = [result for result in results if result.outcome is not None]
    if not counted:
        rows = f"{slices.min_samples:,} rows" + (" and enough of each kind" if results else "")
        return Outcome.INCONCLUSIVE, f"no group by {', '.join(slices.by)} has {rows}"
    heaviest = max((result.outcome for result in counted if result.outcome), key=lambda outcome: outcome.weight)
    if heaviest is Outcome.PASSED:
        return Outcome.PASSED, ""
    alike = [result for result in counted if result.outcome is heaviest]
    at_most = requirement.conditions.at_most is not None
    lower = requirement.better == "lower" or (requirement.better is None and at_most)
    worst = min(alike, key=lambda result: _rank(result.slice, lower))
    more = f" (and {len(alike) - 1} more of {len(counted)} groups)" if len(alike) > 1 else ""
    return heaviest, f"{worst.slice.name}: {worst.reason}{more}"


def _rank(part: Slice, lower: bool) -> tuple[bool, float]:
    """What orders slices from the worst on; those without a value come first."""
    value = part.measured.value
    return value is not None, 0.0 if value is None else -value if lower else value


def _few_rows(slices: Slices, part: Slice) -> str:
    """Why a slice has fewer rows than the gate itself asks for; empty where it has enough."""
    n = part.measured.n or 0
    return f"it has {n:,} rows, and {slices.min_samples:,} are required" if n < slices.min_samples else ""


def _few_pairs(slices: Slices, requirement: Requirement, part: Slice, compares: bool) -> str:
    """What the bounds or the pairs of a slice lack; empty where nothing.

    A slice that is large enough is not left out for that.
    """
    conditions = requirement.conditions
    by_value = conditions.at_least is not None or conditions.at_most is not None
    between = slices.max_gap is not None or slices.min_ratio is not None  # from which such a slice is left out
    measured = part.measured.bounds if by_value or between or not conditions.any else None
    compared = part.compared if compares else None
    if compared and compared.change is not None and (compared.n or 0) < slices.min_samples:
        return f"it has {compared.n or 0:,} rows with a partner, and {slices.min_samples:,} are required"
    both = (measured, compared.bounds if compared else None)
    return next((bounds.few for bounds in both if bounds and bounds.few), "")


def _refuted(gate: Gate, large: Mapping[int, Slice], compares: bool) -> frozenset[int]:
    """The places of the slices with evidence of a miss that holds for all of them together."""
    if gate.confidence is None:
        return frozenset()
    p_values: dict[tuple[int, str], float] = {}
    for place, part in large.items():
        both = (part.measured.bounds, part.compared.bounds if part.compared and compares else None)
        p_values |= {(place, name): p for bounds in both if bounds for name, p in bounds.refutes.items()}
    return frozenset(place for place, _ in holm(p_values, 1 - gate.confidence))


def _report_small(slices: Slices, part: Slice, lack: str) -> SliceResult:
    """The result of a slice that is too small to judge."""
    only_reported = slices.too_small == "report" and bool(_few_rows(slices, part))
    return SliceResult(part, None if only_reported else Outcome.INCONCLUSIVE, f"too few rows to tell: {lack}")


def _judge_slice(
    slices: Slices, requirement: Requirement, part: Slice, baseline: Baseline | None, refuted: bool
) -> SliceResult:
    """One slice judged by its own numbers. `refuted` says that the evidence of a miss holds for all together."""
    findings = judge_conditions(requirement, part.measured, part.compared, baseline)
    if not findings:
        return SliceResult(part, None, "")
    outcome, reason = max(findings, key=lambda finding: finding[0].weight)
    if requirement.confidence is None or outcome is Outcome.NOT_AVAILABLE:
        return SliceResult(part, outcome, reason)
    if refuted:
        return SliceResult(part, Outcome.FAILED, reason)
    if slices.require == "not_refuted":
        return SliceResult(part, Outcome.PASSED, "")
    return SliceResult(part, Outcome.PASSED if outcome is Outcome.PASSED else Outcome.INCONCLUSIVE, reason)


def _judge_gap(
    subject: str, gap: Gap | None, limit: Limit, confidence: float | None, parts: Sequence[Slice]
) -> Finding:
    """The outcome of a gap between two slices: by its value, or with a confidence by its bounds."""
    if gap is None or max(gap.between) >= len(parts):
        return Outcome.INCONCLUSIVE, f"there are no two groups large enough to tell {subject} between them"
    first, second = (parts[place].name for place in gap.between)
    sentence = f"{subject} between {first} and {second} is {gap.value:.6g}"
    if confidence is None:
        outcome = outcome_by_value(gap.value, limit)
        return outcome, "" if outcome is Outcome.PASSED else f"{sentence}, and {limit.rule}"
    if gap.bounds is None:
        return Outcome.NOT_AVAILABLE, f"{sentence}, and it has no confidence bounds"
    outcome = outcome_by_bounds(gap.bounds, limit)
    reason = f"{sentence} ({describe_bounds(gap.bounds, confidence)}), and {limit.rule}"
    if gap.bounds.few:
        reason += f": too few rows to tell, {gap.bounds.few}"
    return outcome, "" if outcome is Outcome.PASSED else reason
