"""From measured numbers and conditions to outcomes: of all rows, or of one slice of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from mlops_gitops.core.canonical import rounded
from mlops_gitops.core.frozen import frozen
from mlops_gitops.gates.result import Baseline, Outcome
from mlops_gitops.measurement.results import Bounds, Compared, Measured
from mlops_gitops.records.gate import Change, Conditions
from mlops_gitops.statistics.sample_size import describe_rows_needed

Finding: TypeAlias = tuple[Outcome, str]  # an outcome, and the sentence that gives its reason; "" where it passed


@frozen
class Requirement:
    """The conditions on one number, and how sure a gate must be that they are met.

    `name` is what messages call the number. `confidence` is that of each one-sided bound, between 0 and 1; None where
    the value itself decides. `better` is `higher` or `lower`; None where nothing says which.
    """

    name: str
    conditions: Conditions
    confidence: float | None
    better: str | None


@frozen
class Limit:
    """What a number must reach: `sign` times the number is at least `sign` times `value`; with `strict` it is more.

    `sign` is 1.0 where higher numbers are better and -1.0 where lower ones are. `value` has the unit of the number.
    `rule` is the limit in words.
    """

    value: float
    sign: float
    rule: str
    strict: bool = False


@frozen
class _Observation:
    """The number that a limit is compared with: what it is in words, its value, its bounds, and its rows."""

    sentence: str
    value: float
    bounds: Bounds | None
    n: int | None


def judge_conditions(
    requirement: Requirement, measured: Measured, compared: Compared | None, baseline: Baseline | None
) -> list[Finding]:
    """One finding for each condition. Without a baseline, conditions on the change are left out.

    `measured` and `compared` are in the metric's unit. Without a value the one finding is that it is not available.
    """
    if measured.value is None:
        return [(Outcome.NOT_AVAILABLE, measured.reason or f"{requirement.name} was not measured")]
    findings = list(_judge_value(requirement, measured, measured.value))
    if requirement.conditions.change and baseline is not None:
        findings += list(_judge_change(requirement, compared or Compared(None, None), baseline))
    return findings


def _judge_value(requirement: Requirement, measured: Measured, value: float) -> Iterator[Finding]:
    """The findings of `at_least` and `at_most`."""
    sentence = f"{requirement.name} is {value:.6g}"
    conditions = requirement.conditions
    for threshold, sign, rule in (
        (conditions.at_least, 1.0, "at least {:g} is required"),
        (conditions.at_most, -1.0, "at most {:g} is allowed"),
    ):
        if threshold is not None:
            observation = _Observation(sentence, value, measured.bounds, measured.n)
            yield _judge_limit(requirement, Limit(threshold, sign, rule.format(threshold)), observation)


def _judge_change(requirement: Requirement, compared: Compared, baseline: Baseline) -> Iterator[Finding]:
    """The findings of `no_worse_than` and `better_than`."""
    if (reason := incomparable_reason(requirement, compared, baseline)) or compared.change is None:
        yield Outcome.NOT_AVAILABLE, reason
        return
    change, sign = rounded(compared.change) or 0.0, 1.0 if requirement.better == "higher" else -1.0
    sentence = _describe_change(requirement.name, sign * change, compared, baseline)
    for limit in _change_limits(requirement.conditions, sign):
        yield _judge_limit(requirement, limit, _Observation(sentence, change, compared.bounds, compared.n))


def _describe_change(name: str, gain: float, compared: Compared, baseline: Baseline) -> str:
    """A change in words. `gain` is positive where the candidate is better."""
    direction = "worse" if gain < 0 else "better"
    difference = f"{abs(gain):.6g} {direction} than" if gain else "as good as"
    released = f"{baseline.environment}'s {baseline.release or 'baseline'}"
    sentence = f"{name} is {compared.candidate:.6g}, which is {difference} the "
    return sentence + f"{compared.baseline:.6g} of {released}"


def _change_limits(conditions: Conditions, sign: float) -> Iterator[Limit]:
    """The limits of the candidate's value less the baseline's."""
    loss: Change | None = conditions.no_worse_than
    gain: Change | None = conditions.better_than
    if loss is not None:
        yield Limit(sign * -loss.by, sign, f"{loss.by:g} worse is allowed")
    if gain is not None:
        yield Limit(sign * gain.by, sign, f"more than {gain.by:g} better is required", strict=True)


def incomparable_reason(requirement: Requirement, compared: Compared | None, baseline: Baseline) -> str:
    """Why nothing can be said of a change; empty where something can."""
    compared = compared or Compared(None, None)
    if compared.baseline is None or compared.candidate is None:
        return f"the baseline in {baseline.environment}: {compared.reason or 'it was not measured'}"
    if requirement.better is None:
        return f"nothing says whether a higher {requirement.name} is better: add `better:` to the KPI"
    return unpaired_reason(compared, requirement.conditions.unpaired)


def unpaired_reason(compared: Compared, allowed: float) -> str:
    """Why too many rows have no partner; empty where few enough have none.

    `allowed` is the share, from 0 to 1, of either file's rows that the other file may lack.
    """
    if compared.unpaired is None or compared.n is None:
        return ""
    shares = [alone / (alone + compared.n) for alone in compared.unpaired if alone]
    largest = max(shares, default=0.0)
    if largest <= allowed:
        return ""
    only_candidate, only_baseline = compared.unpaired
    lost = f"{only_candidate:,} of the candidate's rows and {only_baseline:,} of the baseline's have no partner by key"
    return f"{lost}, {largest:.2%} where {allowed:.2%} are allowed (`unpaired`)"


def _judge_limit(requirement: Requirement, limit: Limit, observation: _Observation) -> Finding:
    """The outcome of one limit: by the value, or with a confidence by the bounds."""
    confidence, bounds = requirement.confidence, observation.bounds
    if confidence is None:
        outcome = outcome_by_value(observation.value, limit)
        return outcome, "" if outcome is Outcome.PASSED else f"{observation.sentence}, and {limit.rule}"
    if bounds is None:
        reason = f"{requirement.name} has no confidence bounds, and the gate asks for {confidence:g}"
        return Outcome.NOT_AVAILABLE, reason
    sentence = f"{observation.sentence} ({describe_bounds(bounds, confidence)}), and {limit.rule}"
    if bounds.few:
        return Outcome.INCONCLUSIVE, f"{sentence}: too few rows to tell, {bounds.few}"
    outcome = outcome_by_bounds(bounds, limit)
    if outcome is Outcome.INCONCLUSIVE:
        return outcome, f"{sentence}: {_describe_rows(limit, observation, bounds, confidence)}"
    return outcome, "" if outcome is Outcome.PASSED else sentence


def _describe_rows(limit: Limit, observation: _Observation, bounds: Bounds, confidence: float) -> str:
    """How many rows would probably decide: by the distance from the value to its limit, and to its bound beside it."""
    lowest, highest = _signed_ends(bounds, limit.sign)
    margin = limit.sign * (observation.value - limit.value)
    half = limit.sign * observation.value - lowest if margin > 0 else highest - limit.sign * observation.value
    return describe_rows_needed(observation.n, abs(margin), half, confidence)


def describe_bounds(bounds: Bounds, confidence: float) -> str:
    """Two one-sided bounds in words. `confidence` is between 0 and 1."""
    return f"{bounds.lower:.6g} to {bounds.upper:.6g} at {confidence * 100:g} %"


def outcome_by_value(value: float, limit: Limit) -> Outcome:
    """Passed or failed, by the value alone."""
    missed = limit.sign * value < limit.sign * limit.value or (limit.strict and value == limit.value)
    return Outcome.FAILED if missed else Outcome.PASSED


def outcome_by_bounds(bounds: Bounds, limit: Limit) -> Outcome:
    """Passed where both bounds meet the limit, failed where neither does, else inconclusive.

    With too few rows for the method of the bounds (`few`) it is inconclusive.
    """
    lowest, highest = _signed_ends(bounds, limit.sign)
    if bounds.few:
        return Outcome.INCONCLUSIVE
    end = limit.sign * limit.value
    if lowest > end or (lowest == end and not limit.strict):
        return Outcome.PASSED
    missed = highest < end or (highest == end and limit.strict)
    return Outcome.FAILED if missed else Outcome.INCONCLUSIVE


def _signed_ends(bounds: Bounds, sign: float) -> tuple[float, float]:
    """The worse and the better bound, each times `sign`."""
    lowest, highest = sorted((sign * bounds.lower, sign * bounds.upper))
    return lowest, highest
