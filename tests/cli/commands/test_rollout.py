"""A rollout in waves: one record and receipt a wave, from the opening until it settles or is taken back."""

from __future__ import annotations

import json
import os
from typing import Any

import pytest
from house import Repository, desired
from messages import lines_with
from targeted import MANIFEST, ROLLOUT, ROSTER, VALUES, manifest, md5_of, plan_rollout, values, write_rollout

STATE = "environments/staging/churn.yaml"
ADVANCE = ("advance", "churn", "--in", "staging")


@pytest.fixture
def planned(repository: Repository) -> Repository:
    """The repository with 1.0.0 in staging, which takes what follows in waves, and with the release 1.1.0."""
    plan_rollout(repository)
    return repository


def _text(repository: Repository, path: str) -> str:
    return (repository.root / path).read_bytes().decode()


def _record(repository: Repository, sequence: int) -> dict[str, Any]:
    found = json.loads(_text(repository, f"promotions/staging/churn/{sequence:04}.json"))
    predicate: dict[str, Any] = found["predicate"]
    return predicate


def _open(repository: Repository, how: str | None = None) -> None:
    repository.ok("promote", "churn", "--to", "staging", "--release", "1.1.0")
    repository.merge("bob", how=how)


def _merged(repository: Repository) -> str:
    """What `advance` merges by itself, recorded; what it said."""
    said = repository.ok(*ADVANCE).out
    repository.pull()
    repository.ok("record")
    return said


def _printed(repository: Repository) -> str:
    return repository.ok("rollout", "churn", "--in", "staging").out


def _shown(repository: Repository) -> Any:
    return repository.ok("rollout", "churn", "--in", "staging", "--format", "json").json


def test_a_rollout_takes_its_waves_and_settles(planned: Repository) -> None:
    repository = planned
    assert _shown(repository)["state"] == "settled"
    assert lines_with(_printed(repository), "canary", "those of staging", "—")
    _open(repository, "squash")
    assert lines_with(_printed(repository), "1.1.0 is on its way: ready for the next step")
    assert 'release: "1.0.0"\nrolling: {release: "1.1.0", wave: "canary"}\ntargets:\n' in _text(repository, STATE)
    assert (_text(repository, MANIFEST), _text(repository, VALUES)) == (manifest(md5_of(46), 10), values("1.0.0"))
    opening = _record(repository, 2)
    assert (opening["action"], opening["wave"], opening["release"]) == ("open", "canary", "1.1.0")
    assert opening["gates"] and opening["rollout"].startswith("sha256:")
    shown = _shown(repository)
    assert (shown["state"], shown["in_force"], shown["rolling"]) == (
        "ready", "1.0.0", {"release": "1.1.0", "wave": "canary"}
    )  # fmt: skip
    assert [wave["place"] for wave in shown["waves"]] == ["here", "next", "later", "later"]
    repository.ok("validate")
    repository.ok("audit")
    assert "#6 waits for approvals: data-science 1" in repository.ok(*ADVANCE).out
    assert lines_with(_printed(repository), "open: #6", "wave cloud", "not checked yet")
    assert "unchanged" in repository.ok(*ADVANCE).out  # twice opens one
    assert lines_with(repository.run("check", 6).out, "approvals", "data-science")
    assert lines_with(_printed(repository), "open: #6", "it waits: 0 of 1 approvals from data-science", "carol")
    assert [pull["number"] for pull in _shown(repository)["pull_requests"]] == [6]
    repository.merge("carol", how="rebase")
    assert _shown(repository)["pull_requests"] == []
    assert (_text(repository, MANIFEST), _text(repository, VALUES)) == (manifest(md5_of(46)), values("1.1.0"))
    assert _record(repository, 3)["approvals"] == {"data-science": 1} and not _record(repository, 3)["gates"]
    assert "1.0.0, 1.1.0 in cloud" in repository.ok("status").out
    assert "enters the wave pilot" in _merged(repository)
    assert "enters the wave fleet" in _merged(repository)
    before = (_text(repository, MANIFEST), _text(repository, VALUES))
    assert "settles" in _merged(repository)
    assert (_text(repository, MANIFEST), _text(repository, VALUES)) == before
    assert 'release: "1.1.0"\ntargets:\n' in _text(repository, STATE)
    assert (_record(repository, 6)["action"], _record(repository, 6)["replaces"]) == ("settle", "1.0.0")
    tags = set(repository.sh("git", "tag", "-l", "churn#*").split())
    assert tags == {
        "churn#staging#1", "churn#staging_canary#2", "churn#staging_cloud#3", "churn#staging_pilot#4",
        "churn#staging_fleet#5", "churn#staging#6",
    }  # fmt: skip
    repository.ok("validate")
    repository.ok("audit")
    assert [row["action"] for row in repository.ok("history", "--format", "json").json["promotions"]] == [
        "promote", "open", "advance", "advance", "advance", "settle"
    ]  # fmt: skip
    assert repository.run(*ADVANCE).code == 1  # nothing is on its way


