"""What a stage explains: the KPI, the artifact, and the table whose columns are the features."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterator, Mapping

from mlops_gitops import GUIDES
from mlops_gitops.core.errors import Error
from mlops_gitops.core.frozen import frozen
from mlops_gitops.metrics import lookup
from mlops_gitops.metrics.metric import Metric
from mlops_gitops.metrics.scikit_learn import EQUIVALENTS, TAKES
from mlops_gitops.pipelines.tracked_outputs import Tracking
from mlops_gitops.records.card import Card, CardArtifact
from mlops_gitops.records.kpis import DataSet, Kpi, Kpis, format_by_ending
from mlops_gitops.repository.snapshot import Snapshot

Columns = Callable[[str, str], Mapping[str, str] | None]  # path, format → columns of a file that lies here
MOST = 1000  # features, as schemas/explanation.json has it
READ = ("skops", "pickle", "joblib", "onnx")  # formats of artifacts that a script can load


@frozen
class ExplainPlan:
    """What a stage explains. `function` is the metric's function of scikit-learn; `folder` that of its dvc.yaml.

    Paths are those of the repository.
    """

    model: str
    kpi: Kpi
    metric: Metric
    function: str
    data: DataSet
    artifact: CardArtifact
    table: str
    features: tuple[str, ...]
    folder: str
    script: str

    @property
    def takes(self) -> str:
        """What the function takes, as metrics/scikit_learn.py names it."""
        return TAKES[self.function]

    @property
    def stage(self) -> str:
        """The name of the stage."""
        return f"explain-{self.model}"

    def report(self, name: str) -> str:
        """The path of a file that the stage makes."""
        return posixpath.join(self.folder, "reports", self.model, name)


def plan(
    head: Snapshot, model: str, card: Card, kpis: Kpis, columns: Columns, *, kpi: str = "", table: str = ""
) -> ExplainPlan:
    """The plan for a model; `kpi` and `table` are named by people, or found. Raises Error where nothing fits."""
    chosen, metric, function = _kpi(kpis, kpi)
    data = kpis.data[chosen.data or ""]
    artifact = _artifact(head.tracking, card)
    maker = _maker(head.tracking, data)
    folder = posixpath.dirname(maker[0]) if maker else ""
    path, features = _table(head.tracking, data, columns, maker[1] if maker else (), table)
    if len(features) > MOST:
        help = "explain a table of fewer columns, or write the stage yourself"
        raise Error(f"{path} has {len(features):,} columns that may be features; {MOST:,} can be verified", help=help)
    scripts = [dep for dep in (maker[1] if maker else ()) if dep.endswith(".py")]
    beside = posixpath.dirname(scripts[0]) if scripts else posixpath.join(folder, "src")
    script = posixpath.join(beside, f"explain_{model.replace('-', '_').replace('.', '_')}.py")
    return ExplainPlan(model, chosen, metric, function, data, artifact, path, features, folder, script)


def _kpi(kpis: Kpis, named: str) -> tuple[Kpi, Metric, str]:
    """The KPI to explain by, its metric and the function of scikit-learn that measures it."""
    functions = {metric: name for name, metric in EQUIVALENTS.items() if name in TAKES}
    found = []
    for kpi in kpis.kpis:
        metric = lookup.kpi_metric(kpi) if kpi.data in kpis.data and not kpi.loss_limits() else None
        if (
            metric
            and metric.id in functions
            and metric.better
            and _has(kpis.data[kpi.data or ""], TAKES[functions[metric.id]])
        ):
            found.append((kpi, metric, functions[metric.id]))
    if chosen := next((each for each in found if named in ("", each[0].id)), None):
        return chosen
    able = ", ".join(each[0].id for each in found)
    what = (
        f"{named!r} is not a KPI that a permutation explains" if named else "no KPI is one that a permutation explains"
    )
    help = (
        f"--kpi, one of {able}" if able else f"{kpis.path} needs a KPI on a score, or on a prediction that is a number"
    )
    raise Error(f"{what}: a metric of scikit-learn on keyed rows", help=help)


def _has(data: DataSet, takes: str) -> bool:
    """Whether the answer to a permuted row is all that the metric takes beside the label."""
    if data.key is None or data.where is not None or data.scores or data.live:
        return False
    if takes == "quantity":
        return data.prediction is not None and data.score is None
    return data.score is not None and (takes in ("score", "probability") or data.threshold is not None)


def _artifact(tracking: Tracking, card: Card) -> CardArtifact:
    found = next((a for a in card.artifacts if a.format in READ and tracking.output(a.path)), None)
    if found is None:
        listed = ", ".join(f"{artifact.path} ({artifact.format})" for artifact in card.artifacts)
        help = f"{GUIDES}/how-to/explain-a-model.md shows a stage of your own; {card.path} lists {listed}"
        raise Error(f"no artifact of the card is tracked by DVC and of a format among {', '.join(READ)}", help=help)
    return found


def _maker(tracking: Tracking, data: DataSet) -> tuple[str, tuple[str, ...]] | None:
    """The dvc.lock and what was read of the stage that made the predictions."""
    output = tracking.output(data.path)
    stage = tracking.maker(output.pin) if output else None
    return (stage.lock, tuple(stage.deps)) if stage else None


def _table(
    tracking: Tracking, data: DataSet, columns: Columns, read: tuple[str, ...], named: str
) -> tuple[str, tuple[str, ...]]:
    """The table with the features, and their names."""
    able = {
        path: names for path in ([named] if named else [*read, data.path]) if (names := _features(data, columns, path))
    }
    tracked = [path for path in able if tracking.output(path)]
    if len(tracked) > 1 and data.path in tracked:
        tracked.remove(data.path)
    if len(tracked) == 1:
        return tracked[0], able[tracked[0]]
    if named:
        raise Error(
            f"{named} is not a table of DVC's with the column {data.key!r} and others", help="dvc pull, or name another"
        )
    listed = f", one of {', '.join(tracked)}" if tracked else f": a table with the column {data.key!r}"
    why = "several tables hold features" if tracked else f"what {data.path} was made of has no table with features"
    raise Error(why, help=f"--data PATH{listed}; dvc pull brings them")


def _features(data: DataSet, columns: Columns, path: str) -> tuple[str, ...]:
    names = columns(path, format_by_ending(path)) if format_by_ending(path) else None
    if not names or data.key not in names:
        return ()
    return tuple(name for name in names if name not in {*_declared(data)})


def _declared(data: DataSet) -> Iterator[str]:
    yield from data.columns().values()
    yield from (data.cluster,) if data.cluster else ()
    yield from (data.labels.key, data.labels.column) if data.labels else ()
