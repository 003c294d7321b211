"""models/<model>/kpis.yaml: what is measured, and what it must reach."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mlops_gitops.core.frozen import frozen
from mlops_gitops.documents.document import Document
from mlops_gitops.documents.kind import Kind
from mlops_gitops.records.gate import Gate, read_gate

SCORES = "scores."
CAPPED = " capped at "
# End the names of a data set's other files in a release's `evaluation`; no data set has a dot in its name.
LABELS = ".label"
LIVE = ".live"


@frozen
class LabelFile:
    """A file that holds the labels of a data set, one row a key.

    `column` is the column of the true value. `missing` is the share, from 0 to 1, of the rows of either file that may
    lack a partner in the other.
    """

    path: str
    format: str
    key: str
    column: str
    missing: float = 0.0


@frozen
class LiveAnswers:
    """A file of what a release answered in an environment, on the very rows that the predictions of a data set are of.

    It is the baseline, in place of what that release pins itself.
    """

    path: str
    environment: str
    release: str


@frozen
class DataSet:
    """A prediction file and what its columns mean.

    `where` filters its rows, `classes` are all the labels there are, rows of one `cluster` depend on one another, and
    `slices` are the columns that gates may look into by group; `scores` names the column of each class, where there are
    many. `column_types` are the declared types of columns (`columns:`). `labels` is the file that has the labels, where
    it is not the prediction file itself. `live` is there where the rows are those of live windows.
    """

    name: str
    path: str
    format: str
    label: str
    key: str | None = None
    prediction: str | None = None
    score: str | None = None
    threshold: float | None = None
    positive: str | float | bool | None = None
    where: str | None = None
    cluster: str | None = None
    slices: tuple[str, ...] = ()
    max_releases: int | None = None
    classes: tuple[str | float | bool, ...] | None = None
    scores: Mapping[str, str] = {}
    column_types: Mapping[str, str] = {}
    labels: LabelFile | None = None
    live: LiveAnswers | None = None

    def files(self) -> dict[str, str]:
        """The files it is read from: name in a release's `evaluation` → path."""
        return self.candidate_files() | ({f"{self.name}{LIVE}": self.live.path} if self.live else {})

    def candidate_files(self) -> dict[str, str]:
        """Those of the candidate: its predictions, and the labels."""
        return {self.name: self.path} | ({f"{self.name}{LABELS}": self.labels.path} if self.labels else {})

    def columns(self) -> dict[str, str]:
        """The declared columns by what they mean; the score of a class is `scores.CLASS`."""
        named = {"key": self.key, "label": self.label, "prediction": self.prediction, "score": self.score}
        declared = {meaning: column for meaning, column in named.items() if column is not None}
        return declared | {f"{SCORES}{name}": column for name, column in self.scores.items()}

    def provides(self) -> frozenset[str]:
        """What a metric can get from this file: a prediction also follows from a score and a threshold."""
        provided = set(self.columns())
        provided |= {"scores"} if self.scores else set()
        return frozenset(provided | ({"prediction"} if self.threshold is not None else set()))


@frozen
class MetricFile:
    """A number a DVC stage already measured; `point` says which one of a series: the last or the best."""

    file: str
    key: str
    point: str | None = None

    @property
    def title(self) -> str:
        """The place as a table shows it."""
        return f"{self.file}:{self.key}" + (f" ({self.point})" if self.point else "")


def capped_name(metric: str, cap: float) -> str:
    """What a metric is called whose losses count as at most `cap`: another number, by another name."""
    return f"{metric}{CAPPED}{exact_text(cap)}"


def exact_text(number: float) -> str:
    """The shortest text of a number that no other number has: what is kept under a name is of one limit alone."""
    return repr(float(number)).removesuffix(".0")