@pytest.mark.outside
@pytest.mark.parametrize("how", ["squash", "rebase"])
def test_gto_and_audit_are_right_after_each_step_however_it_is_merged(repository: Repository, how: str) -> None:
    repository.release()
    repository.promote("staging", how=how)
    write_rollout(repository, ROLLOUT.replace("groups: [pilot]", "groups: [pilot], approvals: {data-science: 1}"))
    repository.edit(STATE, "name: fleet, targets: [tills]", "name: fleet, targets: [tills], approvals: {operations: 1}")
    repository.agree("rollout", "bob", "carol", how=how)
    repository.retrain(46)
    repository.release("1.1.0")
    shown = {"staging": "v1.0.0"}
    _open(repository, how)
    for wave in ("canary", "cloud", "pilot", "fleet"):
        shown |= {f"staging_{wave}": "v1.1.0"}
        if wave in ("canary", "fleet"):
            assert json.loads(repository.sh("gto", "show", "--json"))["churn"]["stage"] == shown
        repository.ok("audit")
        repository.ok(*ADVANCE)
        if wave != "fleet":
            repository.merge("bob", "carol", how=how)
    repository.pull()
    repository.ok("record")
    assert json.loads(repository.sh("gto", "show", "--json"))["churn"]["stage"] == shown | {"staging": "v1.1.0"}
    repository.ok("audit")


def test_while_it_rolls_another_promotion_is_refused_and_a_rollback_returns_every_target(planned: Repository) -> None:
    repository = planned
    _open(repository)
    refused = repository.run("promote", "churn", "--to", "staging", "--release", "1.1.0")
    assert refused.code == 1 and "mlops-gitops advance churn --in staging" in refused.err
    assert "mlops-gitops rollback churn --in staging" in refused.err
    repository.ok(*ADVANCE)
    repository.merge("carol")
    back = ("rollback", "churn", "--in", "staging", "--why", "Odd scores")
    assert "in the middle of a rollout" in repository.run(*back, "--to", "1.1.0").err
    repository.ok(*back)
    repository.merge("bob")
    assert (_text(repository, MANIFEST), _text(repository, VALUES)) == (manifest(md5_of(45)), values("1.0.0"))
    assert "rolling:" not in _text(repository, STATE)
    assert (_record(repository, 4)["release"], _record(repository, 4)["replaces"]) == ("1.0.0", "1.1.0")
    repository.ok("audit")
    held = repository.run("promote", "churn", "--to", "staging", "--release", "1.1.0")
    assert held.code == 1 and "held" in held.err
    assert "nothing to go back to" in repository.run(*back, "--to", "1.1.0").err  # a canary was never in force


BY_HAND = [
    ("more traffic", MANIFEST, "Percent: 10 ", "Percent: 50 ", "target-drift", "canaryTrafficPercent"),
    ("another address", MANIFEST, "s3://models/", "s3://evil/", "target-drift", "storageUri"),
    ("another wave", STATE, 'wave: "canary"', 'wave: "fleet"', "explained-change", "1.1.0 in fleet"),
    ("no rollout", STATE, 'rolling: {release: "1.1.0", wave: "canary"}\n', "", "explained-change", "set from"),
]


