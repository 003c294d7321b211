"""Which outputs of stages are the files of models. Where nothing declares it, names decide."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from mlops_gitops.core.frozen import frozen
from mlops_gitops.discovery.naming import vocabulary, words
from mlops_gitops.pipelines.declared_stages import OUT, DeclaredStage, Pipelines, contains

_SURE = vocabulary("pkl pickle joblib skops onnx safetensors pt pth ckpt h5 keras tflite cbm ubj gguf mlmodel")
_NOTHING_ELSE = vocabulary("skops onnx safetensors pth ckpt keras tflite cbm ubj gguf mlmodel")  # formats of no data
_UNSURE = frozenset(["json", "bin", "txt", ""])  # models only where the stage trains and the path says so
TRAINS = vocabulary("train training trainer fit tune finetune learn")
JUDGES = vocabulary("eval evaluate evaluation test predict prediction score report explain validate validation")
MODEL = vocabulary("model models clf classifier regressor estimator checkpoint checkpoints weights net network")
_LEARNERS = vocabulary("xgb xgboost lgb lgbm lightgbm catboost gbm booster")  # whose own formats are .txt and .json
_DATA = vocabulary("x y train test val valid holdout data dataset features labels split metrics scores params")
_PARTS = vocabulary("scaler encoder vectorizer tokenizer preprocessor imputer vocab vocabulary binarizer")


@frozen
class ModelFile:
    """An output that is a model, or a file of one, and the stage that makes it."""

    path: str
    stage: DeclaredStage

    def is_read_by(self, stage: DeclaredStage) -> bool:
        """Whether a stage reads it, or the folder it lies in."""
        return any(contains(dep, self.path) for dep in stage.deps)


def find_model_files(pipelines: Pipelines) -> list[ModelFile]:
    """The outputs that are likely models, without those that go into another model."""
    found = [ModelFile(path, stage) for stage in pipelines.stages for path in stage.outs if _is_model(stage, path)]
    trained = {pipelines.project_of(file.stage.source) for file in found if _trains(file.stage)}
    found = [file for file in found if _trains(file.stage) or pipelines.project_of(file.stage.source) not in trained]
    return [file for file in found if not _is_ingredient(pipelines, file, found)]


def _is_ingredient(pipelines: Pipelines, file: ModelFile, found: list[ModelFile]) -> bool:
    """Whether it is a base model, or a member of an ensemble that a stage makes a file of."""
    others = (other for other in found if other.stage is not file.stage)
    return any(pipelines.made_from(other.path, file.path) for other in others)


def parts(pipelines: Pipelines, files: tuple[ModelFile, ...], found: list[ModelFile]) -> Iterator[str]:
    """The outputs that a model of these files cannot predict without: a scaler, a tokenizer.

    A stage that makes another model too may have made them for that one.
    """
    for file in files:
        if all(other in files for other in found if other.stage is file.stage):
            yield from (out for out in file.stage.outs if is_part(out))
    readers = [stage for stage in pipelines.stages if all(file.is_read_by(stage) for file in files)]
    for path in (path for reader in readers for path in reader.deps):
        maker = pipelines.maker(path)
        if is_part(path) and maker is not None and path in maker.outs:
            yield path


def _trains(stage: DeclaredStage) -> bool:
    return not TRAINS.isdisjoint(words(stage.name))


def _is_model(stage: DeclaredStage, path: str) -> bool:
    stem, ending = stem_and_ending(path)
    stem_words, trains = {*words(stem)}, _trains(stage)
    says = ending in _NOTHING_ELSE or not MODEL.isdisjoint(words(stem) + words(posixpath.dirname(path)))
    says = says or (bool(stem_words) and stem_words <= _LEARNERS)  # lgb.txt, and not lgb_importance.txt
    if stage.outs[path] != OUT or (not trains and not JUDGES.isdisjoint(words(stage.name))):
        return False
    if MODEL.isdisjoint(stem_words) and not (_DATA | _PARTS).isdisjoint(stem_words):
        return False
    if not stage.name and not ending:  # a folder that `dvc add` tracks, such as models/
        return not MODEL.isdisjoint(stem_words)
    if ending in _SURE:
        return trains or says
    return ending in _UNSURE and says and (trains or not _LEARNERS.isdisjoint(words(stage.name)))


def is_part(path: str) -> bool:
    """Whether a file is called like one that a model cannot predict without."""
    stem, ending = stem_and_ending(path)
    return ending in _SURE | _UNSURE and not _PARTS.isdisjoint(words(stem))


def stem_and_ending(path: str) -> tuple[str, str]:
    """The name of a file without its ending, and the ending in lower case."""
    stem, _, ending = posixpath.basename(path).rpartition(".")
    return (stem, ending.lower()) if stem else (ending, "")
