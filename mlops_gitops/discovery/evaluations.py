"""What the KPIs of a model can be drafted from: predictions it made, and numbers its pipeline measured."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping

from mlops_gitops.core.frozen import frozen, replace
from mlops_gitops.core.table import Columns
from mlops_gitops.discovery import prediction_tables
from mlops_gitops.discovery.benchmarks import (
    MOST,
    Benchmark,
    benchmarks_in_files,
    benchmarks_on_data,
    is_measured,
    nearest_numbers,
)
from mlops_gitops.discovery.discover import Discovery
from mlops_gitops.discovery.metric_numbers import Number
from mlops_gitops.discovery.models import Model
from mlops_gitops.discovery.naming import slug, unique_name, vocabulary, words
from mlops_gitops.discovery.nearness import Nearness, nearness
from mlops_gitops.discovery.prediction_tables import Predictions
from mlops_gitops.discovery.predictors import named_member

TO_CHOOSE = "to-be-chosen"
_PREDICTS = vocabulary("predict predicted prediction predictions pred preds score scores scored holdout forecast")


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

    A declared number comes before a metric on guessed columns that disagrees with it, and what the evaluation that
    reads the model wrote before any other file.
    """
    found, likely = _tables(discovery, model, samples)
    numbers, others = _numbers(discovery, model)
    doubts = {
        name: prediction_tables.label_doubt(table, measured.get(table.path, {}), numbers)
        for name, table in found.items()
    }
    data = {name: table for name, table in found.items() if not doubts[name]}
    doubted = {name: (found[name], doubt) for name, doubt in doubts.items() if doubt}
    on_data = list(benchmarks_on_data(data, numbers, measured))
    rest = [number for number in numbers if not is_measured(number, on_data)]
    chosen = _chosen(discovery, model, rest, MOST - len(on_data)) or ([] if on_data else rest[:MOST])
    taken = {*data, *(benchmark.id for benchmark in on_data)}
    in_files = benchmarks_in_files(chosen, taken, lambda path: _obstacle(discovery, path, model))
    places = {name: table.path for name, table in data.items()}
    drafted = sorted([*on_data, *in_files], key=lambda benchmark: _near(discovery, _file(benchmark, places), model))
    drafted = drafted or [_placeholder(discovery, model)]
    if all(benchmark.commented for benchmark in drafted):
        drafted[0] = replace(drafted[0], commented=False)  # a KPIs file without a KPI is no KPIs file
    left = tuple(number for number in (*rest, *others) if number not in chosen)
    paths = dict.fromkeys(number.file for number in numbers)
    shared = [path for path in paths if not _about(discovery, path) and len(discovery.neighbours(path)) > 1]
    return Evaluation(tuple(drafted), data, left, likely, doubted, tuple(shared))


def _chosen(discovery: Discovery, model: Model, numbers: list[Number], room: int) -> list[Number]:
    """The numbers to begin with; of those about a part of the model one, as an example of what is missing."""
    about_part = any(_near(discovery, number.file, model) is Nearness.PART for number in numbers)
    return nearest_numbers(
        numbers, lambda number: _near(discovery, number.file, model), min(room, 1) if about_part else room
    )


def _near(discovery: Discovery, path: str, model: Model) -> Nearness:
    return nearness(discovery.pipelines, path, model)


def _file(benchmark: Benchmark, places: Mapping[str, str]) -> str:
    """The file that a benchmark is measured on, or whose number it is."""
    return benchmark.metric.file if isinstance(benchmark.metric, Number) else places[benchmark.data]


def _numbers(discovery: Discovery, model: Model) -> tuple[list[Number], list[Number]]:
    """The numbers that may be about a model, the nearest first; and those that are farther, or another model's."""
    files = [path for path in discovery.numbers if _may_be_about(discovery, path, model)]
    files.sort(key=lambda path: _near(discovery, path, model))
    every = [number for path in files for number in discovery.numbers[path]]
    foreign = [number for number in every if _is_of_another(discovery, number, model)]
    every = [number for number in every if number not in foreign]
    whole = [number for number in every if _near(discovery, number.file, model) < Nearness.PART]
    numbers = whole if any(number.measures_model for number in whole) else every
    members = [number for number in numbers if named_member(number, model.artifacts)]
    if len(model.artifacts) > 1 and len(members) < len(numbers):
        numbers = [number for number in numbers if number not in members]
    return numbers, [number for number in every if number not in numbers]


def _is_of_another(discovery: Discovery, number: Number, model: Model) -> bool:
    """Whether a number of an evaluation of several models names one of the others."""
    models = discovery.sources(number.file)
    if len(models) < 2:
        return False
    named = named_member(number, [path for other in models for path in other.artifacts])
    return named is not None and named not in model.artifacts


def _about(discovery: Discovery, path: str) -> list[Model]:
    """The models a metrics file is about: by the pipeline or else by its path; none where neither says."""
    named = [model for model in discovery.models if {*words(model.name)} <= {*words(path)}]
    return [*discovery.sources(path)] or named


def _may_be_about(discovery: Discovery, path: str, model: Model) -> bool:
    """Whether a metrics file may be about a model: where nothing says whose it is, it is of its project's models."""
    return model in (_about(discovery, path) or discovery.neighbours(path) or [model])


def _may_predict(discovery: Discovery, path: str, model: Model) -> bool:
    """Whether a table may hold what a model predicts: of what `dvc add` tracks, only its project says."""
    near = not model.stages and model in (discovery.neighbours(path) or [model])
    return near or model in discovery.sources(path)


def _tables(
    discovery: Discovery, model: Model, samples: Mapping[str, Columns]
) -> tuple[dict[str, Predictions], dict[str, str]]:
    """The tables of predictions by their names, and those that are only called so; the nearest first."""
    paths = [path for path in discovery.tables if _may_predict(discovery, path, model)]
    whole = [path for path in paths if _near(discovery, path, model) < Nearness.PART]
    known: dict[str, Predictions] = {}
    likely: dict[str, str] = {}
    for path in sorted(whole or paths, key=lambda path: _near(discovery, path, model)):
        name = unique_name(slug(posixpath.basename(path).rpartition(".")[0], "data"), {*known, *likely})
        predictions = prediction_tables.recognise(path, samples[path]) if path in samples else None
        if predictions:
            known[name] = predictions
        elif path not in samples and not _PREDICTS.isdisjoint(words(path)):
            likely[name] = path
    return known, likely


def _obstacle(discovery: Discovery, path: str, model: Model) -> str:
    """Why a release cannot pin a metrics file for this model, or nothing."""
    if _near(discovery, path, model) is Nearness.PART:
        return (
            f"{path} is measured on some files of {model.name} and not on all: let one stage read them all, and write "
            "what they do together to a metrics file."
        )
    return in_folder(discovery, path)


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
    missing = [path for path in discovery.missing if _may_be_about(discovery, path, model)]
    file = min(missing, key=lambda path: _near(discovery, path, model), default="metrics.json")
    absent = f"{file} is declared in dvc.yaml and is not here" if missing else "No metrics file with numbers was found"
    obstacle = (
        in_folder(discovery, file) or f"{absent}, so its numbers are not known: name the one that matters as `key:`."
    )
    return Benchmark("first-kpi", Number(file, TO_CHOOSE, 0.0), obstacle=obstacle)
