"""A number in a file, such as a latency that another tool measured, within fixed limits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mlops_gitops.measurement.results import Measured
from mlops_gitops.monitoring.limits import Limits, limited, stated, unavailable
from mlops_gitops.monitoring.outcome import Comparison
from mlops_gitops.monitoring.watch_kind import Look, Stated, WatchKind
from mlops_gitops.records.monitoring import NumberLimit


def _read(data: Mapping[str, Any]) -> NumberLimit:
    return NumberLimit(data["file"], data["key"], data.get("at_least"), data.get("at_most"))


def _compare(check: NumberLimit, look: Look) -> Iterator[Comparison]:
    limits, title = stated(check.at_least, check.at_most), f"{check.file}:{check.key}"
    found = look.evidence.numbers.get(look.watch.id, Measured(None, None, f"{title} was not read"))
    if found.value is None:
        yield unavailable(check.key, "number", limits, found.reason)
    else:
        yield limited(check.key, "number", found.value, limits, title)


def _allowed(check: NumberLimit, about: str, _: Stated) -> list[Limits]:
    return [stated(check.at_least, check.at_most)]


KIND = WatchKind("number", __doc__, _read, _compare, _allowed)
