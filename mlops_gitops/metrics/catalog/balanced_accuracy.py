"""The mean of each class's recall; of two classes, that of recall and specificity."""

from __future__ import annotations

from mlops_gitops.metrics.forms.class_averages import class_recall, macro
from mlops_gitops.metrics.forms.confusion_matrix import Counts
from mlops_gitops.metrics.metric import Metric

METRIC = Metric(
    id="balanced_accuracy",
    summary=__doc__,
    source="Brodersen, Ong, Stephan and Buhmann, ICPR (2010) 3121-3124; scikit-learn's balanced_accuracy_score",
    needs=frozenset({"label", "prediction"}),
    form=Counts(macro(class_recall), averaged="label", macro=True),
    better="higher",
    range=(0, 1),
    undefined="a class among the predictions is never a label",
    examples=(({"label": [0, 1, 0, 0, 1, 0], "prediction": [0, 1, 0, 0, 0, 1]}, 0.625),),
)
