"""The mean squared distance of the scores from what happened, 1 or 0."""

from __future__ import annotations

from mlops_gitops.metrics.forms.label_losses import LabelLosses
from mlops_gitops.metrics.forms.means import Means
from mlops_gitops.metrics.metric import Metric

METRIC = Metric(
    id="brier",
    summary=__doc__,
    source="Brier, Monthly Weather Review 78 (1950) 1-3, halved to one class; scikit-learn's brier_score_loss",
    needs=frozenset({"label", "score"}),
    form=Means(
        ("pow(score - CAST(positive AS INTEGER), 2)",),
        span=(0, 1),
        label_losses=LabelLosses("pow(1 - likelihood, 2)"),
    ),
    better="lower",
    range=(0, 1),
    binary=True,
    probabilistic=True,
    undefined="there are no rows",
    examples=(({"label": [1, 0], "score": [0.5, 0.0]}, 0.125),),
)
