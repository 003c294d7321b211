"""The mean over classes of each class's precision, recall or f1: macro, all counting alike, or weighted by labels."""

from __future__ import annotations

from mlops_gitops.core.errors import Error
from mlops_gitops.core.frozen import frozen
from mlops_gitops.metrics.forms.class_averages import Shares, class_f1, class_precision, class_recall, macro, weighted
from mlops_gitops.metrics.forms.confusion_matrix import Counts
from mlops_gitops.metrics.metric import Family, Metric

EXAMPLE = {"label": ["a", "a", "b", "c"], "prediction": ["a", "b", "b", "c"]}
SOKOLOVA = "Sokolova and Lapalme, Information Processing & Management 45 (2009) 427-437"
OPITZ = "Opitz and Burst, Macro F1 and Macro F1, arXiv 1911.03347 (2019): the mean of f1, not the f1 of means"


@frozen
class Average:
    """What distinguishes a member: the share of each class, and how and over which rows it is averaged.

    `averaged` is as in `Counts`; `note` goes on with the summary, and `example` is the value for EXAMPLE.
    """

    share: str
    kind: str
    averaged: str
    example: float
    source: str = SOKOLOVA
    note: str = ""


SHARES: dict[str, tuple[Shares, str]] = {  # with where it is undefined
    "precision": (class_precision, "a class among the labels is never predicted"),
    "recall": (class_recall, "a class among the predictions is never a label"),
    "f1": (class_f1, "there are no rows"),
}
KINDS = {"macro": (macro, ", all classes counting alike"), "weighted": (weighted, ", weighted by its labels")}
AVERAGES = {
    # A class's f1 follows from a share of the rows that have it as label or as prediction.
    "f1_macro": Average("f1", "macro", "class", 7 / 9, OPITZ),
    "f1_weighted": Average("f1", "weighted", "", 0.75),
    "precision_macro": Average("precision", "macro", "prediction", 2.5 / 3),
    "precision_weighted": Average("precision", "weighted", "prediction", 3.5 / 4),
    "recall_macro": Average("recall", "macro", "label", 2.5 / 3),
    "recall_weighted": Average("recall", "weighted", "", 0.75, note=": accuracy, where every class is a label"),
}


def class_average(name: str) -> Metric:
    """The metric of that id. Raises Error for an unknown one."""
    if name not in AVERAGES:
        raise Error(f"no metric is called {name!r}", help=f"one of: {', '.join(AVERAGES)}")
    average = AVERAGES[name]
    shares, undefined = SHARES[average.share]
    mean, how = KINDS[average.kind]
    return Metric(
        id=name,
        summary=f"The mean of each class's {average.share}{how}{average.note}.",
        source=f"{average.source}; scikit-learn's {average.share}_score, {average.kind}",
        needs=frozenset({"label", "prediction"}),
        form=Counts(mean(shares), averaged=average.averaged, macro=average.kind == "macro"),
        better="higher",
        range=(0, 1),
        undefined=undefined,
        examples=((EXAMPLE, average.example),),
    )


FAMILY = Family(id="class_averages", takes="", build=class_average, members=tuple(AVERAGES))