@frozen
class Kpi:
    """One KPI; `metric` is a metric's name or the place of a number in a metrics file.

    `perfect_expected` is whether a model without a single mistake is no surprise. No loss of a row is larger than
    `loss_bound`, or counts as more than `cap`.
    """

    id: str
    metric: str | MetricFile
    data: str | None
    better: str | None
    owner: str | None
    gate: Gate | None
    perfect_expected: bool = False
    loss_bound: float | None = None
    cap: float | None = None

    def better_by_gate(self) -> str | None:
        """Which direction is better as far as the KPI itself says: by `better`, or by its only threshold."""
        bounds = (self.gate.at_least, self.gate.at_most) if self.gate else (None, None)
        if self.better or (bounds[0] is None) == (bounds[1] is None):
            return self.better
        return "higher" if bounds[1] is None else "lower"

    def loss_limits(self) -> list[str]:
        """The keys that bound the loss of a row."""
        return [key for key in ("loss_bound", "cap") if getattr(self, key) is not None]

    def metric_name(self) -> str:
        """The metric as a table and a record show it."""
        if not isinstance(self.metric, str):
            return self.metric.title
        if self.cap is not None:
            return capped_name(self.metric, self.cap)
        # Such a scorer of scikit-learn is minus a loss; what is measured, and shown, is the loss.
        return f"{self.metric} (sign turned)" if self.metric.startswith("sklearn:neg_") else self.metric


@frozen
class Kpis:
    """All KPIs of a model."""

    path: str
    model: str
    data: Mapping[str, DataSet]
    kpis: tuple[Kpi, ...]
    source: Mapping[str, Any]

    def files(self) -> dict[str, str]:
        """Every file a KPI reads: name in a release's `evaluation` → path."""
        found = {name: path for data in self.data.values() for name, path in data.files().items()}
        return found | {kpi.id: kpi.metric.file for kpi in self.kpis if isinstance(kpi.metric, MetricFile)}


def _data_set(name: str, data: Mapping[str, Any]) -> DataSet:
    names = ("key", "prediction", "score", "threshold", "positive", "where", "cluster", "max_releases")
    rest: dict[str, Any] = {key: data.get(key) for key in names}
    classes = tuple(data["classes"]) if "classes" in data else None
    slices = tuple(data.get("slices", ()))
    scores, types = data.get("scores", {}), data.get("columns", {})
    rest |= {"slices": slices, "classes": classes, "scores": scores, "column_types": types}
    labels = _label_file(data["label"]) if isinstance(data["label"], dict) else None
    rest |= {"key": rest["key"] or (labels.key if labels else None), "labels": labels}
    return DataSet(name, data["path"], _format(data), labels.column if labels else data["label"], **rest)


def _format(data: Mapping[str, Any]) -> str:
    """The format of a file, as declared or by its ending; empty where neither says it."""
    declared: str = data.get("format", "")
    return declared or format_by_ending(data["path"])


def format_by_ending(path: str) -> str:
    """csv or parquet, as the name of a file ends; empty for another ending."""
    ending = path.rsplit(".", 1)[-1].lower()
    return ending if ending in ("csv", "parquet") else ""


def _label_file(data: Mapping[str, Any]) -> LabelFile:
    return LabelFile(data["path"], _format(data), data["key"], data["column"], data.get("missing", 0.0))


def _kpi(data: Mapping[str, Any]) -> Kpi:
    metric = data["metric"] if isinstance(data["metric"], str) else MetricFile(**data["metric"])
    gate = read_gate(data["gate"]) if "gate" in data else None
    rest: dict[str, Any] = {
        "perfect_expected": "perfect" in data,
        "loss_bound": data.get("loss_bound"),
        "cap": data.get("cap"),
    }
    return Kpi(data["id"], metric, data.get("data"), data.get("better"), data.get("owner"), gate, **rest)


def read(document: Document) -> Kpis:
    """The KPIs of a valid document."""
    data = document.data
    sets = {name: _data_set(name, value) for name, value in data.get("data", {}).items()}
    return Kpis(document.path, data["model"], sets, tuple(_kpi(kpi) for kpi in data["kpis"]), data)


KIND = Kind("KPIs", "kpis", "models", "{folder}/{model}/kpis.yaml", read)
