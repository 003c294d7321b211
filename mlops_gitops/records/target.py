"""The targets of a desired state: which fields of which files a release sets, and rosters of devices."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mlops_gitops.core.frozen import frozen
from mlops_gitops.documents.foreign.field_path import parse_field_path
from mlops_gitops.documents.kind import WrongValue

IMMUTABLE = ("{sha256}", "{md5}", "{commit}")  # the placeholders that name bytes, and not only a version


@frozen
class FileTarget:
    """Fields of one document that are set to a release: `values` are texts with placeholders, by field path.

    `artifact` is the one whose digests are meant, None where a release has only one. `schema` is the JSON Schema that
    the document must fit.
    """

    path: str
    select: Mapping[str, str]
    values: Mapping[str, str]
    artifact: str | None = None
    schema: str | None = None


@frozen
class Target:
    """One way to what runs a release: `kind` is the key that says which, `files` or `roster`."""

    name: str
    kind: str
    files: tuple[FileTarget, ...] = ()
    roster: str | None = None


def read_targets(data: Mapping[str, Any]) -> tuple[Target, ...]:
    """The targets of a valid document, by name.

    Raises ValueError for one that names no bytes, for a field path that is none, and for a field that is set twice.
    """
    targets = tuple(_target(name, written) for name, written in data.items())
    _require_apart(targets)
    return targets


def _target(name: str, written: Mapping[str, Any]) -> Target:
    if "roster" in written:
        return Target(name, "roster", roster=written["roster"])
    files = tuple(
        FileTarget(file["path"], file.get("select", {}), file["set"], file.get("artifact"), file.get("schema"))
        for file in written["files"]
    )
    values = [value for file in files for value in file.values.values()]
    if "mutable" not in written and not any(placeholder in value for value in values for placeholder in IMMUTABLE):
        raise WrongValue(
            f"targets.{name} names a version and no bytes, so that what runs could change under it: "
            "set a field to {sha256}, {md5} or {commit}, or say mutable: accepted",
            "targets",
            name,
        )
    return Target(name, "files", files)


def _require_apart(targets: tuple[Target, ...]) -> None:
    """Raises WrongValue for a field path that is none, and for a field that is set twice."""
    seen: dict[tuple[object, ...], str] = {}
    for target in targets:
        for n, file in enumerate(target.files):
            for field in file.values:
                route = ("targets", target.name, "files", n, "set", field)
                try:
                    steps = parse_field_path(field)
                except ValueError as error:
                    raise WrongValue(f"targets.{target.name} sets {field!r}: {error}", *route) from error
                key = (file.path, tuple(sorted(file.select.items())), steps)
                if key in seen:
                    message = f"targets.{target.name} sets {file.path}: {field}, as {seen[key]} does already"
                    raise WrongValue(message, *route)
                seen[key] = target.name
