"""Numbers about a release that come along with a report: how many of how many, or a value."""

from __future__ import annotations

import math
from typing import Any

from mlops_gitops.core import names
from mlops_gitops.documents import foreign_json
from mlops_gitops.documents.foreign_json import quoted
from mlops_gitops.documents.yaml_reader import MAX_INTEGER
from mlops_gitops.records.evidence.observation import Measure

_MOST = 100


def read_measures(data: bytes) -> tuple[Measure, ...]:
    """The measures of a JSON object, by name. Raises ValueError, in half a sentence."""
    found = foreign_json.parse(data, may_repeat=False)
    if not isinstance(found, dict) or not 0 < len(found) <= _MOST:
        raise ValueError(f"it is not a JSON object of 1 to {_MOST} names")
    return tuple(_measure(name, value) for name, value in found.items())


def _measure(name: str, value: Any) -> Measure:
    if not names.is_name(name):
        raise ValueError(f"invalid name {quoted(name)} of a watch: it needs {names.NAME_IN_WORDS}")
    if isinstance(value, dict) and value.keys() == {"hits", "rows"}:
        hits, rows = value["hits"], value["rows"]
        if type(hits) is int and type(rows) is int and 0 <= hits <= rows <= MAX_INTEGER and rows > 0:
            return Measure(name, hits, rows)
        raise ValueError(f"{name} has {quoted(hits)} hits in {quoted(rows)} rows: write whole numbers, hits up to rows")
    number = value["value"] if isinstance(value, dict) and value.keys() == {"value"} else None
    is_exact = type(number) is int and abs(number) <= MAX_INTEGER
    if is_exact or (type(number) is float and math.isfinite(number)):
        return Measure(name, value=number)
    raise ValueError(f'{name} is {quoted(value)}: write {{"hits": 3, "rows": 9000}} or {{"value": 180.5}}')
