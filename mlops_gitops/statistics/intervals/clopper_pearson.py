"""The exact interval of a proportion of independent rows, by beta quantiles."""

from __future__ import annotations

from mlops_gitops.statistics.estimate import RARER, Estimate
from mlops_gitops.statistics.interval import Interval
from mlops_gitops.statistics.quantiles import beta_lower


def clopper_pearson_interval(hits: float, rows: float) -> Estimate:
    """The estimate of hits/rows, a share in [0, 1]; 0 where there are no rows.

    `hits` and `rows` are counts of rows; fractional ones, where weights made them so, are taken as they are. The lower
    bound is the `alpha` quantile of Beta(hits, rows − hits + 1), the upper one the 1 − `alpha` quantile of
    Beta(hits + 1, rows − hits); they are 0 and 1 where those do not exist. `few` says that there are no rows.
    Rows of the rarer kind are counted for methods that combine such intervals.
    """
    return Estimate(
        value=hits / rows if rows > 0 else 0.0,
        lower=lambda alpha: float(beta_lower(hits, rows, alpha)),
        upper=lambda alpha: 1.0 - float(beta_lower(rows - hits, rows, alpha)),
        method="clopper_pearson",
        counts={"rows": (rows, 1), RARER: (min(hits, rows - hits), 0)},
    )


INTERVAL = Interval(
    id="clopper_pearson",
    summary=__doc__,
    source="Clopper & Pearson, The use of confidence or fiducial limits illustrated in the case of the binomial, "
    "Biometrika 26 (1934) 404–413",
    range="any number of independent rows",
    estimate=clopper_pearson_interval,
)
