"""The share of positive predictions that are right."""

from __future__ import annotations

from mlops_gitops.metrics.forms.proportions import Share
from mlops_gitops.metrics.metric import Metric

METRIC = Metric(
    id="precision",
    summary=__doc__,
    source="van Rijsbergen, Information Retrieval, 2nd ed. (1979), chapter 7; scikit-learn's precision_score",
    needs=frozenset({"label", "prediction"}),
    form=Share(hit=lambda label, _: label == 1, counted=lambda _, prediction: prediction == 1),
    better="higher",
    range=(0, 1),
    binary=True,
    undefined="no prediction is positive",
    examples=(({"label": [1, 0, 1, 0], "prediction": [1, 1, 0, 0]}, 0.5),),
)
