"""The numbers of a recorded comparison, derived again from the counts that it holds as evidence.

Drift statistics are known by their name. Other numbers, such as those of KPIs, need the rows, which no record holds.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from mlops_gitops.gates.serialize import TOLERANCE
from mlops_gitops.monitoring.outcome import Comparison, Finding, Observation

_COUNTED = {"reference", "window"}
_COUNTS_NEEDED = ("data_drift", "prediction_drift")


def wrong_numbers(observation: Observation) -> Iterator[str]:
    """A sentence for each comparison whose numbers do not follow from its evidence."""
    for finding in observation.findings:
        for comparison in finding.comparisons:
            if message := _difference(finding, comparison):
                name = " ".join(filter(None, (finding.watch, comparison.about, comparison.statistic)))
                yield f"{name}: {message}"


def _difference(finding: Finding, comparison: Comparison) -> str:
    if comparison.value is None or comparison.level is None:
        return ""
    if not comparison.evidence.keys() >= _COUNTED:
        return "it holds no counts that its numbers follow from" if finding.kind in _COUNTS_NEEDED else ""
    try:
        again = rederived(comparison.statistic, comparison.evidence, comparison.level)
    except (LookupError, TypeError, ValueError, ArithmeticError, AttributeError) as error:
        return f"its numbers cannot be derived from its evidence ({type(error).__name__})"
    for name, kept in _recorded(comparison).items():
        if not math.isclose(kept, again[name], rel_tol=TOLERANCE, abs_tol=TOLERANCE):
            return f"its {name} is recorded as {kept:.9g}, and its counts give {again[name]:.9g}"
    return ""


def _recorded(comparison: Comparison) -> dict[str, float]:
    """The numbers on record; an open bound is infinite."""
    lower = -math.inf if comparison.lower is None else comparison.lower
    upper = math.inf if comparison.upper is None else comparison.upper
    return {"value": comparison.value or 0.0, "lower": lower, "upper": upper}


def rederived(statistic: str, evidence: Mapping[str, Any], level: float) -> dict[str, float]:
    """`value`, `lower` and `upper` of a drift statistic at a level, by the counts of both sides and reference windows.

    Raises LookupError for a statistic of another name, TypeError and its like for other evidence.
    """
    import numpy as np

    from mlops_gitops.monitoring.drift.between_windows import between_windows
    from mlops_gitops.monitoring.drift.samples import BinnedPair, BinnedSample
    from mlops_gitops.monitoring.drift.statistic import drift_statistic

    found = drift_statistic(statistic)
    reference, window = (
        BinnedSample(np.array(evidence[side]["counts"], np.float64), float(evidence[side]["design_effect"]))
        for side in ("reference", "window")
    )
    positions = evidence.get("positions")
    pair = BinnedPair(reference, window, None if positions is None else np.array(positions, np.float64))
    with np.errstate(all="ignore"):
        estimate = found.estimate(pair)
        if "windows" in evidence:
            windows = BinnedSample(np.array(evidence["windows"], np.float64), reference.design_effect)
            estimate = between_windows(estimate, found.variation(pair, windows), found.power)
        bounds = {"lower": float(estimate.lower(level)), "upper": float(estimate.upper(level))}
    return {"value": float(estimate.value)} | bounds
