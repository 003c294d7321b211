"""Targets: promote and rollback set the files that a desired state names, in the commit of the record."""

from __future__ import annotations

import json

import pytest
from house import Repository
from messages import lines_with
from targeted import MANIFEST, ROSTER, SCHEMA, VALUES, manifest, md5_of, values, write_targets

STATE = "environments/staging/churn.yaml"


@pytest.fixture
def targeted(repository: Repository) -> Repository:
    """The repository with 1.0.0 in staging, and then its targets."""
    repository.release()
    repository.promote("staging")
    write_targets(repository)
    repository.agree("targets", "bob", "carol")
    return repository


def _text(repository: Repository, path: str) -> str:
    return (repository.root / path).read_bytes().decode()


def test_a_promotion_sets_every_target_in_the_commit_of_its_record_and_a_rollback_sets_it_back(
    targeted: Repository,
) -> None:
    repository = targeted
    repository.retrain(46)
    repository.release("1.1.0")
    shown = repository.ok("promote", "churn", "--to", "staging", "--dry-run").out.splitlines()
    start = shown.index(f"── {MANIFEST}")
    assert [line for line in shown[start:] if line.startswith(("-", "+"))][:2] == [
        f'-      storageUri: "s3://models/{md5_of(45)}/model.skops" # read only',
        f'+      storageUri: "s3://models/{md5_of(46)}/model.skops" # read only',
    ]
    assert "+image: {repository: r, tag: v1.1.0} # ours" in shown
    repository.ok("promote", "churn", "--to", "staging", "--release", "1.1.0")
    assert "nothing was written" in repository.run("promote", "churn", "--to", "staging").out
    repository.merge("bob", "carol")
    assert _text(repository, MANIFEST) == manifest(md5_of(46))
    assert _text(repository, VALUES) == values("1.1.0")
    assert "# the cluster in Europe" in _text(repository, STATE)
    changed = repository.sh("git", "log", "--no-merges", "-1", "--format=", "--name-only", "--", MANIFEST)
    assert set(changed.split()) == {MANIFEST}
    commit = repository.sh("git", "log", "--no-merges", "-1", "--format=%H", "--", MANIFEST)
    files = set(repository.sh("git", "show", "--format=", "--name-only", commit).split())
    assert files == {MANIFEST, VALUES, STATE, "promotions/staging/churn/0002.json"}
    recorded = json.loads(_text(repository, "promotions/staging/churn/0002.json"))["predicate"]["targets"]
    assert [(value["target"], value["field"], value["value"]) for value in recorded] == [
        ("eu-api", "spec.predictor.model.storageUri", f"s3://models/{md5_of(46)}/model.skops"),
        ("eu-api", "spec.predictor.canaryTrafficPercent", "100"),
        ("web", "image.tag", "v1.1.0"),
    ]
    repository.ok("validate")
    repository.ok("audit")
    repository.ok("rollback", "churn", "--in", "staging", "--why", "Odd scores")
    assert MANIFEST in repository.ok("pr", "show", 5).out
    repository.merge("bob")
    assert (_text(repository, MANIFEST), _text(repository, VALUES)) == (manifest(md5_of(45)), values("1.0.0"))
    repository.ok("validate")
    repository.ok("audit")


HAND_MADE = [
    ("the share of the traffic", MANIFEST, "Percent: 100", "Percent: 10", "spec.predictor.canaryTrafficPercent"),
    ("the model's address", MANIFEST, "s3://models/", "s3://evil/", "spec.predictor.model.storageUri"),
    ("the field is gone", VALUES, "tag: v1.0.0", "tags: v1.0.0", "image.tag"),
]


@pytest.mark.parametrize(("name", "path", "old", "new", "field"), HAND_MADE)
def test_a_field_that_was_changed_by_hand(  # one test each: each changes the repository
    targeted: Repository, name: str, path: str, old: str, new: str, field: str
) -> None:
    targeted.edit(path, old, new)
    number = targeted.propose("by-hand")
    answer = targeted.run("check", number)
    assert answer.code == 1 and lines_with(answer.out, "target-drift", field), answer
    targeted.edit(path, old, new)
    assert targeted.run("validate").code == 1
    commit = targeted.commit("By hand")
    audit = targeted.run("audit")
    assert audit.code == 1 and lines_with(audit.out, "target-drift", f"commit {commit[:10]}", field), audit


def test_what_targets_do_not_name_is_nobody_s_matter(targeted: Repository) -> None:
    targeted.edit(MANIFEST, "minReplicas: 2", "minReplicas: 3")
    targeted.edit(VALUES, "replicas: 2", "replicas: 4")
    targeted.agree("more-replicas")
    targeted.ok("audit")


