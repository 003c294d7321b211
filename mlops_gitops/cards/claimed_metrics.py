"""The numbers that a model card claims, and the numbers in the repository to compare with."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator, Set
from decimal import Decimal, InvalidOperation
from typing import Any

from mlops_gitops.core.frozen import frozen
from mlops_gitops.documents.document import Document, Route
from mlops_gitops.documents.read_document import load
from mlops_gitops.pipelines.tracked_outputs import Tracking, evaluation_pins
from mlops_gitops.records.kpis import CAPPED, Kpis, MetricFile
from mlops_gitops.records.release import Pin

# Names of one metric, as the Hub, scikit-learn and people write them.
_SAME = {"auc": "rocauc", "auroc": "rocauc", "acc": "accuracy", "mse": "meansquarederror", "f1score": "f1",
         "mae": "meanabsoluteerror", "rmse": "rootmeansquarederror", "logloss": "logloss", "r2score": "r2",
         "brierscore": "brier", "brierscoreloss": "brier", "precisionscore": "precision", "recallscore": "recall",
         "accuracyscore": "accuracy", "rocaucscore": "rocauc"}  # fmt: skip
_SPLITS = "test|testing|eval|evaluation|val|valid|validation|holdout"
_TRAINING = {"train", "training", "baseline", "dummy"}


@frozen
class Claim:
    """One metric of `model-index`, as the card writes it."""

    metric: str
    written: str
    route: Route
    number: Decimal | None  # a percentage as its ratio; None for a value that is not a number
    digit: Decimal  # the place value of its last digit
    data_set: str  # the data set it is about, as text


@frozen
class RecordedNumber:
    """One number a file of the repository holds."""

    value: float
    file: str
    key: str

    @property
    def where(self) -> str:
        """`file:key`."""
        return f"{self.file}:{self.key}"


def canonical_metric(name: str) -> str:
    """The name of a metric without its spelling or the split it was measured on: `ROC-AUC` and `test_auc` are one.

    A metric whose losses are capped is another one.
    """
    name, capped, cap = name.casefold().partition(CAPPED)
    plain = re.sub(r"[^a-z0-9]", "", name)
    plain = re.sub(rf"^(?:{_SPLITS})(?=.)|(?<=.)(?:{_SPLITS})$", "", plain)
    return f"{_SAME.get(plain, plain)}{capped}{cap.strip()}"


def claim_matches(claimed: str, kpi: str, metric: str) -> bool:
    """Whether a claim is about a KPI of this id and this metric, as a table shows it.

    The id alone does not name a metric whose losses are capped.
    """
    names = [metric] if CAPPED in metric else [metric, kpi]
    return canonical_metric(claimed) in map(canonical_metric, names)


def read_claims(document: Document) -> Iterator[Claim]:
    """Everything the card's `model-index` says was measured, whether or not it is a number."""
    for route, metric, data_set in _metrics(document.data):
        name, value = metric.get("type"), metric.get("value")
        if isinstance(name, str) and "value" in metric:
            # As it is written: 0.90 says more than 0.9.
            source = document.source_text((*route, "value")).strip("\"' ")
            text = source if isinstance(value, int | float | str) and _number(source) else str(value).strip()
            number, digit = (None, Decimal(0)) if isinstance(value, bool) else _number(text) or (None, Decimal(0))
            yield Claim(name, text, (*route, "value"), number, digit, data_set)


def agrees(claim: Claim, measured: float) -> bool:
    """Whether the measured value is what the card says, within half of the last digit it is written with.

    Few digits give no more room: the difference is at most 0.05, or a twentieth of the measured value.
    """
    if claim.number is None:
        return False
    most = max(Decimal("0.05"), abs(Decimal(repr(measured))) / 20)
    return abs(Decimal(repr(measured)) - claim.number) <= min(claim.digit / 2, most)


def claims_hold(made: Iterable[Claim], measured: Iterable[float]) -> bool:
    """Whether claims about one metric hold: on some data set every one of them agrees with something measured."""
    values, by_set = list(measured), dict[str, list[Claim]]()
    for claim in made:
        by_set.setdefault(claim.data_set, []).append(claim)
    return any(all(any(agrees(claim, value) for value in values) for claim in group) for group in by_set.values())


