"""A rollback with targets whose devices cannot go back: they stay, and the way on is a higher release."""

from __future__ import annotations

import json

from house import Repository
from messages import lines_with
from targeted import MANIFEST, ROLLOUT, VALUES, manifest, md5_of, plan_rollout, values

STATE = "environments/staging/churn.yaml"
WAVES = """rollout:
  owner: operations
  waves:
    - {name: cloud, targets: [eu-api, web]}
    - {name: pilot, targets: [tills], groups: [pilot]}
    - {name: fleet, targets: [tills], approvals: {operations: 1}}
"""
IN_STAGING = ("churn", "--in", "staging")


def _text(repository: Repository, path: str) -> str:
    return (repository.root / path).read_bytes().decode()


def _open(repository: Repository) -> None:
    """The pilot wave of 1.1.0 comes to targets of which two cannot go back."""
    plan_rollout(repository)
    repository.edit(STATE, "mutable: accepted", "mutable: accepted\n    reversible: false")
    repository.edit(STATE, "fleets/tills.csv}", "fleets/tills.csv, reversible: false}")
    repository.edit(STATE, ROLLOUT, WAVES)
    repository.agree("irreversible", "bob", "carol")
    repository.ok("promote", "churn", "--to", "staging", "--release", "1.1.0")
    repository.merge("bob")
    repository.ok("advance", *IN_STAGING)
    repository.pull()
    repository.ok("record")


def test_a_rollback_leaves_what_cannot_go_back(repository: Repository) -> None:
    _open(repository)
    said = repository.ok("rollback", *IN_STAGING, "--why", "Odd scores").out
    assert lines_with(said, "tills and web stay", "reversible: false", "higher release")
    assert lines_with(repository.ok("pr", "show", 8).out, "cannot go back", "stay as they are: tills and web")
    repository.merge("bob")
    back = json.loads(_text(repository, "promotions/staging/churn/0004.json"))["predicate"]
    assert (back["action"], back["release"], back["stays"]) == ("rollback", "1.0.0", ["tills", "web"])
    assert (_text(repository, MANIFEST), _text(repository, VALUES)) == (manifest(md5_of(45)), values("1.1.0"))
    shown = repository.ok("rollout", *IN_STAGING, "--target", "tills", "--format", "json").json["devices"]
    assert {device["device"]: device["release"] for device in shown} == {"till-1": "1.1.0", "till-2": "1.0.0"}
    repository.ok("fetch", *IN_STAGING, "--target", "tills", "--device", "till-1", "--out", "../till-1")
    assert json.loads((repository.root.parent / "till-1/.mlops-gitops.json").read_text())["release"] == "1.1.0"
    assert lines_with(repository.ok("rollout", *IN_STAGING).out, "tills and web stay", "higher release")
    repository.ok("audit")