def test_targets_that_were_edited_count_from_the_next_promotion(targeted: Repository) -> None:
    repository = targeted
    repository.retrain(46)
    repository.release("1.1.0")
    repository.promote("staging", version="1.1.0")
    repository.edit(STATE, "s3://models/{md5}", "s3://elsewhere/{md5}")
    repository.agree("elsewhere", "bob", "carol")
    repository.ok("validate")
    assert "s3://models/" in _text(repository, MANIFEST)
    repository.promote("staging", version="1.1.0")
    assert f"s3://elsewhere/{md5_of(46)}/" in _text(repository, MANIFEST)
    repository.ok("audit")
    assert "runs churn 1.1.0 already" in repository.run("promote", "churn", "--to", "staging").err


WRONG = [  # name, path, old text, new text, rule
    ("another value", MANIFEST, "Percent: 100", "Percent: 50", "target-rendered"),
    ("a key the schema lacks", MANIFEST, "minReplicas", "minReplica", "target-schema"),
    ("a type the schema lacks", MANIFEST, "minReplicas: 2", "minReplicas: two", "target-schema"),
    ("a schema that is none", SCHEMA, '"integer"', '"whole"', "target-schema"),
    (
        "a schema that brings others",
        SCHEMA,
        '{"type": "integer"}',
        '{"$ref": "http://127.0.0.1:9/x.json"}',
        "target-schema",
    ),
    ("a device twice", ROSTER, "till-2", "till-1", "target-schema"),
    ("a device without a group", ROSTER, "till-2,fleet", "till-2,", "target-schema"),
    ("other columns", ROSTER, "device,group", "name,group", "target-schema"),
    ("an anchor", VALUES, "tag: v1.0.0", "tag: &t v1.0.0", "target-rendered"),
    ("a template", VALUES, "tag: v1.0.0", "tag: '{{ .Values.tag }}'", "target-rendered"),
    ("a version alone", STATE, "    mutable: accepted\n", "", "schema"),
    ("an unknown placeholder", STATE, "v{release}", "v{version}", "schema"),
    ("no placeholder", STATE, "v{release}", "v1", "schema"),
    ("a path that leaves the repository", STATE, "path: deploy/values", "path: ../values", "schema"),
    ("neither files nor roster", STATE, f"{{roster: {ROSTER}}}", "{}", "schema"),
    ("an empty step of a field", STATE, "image.tag", "image..tag", "schema"),
    (
        "a field set twice",
        STATE,
        'set: {image.tag: "v{release}"}',
        'set: {image.tag: "v{release}", "image.[tag]": "{release}"}',
        "schema",
    ),
    ("a digest the release lacks", STATE, "{md5}/model", "{commit}/{sha512}/model", "schema"),
    (
        "an artifact the release lacks",
        STATE,
        "        schema:",
        "        artifact: models/other\n        schema:",
        "target-rendered",
    ),
    (
        "one of our own files",
        STATE,
        "path: deploy/values-prod.yaml\n        set: {image.tag",
        "path: mlops.yaml\n        set: {kind",
        "target-rendered",
    ),
]


def test_what_is_wrong_with_targets_is_named(repository: Repository) -> None:
    repository.release()
    repository.promote("staging")
    for name, path, old, new, rule in WRONG:
        write_targets(repository)
        repository.edit(path, old, new)
        found = repository.run("validate", "--format", "json").json["diagnostics"]
        assert [d["rule"] for d in found if d["severity"] == "error"].count(rule) >= 1, (name, found)
        others = {"state-record"} if rule == "schema" else set()  # the state is none while it is not valid
        assert {d["rule"] for d in found if d["severity"] == "error"} - others == {rule}, (name, found)
    write_targets(repository)
    repository.ok("validate")


def test_a_value_that_is_wrong_is_written_by_fix(repository: Repository) -> None:
    repository.release()
    repository.promote("staging")
    write_targets(repository)
    repository.edit(MANIFEST, "Percent: 100", "Percent: 7")
    repository.run("validate", "--fix")
    assert _text(repository, MANIFEST) == manifest(md5_of(45))


def test_without_targets_nothing_changes(repository: Repository) -> None:
    repository.release()
    change = repository.ok("promote", "churn", "--to", "staging", "--dry-run", "--format", "json").json["change"]
    record = json.loads(change["files"]["promotions/staging/churn/0001.json"])
    assert "targets" not in record["predicate"] and "Targets" not in change["body"]
    assert set(change["files"]) == {STATE, "promotions/staging/churn/0001.json"}