def test_what_is_changed_by_hand_while_it_rolls_is_named(planned: Repository) -> None:
    repository = planned
    _open(repository)
    for number, (name, path, old, new, rule, fact) in enumerate(BY_HAND):
        repository.edit(path, old, new)
        pull = repository.propose(f"by-hand-{number}")
        answer = repository.run("check", pull)
        assert answer.code == 1 and lines_with(answer.out, rule, fact), (name, answer)
    repository.edit(MANIFEST, "Percent: 10 ", "Percent: 50 ")
    commit = repository.commit("By hand")
    audit = repository.run("audit")
    assert audit.code == 1 and lines_with(audit.out, "target-drift", f"commit {commit[:10]}"), audit


def test_weakened_waves_count_from_the_next_promotion_and_need_the_owner(planned: Repository) -> None:
    repository = planned
    _open(repository)
    repository.edit(STATE, ", approvals: {data-science: 1}", "")
    repository.edit(ROSTER, "till-2,fleet\n", "till-2,fleet\ntill-3,pilot\n")
    number = repository.propose("weaker")
    answer = repository.run("check", number)
    assert answer.code == 1 and lines_with(answer.out, "policy-change", STATE, "operations")
    assert lines_with(answer.out, "policy-change", ROSTER, "operations")
    repository.merge("bob")
    tip = repository.sh("git", "rev-parse", "HEAD")
    assert f"mlops-gitops/policy/{tip}" in repository.sh("git", "tag", "-l", "mlops-gitops/policy/*")
    assert "waits for approvals" in repository.ok(*ADVANCE).out
    repository.merge("carol")  # the wave asks for what it asked when it opened
    assert _record(repository, 3)["approvals"] == {"data-science": 1}
    repository.ok("audit")
    repository.edit(ROSTER, "till-1,pilot\n", "")
    shrunk = repository.run("check", repository.propose("fewer"))
    assert shrunk.code == 1 and lines_with(shrunk.out, "roster-shrunk", "till-1")
    repository.edit(ROSTER, "till-1,pilot\n", "")
    commit = repository.commit("Fewer, by hand")
    audit = repository.run("audit")
    assert lines_with(audit.out, "roster-shrunk", f"commit {commit[:10]}", "till-1"), audit
    assert lines_with(audit.out, "policy-receipt", ROSTER), audit


def test_two_steps_race_and_one_wins(planned: Repository) -> None:
    repository = planned
    _open(repository)
    repository.ok(*ADVANCE)
    assert "unchanged" in repository.ok(*ADVANCE).out  # the same step again writes nothing
    repository.ok("rollback", "churn", "--in", "staging", "--why", "Odd scores")
    repository.merge("bob")
    late = repository.run("check", 6)
    assert late.code == 1 and "does not merge cleanly" in late.err, late
    assert repository.run("pr", "merge", "--only", 6).code != 0
    assert _shown(repository)["state"] == "settled"


HOLD = "traffic: 10}", "traffic: 10, hold: 24h}"


def test_a_wave_holds_from_its_receipt_on(planned: Repository) -> None:
    repository = planned
    repository.edit(STATE, *HOLD)
    repository.agree("hold", "bob", "carol")
    repository.ok("promote", "churn", "--to", "staging", "--release", "1.1.0")
    number = repository.approve_newest("bob")
    repository.ok("check", number)
    repository.ok("pr", "merge", "--only", number)
    repository.pull()
    unrecorded = repository.run(*ADVANCE)
    assert unrecorded.code == 3 and "churn#staging_canary#2 is not here" in unrecorded.out
    every = repository.run("advance", "--format", "json")
    assert every.code == 3 and "churn#staging_canary#2 is not here" in every.json["due"][0]["because"]
    repository.ok("record")
    held = repository.ok(*ADVANCE)
    assert "holds there since" in held.out and "until" in held.out
    assert repository.ok("advance").out == "nothing is due\n"
    shown = _shown(repository)
    assert shown["state"] == "holding" and shown["next"] == {"action": "advance", "wave": "cloud"}
    assert shown["not_before"] > shown["since"]
    repository.ok("rollback", "churn", "--in", "staging", "--why", "Odd scores")  # a rollback never waits


