"""What a method needs far in the tail, beyond the confidences at which its range was studied.

Bounds that follow from moments get worse with the quantile z that they are taken at, and better with more rows. How
much more rows is chosen by simulation (simulations/tails.py): with counts that grow with z³, bounds are wrong at most
twice as often as agreed down to 1e-4.
"""

from __future__ import annotations

from statistics import NormalDist

from mlops_gitops.statistics.estimate import RARER, Counts, describe_shortfall

STUDIED = 0.01  # the least alpha at which ranges were studied
POWER = 3
LEAST_RARER = 20
# Methods that are exact, or whose range was enough in the tail as well.
ENOUGH = frozenset({"clopper_pearson", "korn_graubard", "newcombe", "tango", "discordant", "delong"})
COMBINED = "mover"


def tail_factor(alpha: float) -> float:
    """How many times as large each count must be as at the alphas that were studied; 1 for those."""
    normal = NormalDist()
    return max(1.0, (normal.inv_cdf(1 - alpha) / normal.inv_cdf(1 - STUDIED)) ** POWER)


def tail_shortfall(method: str, counts: Counts, alpha: float) -> str:
    """What a method has too little of at an alpha below those that were studied; empty where it has enough.

    Exact methods, and `delong`, need no more. A difference of shares by `mover`, which combines their exact bounds as
    if errors were normal, needs LEAST_RARER rows of the rarer kind in each.
    """
    factor = tail_factor(alpha)
    if factor == 1 or method in ENOUGH:
        return ""
    needed = {name: (count, factor * least) for name, (count, least) in counts.items()}
    if method == COMBINED:
        needed = {RARER: (counts[RARER][0], float(LEAST_RARER))} if RARER in counts else needed
    short = describe_shortfall(method, needed)
    return f"{short} at the level of {alpha:.2g}" if short else ""
