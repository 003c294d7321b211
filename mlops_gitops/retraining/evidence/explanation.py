"""The importance of each feature, as the evidence `explain` of a model card has it: JSON with a list of features."""

from __future__ import annotations

import math
import sys
from typing import Any

from mlops_gitops.documents import foreign_json

EVIDENCE = "explain"  # the id of the evidence in the card
_LARGEST = sys.float_info.max
_FORM = '{"features": [{"name": "age", "importance": 0.3}, …]}'


def importances(data: bytes) -> dict[str, float]:
    """Name → importance, at least 0: what a permutation made better counts for nothing.

    Raises ValueError, in one line, for another form and where nothing has any importance.
    """
    listed = foreign_json.parse(data)
    features = listed.get("features") if isinstance(listed, dict) else None
    if not isinstance(features, list) or not features:
        raise ValueError(f"it has no list of features: {_FORM}")
    found: dict[str, float] = {}
    for feature in features:
        name, importance = _feature(feature)
        if name in found:
            raise ValueError(f"it has the feature {foreign_json.quoted(name)} twice")
        found[name] = max(0.0, importance)
    if not sum(found.values()):
        raise ValueError("none of its features has any importance")
    if not math.isfinite(sum(found.values())):
        raise ValueError("the importances of its features are too large to add up")
    return found


def _feature(feature: Any) -> tuple[str, float]:
    name, importance = (feature.get("name"), feature.get("importance")) if isinstance(feature, dict) else (None, None)
    if not isinstance(name, str) or isinstance(importance, bool) or not isinstance(importance, int | float):
        raise ValueError(f"a feature is {foreign_json.quoted(feature)}, and not as in {_FORM}")
    if not -_LARGEST <= importance <= _LARGEST:  # compares integers of any length, and NaN, exactly
        raise ValueError(f"the importance of {foreign_json.quoted(name)} is not a finite number")
    return name, float(importance)
