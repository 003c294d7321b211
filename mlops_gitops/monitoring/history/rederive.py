"""The numbers of a recorded comparison, derived again from the counts that it holds as evidence.

Drift statistics are known by their name. Other numbers, such as those of KPIs, need the rows, which no record holds;
but where rows have no label, the bounds of a KPI follow from those of the labelled rows and from the strata.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from mlops_gitops.gates.serialize import TOLERANCE
from mlops_gitops.measurement.unlabelled.strata import widened
from mlops_gitops.monitoring.history.live_windows import UNLABELLED
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
    known = comparison.evidence.get(UNLABELLED)
    if known is not None and finding.kind == "kpi" and "live" not in comparison.evidence:
        return _unlabelled_difference(comparison, known)
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


def _unlabelled_difference(comparison: Comparison, known: Any) -> str:
    """Why the bounds do not follow from those of the labelled rows and the strata; empty where they do."""
    try:
        lower, upper, more = _standing_in(comparison.value or 0.0, known)
    except (LookupError, TypeError, ValueError, ArithmeticError) as error:
        return f"its bounds cannot be derived from its labelled rows ({type(error).__name__})"
    if more != comparison.evidence.get("n"):
        return f"it is of {comparison.evidence.get('n')} rows, and its strata have {more} with a label"
    again = {"lower": lower, "upper": upper}
    for name, kept in _recorded(comparison).items():
        if name in again and not math.isclose(kept, again[name], rel_tol=TOLERANCE, abs_tol=TOLERANCE):
            return f"its {name} is recorded as {kept:.9g}, and its labelled rows give {again[name]:.9g}"
    return ""


def _standing_in(value: float, known: Mapping[str, Any]) -> tuple[float, float, int]:
    """The bounds, and the rows with a label. Raises ValueError for strata that are none."""
    sizes = [(int(every), int(labelled)) for every, labelled in known["strata"]]
    if not sizes or any(not 0 < labelled <= every for every, labelled in sizes):
        raise ValueError("a stratum has labelled rows, and no more of them than rows")
    least, most = known["span"]
    span = -math.inf if least is None else float(least), math.inf if most is None else float(most)
    alone, lower, upper = map(float, known["labelled"])
    return *widened(value, (alone, lower, upper), sizes, span), sum(labelled for _, labelled in sizes)


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
