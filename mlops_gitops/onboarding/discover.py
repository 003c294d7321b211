"""What a repository has already: models, numbers in metrics files, and tables that may be predictions."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping

from mlops_gitops.core.frozen import frozen
from mlops_gitops.documents.read_document import load
from mlops_gitops.documents.tree import Tree
from mlops_gitops.onboarding import metric_numbers
from mlops_gitops.onboarding.metric_numbers import Number
from mlops_gitops.onboarding.models import Model, find_models
from mlops_gitops.onboarding.naming import vocabulary, words
from mlops_gitops.pipelines import declared_stages
from mlops_gitops.pipelines.declared_stages import METRIC, PLOT, Pipelines
from mlops_gitops.records import card
from mlops_gitops.records.card import Card
from mlops_gitops.repository.snapshot import Snapshot

_MEASURED = vocabulary("metric metrics score scores evaluation performance results")
_DATA_ENDINGS = ("json", "yaml", "yml")
_TABLE_ENDINGS = ("csv", "parquet")
MOST_FILES = 5  # of metrics files that nothing declares


@frozen
class Found:
    """All that was found. `missing` are metrics files that are declared and not here; `notes` are sentences."""

    pipelines: Pipelines
    models: tuple[Model, ...]
    numbers: Mapping[str, tuple[Number, ...]]
    missing: tuple[str, ...]
    tables: tuple[str, ...]
    notes: tuple[str, ...]

    def sources(self, path: str) -> tuple[Model, ...]:
        """The models a file is made from, as far as the pipelines say."""
        return tuple(m for m in self.models if any(self.pipelines.made_from(path, its) for its in m.artifacts))


def discover(tree: Tree, repository: str) -> Found:
    """Everything a first draft can be made of."""
    found = declared_stages.read_pipelines(tree)
    carded = [_carded(one) for one in Snapshot(tree).records(card.KIND, Card)]
    called = {path: model.name for model in carded for path in model.artifacts}
    models, notes = find_models(found, tree, called, repository)
    files = list(_declared(found)) or list(_lying_about(tree))
    numbers, missing, unread = _measured(tree, files)
    tables = [path for path in found.outs() if _ending(path) in _TABLE_ENDINGS]
    models = models or tuple(carded)
    return Found(found, models, numbers, missing, tuple(tables), (*notes, *found.notes, *unread))


def _carded(its: Card) -> Model:
    return Model(posixpath.basename(posixpath.dirname(its.path)), tuple(artifact.path for artifact in its.artifacts))


def _declared(found: Pipelines) -> Iterator[str]:
    """Metrics files by their role, or outputs that are called so."""
    yield from found.metrics
    for stage in found.stages:
        for path, role in stage.outs.items():
            if role == METRIC or (role != PLOT and _is_measured(path)):
                yield path


def _lying_about(tree: Tree) -> list[str]:
    found = [path for path in tree.paths() if _is_measured(path) and declared_stages.is_usable_path(path)]
    return sorted(found, key=lambda path: (path.count("/"), path))[:MOST_FILES]


def _is_measured(path: str) -> bool:
    stem = posixpath.basename(path).rpartition(".")[0]
    return _ending(path) in _DATA_ENDINGS and not _MEASURED.isdisjoint(words(stem))


def _ending(path: str) -> str:
    return posixpath.basename(path).rpartition(".")[2].lower()


def _measured(tree: Tree, files: list[str]) -> tuple[dict[str, tuple[Number, ...]], tuple[str, ...], tuple[str, ...]]:
    numbers: dict[str, tuple[Number, ...]] = {}
    missing, unread = [], []
    for path in dict.fromkeys(files):
        document = load(tree, path)
        if document is None:
            missing.append(path)
        elif document.problems:
            unread.append(f"{document.problems[0].span}: {document.problems[0].message}")
        elif its := tuple(metric_numbers.read_numbers(path, document.data)):
            numbers[path] = its
        else:
            unread.append(f"{path} holds no number that a KPI could name")
    return numbers, tuple(missing), tuple(unread)
