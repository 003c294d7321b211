"""environments/<environment>/<model>.yaml: which release an environment runs, and how it reaches what runs it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from mlops_gitops.core.diagnostics import lines_of
from mlops_gitops.core.frozen import frozen
from mlops_gitops.documents.document import Document
from mlops_gitops.documents.kind import API_VERSION, Kind
from mlops_gitops.documents.read_document import parse
from mlops_gitops.documents.splice import splice
from mlops_gitops.documents.yaml_writer import to_yaml
from mlops_gitops.records.rollout import Rolling, Rollout, read_rollout
from mlops_gitops.records.target import Target, read_targets


@frozen
class DesiredState:
    """The release of one model in one environment.

    While a rollout runs, `rolling` says what is on its way, and `release` is in force until it settles. It is None
    where nothing is in force yet. `source` is the whole file as plain data.
    """

    path: str
    model: str
    environment: str
    release: str | None
    targets: tuple[Target, ...] = ()
    rolling: Rolling | None = None
    rollout: Rollout | None = None
    source: Mapping[str, Any] = {}

    @property
    def rosters(self) -> tuple[str, ...]:
        """The files of the rosters that its targets name."""
        return tuple(target.roster for target in self.targets if target.roster)

    def render(self) -> bytes:
        """A new file."""
        fields = {"model": self.model, "environment": self.environment, "release": self.release}
        return to_yaml({"apiVersion": API_VERSION, "kind": "DesiredState"} | fields).encode()


def with_release(document: Document, release: str | None, rolling: Rolling | None) -> bytes:
    """The existing file with only its release and what is rolling changed: comments and layout survive.

    Raises ValueError where that cannot be done without touching anything else.
    """
    if release and document.data.get("release", release) != release:
        document = parse(document.path, splice(document, ("release",), json.dumps(release)).encode())
    elif document.data.get("release") != release:
        document = _with_line(document, "release", json.dumps(release) if release else None, release, "environment")
    wanted = _data(rolling) if rolling else None
    if document.data.get("rolling") == wanted:
        return document.raw
    written = f'{{release: "{rolling.release}", wave: {json.dumps(rolling.wave)}}}' if rolling else None
    above = "release" if "release" in document.data else "environment"
    return _with_line(document, "rolling", written, wanted, above).raw


def _with_line(document: Document, key: str, written: str | None, value: object, above: str) -> Document:
    """The file with the line of a key written again, below that of another key; None removes it."""
    wanted = {name: data for name, data in document.data.items() if name != key}
    lines = lines_of(document.text)
    if key in document.data:
        first, last = document.span((key,), key=True), document.span((key,))
        del lines[first.line - 1 : last.end_line - (1 if last.end_column == 1 else 0)]
    if written is not None:
        place = document.span((above,), key=True).line
        end = "\r\n" if lines[place - 1].endswith("\r\n") else "\n"
        lines[place - 1] = lines[place - 1].rstrip("\r\n") + end
        lines.insert(place, f"{key}: {written}{end}")
        wanted[key] = value
    edited = parse(document.path, "".join(lines).encode())
    if edited.problems or edited.data != wanted:
        raise ValueError(f"{key}: cannot be written or removed alone: write each key of the file on lines of its own")
    return edited


def _data(rolling: Rolling) -> dict[str, str]:
    return {"release": rolling.release, "wave": rolling.wave}


def read(document: Document) -> DesiredState:
    """The desired state of a valid document. Raises ValueError."""
    data = document.data
    targets = read_targets(data.get("targets", {}))
    rollout = read_rollout(data["rollout"], targets) if "rollout" in data else None
    rolling = Rolling(**data["rolling"]) if "rolling" in data else None
    return DesiredState(
        document.path, data["model"], data["environment"], data.get("release"), targets, rolling, rollout, data
    )


KIND = Kind("DesiredState", "desired-state", "environments", "{folder}/{environment}/{model}.yaml", read, drafted=True)
