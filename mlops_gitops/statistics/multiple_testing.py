"""Several tests at once, and how often any of them may be wrong."""

from __future__ import annotations

from collections.abc import Mapping


def holm(refutes: Mapping[tuple[int, str], float], alpha: float) -> frozenset[tuple[int, str]]:
    """The tests that Holm's step-down procedure rejects (Scandinavian Journal of Statistics 6 (1979) 65-70)."""
    rejected = []
    for place, (test, p) in enumerate(sorted(refutes.items(), key=lambda item: (item[1], item[0]))):
        if p > alpha / (len(refutes) - place):
            break
        rejected.append(test)
    return frozenset(rejected)
