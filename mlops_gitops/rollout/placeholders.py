"""The placeholders of a target's values: `{release}`, `{sha256}`, `{md5}`, `{commit}` and `{traffic}`."""

from __future__ import annotations

import re

from mlops_gitops.records.release import Pin
from mlops_gitops.rollout.target_kind import ReleaseFacts

_PLACEHOLDER = re.compile(r"\{(release|sha256|md5|commit|traffic)\}")


def fill(template: str, facts: ReleaseFacts, artifact: str | None) -> str:
    """A value with its placeholders filled in. Raises ValueError where the release lacks what one stands for."""
    return _PLACEHOLDER.sub(lambda match: _value(match[1], facts, artifact), template)


def _value(name: str, facts: ReleaseFacts, artifact: str | None) -> str:
    release = facts.release
    if name == "release":
        return release.version
    if name == "traffic":
        return str(facts.traffic)
    if name == "commit":
        if facts.commit is None:
            raise ValueError(f"{{commit}}: {release.model} {release.version} is not on the branch yet: merge it first")
        return facts.commit
    pin = _artifact(facts, artifact)
    digest = pin.sha256 if name == "sha256" else pin.md5
    if digest is None:
        other = "md5" if name == "sha256" else "sha256"
        raise ValueError(f"{{{name}}}: {pin.path} has none in {release.path}: use {{{other}}}")
    return digest


def _artifact(facts: ReleaseFacts, artifact: str | None) -> Pin:
    pins, version = facts.release.artifacts, f"{facts.release.model} {facts.release.version}"
    found = [pin for pin in pins if artifact in (None, pin.path)]
    paths = ", ".join(pin.path for pin in pins)
    if not found:
        raise ValueError(f"{version} has no artifact {artifact}: it has {paths}")
    if len(found) > 1:
        raise ValueError(
            f"{version} has {len(found)} artifacts, so say which digest is meant: artifact: one of {paths}"
        )
    return found[0]
