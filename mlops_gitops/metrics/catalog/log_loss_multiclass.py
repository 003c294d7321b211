"""The mean negative log likelihood of the labels under the scores of many classes, in nats."""

from __future__ import annotations

import math
import sys

from mlops_gitops.metrics.forms.label_losses import LabelLosses
from mlops_gitops.metrics.forms.means import Means
from mlops_gitops.metrics.metric import Metric

# As for two classes: scikit-learn clips here, in double precision, and takes the scores as they are.
EPSILON = sys.float_info.epsilon
LOSS = "-ln(least(greatest(likelihood, class_epsilon), 1 - class_epsilon))"

METRIC = Metric(
    id="log_loss_multiclass",
    summary=__doc__,
    source="Good, Rational Decisions, J. R. Stat. Soc. B 14 (1952) 107-114; scikit-learn's log_loss with labels",
    needs=frozenset({"label", "scores"}),
    form=Means((LOSS,), label_losses=LabelLosses(LOSS, many=True)),
    better="lower",
    range=(0, float("inf")),
    probabilistic=True,
    undefined="there are no rows",
    examples=(
        ({"label": ["a", "b"], "scores.a": [0.5, 0.2], "scores.b": [0.3, 0.5], "scores.c": [0.2, 0.3]}, math.log(2)),
        ({"label": [0, 1], "scores.0": [0.8, 0.0], "scores.1": [0.2, 1.0], "scores.2": [0.0, 0.0]}, math.log(1.25) / 2),
        ({"label": ["a", "a"], "scores.a": [0.0, 0.0], "scores.b": [1.0, 1.0]}, -math.log(EPSILON)),
    ),
)
