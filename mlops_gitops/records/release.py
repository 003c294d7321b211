"""releases/<model>/<version>.yaml: the release manifest, which pins every file by its digest."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from mlops_gitops.core.canonical import sha256
from mlops_gitops.core.frozen import frozen
from mlops_gitops.documents.document import Document
from mlops_gitops.documents.kind import API_VERSION, Kind
from mlops_gitops.documents.yaml_writer import to_yaml


@frozen
class Member:
    """One file of a folder, by its path in it."""

    relpath: str
    md5: str
    size: int | None = None
    version_id: str | None = None

    def to_data(self) -> dict[str, Any]:
        """The file as a manifest writes it."""
        return _written(self, ("relpath", "md5", "size", "version_id"))


@frozen
class Pin:
    """One file or folder by digest: `md5` where DVC holds it, `git_blob` where Git does.

    `hash` is `md5` for the plain MD5 of the bytes and None for DVC 2, which folded CRLF to LF in text first. A
    cloud-versioned remote holds a file under its own path, as `version_id`, and no listing of a folder, hence `files`.
    """

    path: str
    md5: str | None = None
    hash: str | None = None
    size: int | None = None
    sha256: str | None = None
    git_blob: str | None = None
    format: str | None = None
    remote: str | None = None
    stage: str | None = None
    version_id: str | None = None
    files: tuple[Member, ...] | None = None

    @property
    def is_folder(self) -> bool:
        """Whether this is a DVC-tracked folder."""
        return self.md5 is not None and self.md5.endswith(".dir")

    @property
    def digest(self) -> str:
        """The digest that identifies the bytes."""
        return self.md5 or f"git:{self.git_blob}"

    def to_data(self) -> dict[str, Any]:
        """The pin as a manifest writes it."""
        names = ("path", "md5", "hash", "size", "git_blob", "sha256", "format", "remote", "version_id", "stage")
        listed = {"files": [member.to_data() for member in self.files]} if self.files is not None else {}
        return _written(self, names) | listed


def _written(record: Member | Pin, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: getattr(record, name) for name in names if getattr(record, name) is not None}


@frozen
class Lineage:
    """The stage an artifact came from, and what it read."""

    lock: str
    stage: str
    deps: Mapping[str, str]
    params_sha256: str | None


@frozen
class LiveWindow:
    """One window of live data that a release is judged on: its times, UTC, ISO 8601, and the digests of its files.

    `scored` and `labels` are `sha256:…` as `monitor` has them, of the file, or of the parts of a folder.
    """

    start: str
    end: str
    scored: str
    labels: str

    def to_data(self) -> dict[str, str]:
        """The window as a manifest writes it."""
        return {"start": self.start, "end": self.end, "scored": self.scored, "labels": self.labels}


@frozen
class LiveEvaluation:
    """The live windows that a release is judged on, and whose answers there are its baseline."""

    environment: str
    release: str
    windows: tuple[LiveWindow, ...]

    def to_data(self) -> dict[str, Any]:
        """The evaluation as a manifest writes it."""
        windows = [window.to_data() for window in self.windows]
        return {"environment": self.environment, "release": self.release, "windows": windows}


@frozen
class Release:
    """A whole manifest. Digests of Git files are over blob bytes. `profile` is the reference of monitoring, if any.

    `live` is there where the evaluation files are of live windows, and not of the model's own holdout.
    `retraining_cause` is the digest of the cause for which a retraining made it; None where people made it.
    """

    path: str
    model: str
    version: str
    artifacts: tuple[Pin, ...]
    card: Pin
    kpis: Pin
    evaluation: Mapping[str, Pin]
    lineage: Lineage | None
    supersedes: str | None
    profile: Pin | None = None
    live: LiveEvaluation | None = None
    retraining_cause: str | None = None

    def stored(self) -> tuple[Pin, ...]:
        """Every file whose bytes a DVC remote holds."""
        return (*self.artifacts, *(pin for pin in self.evaluation.values() if pin.md5))

    def has_artifacts_of(self, other: Release) -> bool:
        """Whether both pin the same artifacts, file by file and byte by byte, wherever the files are."""
        mine, theirs = (sorted((pin.digest, pin.hash or "") for pin in each.artifacts) for each in (self, other))
        return mine == theirs and bool(mine)

    def to_data(self) -> dict[str, Any]:
        """The manifest as plain data, keys in the order they are written."""
        data: dict[str, Any] = {
            "apiVersion": API_VERSION,
            "kind": "Release",
            "model": self.model,
            "version": self.version,
            "artifacts": [pin.to_data() for pin in self.artifacts],
            "card": self.card.to_data(),
            "kpis": self.kpis.to_data(),
            "evaluation": {name: pin.to_data() for name, pin in self.evaluation.items()},
        }
        if self.live:
            data["live"] = self.live.to_data()
        if self.retraining_cause:
            data["retraining"] = {"cause": self.retraining_cause}
        if self.profile:
            data["profile"] = self.profile.to_data()
        if self.lineage:
            deps = [{"path": path, "md5": md5} for path, md5 in self.lineage.deps.items()]
            data["lineage"] = {"lock": self.lineage.lock, "stage": self.lineage.stage, "deps": deps}
            if self.lineage.params_sha256:
                data["lineage"]["params_sha256"] = self.lineage.params_sha256
        return data | ({"supersedes": self.supersedes} if self.supersedes else {})

    def render(self) -> bytes:
        """The manifest's file."""
        return to_yaml(self.to_data()).encode()

    @property
    def rendered_digest(self) -> str:
        """The digest of the file as this tool writes it, however it is written."""
        return f"sha256:{sha256(self.render())}"


# A model's releases mostly share card, KPIs and lineage with the one before: thousands of them then hold each but once.
@lru_cache(maxsize=256)
def _same(path: str, **pinned: Any) -> Pin:
    return Pin(path, **pinned)


def _pin(pinned: Mapping[str, Any]) -> Pin:
    if "files" not in pinned:
        return Pin(**pinned)
    return Pin(**{**pinned, "files": tuple(Member(**member) for member in pinned["files"])})


@lru_cache(maxsize=256)
def _lineage(lock: str, stage: str, deps: tuple[tuple[str, str], ...], params_sha256: str | None) -> Lineage:
    return Lineage(lock, stage, dict(deps), params_sha256)


def _live(data: Mapping[str, Any]) -> LiveEvaluation:
    windows = tuple(LiveWindow(**window) for window in data["windows"])
    return LiveEvaluation(data["environment"], data["release"], windows)


def read(document: Document) -> Release:
    """The release manifest of a valid document."""
    data = document.data
    lineage = data.get("lineage")
    return Release(
        document.path,
        data["model"],
        data["version"],
        tuple(_pin(artifact) for artifact in data["artifacts"]),
        _same(**data["card"]),
        _same(**data["kpis"]),
        {name: _pin(pin) for name, pin in data["evaluation"].items()},
        _lineage(lineage["lock"], lineage["stage"], tuple((d["path"], d["md5"]) for d in lineage["deps"]),
                 lineage.get("params_sha256")) if lineage else None,
        data.get("supersedes"),
        _same(**data["profile"]) if "profile" in data else None,
        _live(data["live"]) if "live" in data else None,
        data["retraining"]["cause"] if "retraining" in data else None,
    )  # fmt: skip


KIND = Kind("Release", "release", "releases", "{folder}/{model}/{version}.yaml", read)
