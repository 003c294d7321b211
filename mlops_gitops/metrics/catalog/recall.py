"""The share of positive labels that are found."""

from __future__ import annotations

from mlops_gitops.metrics.forms.proportions import Share
from mlops_gitops.metrics.metric import Metric

METRIC = Metric(
    id="recall",
    summary=__doc__,
    source="van Rijsbergen, Information Retrieval, 2nd ed. (1979), chapter 7; scikit-learn's recall_score",
    needs=frozenset({"label", "prediction"}),
    form=Share(hit=lambda _, prediction: prediction == 1, counted=lambda label, _: label == 1),
    better="higher",
    range=(0, 1),
    binary=True,
    undefined="no label is positive",
    examples=(({"label": [1, 1, 1, 0], "prediction": [1, 0, 0, 0]}, 1 / 3),),
)