def test_advance_without_a_model_goes_on_with_what_is_ready(planned: Repository) -> None:
    _open(planned)
    assert "it enters the wave cloud" in planned.ok("advance", "--dry-run").out
    assert "waits for approvals" in planned.ok("advance").out
    who = json.loads(
        planned.sh("git", "show", "origin/advance/staging/churn/0003-cloud:promotions/staging/churn/0003.json")
    )
    assert who["predicate"]["requested_by"] == {"login": "mlops-gitops", "via": "rollout"}


def _to_run(repository: Repository) -> dict[str, tuple[str, str]]:
    """The release and the digest of each device, as the server of a fleet reads them."""
    shown = repository.ok("rollout", "churn", "--in", "staging", "--target", "tills", "--format", "json").json
    assert {device["approvals"] for device in shown["devices"]} == {"met"}
    return {item["device"]: (item["release"], item["files"]["models/churn/model.skops"]["md5"])
            for item in shown["devices"]}  # fmt: skip


def test_a_device_fetches_the_release_once_a_wave_has_come_to_it(planned: Repository) -> None:
    repository = planned
    _open(repository)

    def fetched(*args: str) -> str:
        out = os.path.join(repository.root, "..", "device")
        return str(
            repository.ok("fetch", "churn", "--in", "staging", "--out", out, *args, "--format", "json").json["release"]
        )

    device = ("--target", "tills", "--device")
    assert fetched(*device, "till-1") == "1.0.0"
    repository.ok(*ADVANCE)
    repository.merge("carol")
    _merged(repository)  # the pilot
    assert [fetched(*device, "till-1"), fetched(*device, "till-2"), fetched()] == ["1.1.0", "1.0.0", "1.0.0"]
    assert _to_run(repository) == {"till-1": ("1.1.0", md5_of(46)), "till-2": ("1.0.0", md5_of(45))}
    listed = repository.ok("rollout", "churn", "--in", "staging", "--target", "tills").out
    assert lines_with(listed, "till-1", "pilot", "1.1.0") and lines_with(listed, "1 of 2 devices", "1.0.0")
    _merged(repository)
    assert [fetched(*device, "till-2"), fetched()] == ["1.1.0", "1.0.0"]
    assert _to_run(repository) == {"till-1": ("1.1.0", md5_of(46)), "till-2": ("1.1.0", md5_of(46))}
    stranger = repository.run("fetch", "churn", "--in", "staging", "--out", "x", *device, "till-9")
    assert stranger.code == 2 and "till-9" in stranger.err
    no_fleet = repository.run("rollout", "churn", "--in", "staging", "--target", "web")
    assert no_fleet.code == 2 and "those with one: tills" in no_fleet.err
    assert (
        repository.run("fetch", "churn", "--in", "staging", "--out", "x", "--target", "web", "--device", "a").code == 2
    )


def _decision(type: str, subject: str = "", more: str = "") -> str:
    about = f'{{model: churn, release: "1.1.0", environment: staging{subject}}}'
    head = f"apiVersion: mlops-gitops/v1\nkind: Decision\ntype: {type}\nsubject: {about}\nrole: operations\n"
    return f"{head}by: bob\nreason: Odd scores.\n{more}"


