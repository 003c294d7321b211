"""The exact interval of a proportion of independent rows, by beta quantiles."""

from __future__ import annotations

from mlops_gitops.statistics.estimate import Estimate
from mlops_gitops.statistics.influence_moments import beta_lower, lacking
from mlops_gitops.statistics.interval import Interval


def of(hits: float, of: float) -> Estimate:
    """The estimate of hits / of.

    `hits` and `of` are counts of rows; real numbers, where weights made them so, are taken as they are. The lower bound
    is the `alpha` quantile of Beta(hits, of − hits + 1), the upper one the 1 − `alpha` quantile of Beta(hits + 1,
    of − hits); they are 0 and 1 where those do not exist.
    """
    return Estimate(
        value=hits / of if of > 0 else 0.0,
        lower=lambda alpha: float(beta_lower(hits, of, alpha)),
        upper=lambda alpha: 1.0 - float(beta_lower(of - hits, of, alpha)),
        method="clopper_pearson",
        few=lacking("clopper_pearson", {"rows": (of, 1)}),
    )


INTERVAL = Interval(
    id="clopper_pearson",
    summary=__doc__,
    source="Clopper & Pearson, The use of confidence or fiducial limits illustrated in the case of the binomial, "
    "Biometrika 26 (1934) 404–413",
    range="any number of independent rows",
    estimate=of,
)