def recorded_numbers(
    tracking: Tracking, kpis: Kpis | None, artifacts: Iterable[str]
) -> dict[str, list[RecordedNumber]]:
    """Every number the repository holds about a model, by the metric its key names.

    They come from the metrics files of its KPIs, and from those of dvc.yaml that were made from its artifacts. A file
    that is not in Git, or whose bytes are not the ones its stage made, does not count.
    """
    ids = {kpi.metric: kpi.id for kpi in (kpis.kpis if kpis else ()) if isinstance(kpi.metric, MetricFile)}
    paths = sorted({*_metrics_files(tracking, artifacts), *(place.file for place in ids)})
    found: dict[str, list[RecordedNumber]] = {}
    for path, pin in evaluation_pins(tracking, {path: path for path in paths}).items():
        document = load(tracking.tree, path) if isinstance(pin, Pin) and pin.git_blob else None
        for key, value in _numbers(document.data if document else None):
            names = {canonical_metric(key.rpartition(".")[2]), canonical_metric(ids.get(MetricFile(path, key), ""))}
            for name in names - {""}:
                found.setdefault(name, []).append(RecordedNumber(value, path, key))
    return {name: _relevant(numbers, set(ids)) for name, numbers in found.items()}


def _metrics_files(tracking: Tracking, artifacts: Iterable[str]) -> Iterator[str]:
    """The metrics files of dvc.yaml that were made from a model's artifacts."""
    pins = [output.pin for path in artifacts if (output := tracking.output(path))]
    for path in _declared(tracking):
        output = tracking.output(path)
        if output and any(tracking.linked(output.pin, artifact) for artifact in pins):
            yield path


def _relevant(found: list[RecordedNumber], named: Set[MetricFile]) -> list[RecordedNumber]:
    """The numbers of one metric that count: those a KPI names, else those not of training or a baseline."""
    agreed = [number for number in found if MetricFile(number.file, number.key) in named]
    tested = [number for number in found if not _TRAINING & set(re.split(r"[^a-z]+", number.key.casefold()))]
    return agreed or tested or found


def _number(text: str) -> tuple[Decimal, Decimal] | None:
    """A number, or a percentage as its ratio, with the place value of its last digit."""
    percent = text.endswith("%")
    try:
        number = Decimal(text.removesuffix("%").strip())
    except InvalidOperation:
        return None
    exponent = number.as_tuple().exponent
    if not isinstance(exponent, int) or abs(exponent) > 400:
        return None
    scale = Decimal(100) if percent else Decimal(1)
    return number / scale, Decimal(1).scaleb(exponent) / scale


def _metrics(data: Any) -> Iterator[tuple[Route, dict[str, Any], str]]:
    for n, model in _items(data, "model-index"):
        for m, result in _items(model, "results"):
            data_set = f"{n} {result.get('dataset')}"
            for k, metric in _items(result, "metrics"):
                yield ("model-index", n, "results", m, "metrics", k), metric, data_set


def _items(data: Any, key: str) -> Iterator[tuple[int, dict[str, Any]]]:
    value = data.get(key) if isinstance(data, dict) else None
    yield from ((n, item) for n, item in enumerate(value if isinstance(value, list) else ()) if isinstance(item, dict))


def _declared(tracking: Tracking) -> Iterator[str]:
    """The metrics files that the pipelines name."""
    for pipeline in (posixpath.join(folder, "dvc.yaml") for folder in tracking.folders):
        document = tracking.document(pipeline)
        data = document.data if document and isinstance(document.data, dict) else {}
        stages = data.get("stages")
        owners = [data, *(stages.values() if isinstance(stages, dict) else ())]
        for owner in (entry for entry in owners if isinstance(entry, dict)):
            wdir = owner.get("wdir", ".")
            folder = posixpath.join(posixpath.dirname(pipeline), wdir if isinstance(wdir, str) else ".")
            listed = owner.get("metrics")
            for item in listed if isinstance(listed, list) else ():
                path = next(iter(item), "") if isinstance(item, dict) else item
                if isinstance(path, str) and path and "${" not in path:
                    yield posixpath.normpath(posixpath.join(folder, path))


def _numbers(data: Any) -> Iterator[tuple[str, float]]:
    """Every number of nested mappings, by its dotted key."""
    stack = [("", data)]
    while stack:
        prefix, value = stack.pop()
        if isinstance(value, dict):
            stack += [(f"{prefix}.{key}" if prefix else str(key), item) for key, item in reversed(value.items())]
        elif isinstance(value, int | float) and not isinstance(value, bool):
            yield prefix, float(value)
