"""Which files of models are one predictor: folds of a cross-validation, members of an ensemble, several boosters."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence, Set

from mlops_gitops.core.frozen import frozen
from mlops_gitops.discovery.metric_numbers import Number
from mlops_gitops.discovery.model_files import JUDGES, MODEL, TRAINS, ModelFile
from mlops_gitops.discovery.naming import vocabulary, words
from mlops_gitops.pipelines.declared_stages import METRIC, OUT, DeclaredStage, Pipelines

FOLDS = vocabulary("fold folds kfold cv seed member bag split repeat")
_COMPARES = vocabulary("compare comparison select selection choose leaderboard benchmark rank")
_COMBINES = vocabulary("blend ensemble stack combine average vote infer inference")
_COUNT = re.compile(r"[0-9]{1,9}")
_FOLD = re.compile(rf"(?<![a-z])(?:{'|'.join(sorted(FOLDS))})[-_ .=]?[0-9]", re.IGNORECASE)
_ONE_FOLD = re.compile(rf"k?folds?|(?:{'|'.join(sorted(FOLDS))})[-_ .=]?[0-9]+", re.IGNORECASE)
_TABLES = ("csv", "parquet", "feather", "tsv", "arrow")

Group = tuple[ModelFile, ...]
Numbers = Mapping[str, tuple[Number, ...]]


@frozen
class Predictor:
    """The files that predict together; `reason` says why they are taken so, empty for one file."""

    files: Group
    reason: str = ""

    def has_any(self, files: Group) -> bool:
        """Whether one of these files is its own."""
        return any(file in self.files for file in files)


def group_predictors(pipelines: Pipelines, found: Sequence[ModelFile], numbers: Numbers) -> list[Predictor]:
    """The predictors that these files are: those that one evaluation reads together, one loop makes, or count folds.

    `numbers` are those of each metrics file: models that are measured apart are several.
    """
    predictors = [Predictor((file,)) for file in found]
    for members, reason in _read_together(pipelines, found, numbers):
        predictors = _joined(predictors, members, reason)
    for members, reason in _made_by_loop(pipelines, predictors, found, numbers):
        predictors = _joined(predictors, members, reason)
    for members in _counted(found):
        predictors = _joined(predictors, members, "their names count the folds or members of one predictor")
    return predictors


def _joined(predictors: list[Predictor], members: Group, reason: str) -> list[Predictor]:
    """The predictors with those as one that these members are in, in the place of the first."""
    together = [predictor for predictor in predictors if predictor.has_any(members)]
    if len(together) < 2:
        return predictors
    one = Predictor(tuple(file for predictor in together for file in predictor.files), reason)
    rest = [one if predictor is together[0] else predictor for predictor in predictors]
    return [predictor for predictor in rest if predictor is one or predictor not in together]


# ── read together ──


def _read_together(pipelines: Pipelines, found: Sequence[ModelFile], numbers: Numbers) -> Iterator[tuple[Group, str]]:
    makers = {(file.stage.source, file.stage.name) for file in found}
    for stage in pipelines.stages:
        members = tuple(file for file in found if file.is_read_by(stage))
        if len(members) < 2 or (stage.source, stage.name) in makers or not _evaluates(stage, numbers):
            continue
        if are_counted(members) or not _compares(stage, members, numbers):
            yield members, f"stage {stage.name} reads them together"


def _evaluates(stage: DeclaredStage, numbers: Numbers) -> bool:
    """Whether a stage writes metrics, plots or tables, or is called after predicting or evaluating."""
    return not (JUDGES | _COMBINES).isdisjoint(words(stage.name)) or any(
        role != OUT or path in numbers or path.endswith(_TABLES) for path, role in stage.outs.items()
    )


def _compares(stage: DeclaredStage, members: Group, numbers: Numbers) -> bool:
    """Whether a stage measures several models beside each other: each of its numbers names one of them."""
    if not _COMPARES.isdisjoint(words(stage.name)):
        return True
    measured = [number for path in stage.outs for number in numbers.get(path, ()) if number.measures_model]
    paths = [file.path for file in members]
    named = [named_member(number, paths) for number in measured]
    return bool(named) and None not in named and {*named} == {*paths}


def named_member(number: Number, paths: Sequence[str]) -> str | None:
    """The one of several files of models that a number's key or file names, by the words they do not share."""
    every = {path: {*words(path)} for path in paths}
    shared = set.intersection(*every.values()) if every else set()
    said = {*words(number.key), *words(number.file)}
    named = [path for path, own in every.items() if own - shared and own - shared <= said]
    return named[0] if len(named) == 1 else None


