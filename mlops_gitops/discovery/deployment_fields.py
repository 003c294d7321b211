"""The fields of deployment manifests that name a model's bytes or its release: what a promotion could set."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Collection, Iterator
from collections.abc import Mapping as Fields

from mlops_gitops.core.frozen import frozen
from mlops_gitops.documents.foreign.compose import compose
from mlops_gitops.documents.foreign.edit import look_up
from mlops_gitops.documents.foreign.nodes import EditRefusal, Field, Mapping, Node, Scalar, Sequence, Stream
from mlops_gitops.documents.tree import Tree, Unreadable

MOST_BYTES, MOST_FIELDS = 200_000, 12
_ENDINGS = (".yaml", ".yml", ".json")
_KUSTOMIZE = ("kustomization.yaml", "kustomization.yml")
_TOP_KEYS = ("AWSTemplateFormatVersion", "Resources", "services")  # CloudFormation, Compose
_VERSION = r"v?(?P<version>[0-9]+\.[0-9]+\.[0-9]+)"
_TAG_KEYS, _NAME_KEYS = ("tag", "newTag"), ("repository", "newName", "name")
_TRAFFIC = "canaryTrafficPercent"
_PLAIN = re.compile(r"[A-Za-z0-9_./-]+")


@frozen
class DeploymentField:
    """A field, what it says, and the template that would say so for a release."""

    path: str
    select: Fields[str, str]
    field: str
    value: str
    template: str


@frozen
class _Names:
    """What names a model: it, the names of its files, and their digests in DVC."""

    model: str
    files: tuple[str, ...]
    digests: tuple[str, ...]


def deployment_fields(
    tree: Tree, model: str, artifacts: Collection[str], digests: Collection[str], besides: Collection[str]
) -> tuple[DeploymentField, ...]:
    """The fields of a tree that name a model, but for those of the files `besides`. A file with none has none."""
    names = _Names(model, tuple(posixpath.basename(path) for path in artifacts), tuple(digests))
    found: list[DeploymentField] = []
    for path in sorted(set(tree.paths()) - set(besides)):
        data = _candidate(tree, path, names)
        if data is not None:
            found += _fields(path, data, names)
    return tuple(found[:MOST_FIELDS])


def _candidate(tree: Tree, path: str, names: _Names) -> bytes | None:
    """The bytes of a file that may name the model."""
    if not path.endswith(_ENDINGS) or path.startswith((".github/", ".dvc/")):
        return None
    try:
        data = tree.read(path)
    except Unreadable:
        return None
    named = (names.model, *names.files, *names.digests)
    return data if data and len(data) <= MOST_BYTES and any(name.encode() in data for name in named) else None


def _fields(path: str, data: bytes, names: _Names) -> list[DeploymentField]:
    try:
        stream = compose(path, data)
    except EditRefusal:
        return []
    found = []
    for document in stream.documents:
        if isinstance(document, Mapping) and _is_deployment(path, document):
            found += _of_document(stream, data, document, names)
    return found


def _is_deployment(path: str, document: Mapping) -> bool:
    """Whether a controller reads a document: Kubernetes, kustomize, Helm's values, CloudFormation, Compose."""
    keys = set(_texts(document))
    name = posixpath.basename(path)
    values = name.startswith("values") or name.endswith(".tfvars.json")
    return {"apiVersion", "kind"} <= keys or name in _KUSTOMIZE or values or not keys.isdisjoint(_TOP_KEYS)


def _of_document(stream: Stream, data: bytes, document: Mapping, names: _Names) -> list[DeploymentField]:
    select = _select(document)
    found, shares = [], []
    for steps, parent, scalar in _scalars(document, ()):
        field = ".".join(steps)
        if not _is_there(stream.path, select, field, data, scalar):
            continue
        if steps[-1] == _TRAFFIC:
            shares.append(DeploymentField(stream.path, select, field, scalar.value, "{traffic}"))
        elif template := _template(steps[-1], scalar.value, parent, names):
            found.append(DeploymentField(stream.path, select, field, scalar.value, template))
    return [*found, *shares] if found else []


def _select(document: Mapping) -> dict[str, str]:
    """What selects a document of Kubernetes among others: its kind and name."""
    kind = _texts(document).get("kind")
    pairs = ((key.value, value) for key, value in document.items if isinstance(key, Scalar))
    metadata = next((value for key, value in pairs if key == "metadata"), None)
    name = _texts(metadata).get("name") if isinstance(metadata, Mapping) else None
    return {"kind": kind, "name": name} if kind and name else {}


def _texts(mapping: Mapping) -> dict[str, str]:
    """The scalars of a mapping by key; "" for what is no scalar."""
    pairs = ((key.value, value) for key, value in mapping.items if isinstance(key, Scalar))
    return {key: value.value if isinstance(value, Scalar) else "" for key, value in pairs}


def _scalars(node: Node, steps: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Mapping, Scalar]]:
    """Every scalar with its path and the mapping that it is in; of lists, those whose items have names."""
    if isinstance(node, Sequence):
        for item in node.items:
            name = _texts(item).get("name", "") if isinstance(item, Mapping) else ""
            if _PLAIN.fullmatch(name):
                yield from _scalars(item, (*steps, f"[name={name}]"))
    if not isinstance(node, Mapping):
        return
    for key, value in node.items:
        if not isinstance(key, Scalar) or not _PLAIN.fullmatch(key.value):
            continue
        below = (*steps, key.value.replace(".", "\\."))
        if isinstance(value, Scalar):
            yield below, node, value
        else:
            yield from _scalars(value, below)


def _is_there(path: str, select: Fields[str, str], field: str, data: bytes, scalar: Scalar) -> bool:
    """Whether a promotion can set the field: it is read alone, by this path."""
    try:
        return look_up(Field(path, select, field), data).scalar.place == scalar.place
    except EditRefusal:
        return False


def _template(key: str, value: str, parent: Mapping, names: _Names) -> str:
    """The value with what names the release replaced; "" where nothing does."""
    if "{" in value or "}" in value:
        return ""
    if digest := next((digest for digest in names.digests if digest in value), ""):
        return value.replace(digest, "{md5}")
    if file := next((name for name in names.files if value.endswith(f"/{name}") and names.model in value), ""):
        return f"{value.removesuffix(file)}{{md5}}/{file}"
    if tagged := re.fullmatch(rf"(?P<image>(?:.*/)?{re.escape(names.model)}):{_VERSION}", value):
        return value.replace(tagged["version"], "{release}")
    beside = _texts(parent)
    image = any(beside.get(name, "").rpartition("/")[2] == names.model for name in _NAME_KEYS)
    if key in _TAG_KEYS and image and (tag := re.fullmatch(_VERSION, value)):
        return value.replace(tag["version"], "{release}")
    return ""
