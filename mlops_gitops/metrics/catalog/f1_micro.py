"""The f1 of all classes together: with one label a row it is accuracy, by another name."""

from __future__ import annotations

from mlops_gitops.metrics.forms.proportions import Share
from mlops_gitops.metrics.metric import Metric

METRIC = Metric(
    id="f1_micro",
    summary=__doc__,
    source="Sokolova and Lapalme, Information Processing & Management 45 (2009) 427-437; "
    "scikit-learn's f1_score, micro",
    needs=frozenset({"label", "prediction"}),
    # A row that is wrong is one false positive and one false negative, so precision, recall and f1 are all accuracy.
    form=Share(hit=lambda label, prediction: label == prediction, counted=lambda label, _: label >= 0),
    better="higher",
    range=(0, 1),
    undefined="there are no rows",
    examples=(({"label": ["cat", "dog", "bird"], "prediction": ["cat", "cat", "cat"]}, 1 / 3),),
)
