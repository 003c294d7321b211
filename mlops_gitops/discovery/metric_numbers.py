"""The numbers of metrics files: which of them measure a model, and the threshold that each suggests.

All of it is guessed from names, once, for a first draft that people then change.
"""

from __future__ import annotations

import math
import posixpath
from collections import Counter
from collections.abc import Iterable, Iterator
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any

from mlops_gitops.core.frozen import frozen
from mlops_gitops.discovery.naming import vocabulary, words

HIGHER, LOWER = "higher", "lower"
DIGITS = 4
# In the order in which a draft wants them; the last family is how fast and how large.
_FAMILIES = (
    (HIGHER, "auc auroc auprc ap map ndcg mrr"),
    (HIGHER, "f1 f05 f2 fbeta fscore dice iou mcc kappa"),
    (HIGHER, "accuracy acc"),
    (HIGHER, "precision ppv"),
    (HIGHER, "recall sensitivity tpr specificity tnr"),
    (HIGHER, "r2 bleu rouge rouge1 rouge2 correlation"),
    (LOWER, "rmse mae mse mape smape rmsle error err errors wer cer fpr fnr deviance"),
    (LOWER, "loss logloss brier ece perplexity ppl nll"),
    (LOWER, "latency p50 p90 p95 p99 ms seconds duration time memory kilobytes megabytes kb mb"),
)
_FAMILY = {word: number for number, (_, names) in enumerate(_FAMILIES) for word in names.split()}
# Counts, settings and bounds describe a run, not how good its model is.
_FACTS = vocabulary(
    "n num count counts total sum samples sample size rows support tp fp tn fn min max std var epoch epochs step steps "
    "seed version threshold timestamp date year iteration iterations lr batch params correct wrong positive negative"
)
# How far a metric scatters is no metric, whatever it is called after.
_SPREADS = vocabulary("std stdev stddev stderr sem var variance ci lower upper margin")
_OTHERS = vocabulary("train training baseline previous old")

_SPLITS = vocabulary("test val valid validation holdout eval evaluation final best model")
_NAMES = {
    "auc": "roc_auc", "auroc": "roc_auc", "rocauc": "roc_auc", "auc_roc": "roc_auc", "acc": "accuracy",
    "logloss": "log_loss", "mae": "mean_absolute_error", "rmse": "root_mean_squared_error",
}  # fmt: skip
_PRECISION = 1e-6  # to which two programs agree on a metric of the same rows


@frozen
class Number:
    """One number of a metrics file; dots in `key` step into nested keys."""

    file: str
    key: str
    value: float

    @property
    def family(self) -> int:
        """The family of metrics of its name, by the last word that has one; one beyond them all where no word has."""
        return next((_FAMILY[word] for word in reversed(words(self.key)) if word in _FAMILY), len(_FAMILIES))

    @property
    def better(self) -> str | None:
        """Which direction is better, where its name says."""
        return _FAMILIES[self.family][0] if self.family < len(_FAMILIES) else None

    @property
    def is_speed(self) -> bool:
        """Whether it is about time or memory, which concerns who runs the model."""
        return self.family == len(_FAMILIES) - 1

    @property
    def measures_model(self) -> bool:
        """Whether it measures a model, this one, and on data that it was not trained on."""
        names = {*words(self.key), *words(posixpath.basename(self.file))}
        fact = self.better is None and not _FACTS.isdisjoint(words(self.key))
        return not fact and _OTHERS.isdisjoint(names) and _SPREADS.isdisjoint(words(self.key))

    @property
    def metric(self) -> str:
        """The metric of ours that it is by its name: `test_f1_score` is f1, `auc` is roc_auc."""
        parts = words(self.key.rpartition(".")[2])
        while len(parts) > 1 and parts[0] in _SPLITS:
            parts = parts[1:]
        name = "_".join(parts).removesuffix("_score")
        return _NAMES.get(name, name)

    def agrees(self, value: float) -> bool:
        """Whether it is the measured value, as far as its digits say."""
        places = -int(Decimal(repr(self.value)).as_tuple().exponent)
        return abs(self.value - value) <= max(0.5 * 10.0**-places, _PRECISION * max(1.0, abs(value)))

    def threshold(self) -> str:
        """A gate that today's value just passes: `at_least: 0.8585`."""
        exact = Decimal(repr(self.value))
        rounding = ROUND_CEILING if self.better == LOWER else ROUND_FLOOR
        bound = exact.quantize(Decimal(1).scaleb(exact.adjusted() - DIGITS + 1), rounding=rounding)
        return f"{'at_most' if self.better == LOWER else 'at_least'}: {float(bound)!r}"


def read_numbers(file: str, data: Any) -> Iterator[Number]:
    """Every number of a parsed metrics file that a KPI can name."""
    if isinstance(data, dict):
        for key, value in data.items():
            yield from _numbers(file, (key,), value)


def _numbers(file: str, route: tuple[str, ...], value: Any) -> Iterator[Number]:
    dotted = len(route) > 1 and any("." in step for step in route)  # a dot in a nested key would be taken for a step
    if dotted or not all(step and step.isprintable() for step in route):
        return
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _numbers(file, (*route, key), inner)
    elif isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
        yield Number(file, ".".join(route), float(value))


def choose_numbers(found: Iterable[Number], most: int) -> list[Number]:
    """The telling numbers to begin with: the first of each family, the second of each, and so on, then unknown ones."""
    telling = [number for number in found if number.measures_model]
    seen: Counter[int] = Counter()
    ranked: list[tuple[bool, int, int, int, Number]] = []
    # Of several latencies, the 95th percentile is what people agree on.
    for place, number in sorted(enumerate(telling), key=lambda pair: "p95" not in words(pair[1].key)):
        ranked.append((number.better is None, seen[number.family], number.family, place, number))
        seen[number.family] += 1
    return [number for *_, number in sorted(ranked, key=lambda rank: rank[:4])][:most]
