"""The value of a KPI in the first live windows of a release, as the records of monitoring hold it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from mlops_gitops.core.errors import Undecided
from mlops_gitops.measurement.results import Bounds, Measured
from mlops_gitops.monitoring.outcome import Comparison, Observation


def evidence_of(measured: Measured) -> dict[str, Any]:
    """What a record keeps of a window's value, so that later windows can be compared with it."""
    bounds = measured.bounds
    if measured.value is None or bounds is None:
        return {}
    found = {"n": measured.n, "value": measured.value, "bounds": [bounds.lower, bounds.upper], "method": bounds.method}
    return found | ({"few": bounds.few} if bounds.few else {})


def first_windows(observations: Iterable[Observation], release: str, watch: str, count: int) -> tuple[Measured, ...]:
    """The values of a watch in the first `count` windows of the release that have one; all rows, not groups of them.

    `observations` are in the order of their records. Raises Undecided where there are fewer.
    """
    ours = (seen for seen in observations if seen.release == release)
    found = [finding for seen in ours for finding in seen.findings if finding.watch == watch]
    values = [value for finding in found for each in finding.comparisons if (value := _value(each))][:count]
    if len(values) < count:
        raise Undecided(f"{len(values)} of the {count} live windows that {release} is compared with are recorded")
    return tuple(values)


def _value(comparison: Comparison) -> Measured | None:
    held = comparison.evidence
    if comparison.about or not {"n", "value", "bounds"} <= held.keys():
        return None
    lower, upper = held["bounds"]
    bounds = Bounds(lower, upper, held.get("method", ""), held.get("few", ""))
    return Measured(held["value"], held["n"], "", bounds)
