"""The share of rows whose prediction equals their label."""

from __future__ import annotations

from mlops_gitops.metrics.forms.proportions import Share
from mlops_gitops.metrics.metric import Metric

METRIC = Metric(
    id="accuracy",
    summary=__doc__,
    source="ISO/IEC TS 4213:2022, 6.2.2; scikit-learn's accuracy_score",
    needs=frozenset({"label", "prediction"}),
    form=Share(hit=lambda label, prediction: label == prediction, counted=lambda label, _: label >= 0),
    better="higher",
    range=(0, 1),
    undefined="there are no rows",
    examples=(
        ({"label": [1, 0, 1, 0], "prediction": [1, 0, 0, 0]}, 0.75),
        ({"label": ["cat", "dog", "bird"], "prediction": ["cat", "cat", "cat"]}, 1 / 3),
    ),
)
