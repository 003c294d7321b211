"""The mean negative log likelihood of the labels under the scores, in nats."""

from __future__ import annotations

import math
import sys

from mlops_gitops.metrics.forms.label_losses import LabelLosses
from mlops_gitops.metrics.forms.means import Means
from mlops_gitops.metrics.metric import Metric

# A probability of 0 for what happened would be infinitely wrong. As scikit-learn does, it is clipped at the machine
# epsilon of the type of the scores: this one in double precision, 2^-23 in single, 2^-10 in half.
EPSILON = sys.float_info.epsilon
LIKELIHOOD = "CASE WHEN positive THEN score ELSE 1 - score END"
CLIPPED = "-ln(least(greatest({}, epsilon), 1 - epsilon))"

METRIC = Metric(
    id="log_loss",
    summary=__doc__,
    source="Good, Rational Decisions, J. R. Stat. Soc. B 14 (1952) 107-114; scikit-learn's log_loss",
    needs=frozenset({"label", "score"}),
    form=Means(
        (CLIPPED.format(LIKELIHOOD),),
        two_classes=True,  # scikit-learn, too, leaves one class undefined
        label_losses=LabelLosses(CLIPPED.format("likelihood")),
    ),
    better="lower",
    range=(0, float("inf")),
    binary=True,
    probabilistic=True,
    undefined="the labels are of one class only",
    examples=(
        ({"label": [1, 0], "score": [0.5, 0.5]}, math.log(2)),
        ({"label": [1, 0], "score": [0.8, 0.2]}, math.log(1.25)),
        ({"label": [1, 0], "score": [0.0, 0.0]}, -math.log(EPSILON) / 2),
    ),
)