def test_a_pause_stops_every_step_until_a_resume_comes_along(planned: Repository) -> None:
    repository = planned
    _open(repository)
    repository.ok(*ADVANCE)
    repository.write("decisions/stop.yaml", _decision("pause"))
    carried = repository.run(*ADVANCE, "--decision", "decisions/stop.yaml")
    assert carried.code == 2 and "a step does not carry one" in carried.err
    repository.agree("stop")  # nobody has to approve it
    stopped = repository.run("check", 6)
    assert stopped.code == 1 and lines_with(stopped.out, "rollout-paused", "decisions/stop.yaml"), stopped
    assert lines_with(_printed(repository), "paused by decision")
    assert lines_with(_printed(repository), "paused by decisions/stop.yaml", "Odd scores")
    assert "1.1.0 in canary (paused)" in repository.ok("status").out
    assert _shown(repository)["state"] == "paused"
    assert "decisions/stop.yaml" in repository.ok(*ADVANCE).out  # it waits, and nothing failed
    assert repository.ok("advance").out == "nothing is due\n"
    repository.write("decisions/go.yaml", _decision("resume"))
    assert "#6 waits for approvals" in repository.ok(*ADVANCE, "--decision", "decisions/go.yaml").out
    asked = repository.run("check", 6)
    assert lines_with(asked.out, "approvals", "data-science") and lines_with(asked.out, "approvals", "operations")
    repository.merge("bob", "carol")
    assert _shown(repository)["state"] == "ready" and _record(repository, 3)["wave"] == "cloud"
    repository.ok("audit")


def test_an_override_goes_past_a_hold_or_a_wave_with_the_approval_of_its_role(planned: Repository) -> None:
    repository = planned
    repository.edit(STATE, *HOLD)
    repository.agree("hold", "bob", "carol")
    _open(repository)
    assert _shown(repository)["state"] == "holding"
    last = 'expires: "2099-12-31"\n'
    repository.write("decisions/hurry.yaml", _decision("override", ", skip: hold, wave: canary", last))
    repository.write("decisions/past.yaml", _decision("override", ", skip: wave, wave: cloud", last))
    carried = ("--decision", "decisions/hurry.yaml", "--decision", "decisions/past.yaml")
    assert "enters the wave pilot, past cloud" in repository.ok(*ADVANCE, *carried).out
    asked = repository.run("check", 7)
    assert lines_with(asked.out, "approvals", "data-science") and lines_with(asked.out, "approvals", "operations")
    repository.merge("bob", "carol")
    assert (_record(repository, 3)["wave"], _record(repository, 3)["approvals"]) == ("pilot", {"data-science": 1})
    assert (_text(repository, MANIFEST), _text(repository, VALUES)) == (manifest(md5_of(46)), values("1.1.0"))
    assert lines_with(repository.ok("audit", "--format", "csv").out, "decisions/past.yaml", "skips the wave cloud")
    repository.write("decisions/wrong.yaml", _decision("override", ", skip: wave, wave: fleet", last))
    refused = repository.run(*ADVANCE, "--decision", "decisions/wrong.yaml")
    assert refused.code == 1 and "fleet is the last" in refused.out, refused


@pytest.fixture
def first(repository: Repository) -> Repository:
    """The repository whose staging takes churn in waves from the first release on, and with the release 1.0.0."""

    def plan() -> None:
        write_rollout(repository)
        repository.edit(STATE, 'release: "1.0.0"\n', "")
        repository.write(MANIFEST, manifest("none", 0))
        repository.write(VALUES, values("0.0.0"))
        repository.agree("rollout", "bob", "carol")
        repository.release()

    repository.once("1.0.0 released, to be the first that is rolled out", plan)
    return repository


