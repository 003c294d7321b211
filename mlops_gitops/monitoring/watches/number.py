"""A number in a file, such as a latency that another tool measured, within fixed limits."""

from __future__ import annotations

from collections.abc import Iterator

from mlops_gitops.measurement.results import Measured
from mlops_gitops.monitoring.limits import AT_LEAST, AT_MOST, limited, unavailable
from mlops_gitops.monitoring.outcome import Comparison
from mlops_gitops.monitoring.watch_kind import Look, WatchKind
from mlops_gitops.records.monitoring import NumberLimit


def _compare(check: NumberLimit, look: Look) -> Iterator[Comparison]:
    bounds = {AT_LEAST: check.at_least, AT_MOST: check.at_most}
    limits = {name: limit for name, limit in bounds.items() if limit is not None}
    title = f"{check.file}:{check.key}"
    found = look.evidence.numbers.get(look.watch.id, Measured(None, None, f"{title} was not read"))
    if found.value is None:
        yield unavailable(check.key, "number", limits, found.reason)
    else:
        yield limited(check.key, "number", found.value, limits, title)


KIND = WatchKind("number", __doc__, _compare)
