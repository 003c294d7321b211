"""The models as a person says they are: the files of some, and which of those that were found get files of ours."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from mlops_gitops.core.errors import Error
from mlops_gitops.core.frozen import frozen, replace
from mlops_gitops.discovery.discover import Discovery
from mlops_gitops.discovery.models import Model, makers_of
from mlops_gitops.documents.tree import Tree
from mlops_gitops.pipelines.declared_stages import is_usable_path
from mlops_gitops.pipelines.dvc_places import folded_name

_OWN = frozenset([".git", ".dvc"])


@frozen
class Choice:
    """What `init` was asked for. `only` and `skip` name models that were found or are in `files`."""

    files: Mapping[str, tuple[str, ...]] = {}  # model → the files it is made of
    only: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()


def choose_models(discovery: Discovery, tree: Tree, choice: Choice) -> Discovery:
    """What was found, with the chosen models. Raises Error for a file that is not here and a model that is not found.

    A chosen model takes its files away from the models that were found, and the place of one of its name. Where none is
    left, the numbers are about none.
    """
    _check_files(discovery, tree, choice.files)
    taken = {path for paths in choice.files.values() for path in paths}
    models = [*_others(discovery.models, choice, taken)]
    models += [Model(name, paths, makers_of(discovery.pipelines, paths)) for name, paths in choice.files.items()]
    known = [model.name for model in models]
    for name in (*choice.only, *choice.skip):
        if name not in known:
            found = f"the models are {', '.join(known)}" if known else "no model was found"
            raise Error(f"there is no model {name}: {found}", help=f"--model {name}=PATH names its file")
    chosen = [model for model in models if model.name not in choice.skip]
    chosen = [model for model in chosen if not choice.only or model.name in choice.only]
    if models and not chosen:
        return replace(discovery, models=(), numbers={}, missing=())
    return replace(discovery, models=tuple(chosen))


def _others(models: Sequence[Model], choice: Choice, taken: set[str]) -> Iterator[Model]:
    for model in models:
        left = tuple(path for path in model.artifacts if path not in taken)
        if model.name not in choice.files and (left or not model.artifacts):
            yield model if left == model.artifacts else replace(model, artifacts=left, grouped="")


def _check_files(discovery: Discovery, tree: Tree, files: Mapping[str, tuple[str, ...]]) -> None:
    owners: dict[str, str] = {}
    for name, paths in files.items():
        for path in paths:
            if owners.setdefault(path, name) != name:
                raise Error(f"{path} is named as a file of {owners[path]} and of {name}", help="name it for one model")
            if not is_usable_path(path):
                raise Error(f"{path} cannot be the file of a model: its path leads out, or does not print")
            if not _OWN.isdisjoint(map(folded_name, path.split("/"))):
                raise Error(f"{path} cannot be the file of a model: it is one of Git's or of DVC's own")
            here = tree.exists(path) or any(tree.paths(path)) or discovery.pipelines.maker(path) is not None
            if not here:
                outs = ", ".join([*discovery.pipelines.outs()][:8])
                help = f"DVC tracks {outs}" if outs else "give the path from the top of the repository"
                raise Error(f"there is no file {path}, and no stage makes one", help=help)
