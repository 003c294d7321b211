"""How near a metrics file or a table is to a model: what the evaluation that reads the model wrote comes first."""

from __future__ import annotations

from enum import IntEnum

from mlops_gitops.discovery.models import Model
from mlops_gitops.pipelines.declared_stages import Pipelines, contains


class Nearness(IntEnum):
    """What made a file, the nearest to a model first."""

    READS = 0  # a stage that reads every file of the model
    THROUGH = 1  # a stage that reads what was made of the model
    BESIDE = 2  # the stage that makes the model
    UNKNOWN = 3  # no stage
    PART = 4  # a stage that knows some files of the model, not all
    OTHER = 5  # a stage that knows nothing of the model


def nearness(pipelines: Pipelines, path: str, model: Model) -> Nearness:
    """How near the file at `path` is to a model, as far as the pipelines say."""
    maker = pipelines.maker(path)
    if maker is None or not maker.name or not model.artifacts:
        return Nearness.UNKNOWN
    made_from = [artifact for artifact in model.artifacts if pipelines.made_from(path, artifact)]
    if len(made_from) < len(model.artifacts):
        return Nearness.PART if made_from else Nearness.OTHER
    if any(contains(out, artifact) for out in maker.outs for artifact in model.artifacts):
        return Nearness.BESIDE
    reads = any(contains(dep, artifact) for dep in maker.deps for artifact in model.artifacts)
    return Nearness.READS if reads else Nearness.THROUGH
