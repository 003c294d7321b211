"""The share of negative labels that are predicted negative."""

from __future__ import annotations

from mlops_gitops.metrics.forms.proportions import Share
from mlops_gitops.metrics.metric import Metric

METRIC = Metric(
    id="specificity",
    summary=__doc__,
    source="Altman and Bland, BMJ 308 (1994) 1552; scikit-learn's recall_score of the other class",
    needs=frozenset({"label", "prediction"}),
    form=Share(hit=lambda _, prediction: prediction == 0, counted=lambda label, _: label == 0),
    better="higher",
    range=(0, 1),
    binary=True,
    undefined="no label is negative",
    examples=(({"label": [0, 0, 0, 1], "prediction": [1, 0, 0, 0]}, 2 / 3),),
)
