"""A rollback with targets whose devices cannot go back: they stay, and the way on is a higher release."""

from __future__ import annotations

import json

import pytest
from house import Repository
from messages import lines_with
from targeted import MANIFEST, TARGETS, VALUES, manifest, md5_of, values, write_targets

IRREVERSIBLE = TARGETS.replace("mutable: accepted", "mutable: accepted\n    reversible: false").replace(
    "{roster: fleets/tills.csv}", "{roster: fleets/tills.csv, reversible: false}"
)
WAVES = """rollout:
  owner: operations
  waves:
    - {name: canary, targets: [eu-api], traffic: 10}
    - {name: cloud, targets: [eu-api, web]}
    - {name: pilot, targets: [tills], groups: [pilot]}
    - {name: fleet, targets: [tills], approvals: {operations: 1}}
"""
IN_STAGING = ("churn", "--in", "staging")


@pytest.fixture
def piloted(repository: Repository) -> Repository:
    """The repository with 1.0.0 in force in staging, and with 1.1.0 in its pilot wave."""

    def plan() -> None:
        repository.release()
        repository.promote("staging")
        write_targets(repository, targets=IRREVERSIBLE + WAVES)
        repository.agree("rollout", "bob", "carol")
        repository.retrain(46)
        repository.release("1.1.0")
        repository.ok("promote", "churn", "--to", "staging", "--release", "1.1.0")
        repository.merge("bob")
        for _ in ("cloud", "pilot"):
            _advance(repository)

    repository.once("1.1.0 in the pilot wave of targets that cannot go back", plan)
    return repository


def _advance(repository: Repository) -> None:
    repository.ok("advance", *IN_STAGING)
    repository.pull()
    repository.ok("record")


def _text(repository: Repository, path: str) -> str:
    return (repository.root / path).read_bytes().decode()


def _devices(repository: Repository) -> dict[str, str]:
    found = repository.ok("rollout", *IN_STAGING, "--target", "tills", "--format", "json").json["devices"]
    return {device["device"]: device["release"] for device in found}


def _go_back(repository: Repository) -> str:
    said = repository.ok("rollback", *IN_STAGING, "--why", "Odd scores").out
    repository.merge("bob")
    return said


def test_a_rollback_leaves_what_cannot_go_back_and_the_next_release_goes_forward(piloted: Repository) -> None:
    repository = piloted
    assert lines_with(_go_back(repository), "tills and web stay", "reversible: false", "higher release")
    back = json.loads(_text(repository, "promotions/staging/churn/0005.json"))["predicate"]
    assert (back["action"], back["release"], back["stays"]) == ("rollback", "1.0.0", ["tills", "web"])
    assert lines_with(repository.ok("pr", "show", 8).out, "stay as they are: tills and web")
    assert (_text(repository, MANIFEST), _text(repository, VALUES)) == (manifest(md5_of(45)), values("1.1.0"))
    assert _devices(repository) == {"till-1": "1.1.0", "till-2": "1.0.0"}
    repository.ok("fetch", *IN_STAGING, "--target", "tills", "--device", "till-1", "--out", "../till-1")
    assert json.loads((repository.root.parent / "till-1/.mlops-gitops.json").read_text())["release"] == "1.1.0"
    assert lines_with(repository.ok("rollout", *IN_STAGING).out, "tills and web stay", "higher release")
    repository.ok("validate")
    repository.ok("audit")
    repository.edit(VALUES, "v1.1.0", "v1.0.0")
    by_hand = repository.run("check", repository.propose("by-hand"))
    assert by_hand.code == 1 and lines_with(by_hand.out, "target-drift", VALUES, "image.tag")
    _next_release(repository)


def _next_release(repository: Repository) -> None:
    """1.2.0 leaves them until its waves come to them; a second rollback leaves what has 1.1.0."""
    repository.retrain(47)
    repository.release("1.2.0")
    repository.ok("promote", "churn", "--to", "staging", "--release", "1.2.0")
    repository.merge("bob")
    assert (_text(repository, MANIFEST), _text(repository, VALUES)) == (manifest(md5_of(47), 10), values("1.1.0"))
    assert _devices(repository) == {"till-1": "1.1.0", "till-2": "1.0.0"}
    assert lines_with(repository.ok("rollout", *IN_STAGING).out, "tills and web stay", "higher release")
    _go_back(repository)
    assert _text(repository, VALUES) == values("1.1.0")
    assert _devices(repository) == {"till-1": "1.1.0", "till-2": "1.0.0"}
    repository.ok("validate")
    repository.ok("audit")
