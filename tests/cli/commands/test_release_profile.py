"""A release pins the reference profile that is merged, and names one that is altered or of other data."""

from __future__ import annotations

import hashlib

import yaml
from house import Repository
from messages import lacking

PROFILE, MANIFEST = "models/churn/profile.json", "releases/churn/1.0.0.yaml"


def _profiled(repository: Repository) -> bytes:
    repository.ok("profile", "churn")
    repository.commit("The reference profile")
    return (repository.root / PROFILE).read_bytes()


def test_the_merged_profile_is_pinned_and_stays_so(repository: Repository) -> None:
    data = _profiled(repository)
    repository.release()
    pinned = yaml.safe_load((repository.root / MANIFEST).read_text())["profile"]
    assert pinned == {"path": PROFILE, "sha256": hashlib.sha256(data).hexdigest()}
    (repository.root / PROFILE).write_bytes(data + b"\n")
    repository.commit("Another profile, for the next release")
    repository.ok("promote", "churn", "--to", "staging", "--dry-run")


def test_a_profile_that_is_not_merged_is_refused(repository: Repository) -> None:
    data = _profiled(repository)
    (repository.root / PROFILE).write_bytes(data + b"\n")
    refused = repository.run("release", "churn", "1.0.0")
    assert refused.code == 2 and not lacking(refused.err, PROFILE, "not the one of", "main")


def test_altered_bytes_are_named(repository: Repository) -> None:
    data = _profiled(repository)
    repository.ok("release", "churn", "1.0.0", "--local")
    (repository.root / PROFILE).write_bytes(data + b"\n")
    repository.sh("git", "add", "--all")
    refused = repository.run("validate", "--base", "origin/main")
    assert refused.code == 1 and not lacking(refused.out, MANIFEST, "release-profile", PROFILE, "altered")