def test_the_first_rollout_settles_like_every_other(first: Repository) -> None:
    repository = first
    repository.ok("validate")
    assert "nothing of churn is in force, and nothing is on its way" in _printed(repository)
    repository.ok("promote", "churn", "--to", "staging")
    repository.merge("bob")
    opening = _record(repository, 1)
    assert (opening["action"], opening["wave"], opening["replaces"]) == ("open", "canary", None)
    assert 'environment: staging\nrolling: {release: "1.0.0", wave: "canary"}\ntargets:\n' in _text(repository, STATE)
    assert (_text(repository, MANIFEST), _text(repository, VALUES)) == (manifest(md5_of(45), 10), values("0.0.0"))
    assert "—, 1.0.0 in canary" in repository.ok("status").out
    assert "nothing of churn is in force, 1.0.0 is on its way" in _printed(repository)
    nothing = repository.run("fetch", "churn", "--in", "staging", "--out", "x")
    assert nothing.code == 2 and "1.0.0 is in the wave canary" in nothing.err
    repository.edit(VALUES, "tag: v0.0.0", "tag: v1.0.0")  # ahead of its wave
    ahead = repository.run("check", repository.propose("ahead"))
    assert ahead.code == 1 and lines_with(ahead.out, "target-drift", "image.tag")
    repository.ok(*ADVANCE)
    repository.merge("carol")
    for _ in range(3):
        _merged(repository)
    assert 'environment: staging\nrelease: "1.0.0"\ntargets:\n' in _text(repository, STATE)
    assert (_text(repository, MANIFEST), _text(repository, VALUES)) == (manifest(md5_of(45)), values("1.0.0"))
    assert (_record(repository, 5)["action"], _record(repository, 5)["replaces"]) == ("settle", None)
    repository.ok("validate")
    repository.ok("audit")
    repository.ok("fetch", "churn", "--in", "staging", "--out", "x")


def test_a_draft_of_targets_stays_below_what_the_first_promotion_writes(repository: Repository) -> None:
    repository.release()
    repository.write(STATE, "# targets:\n#   eu-api: {files: []}\n")
    repository.agree("draft")
    repository.promote("staging")
    assert _text(repository, STATE) == desired("1.0.0") + "\n# targets:\n#   eu-api: {files: []}\n"
    repository.ok("audit")


def test_the_first_rollout_is_stopped_by_name_and_its_targets_say_what_they_said(first: Repository) -> None:
    repository = first
    before = tuple(_text(repository, path) for path in (STATE, MANIFEST, VALUES))
    repository.ok("promote", "churn", "--to", "staging")
    repository.merge("bob")
    repository.ok(*ADVANCE)
    repository.merge("carol")
    assert "Stop churn 1.0.0 in staging" in repository.ok("rollback", "churn", "--in", "staging", "--why", "Odd").out
    shown = repository.ok("pr", "show", 5).out
    assert "nothing is in force" in shown and "what they said before the rollout opened" in shown
    repository.merge("bob")
    assert tuple(_text(repository, path) for path in (STATE, MANIFEST, VALUES)) == before
    stop = _record(repository, 3)
    assert (stop["action"], stop["release"], stop["replaces"], stop["why"]) == ("stop", "1.0.0", "1.0.0", "Odd")
    assert "churn#staging_stop#3" in repository.sh("git", "tag", "-l", "churn#*").split()
    repository.ok("validate")
    repository.ok("audit")
    assert "nothing of churn is in force, and nothing is on its way" in _printed(repository)
    stopped = repository.run("fetch", "churn", "--in", "staging", "--out", "x")
    assert stopped.code == 2 and "stopped by promotions/staging/churn/0003.json" in stopped.err
    held = repository.run("promote", "churn", "--to", "staging")
    assert held.code == 1 and "held since promotions/staging/churn/0003.json" in held.err
    again = repository.run("rollback", "churn", "--in", "staging", "--why", "Odd")
    assert again.code != 0 and "has run nothing of churn before" in again.err
    repository.edit(MANIFEST, "s3://models/none/", "s3://models/evil/")
    commit = repository.commit("By hand")
    assert lines_with(repository.run("audit").out, "target-drift", f"commit {commit[:10]}", "storageUri")
    repository.retrain(46)
    repository.release("1.1.0")
    repository.edit(MANIFEST, "s3://models/evil/", "s3://models/none/")
    repository.commit("Undone")
    _open(repository)
    assert _record(repository, 4)["replaces"] is None and _shown(repository)["rolling"]["release"] == "1.1.0"
