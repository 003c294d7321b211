"""What the KPIs of a model can be drafted from: predictions it made, and numbers its pipeline measured."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator, Mapping, Sequence

from mlops_gitops.core.frozen import frozen, replace
from mlops_gitops.core.table import Columns
from mlops_gitops.discovery import metric_numbers, prediction_tables
from mlops_gitops.discovery.discover import Discovery
from mlops_gitops.discovery.metric_numbers import LOWER, Number
from mlops_gitops.discovery.models import Model
from mlops_gitops.discovery.naming import slug, unique_name, vocabulary, words
from mlops_gitops.discovery.prediction_tables import Predictions

MOST = 8  # KPIs of a draft: more than people agree on in one sitting
TO_CHOOSE = "to-be-chosen"
_PREDICTS = vocabulary("predict predicted prediction predictions pred preds score scores scored holdout forecast")


@frozen
class Benchmark:
    """A KPI to be: a number of a metrics file or, with `data`, a metric measured on predictions."""

    id: str
    metric: str | Number
    data: str = ""
    today: Number | None = None
    borrowed: bool = False  # today's value is the one of a metrics file, not measured on `data`
    obstacle: str = ""  # why nothing can measure it yet
    commented: bool = False

    @property
    def lower(self) -> bool:
        """Whether a lower value is better."""
        number = self.metric if isinstance(self.metric, Number) else Number("", self.metric, 0.0)
        return number.better == LOWER


@frozen
class Evaluation:
    """Everything a model can be measured by, and what might be if a person says so."""

    benchmarks: tuple[Benchmark, ...]
    data: Mapping[str, Predictions]
    left: tuple[Number, ...]
    likely: Mapping[str, str]  # name of a data set → file that is called like predictions
    doubted: Mapping[str, tuple[Predictions, str]]  # name of a data set → why its label may not be the true value
    shared: tuple[str, ...]  # metrics files that may be another model's


def evaluation(
    discovery: Discovery, model: Model, samples: Mapping[str, Columns], measured: Mapping[str, Mapping[str, float]]
) -> Evaluation:
    """What one model's KPIs can be drafted from: `samples` are first rows of tables, `measured` metrics of some.

    A declared number comes before a metric on guessed columns that disagrees with it.
    """
    found, likely = _tables(discovery, model, samples)
    files = [path for path in discovery.numbers if model in (_about(discovery, path) or [model])]
    numbers = [number for path in files for number in discovery.numbers[path]]
    doubts = {
        name: prediction_tables.label_doubt(table, measured.get(table.path, {}), numbers)
        for name, table in found.items()
    }
    data = {name: table for name, table in found.items() if not doubts[name]}
    doubted = {name: (found[name], doubt) for name, doubt in doubts.items() if doubt}
    on_data = list(_on_data(data, numbers, measured))
    rest = [number for number in numbers if not _is_measured(number, on_data)]
    room = MOST - len(on_data)
    chosen = metric_numbers.choose_numbers(rest, room) or ([] if on_data else rest[:room])
    taken = {*data, *(benchmark.id for benchmark in on_data)}
    drafted = [*on_data, *_in_files(discovery, chosen, taken)] or [_placeholder(discovery, model)]
    if all(benchmark.commented for benchmark in drafted):
        drafted[0] = replace(drafted[0], commented=False)  # a KPIs file without a KPI is no KPIs file
    left = tuple(number for number in rest if number not in chosen)
    shared = tuple(path for path in files if len(discovery.models) > 1 and not _about(discovery, path))
    return Evaluation(tuple(drafted), data, left, likely, doubted, shared)


def _about(discovery: Discovery, path: str) -> list[Model]:
    """The models a metrics file is about: by the pipeline or else by its path; none where neither says."""
    named = [model for model in discovery.models if {*model.name.split("-")} <= {*words(path)}]
    return [*discovery.sources(path)] or named


def _tables(
    discovery: Discovery, model: Model, samples: Mapping[str, Columns]
) -> tuple[dict[str, Predictions], dict[str, str]]:
    known: dict[str, Predictions] = {}
    likely: dict[str, str] = {}
    for path in discovery.tables:
        if model.stage and model.stage.name and model not in discovery.sources(path):
            continue
        name = unique_name(slug(posixpath.basename(path).rpartition(".")[0], "data"), {*known, *likely})
        predictions = prediction_tables.recognise(path, samples[path]) if path in samples else None
        if predictions:
            known[name] = predictions
        elif path not in samples and not _PREDICTS.isdisjoint(words(path)):
            likely[name] = path
    return known, likely


def _on_data(
    data: Mapping[str, Predictions], numbers: list[Number], measured: Mapping[str, Mapping[str, float]]
) -> Iterator[Benchmark]:
    taken = {*data}
    for name, predictions in data.items():
        values = measured.get(predictions.path, {})
        # A metric that cannot be measured is no first KPI.
        metrics = [metric for metric in predictions.metrics if not values or metric in values]
        metrics = [metric for metric in metrics if not _is_contradicted(metric, values, numbers)]
        for metric in metrics[: MOST // len(data) or 1]:
            id = unique_name(slug(metric), taken)
            taken.add(id)
            measured_here = [Number(predictions.path, metric, values[metric])] if metric in values else []
            in_files = [number for number in numbers if number.measures_model and _measures(number, metric)]
            today = next(iter(measured_here + in_files), None)
            yield Benchmark(id, metric, name, today, borrowed=not measured_here)


def _is_contradicted(metric: str, values: Mapping[str, float], numbers: Iterable[Number]) -> bool:
    """Whether metrics files have this metric, and none of them the value that was measured."""
    declared = [number for number in numbers if number.measures_model and _measures(number, metric)]
    return metric in values and bool(declared) and not any(number.agrees(values[metric]) for number in declared)


def _is_measured(number: Number, benchmarks: Sequence[Benchmark]) -> bool:
    """Whether a benchmark on data measures what a number of a metrics file says."""
    return number.measures_model and any(_measures(number, benchmark.metric) for benchmark in benchmarks)


def _measures(number: Number, metric: str | Number) -> bool:
    """Whether a number of a metrics file is what we measure ourselves under that name."""
    return number.metric == metric


def _in_files(discovery: Discovery, numbers: list[Number], taken: set[str]) -> Iterator[Benchmark]:
    for number in numbers:
        id = unique_name(slug(number.key, "number"), taken)
        taken.add(id)
        obstacle = in_folder(discovery, number.file)
        yield Benchmark(id, number, today=number, obstacle=obstacle, commented=bool(obstacle))


def in_folder(discovery: Discovery, path: str) -> str:
    """Why a release cannot pin a file, when DVC tracks the folder around it; else nothing."""
    folder = discovery.pipelines.folder(path)
    if folder is None:
        return ""
    return (
        f"{path} lies in {folder}, a folder that DVC tracks as a whole, and a release pins a metrics file by itself: "
        f"write it outside {folder}, or list what is in {folder} file by file under `outs:` and `metrics:`."
    )


def _placeholder(discovery: Discovery, model: Model) -> Benchmark:
    """A KPI for somebody to complete: until then `gate` says what is missing, and lets nothing through."""
    missing = [path for path in discovery.missing if model in (_about(discovery, path) or [model])]
    file = missing[0] if missing else "metrics.json"
    absent = f"{file} is declared in dvc.yaml and is not here" if missing else "No metrics file with numbers was found"
    obstacle = (
        in_folder(discovery, file) or f"{absent}, so its numbers are not known: name the one that matters as `key:`."
    )
    return Benchmark("first-kpi", Number(file, TO_CHOOSE, 0.0), obstacle=obstacle)
