"""models/<model>/monitoring.yaml: what is watched of a model in use, how often, and which role is responsible."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from mlops_gitops.core import plugins
from mlops_gitops.core.frozen import frozen
from mlops_gitops.documents.document import Document
from mlops_gitops.documents.kind import Kind, WrongValue
from mlops_gitops.records.duration import duration

if TYPE_CHECKING:
    from datetime import datetime, timedelta

_FIRST_YEAR, _LAST_YEAR = 1970, 2999  # windows of any length can be counted from these
WATCHES = "monitoring.watches"  # the plug-ins that read what a watch checks: one file a kind, found by its name
RELEASE = "release"
REMOTE = "remote://"  # begins a location in a DVC remote: remote://NAME/path


@frozen
class ReferenceWindows:
    """The last `count` windows that ended by `until`: pinned, and changed by pull request."""

    count: int
    until: datetime


@frozen
class Labels:
    """Where the labels of a window arrive, how long after its end (`delay`), and what share of rows may lack one.

    `control` filters the rows that were not acted on, whose labels the model had no part in.
    """

    path: str
    format: str
    key: str
    label: str
    delay: timedelta
    missing: float = 0.0
    control: str | None = None


@frozen
class Windows:
    """What the model predicted: a file or a folder of parts for each window, and what its columns mean.

    `path` may hold `{environment}`, `{date}` and `{hour}`: the window's first moment, UTC; the parts of a folder say
    its `format` where it is empty. `release` is the column that names the release which answered a row; rows of one
    `cluster` depend on one another.
    """

    path: str
    format: str
    key: str | None = None
    prediction: str | None = None
    score: str | None = None
    scores: Mapping[str, str] = {}
    release: str | None = None
    cluster: str | None = None
    where: str | None = None
    column_types: Mapping[str, str] = {}
    labels: Labels | None = None

    @property
    def answers(self) -> tuple[str, ...]:
        """The columns of what the model predicted: its score or the scores of its classes, else its prediction."""
        if self.scores:
            return tuple(self.scores.values())
        return tuple(name for name in (self.score or self.prediction,) if name)


@frozen
class ColumnLimits:
    """What the values of a column may be; a number, a date or a text of `values`."""

    min: float | str | None = None
    max: float | str | None = None
    nulls: float | None = None  # a share from 0 to 1
    values: tuple[str | float | bool, ...] | None = None
    unique: bool = False


class Check:
    """What a watch checks: a frozen class for each kind, which the kind's plug-in reads.

    `tested` is whether it is a statistical test, which shares the budget of false alarms; else it is a limit. `drift`
    is whether columns are compared with the reference. The rest says what is read for it beside the rows.
    """

    __slots__ = ()
    tested = True
    drift = False

    @property
    def kpi_id(self) -> str | None:
        """The KPI that it reads on labelled rows, and so waits for labels."""
        return None

    @property
    def column_limits(self) -> Mapping[str, ColumnLimits]:
        """What the values of columns may be, by the name of the column."""
        return {}

    @property
    def number(self) -> tuple[str, str] | None:
        """The file and the key of the number that it reads in place of rows."""
        return None

    def compared(self, windows: Windows) -> tuple[str, ...]:
        """The columns that are compared with the reference."""
        return ()


@frozen
class Quality(Check):
    """Limits of the rows, the age (`fresh`) and the columns of a window: no statistics in them."""

    rows_at_least: int | None = None
    rows_at_most: int | None = None
    fresh: timedelta | None = None
    columns: Mapping[str, ColumnLimits] = {}

    tested = False

    @property
    def column_limits(self) -> Mapping[str, ColumnLimits]:
        """Those of its columns."""
        return self.columns


@frozen
class DataDrift(Check):
    """How far the columns may be from the reference; `effect` is a statistic of drift, and `limit` its limit."""

    columns: tuple[str, ...]
    effect: str
    limit: float

    drift = True

    def compared(self, windows: Windows) -> tuple[str, ...]:
        """Its columns."""
        return self.columns


@frozen
class PredictionDrift(Check):
    """How far the score or the prediction may be from the reference."""

    effect: str
    limit: float

    drift = True

    def compared(self, windows: Windows) -> tuple[str, ...]:
        """The columns of the model's answers."""
        return windows.answers


@frozen
class KpiDecay(Check):
    """A KPI on the labelled rows: its own gate's value, or no worse by `by` than the live windows or the promotion."""

    id: str
    live: int | None = None
    promoted: bool = False
    by: float | None = None

    @property
    def kpi_id(self) -> str:
        """Its id."""
        return self.id


@frozen
class Fairness(Check):
    """The largest gap of a KPI between groups of rows."""

    kpi: str
    by: tuple[str, ...]
    max_gap: float

    @property
    def kpi_id(self) -> str:
        """Its KPI."""
        return self.kpi


@frozen
class NumberLimit(Check):
    """A number in a JSON or YAML file, and its limits."""

    file: str
    key: str
    at_least: float | None = None
    at_most: float | None = None

    tested = False

    @property
    def number(self) -> tuple[str, str]:
        """Its file and its key."""
        return self.file, self.key


