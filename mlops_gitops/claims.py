"""The numbers a model card claims, and the numbers the repository holds to compare them with."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from mlops_gitops.documents import Document, Route, load
from mlops_gitops.records.kpis import Kpis, MetricFile
from mlops_gitops.records.release import Pin
from mlops_gitops.tracking import Output, Tracking, evaluation_pins

# Names of one metric, as the Hub, scikit-learn and people write them.
_SAME = {"auc": "rocauc", "auroc": "rocauc", "acc": "accuracy", "mse": "meansquarederror", "f1score": "f1",
         "mae": "meanabsoluteerror", "rmse": "rootmeansquarederror", "logloss": "logloss", "r2score": "r2",
         "brierscore": "brier", "brierscoreloss": "brier", "precisionscore": "precision", "recallscore": "recall",
         "accuracyscore": "accuracy", "rocaucscore": "rocauc"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Claim:
    """One metric of `model-index`, as the card writes it."""

    metric: str
    written: str
    route: Route


@dataclass(frozen=True, slots=True)
class Known:
    """One number a file of the repository holds."""

    value: float
    file: str
    key: str

    @property
    def where(self) -> str:
        """`file:key`."""
        return f"{self.file}:{self.key}"


def same_metric(name: str) -> str:
    """The name of a metric without its spelling: `ROC-AUC`, `roc_auc` and `auc` are one."""
    plain = re.sub(r"[^a-z0-9]", "", name.casefold())
    return _SAME.get(plain, plain)


def claims(document: Document) -> Iterator[Claim]:
    """Every number in the card's `model-index`; what is no number claims nothing that could be compared."""
    for route, metric in _metrics(document.data):
        value = metric.get("value")
        name = metric.get("type")
        if isinstance(name, str) and _decimal(value) is not None:
            source = document.written((*route, "value")).strip("\"'") or str(value)
            yield Claim(name, source if _decimal(source) is not None else str(value), (*route, "value"))


def agrees(claim: Claim, measured: float) -> bool:
    """Whether the measured value is what the card says, within the digits it is written with."""
    said = Decimal(claim.written)
    last = Decimal(1).scaleb(int(said.as_tuple().exponent))
    return abs(Decimal(repr(measured)) - said) <= last / 2


def known(tracking: Tracking, kpis: Kpis | None, artifacts: Iterable[str]) -> dict[str, list[Known]]:
    """Every number the repository holds about a model, by the metric its key names.

    They stand in the metrics files of its KPIs, and in those of dvc.yaml that were made from its artifacts. A file that
    is not in Git, or whose bytes are not the ones its stage made, says nothing.
    """
    ours = [output.pin for path in artifacts if (output := tracking.output(path))]
    declared = [path for path in _declared(tracking) if (its := tracking.output(path)) and _linked(tracking, its, ours)]
    files = [kpi for kpi in (kpis.kpis if kpis else ()) if isinstance(kpi.metric, MetricFile)]
    paths = sorted({*declared, *(kpi.metric.file for kpi in files if isinstance(kpi.metric, MetricFile))})
    called = {kpi.metric: kpi.id for kpi in files}
    found: dict[str, list[Known]] = {}
    for path, pin in evaluation_pins(tracking, {path: path for path in paths}).items():
        document = load(tracking.tree, path) if isinstance(pin, Pin) and pin.git_blob else None
        for key, value in _numbers(document.data if document else None):
            names = {same_metric(key.rpartition(".")[2]), same_metric(called.get(MetricFile(path, key), ""))}
            for name in names - {""}:
                found.setdefault(name, []).append(Known(value, path, key))
    return found


def _linked(tracking: Tracking, output: Output, artifacts: Iterable[Pin]) -> bool:
    return any(tracking.linked(output.pin, artifact) for artifact in artifacts)


def _decimal(value: Any) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = Decimal(str(value).strip())
    except InvalidOperation:
        return None
    return number if number.is_finite() and abs(int(number.as_tuple().exponent)) < 400 else None


def _metrics(data: Any) -> Iterator[tuple[Route, dict[str, Any]]]:
    for n, model in _items(data, "model-index"):
        for m, result in _items(model, "results"):
            for k, metric in _items(result, "metrics"):
                yield ("model-index", n, "results", m, "metrics", k), metric


def _items(data: Any, key: str) -> Iterator[tuple[int, dict[str, Any]]]:
    value = data.get(key) if isinstance(data, dict) else None
    yield from ((n, item) for n, item in enumerate(value if isinstance(value, list) else ()) if isinstance(item, dict))


def _declared(tracking: Tracking) -> Iterator[str]:
    """The metrics files that the pipelines name."""
    for pipeline in (path for path in tracking.tree.paths() if posixpath.basename(path) == "dvc.yaml"):
        document = load(tracking.tree, pipeline)
        data = document.data if document and isinstance(document.data, dict) else {}
        stages = data.get("stages")
        owners = [data, *(stages.values() if isinstance(stages, dict) else ())]
        for owner in (its for its in owners if isinstance(its, dict)):
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
