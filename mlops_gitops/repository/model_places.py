"""Where a model card or KPIs belong that lie almost in their place."""

from __future__ import annotations

from mlops_gitops.core import names

_CARD, _KPIS = "README.md", "kpis.yaml"
_INTENDED = dict.fromkeys(("readme.md", "readme.markdown"), _CARD)
_INTENDED |= dict.fromkeys(("kpis.yaml", "kpis.yml", "kpis.json", "kpi.yaml", "kpi.yml"), _KPIS)


def model_file_place(folder: str, path: str) -> str:
    """The place of a card or of KPIs that nothing reads where they lie; empty for any other file.

    `folder` is the one for models, in which `path` lies. Below a model's own folder a README is anybody's.
    """
    *parents, name = path.removeprefix(f"{folder}/").split("/")
    right = _INTENDED.get(name.lower(), "")
    if not right or (right == _CARD and len(parents) != 1):
        return ""
    if len(parents) == 1 and right == name and names.is_model(parents[0]):
        return ""
    return f"{folder}/{names.nearest_model('-'.join(parents)) or '<model>'}/{right}"
