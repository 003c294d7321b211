"""Among the rows with a positive label or prediction, the share with both."""

from __future__ import annotations

from mlops_gitops.metrics.forms.proportions import Share
from mlops_gitops.metrics.metric import Metric

METRIC = Metric(
    id="jaccard",
    summary=__doc__,
    source="Jaccard, New Phytologist 11 (1912) 37-50; scikit-learn's jaccard_score",
    needs=frozenset({"label", "prediction"}),
    form=Share(
        hit=lambda label, prediction: (label == 1) & (prediction == 1),
        counted=lambda label, prediction: (label == 1) | (prediction == 1),
    ),
    better="higher",
    range=(0, 1),
    binary=True,
    undefined="neither a label nor a prediction is positive",
    examples=(({"label": [1, 1, 1, 0], "prediction": [1, 0, 0, 0]}, 1 / 3),),
)
