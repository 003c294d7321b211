"""The harmonic mean of precision and recall."""

from __future__ import annotations

from mlops_gitops.metrics.forms.proportions import Share
from mlops_gitops.metrics.metric import Metric

METRIC = Metric(
    id="f1",
    summary=__doc__,
    source="van Rijsbergen, Information Retrieval, 2nd ed. (1979), chapter 7, beta = 1; scikit-learn's f1_score",
    needs=frozenset({"label", "prediction"}),
    # Hand, Christen and Kirielle, Machine Learning 110 (2021) 451-456: among the rows with a positive label or
    # prediction, the share with both is a proportion, and f1 is an increasing function of it.
    form=Share(
        hit=lambda label, prediction: (label == 1) & (prediction == 1),
        counted=lambda label, prediction: (label == 1) | (prediction == 1),
        transform=lambda share: 2 * share / (1 + share),
    ),
    better="higher",
    range=(0, 1),
    binary=True,
    undefined="neither a label nor a prediction is positive",
    examples=(({"label": [1, 1, 1, 0], "prediction": [1, 0, 0, 0]}, 0.5),),
)