# ── made by a loop ──


def _made_by_loop(
    pipelines: Pipelines, predictors: list[Predictor], found: Sequence[ModelFile], numbers: Numbers
) -> Iterator[tuple[Group, str]]:
    """The files of each `foreach` or `matrix` whose items are not measured apart."""
    loops: dict[tuple[str, str], list[ModelFile]] = {}
    for file in found:
        if file.stage.loop:
            loops.setdefault((file.stage.source, file.stage.loop), []).append(file)
    for (_, loop), files in loops.items():
        inside = [predictor for predictor in predictors if predictor.has_any(tuple(files))]
        metrics = {*numbers, *(path for stage in pipelines.stages for path in stage.outs if stage.outs[path] == METRIC)}
        if not all(_measured_apart(pipelines, predictor, inside, metrics) for predictor in inside):
            yield tuple(files), f"stage {loop} makes one for each of its items"


def _measured_apart(
    pipelines: Pipelines, predictor: Predictor, all_of_loop: list[Predictor], metrics: Set[str]
) -> bool:
    """Whether a metrics file is about this predictor and no other of the loop."""
    others = [file.path for other in all_of_loop if other is not predictor for file in other.files]
    own = [file.path for file in predictor.files]
    return any(_is_about(pipelines, path, own) and not _is_about(pipelines, path, others) for path in metrics)


def _is_about(pipelines: Pipelines, path: str, files: Sequence[str]) -> bool:
    return any(pipelines.made_from(path, file) for file in files)


# ── counted ──


def _counted(found: Sequence[ModelFile]) -> Iterator[Group]:
    """The files whose paths differ in a count, of one stage or loop, or called after folds."""
    alike: dict[tuple[str, str, str], list[ModelFile]] = {}
    for file in found:
        maker = file.stage.loop or file.stage.name
        key = "" if _says_fold(file.path) else maker or file.path
        source = posixpath.dirname(file.stage.source) if maker else ""
        alike.setdefault((source, key, _form(file.path)), []).append(file)
    yield from (tuple(files) for files in alike.values() if are_counted(tuple(files)))


def are_counted(files: Group) -> bool:
    """Whether files are called alike but for whole numbers, from 0 or 1 on, or of folds or seeds."""
    if len(files) < 2 or len({_form(file.path) for file in files}) > 1:
        return False
    counts = [map(int, _COUNT.findall(file.path)) for file in files]
    places = [sorted({*place}) for place in zip(*counts, strict=True)]
    varying = [place for place in places if len(place) > 1]
    in_order = all(place[0] in (0, 1) and place == list(range(place[0], place[-1] + 1)) for place in varying)
    return in_order or _says_fold(files[0].path)


def _form(path: str) -> str:
    return _COUNT.sub("#", path)


def _says_fold(path: str) -> bool:
    return _FOLD.search(path) is not None


# ── names ──

# What a file or folder may be called without saying which model it is.
COMMON = MODEL | TRAINS | vocabulary("artifact artifacts output outputs out best final last latest saved src")


def says_nothing(name: str) -> bool:
    """Whether the name of a file or folder does not say which model it is: `best_model`, `fold_3`.

    A folder called `cv` may hold computer vision.
    """
    return COMMON.issuperset(words(name)) or _ONE_FOLD.fullmatch(name) is not None


def shared_words(paths: Sequence[str]) -> list[str]:
    """The words that all names of files have, without those that count folds; of paths without their folders."""
    stems = [words(posixpath.basename(path).partition(".")[0]) for path in paths]
    shared = [word for word in stems[0] if all(word in stem for stem in stems)]
    return [word for word in shared if not word.isdigit() and word.rstrip("0123456789") not in FOLDS]
