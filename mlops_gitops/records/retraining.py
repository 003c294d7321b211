"""models/<model>/retraining.yaml: when a model is retrained, by which pipeline, how it is judged, and who decides."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from mlops_gitops.core.frozen import frozen
from mlops_gitops.documents.document import Document
from mlops_gitops.documents.kind import Kind, WrongValue, counts
from mlops_gitops.records.duration import duration
from mlops_gitops.records.monitoring import share

if TYPE_CHECKING:
    from datetime import timedelta

BY_HAND = "by-hand"  # the id of the trigger that people start
HOLDOUT = "holdout"
PULL_REQUEST, ISSUE, DISPATCH = "pull_request", "issue", "dispatch"
PLACEHOLDERS = ("window_end",)  # what a value of `pipeline.params` may hold in braces


@frozen
class Alarm:
    """A watch of monitoring.yaml alarms, in as many windows in a row as its `consecutive` says."""

    watch: str


@frozen
class ImportantDrift:
    """The columns that drifted hold a share of the importance in the card's explanation, from 0 to 1."""

    watch: str
    importance: float


@frozen
class Age:
    """The release in force was made longer ago than this."""

    limit: timedelta


@frozen
class NewLabels:
    """So many labelled rows became complete since the release in force was made."""

    rows: int


@frozen
class Changed:
    """A file is not the one that the release in force was made with."""

    path: str


@frozen
class ByHand:
    """People start it, with a reason."""


Check: TypeAlias = Alarm | ImportantDrift | Age | NewLabels | Changed | ByHand


@frozen
class Trigger:
    """What calls for a retraining; `kind` is the key of its check in the file, `by_hand` where it has none."""

    id: str
    kind: str
    check: Check


@frozen
class Pipeline:
    """The stages to run, as DVC names them, and the params to set; texts may hold `{window_end}`."""

    stages: tuple[str, ...]
    params: Mapping[str, str | float | bool] = {}


@frozen
class TrainingData:
    """The file of the training data, and the column of it that holds what the windows have as their key."""

    path: str
    key: str


@frozen
class WindowsToJudge:
    """The candidate is judged on the newest `windows` live windows whose labels are complete.

    They are laid out in `folder`, which is empty for the default; `predictions` are the outputs by data set that are
    not the default. Without `training` it is every table that the stage of the model reads.
    """

    windows: int
    folder: str = ""
    predictions: Mapping[str, str] = {}
    training: TrainingData | None = None


@frozen
class Budget:
    """How many runs may start in a calendar month (UTC), and how many minutes one of them may take."""

    runs_per_month: int
    minutes: int


@frozen
class Retraining:
    """The whole file; `evaluate` is None for the pipeline's own holdout, `workflow` is there for `then` dispatch."""

    path: str
    model: str
    decides: Mapping[str, int]
    triggers: tuple[Trigger, ...]
    new_rows: int | None
    cooldown: timedelta
    budget: Budget
    pipeline: Pipeline
    evaluate: WindowsToJudge | None
    then: str
    workflow: str | None
    source: Mapping[str, Any]

    @property
    def by_hand(self) -> bool:
        """Whether people may start a retraining with a reason."""
        return any(isinstance(trigger.check, ByHand) for trigger in self.triggers)


def read(document: Document) -> Retraining:
    """The retraining of a valid document. Raises WrongValue for a share of importance that everything reaches."""
    data = document.data
    pipeline = Pipeline(tuple(data["pipeline"]["stages"]), data["pipeline"].get("params", {}))
    evaluate = None if data["evaluate"] == HOLDOUT else _windows(data["evaluate"])
    workflow = data["then"]["dispatch"] if isinstance(data["then"], dict) else None
    budget = Budget(int(data["budget"]["runs"].partition(" ")[0]), data["budget"]["minutes"])
    return Retraining(
        path=document.path,
        model=data["model"],
        decides=counts(data["decides"]),
        triggers=_triggers(data["triggers"]),
        new_rows=data.get("require", {}).get("new_rows"),
        cooldown=duration(data["cooldown"]),
        budget=budget,
        pipeline=pipeline,
        evaluate=evaluate,
        then=DISPATCH if workflow else data["then"],
        workflow=workflow,
        source=data,
    )


def _windows(data: Mapping[str, Any]) -> WindowsToJudge:
    training = TrainingData(**data["training"]) if "training" in data else None
    return WindowsToJudge(data["windows"], data.get("folder", ""), data.get("predictions", {}), training)


def _triggers(data: Sequence[Mapping[str, Any]]) -> tuple[Trigger, ...]:
    for n, entry in enumerate(data):
        if "drift" in entry and not share(entry["drift"]["importance"]):
            message = "a share of 0 % is reached without any drift: take a larger `importance`"
            raise WrongValue(message, "triggers", n, "drift", "importance")
    return tuple(map(_trigger, data))


def _trigger(data: Mapping[str, Any]) -> Trigger:
    kind = next((key for key in _CHECKS if key in data), "by_hand")
    return Trigger(data["id"], kind, _CHECKS[kind](data[kind]) if kind in data else ByHand())


def _drift(data: Mapping[str, Any]) -> ImportantDrift:
    return ImportantDrift(data["watch"], share(data["importance"]))


_CHECKS: Mapping[str, Callable[[Any], Check]] = {
    "alarm": Alarm,
    "drift": _drift,
    "age": lambda data: Age(duration(data)),
    "new_labels": lambda data: NewLabels(data["rows"]),
    "changed": Changed,
}

KIND = Kind("Retraining", "retraining", "models", "{folder}/{model}/retraining.yaml", read, drafted=True)
