"""From measured numbers and conditions to outcomes: of all rows, or of one group of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from mlops_gitops.core.canonical import rounded
from mlops_gitops.core.frozen import frozen
from mlops_gitops.gates.result import Baseline, Outcome
from mlops_gitops.measurement.results import Bounds, Compared, Measured
from mlops_gitops.records.kpis import Change, Conditions
from mlops_gitops.statistics.sample_size import describe_rows_needed

Finding: TypeAlias = tuple[Outcome, str]


@frozen
class Requirement:
    """One KPI's conditions on a number: what it is called, which direction is better, and how sure one must be."""

    name: str
    conditions: Conditions
    confidence: float | None
    better: str | None


def decide(
    asked: Requirement, measured: Measured, compared: Compared | None, baseline: Baseline | None
) -> list[Finding]:
    """One finding a condition. Without a baseline the condition on the change is left out."""
    if measured.value is None:
        return [(Outcome.NOT_AVAILABLE, measured.reason or f"{asked.name} was not measured")]
    found = list(_values(asked, measured, measured.value))
    if asked.conditions.change and baseline is not None:
        found += list(_changes(asked, compared or Compared(None, None), baseline))
    return found


def _values(asked: Requirement, measured: Measured, value: float) -> Iterator[Finding]:
    for name, sign, words in (
        ("at_least", 1.0, "at least {:g} is required"),
        ("at_most", -1.0, "at most {:g} is allowed"),
    ):
        limit = getattr(asked.conditions, name)
        if limit is not None:
            what = f"{asked.name} is {value:.6g}", words.format(limit)
            yield _judged(asked, sign, value, limit, measured.bounds, measured.n, what, strict=False)


def _changes(asked: Requirement, compared: Compared, baseline: Baseline) -> Iterator[Finding]:
    if (fault := incomparable_reason(asked, compared, baseline)) or compared.change is None:
        yield Outcome.NOT_AVAILABLE, fault
        return
    change, sign = rounded(compared.change) or 0.0, 1.0 if asked.better == "higher" else -1.0
    gained = sign * change
    running = f"{baseline.environment}'s {baseline.release or 'baseline'}"
    direction = "worse" if gained < 0 else "better"
    what = f"{asked.name} is {compared.candidate:.6g}, which is {abs(gained):.6g} {direction} than the "
    what += f"{compared.baseline:.6g} of {running}"
    for name, rule in (
        ("no_worse_than", "{:g} worse is allowed"),
        ("better_than", "more than {:g} better is required"),
    ):
        asks: Change | None = getattr(asked.conditions, name)
        if asks is not None:
            limit = -asks.by if name == "no_worse_than" else asks.by
            words = (what, rule.format(asks.by))
            yield _judged(
                asked, sign, change, sign * limit, compared.bounds, compared.n, words, strict=name == "better_than"
            )


def incomparable_reason(asked: Requirement, compared: Compared | None, baseline: Baseline) -> str:
    """Why nothing can be said of a change, if nothing can."""
    compared = compared or Compared(None, None)
    if compared.baseline is None or compared.candidate is None:
        return f"the baseline in {baseline.environment}: {compared.reason or 'it was not measured'}"
    if asked.better is None:
        return f"nothing says whether a higher {asked.name} is better: add `better:` to the KPI"
    return unpaired_reason(compared, asked.conditions.unpaired)


def unpaired_reason(compared: Compared, allowed: float) -> str:
    """Why too many rows have no partner, if they are too many."""
    if compared.unpaired is None or compared.n is None:
        return ""
    shares = [n / (n + compared.n) for n in compared.unpaired if n]
    most = max(shares, default=0.0)
    if most <= allowed:
        return ""
    ours, theirs = compared.unpaired
    lost = f"{ours:,} of the candidate's rows and {theirs:,} of the baseline's have no partner by key"
    return f"{lost}, {most:.2%} where {allowed:.2%} are allowed (`unpaired`)"


def _judged(
    asked: Requirement, sign: float, value: float, limit: float, bounds: Bounds | None, n: int | None,
    what: tuple[str, str], *, strict: bool,
) -> Finding:  # fmt: skip
    """The outcome where `sign` times the value must reach `sign` times the limit, or with `strict` pass it."""
    if asked.confidence is None:
        missed = sign * value < sign * limit or (strict and value == limit)
        return (Outcome.FAILED, f"{what[0]}, and {what[1]}") if missed else (Outcome.PASSED, "")
    if bounds is None:
        return (
            Outcome.NOT_AVAILABLE,
            f"{asked.name} has no confidence bounds, and the gate asks for {asked.confidence:g}",
        )
    sure = f"{what[0]} ({bounds.lower:.6g} to {bounds.upper:.6g} at {asked.confidence * 100:g} %), and {what[1]}"
    if bounds.few:
        return Outcome.INCONCLUSIVE, f"{sure}: too few rows to tell, {bounds.few}"
    outcome = outcome_by_bounds(bounds, sign, limit, strict=strict)
    if outcome is not Outcome.INCONCLUSIVE:
        return outcome, "" if outcome is Outcome.PASSED else sure
    least, most = sorted((sign * bounds.lower, sign * bounds.upper))
    margin = sign * (value - limit)
    half = sign * value - least if margin > 0 else most - sign * value
    return Outcome.INCONCLUSIVE, f"{sure}: {describe_rows_needed(n, abs(margin), half, asked.confidence)}"


def outcome_by_bounds(bounds: Bounds, sign: float, limit: float, *, strict: bool = False) -> Outcome:
    """Where both bounds lie: `sign` times them must reach `sign` times the limit, or with `strict` pass it."""
    least, most = sorted((sign * bounds.lower, sign * bounds.upper))
    if bounds.few:
        return Outcome.INCONCLUSIVE
    if least > sign * limit or (least == sign * limit and not strict):
        return Outcome.PASSED
    return Outcome.FAILED if most < sign * limit or (most == sign * limit and strict) else Outcome.INCONCLUSIVE
