"""The reference profile of a release: the one that its manifest pins, in the tree that introduced it."""

from __future__ import annotations

from mlops_gitops.core.canonical import sha256
from mlops_gitops.core.errors import Undecided
from mlops_gitops.documents.read_document import parse
from mlops_gitops.documents.tree import Unreadable
from mlops_gitops.monitoring.profiles.profile import Profile, from_document
from mlops_gitops.records.release import Release
from mlops_gitops.repository.snapshot import Snapshot

NO_REFERENCE = "no reference"


def release_profile(release: Release, introduced: Snapshot | None) -> Profile | str:
    """The profile of a release, or why there is no reference.

    `introduced` is the tree that added the manifest, None where it cannot be had: later trees may hold another profile
    at the same path.
    """
    name, pin = f"{release.model} {release.version}", release.profile
    if pin is None:
        return f"{NO_REFERENCE}: {name} pins no profile; run mlops-gitops profile {release.model} before the release"
    if introduced is None:
        return f"{NO_REFERENCE}: the tree that introduced {name} is not in this history"
    try:
        data = introduced.tree.stored(pin.path)
    except Unreadable as error:
        return f"{NO_REFERENCE}: {pin.path} of {name} {error}"
    if data is None:
        return f"{NO_REFERENCE}: the tree that introduced {name} has no {pin.path}"
    if sha256(data) != pin.sha256:
        return f"{NO_REFERENCE}: {pin.path} of {name} is altered: its bytes are not those that the manifest pins"
    return _read(pin.path, data, release)


def _read(path: str, data: bytes, release: Release) -> Profile | str:
    try:
        profile = from_document(parse(path, data))
    except Undecided as error:
        return f"{NO_REFERENCE}: {error.message}"
    if profile.model != release.model:
        return f"{NO_REFERENCE}: {path} is a profile of {profile.model}, not of {release.model}"
    return profile
