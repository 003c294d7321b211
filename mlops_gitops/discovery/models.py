"""The models of a repository: those it declares, or else likely ones, each with its files and a name."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping, Sequence, Set

from mlops_gitops.core.frozen import frozen, replace
from mlops_gitops.core.names import is_model
from mlops_gitops.discovery.model_files import ModelFile, find_model_files, parts, stem_and_ending
from mlops_gitops.discovery.naming import slug, unique_name, vocabulary
from mlops_gitops.discovery.predictors import Numbers, Predictor, group_predictors, says_nothing, shared_words
from mlops_gitops.documents.tree import Tree
from mlops_gitops.pipelines.declared_stages import Artifact, DeclaredStage, Pipelines
from mlops_gitops.records.project import default_folders

_FOLDER = default_folders()["models"]
# What a repository's name says of how it is made, not of what it is about.
_TOOLS = vocabulary("ml mlops dvc mlflow deeplearning ai project pipeline demo example tutorial repo")


@frozen
class Model:
    """A model: the files it is made of, and what is known of how."""

    name: str
    artifacts: tuple[str, ...]
    stages: tuple[DeclaredStage, ...] = ()  # that make them; what `dvc add` tracks has none
    description: str = ""
    labels: tuple[str, ...] = ()
    grouped: str = ""  # why several outputs are taken for one model


@frozen
class Naming:
    """What models are called: by their cards, which name artifacts, or else after the repository."""

    carded: Mapping[str, str]  # artifact → the model whose card names it
    repository: str


def find_models(
    pipelines: Pipelines, tree: Tree, numbers: Numbers, naming: Naming
) -> tuple[tuple[Model, ...], tuple[str, ...]]:
    """The models, declared ones or else the likely ones of a project, and what was not taken as written."""
    notes: list[str] = []
    declared = list(_declared_models(pipelines, tree, notes))
    drafts = _distinguished(pipelines, [*declared, *_likely_models(pipelines, numbers, naming, declared)])
    models: list[Model] = []
    for model in drafts:
        taken = {other.name.casefold() for other in models}
        name = naming.carded.get(model.artifacts[0]) or unique_name(_as_folder(tree, model), taken)
        models.append(replace(model, name=name))
    return tuple(models), tuple(notes)


def _as_folder(tree: Tree, model: Model) -> str:
    """The name of a model, spelled as the folder `models/NAME` that is there already, if that is named after it."""
    inside = (path.split("/") for path in tree.paths(_FOLDER))
    like = sorted({steps[1] for steps in inside if len(steps) > 2}, key=lambda name: (name != model.name, name))
    return next((name for name in like if is_model(name) and slug(name) == model.name), model.name)


def _declared_models(pipelines: Pipelines, tree: Tree, notes: list[str]) -> Iterator[Model]:
    seen: set[str] = set()
    for artifact in pipelines.artifacts:
        path = _tracked_path(pipelines, tree, artifact, notes)
        if path and path not in seen:
            seen.add(path)
            name, makers = slug(artifact.name, "model"), makers_of(pipelines, (path,))
            yield Model(name, (path,), makers, artifact.description, artifact.labels)
    outside = [artifact for artifact in pipelines.artifacts if artifact.path is None]
    if outside:
        names = ", ".join(f"{artifact.name} ({artifact.written})" for artifact in outside)
        notes.append(f"passed over, since DVC here pins no bytes of it: {names}; `dvc import-url` brings a file in")


def _tracked_path(pipelines: Pipelines, tree: Tree, artifact: Artifact, notes: list[str]) -> str | None:
    """The path of an artifact; where it has moved, that of the one output with its file name."""
    path = artifact.path
    if path is None or pipelines.maker(path) or tree.exists(path) or any(tree.paths(path)):
        return path
    same_name = [out for out in pipelines.outs() if posixpath.basename(out) == posixpath.basename(path)]
    if len(same_name) != 1:
        return path
    notes.append(f"{artifact.source} has {artifact.name} at {path}, which is not here: its card names {same_name[0]}")
    return same_name[0]


def _distinguished(pipelines: Pipelines, models: Sequence[Model]) -> list[Model]:
    """The models, those of one name in several projects after their project too: `cv-model` and `nlp-model`."""
    projects: dict[str, set[str]] = {}
    for model in models:
        projects.setdefault(model.name, set()).add(project_of(pipelines, model))
    return [
        replace(model, name=_qualified_name(project_of(pipelines, model), model.name))
        if len(projects[model.name]) > 1
        else model
        for model in models
    ]


def _qualified_name(project: str, name: str) -> str:
    """A name after its project; a model that is called as the last folder of the project needs no more than that."""
    return slug(project if slug(posixpath.basename(project)) == name else f"{project}-{name}")


def project_of(pipelines: Pipelines, model: Model) -> str:
    """The project that a model belongs to: where its stage is, or else the first of its files."""
    return pipelines.project_of(next((stage.source for stage in model.stages), next(iter(model.artifacts), "")))


def _is_declared(pipelines: Pipelines, file: ModelFile, declared: Sequence[Model], projects: Set[str]) -> bool:
    """Whether a file is left to the models that its project declares, or has to do with one of them."""
    artifacts = [path for model in declared for path in model.artifacts]
    return pipelines.project_of(file.stage.source) in projects or any(
        pipelines.made_from(file.path, artifact) or pipelines.made_from(artifact, file.path) for artifact in artifacts
    )


def _likely_models(
    pipelines: Pipelines, numbers: Numbers, naming: Naming, declared: Sequence[Model]
) -> Iterator[Model]:
    """Those whose files a card names, then the predictors that the other files of each project are."""
    projects = {pipelines.project_of(artifact.source) for artifact in pipelines.artifacts if declared}
    projects |= {project_of(pipelines, model) for model in declared}
    found = [file for file in find_model_files(pipelines) if not _is_declared(pipelines, file, declared, projects)]
    carded: dict[str, list[str]] = {}
    for file in found:
        if file.path in naming.carded:
            carded.setdefault(naming.carded[file.path], []).append(file.path)
    for name, paths in carded.items():
        yield Model(name, tuple(paths), makers_of(pipelines, paths))
    free = [file for file in found if file.path not in naming.carded]
    for predictor in _predictors(pipelines, free, numbers):
        files = tuple(file.path for file in predictor.files)
        every = tuple(dict.fromkeys((*files, *parts(pipelines, predictor.files, found))))
        name = _name(files, naming.repository)
        yield Model(name, every, makers_of(pipelines, every), grouped=predictor.reason)


def _predictors(pipelines: Pipelines, files: Sequence[ModelFile], numbers: Numbers) -> Iterator[Predictor]:
    """The predictors of each project: no evaluation of several projects makes their models one."""
    by_project: dict[str, list[ModelFile]] = {}
    for file in files:
        by_project.setdefault(pipelines.project_of(file.stage.source), []).append(file)
    for found in by_project.values():
        yield from group_predictors(pipelines, found, numbers)


def makers_of(pipelines: Pipelines, paths: Sequence[str]) -> tuple[DeclaredStage, ...]:
    """The stages that make these files, each once."""
    makers = [maker for path in paths if (maker := pipelines.maker(path)) and maker.name]
    return tuple({(maker.source, maker.name): maker for maker in makers}.values())


def _name(paths: Sequence[str], repository: str) -> str:
    """After what the names of its files share, or the nearest folder whose name says more than that it is a model."""
    folder = posixpath.commonpath([posixpath.dirname(path) for path in paths])
    first = stem_and_ending(paths[0])[0] if len(paths) == 1 else "-".join(shared_words(paths))
    for part in (first, *reversed(folder.split("/"))):
        if not says_nothing(part) and slug(part):
            return slug(part)
    return default_model_name(repository)


def default_model_name(repository: str) -> str:
    """The model of a repository that has one: `MLops-credit-card-fraud` is about credit-card-fraud."""
    parts = slug(repository).split("-")
    return slug("-".join(part for part in parts if part not in _TOOLS) or repository, "model")
