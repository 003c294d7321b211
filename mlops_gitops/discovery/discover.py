"""What a repository has already: models, numbers in metrics files, and tables that may be predictions."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping, Sequence

from mlops_gitops.core.frozen import frozen
from mlops_gitops.discovery import metric_numbers
from mlops_gitops.discovery.metric_numbers import Number
from mlops_gitops.discovery.model_files import find_model_files
from mlops_gitops.discovery.models import Model, Naming, find_models, project_of
from mlops_gitops.discovery.naming import vocabulary, words
from mlops_gitops.documents.read_document import load
from mlops_gitops.documents.tree import Tree
from mlops_gitops.pipelines import declared_stages
from mlops_gitops.pipelines.declared_stages import METRIC, PLOT, Pipelines
from mlops_gitops.pipelines.dvc_projects import parents
from mlops_gitops.records import card
from mlops_gitops.records.card import Card
from mlops_gitops.repository.snapshot import Snapshot

_METRICS_WORDS = vocabulary("metric metrics score scores evaluation performance results")
_DATA_ENDINGS = ("json", "yaml", "yml")
_TABLE_ENDINGS = ("csv", "parquet")
MOST_FILES = 5  # of metrics files that nothing declares


@frozen
class Discovery:
    """What discovery found. `missing` are metrics files that are declared and not here; `notes` are sentences."""

    pipelines: Pipelines
    models: tuple[Model, ...]
    numbers: Mapping[str, tuple[Number, ...]]
    missing: tuple[str, ...]
    tables: tuple[str, ...]
    notes: tuple[str, ...]

    def sources(self, path: str) -> tuple[Model, ...]:
        """The models a file is made from, as far as the pipelines say."""
        return tuple(model for model in self.models if self._is_made_from(path, model))

    def neighbours(self, path: str) -> tuple[Model, ...]:
        """The models of the nearest project around a file that has some: it is theirs where nothing says whose."""
        projects = [project_of(self.pipelines, model) for model in self.models]
        nearest = next((folder for folder in (*parents(path), "") if folder in projects), None)
        return tuple(model for model, project in zip(self.models, projects, strict=True) if nearest in (None, project))

    def _is_made_from(self, path: str, model: Model) -> bool:
        return any(self.pipelines.made_from(path, artifact) for artifact in model.artifacts)


def discover(tree: Tree, repository: str) -> Discovery:
    """Everything a first draft can be made of."""
    pipelines = declared_stages.read_pipelines(tree)
    carded = [_card_model(record) for record in Snapshot(tree).records(card.KIND, Card)]
    names = {path: model.name for model in carded for path in model.artifacts}
    declared = list(_declared_metrics(pipelines))
    files = [*declared, *_undeclared_metrics(tree, pipelines, declared)]
    numbers, missing, unread = _read_metrics(tree, files)
    models, notes = find_models(pipelines, tree, numbers, Naming(names, repository))
    tables = [path for path in pipelines.outs() if _ending(path) in _TABLE_ENDINGS]
    models = models or tuple(carded)
    return Discovery(pipelines, models, numbers, missing, tuple(tables), (*notes, *pipelines.notes, *unread))


def _card_model(record: Card) -> Model:
    name = posixpath.basename(posixpath.dirname(record.path))
    return Model(name, tuple(artifact.path for artifact in record.artifacts))


def _declared_metrics(pipelines: Pipelines) -> Iterator[str]:
    """Metrics files by their role, or outputs that are called so."""
    yield from pipelines.metrics
    for stage in pipelines.stages:
        for path, role in stage.outs.items():
            if role == METRIC or (role != PLOT and _is_metrics_file(path)):
                yield path


def _undeclared_metrics(tree: Tree, pipelines: Pipelines, declared: Sequence[str]) -> Iterator[str]:
    """Files that are called like metrics, in each project that declares none; where others do, it must have a model."""
    known = {pipelines.project_of(path) for path in declared}
    modelled = {pipelines.project_of(file.stage.source) for file in find_model_files(pipelines)}
    found: dict[str, list[str]] = {}
    for path in sorted(filter(_is_metrics_file, tree.paths()), key=lambda path: (path.count("/"), path)):
        project = pipelines.project_of(path)
        if project not in known and (not known or project in modelled) and declared_stages.is_usable_path(path):
            found.setdefault(project, []).append(path)
    for paths in found.values():
        yield from paths[:MOST_FILES]


def _is_metrics_file(path: str) -> bool:
    stem = posixpath.basename(path).rpartition(".")[0]
    return _ending(path) in _DATA_ENDINGS and not _METRICS_WORDS.isdisjoint(words(stem))


def _ending(path: str) -> str:
    return posixpath.basename(path).rpartition(".")[2].lower()


def _read_metrics(
    tree: Tree, files: list[str]
) -> tuple[dict[str, tuple[Number, ...]], tuple[str, ...], tuple[str, ...]]:
    numbers: dict[str, tuple[Number, ...]] = {}
    missing, unread = [], []
    for path in dict.fromkeys(files):
        document = load(tree, path)
        if document is None:
            missing.append(path)
        elif document.problems:
            unread.append(f"{document.problems[0].span}: {document.problems[0].message}")
        elif read := tuple(metric_numbers.read_numbers(path, document.data)):
            numbers[path] = read
        else:
            unread.append(f"{path} holds no number that a KPI could name")
    return numbers, tuple(missing), tuple(unread)
