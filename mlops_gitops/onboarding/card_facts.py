"""The facts of a repository that a model card can state: digests, measured numbers and their data, and roles."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal

from mlops_gitops.cards.claimed_metrics import recorded_numbers
from mlops_gitops.core.frozen import frozen
from mlops_gitops.discovery import metric_numbers
from mlops_gitops.discovery.metric_numbers import Number
from mlops_gitops.discovery.models import Model
from mlops_gitops.discovery.naming import vocabulary, words
from mlops_gitops.discovery.nearness import Nearness, nearness
from mlops_gitops.discovery.training_library import training_library
from mlops_gitops.onboarding.file_drafts import OPERATIONS, SCIENCE, Person
from mlops_gitops.pipelines.declared_stages import Pipelines
from mlops_gitops.pipelines.tracked_outputs import Tracking
from mlops_gitops.records.project import NEEDED_EVIDENCE, Project
from mlops_gitops.repository.snapshot import Snapshot

MOST = 8  # numbers of a draft
DIGITS = 4
_LARGE = 10**15  # beyond it a number is written as it is
_TABLES = frozenset(["csv", "parquet", "feather", "tsv", "arrow"])
_CLASSES = vocabulary("auc auroc f1 accuracy acc precision recall logloss brier")
_QUANTITIES = vocabulary("rmse mae mse mape smape rmsle r2")


@frozen
class Result:
    """The numbers of one metrics file, and the data they were measured on; empty where it is not known."""

    file: str
    dataset: str
    numbers: tuple[Number, ...]


@frozen
class CardFacts:
    """What the repository says of a model, so that nobody has to write it. An empty text is not known."""

    digests: Mapping[str, str] = {}  # artifact → MD5 as DVC has it
    results: tuple[Result, ...] = ()
    library: str = ""
    task: str = ""
    roles: tuple[str, ...] = (SCIENCE, OPERATIONS)  # the owner's first
    evidence: tuple[str, ...] = NEEDED_EVIDENCE["high"]  # what the risk class of a draft needs
    home: str = "models"  # the folder of the card


def card_facts(snapshot: Snapshot, pipelines: Pipelines, model: Model, person: Person | None, path: str) -> CardFacts:
    """The facts of one model, for its card at `path`.

    Only numbers whose file is made from the model's own bytes are taken.
    """
    tracking = Tracking(snapshot.tree)
    digests = {path: str(output.pin.md5) for path in model.artifacts if (output := tracking.output(path))}
    results = tuple(_results(snapshot, tracking, pipelines, model))
    project = snapshot.project
    evidence = (project.evidence if project else NEEDED_EVIDENCE).get("high", ())
    library = training_library(snapshot.tree, model)
    return CardFacts(
        digests, results, library, _task(results), _roles(project, person), evidence, posixpath.dirname(path)
    )


def rounded(value: float) -> str:
    """A number with four significant digits, and never less than whole: what was measured agrees with it."""
    exact = Decimal(repr(value))
    if abs(exact) >= _LARGE:
        return repr(value)
    return str(exact.quantize(Decimal(1).scaleb(min(0, exact.adjusted() - DIGITS + 1))))


def _results(snapshot: Snapshot, tracking: Tracking, pipelines: Pipelines, model: Model) -> Iterator[Result]:
    recorded = recorded_numbers(tracking, snapshot.kpis(model.name), model.artifacts).values()
    numbers = dict.fromkeys(Number(r.file, r.key, r.value) for records in recorded for r in records)
    measures = [number for number in numbers if number.better and not number.is_speed and number.file.isprintable()]
    near = {number.file: nearness(pipelines, number.file, model) for number in measures}
    nearest = min(near.values(), default=Nearness.PART)
    shown = [number for number in measures if near[number.file] is nearest < Nearness.PART]
    chosen = metric_numbers.choose_numbers((number for number in shown if number.key.isprintable()), MOST)
    for file in dict.fromkeys(number.file for number in chosen):
        data = _dataset(pipelines, file, model.artifacts)
        yield Result(file, data, tuple(number for number in chosen if number.file == file))


def _dataset(pipelines: Pipelines, file: str, artifacts: Iterable[str]) -> str:
    """The one data file that the stage reads; empty where there are several, or none."""
    stage = pipelines.maker(file)
    tracked = {*pipelines.outs()}
    deps = [path for path in (stage.deps if stage else ()) if path not in artifacts]
    data = [path for path in deps if path in tracked or _ending(path) in _TABLES]
    return data[0] if len(data) == 1 else ""


def _task(results: Iterable[Result]) -> str:
    """The task as the Hub names it, where the data is a table and the metrics are of one kind."""
    metric_words = {word for result in results for number in result.numbers for word in words(number.key)}
    tables = all(_ending(result.dataset) in _TABLES for result in results)
    classes, quantities = not _CLASSES.isdisjoint(metric_words), not _QUANTITIES.isdisjoint(metric_words)
    if not tables or classes == quantities:
        return ""
    return "tabular-classification" if classes else "tabular-regression"


def _roles(project: Project | None, person: Person | None) -> tuple[str, ...]:
    if project is None:
        return CardFacts().roles
    names = {name for name in (person.email, person.login) if name} if person else set()
    first = sorted((role for name in names for role in project.roles_of(name)), key=[*project.roles].index)
    return tuple(dict.fromkeys([*first, *project.roles])) or CardFacts().roles


def _ending(path: str) -> str:
    name = posixpath.basename(path)
    return name.rpartition(".")[2].lower() if "." in name else ""
