"""Judges the groups of a sliced gate, each by its own bounds, and the gaps between them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mlops_gitops.deciding import Asked, Finding, decide, holm
from mlops_gitops.records.kpis import Gate, Slices
from mlops_gitops.results import Baseline, Bounds, Gap, Group, GroupResult, Measurement, Outcome

_WEIGHT = list(Outcome)


def judge_groups(gate: Gate, asked: Asked, measured: Measurement, baseline: Baseline | None) -> list[GroupResult]:
    """Every group judged: with a confidence, missed only on evidence that holds for all groups together.

    That each group is proven needs no correction: all must be, so the chance that a gate passes in which one group is
    at its limit is at most that group's (intersection-union test; Berger, Technometrics 24 (1982) 295-300). That one
    is missed does: some of many sound groups look bad by chance (Holm).
    """
    slices = gate.slices
    if slices is None:
        return []
    large = {n: its for n, its in enumerate(measured.groups) if not _small(slices, asked, its)}
    refuted = _refuted(gate, asked, large, baseline)
    return [
        _judged(slices, asked, group, baseline, n in refuted) if n in large else _too_small(slices, asked, group)
        for n, group in enumerate(measured.groups)
    ]


def judge_gaps(gate: Gate, measured: Measurement, judged: Sequence[GroupResult], name: str) -> Iterator[Finding]:
    """The findings of `max_gap` and `min_ratio`."""
    slices = gate.slices
    if slices is None:
        return
    limits = (("gap", measured.gap, slices.max_gap, -1.0), ("ratio", measured.ratio, slices.min_ratio, 1.0))
    for what, gap, limit, sign in limits:
        if limit is not None:
            yield _gap(what, gap, limit, sign, gate.confidence, measured.groups, name)


def combined(slices: Slices, judged: Sequence[GroupResult], better: str | None, at_most: bool) -> Finding | None:
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
    worst = min(alike, key=lambda its: _rank(its.group, lower))
    more = f" (and {len(alike) - 1} more of {len(counted)} groups)" if len(alike) > 1 else ""
    return heaviest, f"{worst.group.name}: {worst.reason}{more}"


def _rank(group: Group, lower: bool) -> tuple[bool, float]:
    value = group.measured.value
    return value is not None, 0.0 if value is None else -value if lower else value


def _small(slices: Slices, asked: Asked, group: Group) -> bool:
    return bool(_lack(slices, asked, group))


def _lack(slices: Slices, asked: Asked, group: Group) -> str:
    if (group.measured.n or 0) < slices.min_samples:
        return f"it has {group.measured.n or 0:,} rows, and {slices.min_samples:,} are required"
    asks, compared = asked.conditions, group.compared
    by_value = asks.at_least is not None or asks.at_most is not None or not asks.any
    wanted = [group.measured.bounds if by_value else None, compared.bounds if compared and asks.change else None]
    return next((its.few for its in wanted if its and its.few), "")


def _too_small(slices: Slices, asked: Asked, group: Group) -> GroupResult:
    outcome = Outcome.INCONCLUSIVE if slices.too_small == "inconclusive" else None
    return GroupResult(group, outcome, f"too few rows to tell: {_lack(slices, asked, group)}")


def _refuted(gate: Gate, asked: Asked, large: dict[int, Group], baseline: Baseline | None) -> frozenset[int]:
    """The groups with evidence of a miss that holds for all of them together."""
    if gate.confidence is None:
        return frozenset()
    tests: dict[tuple[int, str], float] = {}
    for n, group in large.items():
        compared = group.compared if baseline else None
        for its in (group.measured.bounds, compared.bounds if compared else None):
            tests |= {(n, name): p for name, p in (its.refutes if its else {}).items()}
    return frozenset(n for n, _ in holm(tests, 1 - gate.confidence))


def _judged(slices: Slices, asked: Asked, group: Group, baseline: Baseline | None, refuted: bool) -> GroupResult:
    found = decide(asked, group.measured, group.compared, baseline)
    if not found:
        return GroupResult(group, None, "")
    outcome, reason = max(found, key=lambda its: _WEIGHT.index(its[0]))
    if asked.confidence is None or outcome is Outcome.NOT_AVAILABLE:
        return GroupResult(group, outcome, reason)
    if refuted:
        return GroupResult(group, Outcome.FAILED, reason)
    if slices.require == "not_refuted":
        return GroupResult(group, Outcome.PASSED, "")
    return GroupResult(group, Outcome.PASSED if outcome is Outcome.PASSED else Outcome.INCONCLUSIVE, reason)


def _gap(
    what: str, gap: Gap | None, limit: float, sign: float, confidence: float | None, groups: Sequence[Group], name: str
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
    least, most = sorted((sign * bounds.lower, sign * bounds.upper))
    if least >= sign * limit and not bounds.few:
        return Outcome.PASSED, ""
    return (Outcome.FAILED if most < sign * limit and not bounds.few else Outcome.INCONCLUSIVE), said
