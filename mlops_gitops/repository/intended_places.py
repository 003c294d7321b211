"""Where a file belongs that lies almost in its place, so that nothing reads it."""

from __future__ import annotations

import re
from collections.abc import Mapping

from mlops_gitops.core import names
from mlops_gitops.documents.kind import Kind

_CARD, _KPIS, _MONITORING, _RETRAINING = "README.md", "kpis.yaml", "monitoring.yaml", "retraining.yaml"
_INTENDED = dict.fromkeys(("readme.md", "readme.markdown"), _CARD)
_INTENDED |= dict.fromkeys(("kpis.yaml", "kpis.yml", "kpis.json", "kpi.yaml", "kpi.yml"), _KPIS)
_INTENDED |= dict.fromkeys(("monitoring.yaml", "monitoring.yml", "monitoring.json"), _MONITORING)
_INTENDED |= dict.fromkeys(("retraining.yaml", "retraining.yml", "retraining.json"), _RETRAINING)
_ENDING = re.compile(r"\.(ya?ml|json)\Z", re.IGNORECASE)
_PART = re.compile(r"\{(\w+)\}")


def model_file_place(folder: str, path: str) -> str:
    """The place of a file of a model that nothing reads where it lies; empty for any other file.

    `folder` is the one for models, in which `path` lies. Below a model's own folder all but KPIs are anybody's.
    """
    *parents, name = path.removeprefix(f"{folder}/").split("/")
    right = _INTENDED.get(name.lower(), "")
    if not right or (right != _KPIS and len(parents) != 1):
        return ""
    if len(parents) == 1 and right == name and names.is_model(parents[0]):
        return ""
    return f"{folder}/{names.nearest_model('-'.join(parents)) or '<model>'}/{right}"


def record_place(kind: Kind, folders: Mapping[str, str], path: str) -> str:
    """The place of the kind that is most like a path in its folder; empty where it has too many or too few folders."""
    folder = kind.top(folders)
    location = kind.location.removeprefix("{folder}/").removeprefix(f"{folder}/")
    steps, forms = path.removeprefix(f"{folder}/").split("/"), location.split("/")
    steps[-1] = _ENDING.sub("", steps[-1])
    if len(steps) != len(forms):
        return ""
    parts = {_PART.findall(form)[0]: step for form, step in zip(forms, steps, strict=True)}
    place = kind.path(folders, **{part: _nearest(part, step) for part, step in parts.items()})
    return place if kind.match(folders, place) is not None else ""


def _nearest(part: str, text: str) -> str:
    """The form of a variable part of a path that is most like a text."""
    if part == "sequence":
        return text.zfill(4)
    if part == "version":
        return text.lstrip("vV")
    return names.nearest_model(text) if part == "model" else names.nearest_name(text)