@frozen
class Watch:
    """One thing that is watched; `kind` is the key of its check in the file.

    `action` is note, issue or rollback. `over` windows are pooled; `consecutive` alarms make an issue, and none is
    opened again within `cooldown` of the last.
    """

    id: str
    kind: str
    check: Check
    action: str = "issue"
    runbook: str = ""
    where: str | None = None
    by: tuple[str, ...] = ()
    over: int = 1
    consecutive: int = 1
    cooldown: timedelta | None = None

    @property
    def tested(self) -> bool:
        """Whether it is a statistical test, which shares the budget of false alarms; else it is a limit."""
        return self.check.tested

    @property
    def kpi(self) -> str | None:
        """The id of the KPI that it reads on labelled rows, and so waits for labels; None where it needs none."""
        return self.check.kpi_id


@frozen
class Monitoring:
    """The whole file; `reference` is None for the profile that the release in force pins.

    `false_alarms` are those expected a year over all that is tested; 0 where nothing is.
    """

    path: str
    model: str
    owner: str
    start: datetime
    every: timedelta
    grace: timedelta
    environments: tuple[str, ...]
    reference: ReferenceWindows | None
    windows: Windows
    watches: tuple[Watch, ...]
    false_alarms: float
    webhook: str | None
    source: Mapping[str, Any]

    def locations(self) -> tuple[str, ...]:
        """Where live data arrives: the paths of the windows, of their labels, and of numbers."""
        labels = [self.windows.labels.path] if self.windows.labels else []
        numbers = [watch.check.number[0] for watch in self.watches if watch.check.number]
        return (self.windows.path, *labels, *numbers)


def remote_name(location: str) -> str:
    """The name of the DVC remote that a location is in; empty for one in the repository."""
    return location.removeprefix(REMOTE).partition("/")[0] if location.startswith(REMOTE) else ""


def moment(text: str, *route: str) -> datetime:
    """The first moment of a day as files write it, UTC. Raises ValueError for a day that does not exist.

    `route` is where a file says the day.
    """
    from datetime import UTC, datetime

    try:
        day = datetime.fromisoformat(text).replace(tzinfo=UTC)
    except ValueError as error:
        raise ValueError(f"{text} is not a day of the calendar: {error}") from error
    if not _FIRST_YEAR <= day.year <= _LAST_YEAR:
        raise WrongValue(f"{text} is not between the years {_FIRST_YEAR} and {_LAST_YEAR}", *route)
    return day


def share(value: float | str) -> float:
    """A share as files write it: `0.1` or `10 %`."""
    return float(value[:-1].strip()) / 100 if isinstance(value, str) else float(value)


def read(document: Document) -> Monitoring:
    """The monitoring of a valid document. Raises ValueError for a day that does not exist."""
    data = document.data
    given = data.get("reference", RELEASE)
    reference = None
    if given != RELEASE:
        reference = ReferenceWindows(given["windows"], moment(given["until"], "reference", "until"))
    windows = _windows(data["windows"])
    watches = tuple(map(_watch, data["watch"]))
    return Monitoring(
        document.path, data["model"], data["owner"], moment(data["start"], "start"), duration(data["every"]),
        duration(data["grace"]), tuple(data["environments"]), reference, windows, watches,
        data.get("budget", {}).get("false_alarms", 0.0), data.get("notify", {}).get("webhook"), data,
    )  # fmt: skip


def _windows(data: Mapping[str, Any]) -> Windows:
    scored = data["scored"]
    names = ("key", "prediction", "score", "release", "cluster", "where")
    rest: dict[str, Any] = {name: scored.get(name) for name in names}
    rest |= {"scores": scored.get("scores", {}), "column_types": scored.get("columns", {})}
    return Windows(scored["path"], _format(scored), **rest, labels=_labels(data.get("labels")))


def _labels(data: Mapping[str, Any] | None) -> Labels | None:
    if data is None:
        return None
    missing = share(data.get("missing", 0))
    rest = (data["key"], data["label"], duration(data["delay"]), missing, data.get("control"))
    return Labels(data["path"], _format(data), *rest)


def _format(data: Mapping[str, Any]) -> str:
    """The format of a file, as declared or by its ending; empty where neither says it."""
    ending = data["path"].rsplit(".", 1)[-1].lower()
    declared: str = data.get("format", "")
    return declared or (ending if ending in ("csv", "parquet") else "")


def _watch(data: Mapping[str, Any]) -> Watch:
    (kind,) = data.keys() & {*plugins.names(WATCHES)}
    check = plugins.load(WATCHES, kind, "KIND").read(data[kind])
    plain = {name: data[name] for name in ("action", "runbook", "where", "over", "consecutive") if name in data}
    cooldown = duration(data["cooldown"]) if "cooldown" in data else None
    return Watch(data["id"], kind, check, by=tuple(data.get("by", ())), cooldown=cooldown, **plain)


KIND = Kind("Monitoring", "monitoring", "models", "{folder}/{model}/monitoring.yaml", read, drafted=True)
