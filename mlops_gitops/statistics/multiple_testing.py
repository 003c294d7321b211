"""Several tests at once, and how often any of them may be wrong."""

from __future__ import annotations

from collections.abc import Mapping


def holm(p_values: Mapping[tuple[int, str], float], alpha: float) -> frozenset[tuple[int, str]]:
    """The tests that Holm's step-down procedure rejects, at a family-wise error rate of at most `alpha`.

    The k-th smallest of m p values, each in [0, 1], is held to alpha/(m − k + 1), and the first that is larger ends the
    procedure: Holm, A simple sequentially rejective multiple test procedure, Scandinavian Journal of Statistics 6
    (1979) 65–70.
    """
    rejected = []
    for rank, (test, p) in enumerate(sorted(p_values.items(), key=lambda item: (item[1], item[0]))):
        if p > alpha / (len(p_values) - rank):
            break
        rejected.append(test)
    return frozenset(rejected)
