"""The targets of a desired state: which fields of which files a release sets, and rosters of devices."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mlops_gitops.core.frozen import frozen
from mlops_gitops.documents.foreign.field_path import parse_field_path
from mlops_gitops.documents.kind import WrongValue

DEVICES = "devices"  # the observer of rosters
SEE_TRAFFIC = ("kserve", "sagemaker")  # the observers whose reports say what share of the requests a release gets
# What an observer must have been given, since no file of the target names it: another one's object would count.
_NAMED = {"argocd": ("name",), "flux": ("name",), "github": ("name", "app"), "sagemaker": ("name",)}
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
class Observe:
    """Whose reports say what a target runs: the observer `by`, and the object that it looks for, where that is said.

    `app` is the App at GitHub whose statuses count.
    """

    by: str
    kind: str = ""
    name: str = ""
    namespace: str = ""
    app: str = ""


@frozen
class Target:
    """One way to what runs a release: `kind` is the key that says which, `files` or `roster`.

    `artifact` is the one whose digest the devices of a roster report, None where a release has only one. A target that
    nobody observes has no `observe`. What runs a target that is not `reversible` cannot go back to an earlier release.
    """

    name: str
    kind: str
    files: tuple[FileTarget, ...] = ()
    roster: str | None = None
    artifact: str | None = None
    observe: Observe | None = None
    reversible: bool = True

    @property
    def splits_traffic(self) -> bool:
        """Whether a field of it says how much of the traffic a release gets."""
        return any("{traffic}" in value for file in self.files for value in file.values.values())


def read_targets(data: Mapping[str, Any]) -> tuple[Target, ...]:
    """The targets of a valid document, by name.

    Raises ValueError for one that names no bytes, for a field path that is none, and for a field that is set twice.
    """
    targets = tuple(_target(name, written) for name, written in data.items())
    _require_apart(targets)
    return targets


def _target(name: str, written: Mapping[str, Any]) -> Target:
    observe, reversible = _observe(name, written), written.get("reversible", True)
    if "roster" in written:
        return Target(name, "roster", (), written["roster"], written.get("artifact"), observe, reversible)
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
    target = Target(name, "files", files, observe=observe, reversible=reversible)
    if observe and target.splits_traffic and observe.by not in SEE_TRAFFIC:
        reason = f"a report of {observe.by} says nothing of traffic, and the target sets a field to {{traffic}}"
        raise WrongValue(f"targets.{name}: {reason}: observe it by {' or '.join(SEE_TRAFFIC)}", "targets", name)
    return target


def _observe(name: str, written: Mapping[str, Any]) -> Observe | None:
    """What `observe:` of a target says. Raises WrongValue where it does not fit the target, or names too little."""
    if "observe" not in written:
        return None
    said = written["observe"]
    observe = Observe(said) if isinstance(said, str) else Observe(**said)
    place = ("targets", name, "observe")
    if (observe.by == DEVICES) != ("roster" in written):
        fits = DEVICES if "roster" in written else f"any but {DEVICES}"
        raise WrongValue(f"targets.{name}: the observer is {observe.by}, and for such a target it is {fits}", *place)
    lacks = [key for key in _NAMED.get(observe.by, ()) if not getattr(observe, key)]
    if lacks and observe.kind != "HelmRelease":  # that is the document which the target selects
        help = f"observe: {{by: {observe.by}, {', '.join(f'{key}: …' for key in _NAMED[observe.by])}}}"
        raise WrongValue(f"targets.{name}: {observe.by} needs {' and '.join(lacks)}: {help}", *place)
    return observe


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
