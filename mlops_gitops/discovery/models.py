"""Which files of a repository are models, and what to call them. Where nothing declares it, names decide."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping

from mlops_gitops.core.frozen import frozen
from mlops_gitops.discovery.naming import slug, unique_name, vocabulary, words
from mlops_gitops.documents.tree import Tree
from mlops_gitops.pipelines.declared_stages import OUT, Artifact, DeclaredStage, Pipelines

_SURE = vocabulary("pkl pickle joblib skops onnx safetensors pt pth ckpt h5 keras tflite cbm ubj gguf mlmodel")
_UNSURE = frozenset(["json", "bin", "txt", ""])  # models only where the stage trains and the path says so
_TRAINS = vocabulary("train training trainer fit tune finetune learn")
_JUDGES = vocabulary("eval evaluate evaluation test predict prediction score report explain validate validation")
_MODEL = vocabulary("model models clf classifier regressor estimator checkpoint checkpoints weights net network")
_DATA = vocabulary("x y train test val valid holdout data dataset features labels split metrics scores params")
_PARTS = vocabulary("scaler encoder vectorizer tokenizer preprocessor imputer vocab vocabulary binarizer")
# What a file or folder may be called without saying which model it is.
_COMMON = _MODEL | _TRAINS | vocabulary("artifact artifacts output outputs out best final last latest saved src")
# What a repository's name says of how it is made, not of what it is about.
_TOOLS = vocabulary("ml mlops dvc mlflow deeplearning ai project pipeline demo example tutorial repo")


@frozen
class Model:
    """A model: the files it is made of, and what is known of how."""

    name: str
    artifacts: tuple[str, ...]
    stage: DeclaredStage | None = None
    description: str = ""
    labels: tuple[str, ...] = ()


def find_models(
    pipelines: Pipelines, tree: Tree, called: Mapping[str, str], repository: str
) -> tuple[tuple[Model, ...], tuple[str, ...]]:
    """The models, declared ones or else likely ones, and sentences on what was not taken as written.

    `called` is the name of each artifact that a model card has already; `repository` names a model that nothing else
    does.
    """
    notes: list[str] = []
    drafts = list(_declared_models(pipelines, tree, notes)) or list(_likely_models(pipelines, repository))
    models: list[Model] = []
    for model in drafts:
        taken = {other.name for other in models}
        name = called.get(model.artifacts[0]) or unique_name(model.name, taken)
        models.append(Model(name, model.artifacts, model.stage, model.description, model.labels))
    return tuple(models), tuple(notes)


def _declared_models(pipelines: Pipelines, tree: Tree, notes: list[str]) -> Iterator[Model]:
    seen: set[str] = set()
    for artifact in pipelines.artifacts:
        path = _tracked_path(pipelines, tree, artifact, notes)
        if path and path not in seen:
            seen.add(path)
            yield Model(
                slug(artifact.name, "model"), (path,), pipelines.maker(path), artifact.description, artifact.labels
            )
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


def _likely_models(pipelines: Pipelines, repository: str) -> Iterator[Model]:
    pairs = [(stage, path) for stage in pipelines.stages for path in stage.outs if _is_model(stage, path)]
    if any(_trains(stage) for stage, _ in pairs):
        pairs = [(stage, path) for stage, path in pairs if _trains(stage)]
    for stage, path in pairs:
        # A base model, or a member of an ensemble, goes into another model.
        if any(other is not stage and pipelines.made_from(maker, path) for other, maker in pairs):
            continue
        is_only_model = sum(other is stage for other, _ in pairs) == 1
        parts = [out for out in stage.outs if out != path and _is_part(out)] if is_only_model else []
        yield Model(_name(path, repository), (path, *parts), stage)


def _trains(stage: DeclaredStage) -> bool:
    return not _TRAINS.isdisjoint(words(stage.name))


def _is_model(stage: DeclaredStage, path: str) -> bool:
    stem, ending = _stem_and_ending(path)
    stem_words, trains = {*words(stem)}, _trains(stage)
    says = not _MODEL.isdisjoint(words(stem) + words(posixpath.dirname(path)))
    if stage.outs[path] != OUT or (not trains and not _JUDGES.isdisjoint(words(stage.name))):
        return False
    if _MODEL.isdisjoint(stem_words) and not (_DATA | _PARTS).isdisjoint(stem_words):
        return False
    return (trains or says) if ending in _SURE else (trains and says and ending in _UNSURE)


def _is_part(path: str) -> bool:
    """Whether a file is one that a model cannot predict without."""
    stem, ending = _stem_and_ending(path)
    return ending in _SURE | _UNSURE and not _PARTS.isdisjoint(words(stem))


def _stem_and_ending(path: str) -> tuple[str, str]:
    stem, _, ending = posixpath.basename(path).rpartition(".")
    return (stem, ending.lower()) if stem else (ending, "")


def _name(path: str, repository: str) -> str:
    """After the file, or the nearest folder, whose name says more than that it is a model."""
    folder = posixpath.dirname(path)
    for part in (_stem_and_ending(path)[0], *reversed(folder.split("/"))):
        if not _COMMON.issuperset(words(part)) and slug(part):
            return slug(part)
    return default_model_name(repository)


def default_model_name(repository: str) -> str:
    """The model of a repository that has one: `MLops-credit-card-fraud` is about credit-card-fraud."""
    parts = slug(repository).split("-")
    return slug("-".join(part for part in parts if part not in _TOOLS) or repository, "model")
