"""What targets of a rollout were seen to run: reports of clusters and devices, on record beside monitoring's."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from house import Repository
from messages import lines_with
from targeted import ROSTER, write_targets
from watched_rollout import BRANCH, OBSERVE, OBSERVED, device, observation, opened, report, service

from mlops_gitops.core.canonical import digest
from mlops_gitops.core.frozen import asdict, replace
from mlops_gitops.orchestration.rollouts.record_observation import record_observation
from mlops_gitops.orchestration.workspace import open_workspace
from mlops_gitops.records.evidence.counts import Counts


@pytest.fixture
def canary(repository: Repository) -> Repository:
    return opened(repository)


def test_a_report_becomes_a_record_that_names_its_wave(canary: Repository) -> None:
    answer = canary.ok(*OBSERVE, "eu-api", "--from", report(canary, service(10)))
    assert lines_with(answer.out, "1 of 1 serve it", "10 % of the traffic", "trust: claimed", "proof: intent")
    said = observation(canary, "eu-api", 1)
    opening = json.loads((canary.root / "promotions/staging/churn/0002.json").read_text())["predicate"]
    assert (said["release"], said["wave"], said["traffic"]) == ("1.1.0", "canary", 10)
    assert said["window"]["start"] <= said["window"]["end"]
    assert said["by"] == {"email": "alice@example.org", "via": "command line"} and opening["wave"] == "canary"
    canary.ok(*OBSERVE, "eu-api", "--from", report(canary, service(100)))
    second = observation(canary, "eu-api", 2)
    assert second["previous"].startswith("sha256:") and second["counts"]["failed"] == 1 and "10 %" in second["why"]
    canary.ok("audit")


def test_a_target_that_no_wave_has_come_to_is_not_observed_yet(canary: Repository) -> None:
    answer = canary.ok(*OBSERVE, "tills", "--from", report(canary, device("till-1")))
    assert "no wave has brought churn 1.1.0 to tills yet" in answer.out
    assert not canary.sh("git", "branch", "-r", "--list", BRANCH).strip()


def test_a_dry_run_says_what_it_sees_and_writes_nothing(canary: Repository) -> None:
    answer = canary.ok(*OBSERVE, "eu-api", "--from", report(canary, service(10)), "--dry-run")
    assert "nothing is recorded" in answer.out
    assert not canary.sh("git", "branch", "-r", "--list", BRANCH).strip()


def test_numbers_that_nobody_watches_are_named(canary: Repository) -> None:
    numbers = canary.root.parent / "numbers.json"
    numbers.write_text('{"eror": {"value": 1}}')
    seen = (*OBSERVE, "eu-api", "--from", report(canary, service(10)), "--measures", numbers, "--dry-run")
    assert lines_with(canary.ok(*seen).out, "canary", "does not watch eror")


def test_what_a_cluster_says_steers_neither_the_record_nor_a_terminal(canary: Repository) -> None:
    odd = service(10, modelStatus={"transitionStatus": "In\nProgress \u202e" + "x" * 2000})
    answer = canary.ok(*OBSERVE, "eu-api", "--from", report(canary, odd))
    assert "\u202e" not in answer.out and len(answer.out.splitlines()) == 2
    canary.ok(*OBSERVE, "eu-api", "--from", report(canary, service(10)))  # what was written can be read again
    assert "In\\x0aProgress" in observation(canary, "eu-api", 1)["why"]


UNREADABLE = "/proc/self/mem"  # it opens, and gives no bytes


def test_wrong_input_is_refused_in_a_line(canary: Repository) -> None:
    wrong = [
        ("eu-api", "{", "not a report of kserve", "line 1"),
        ("eu-api", "", "not a report of kserve", "empty"),
        ("eu-api", json.dumps({"kind": "Pod"}), "InferenceService", "churn"),
        ("web", service(10), "nobody observes the target web", "observe:"),
        ("cloud", service(10), "no target cloud", "eu-api"),
    ]
    for target, text, *facts in wrong:
        answer = canary.run(*OBSERVE, target, "--from", report(canary, text))
        assert answer.code == 2 and all(fact in answer.err for fact in facts), (target, text, answer)
        assert len(answer.err.strip().splitlines()) <= 2 and "Traceback" not in answer.err
    assert canary.run(*OBSERVE, "eu-api", "--from", "no-such-file").code == 2
    assert "not both" in canary.run(*OBSERVE, "eu-api", "--from", "-", "--measures", "-").err
    for more in (("--from", UNREADABLE), ("--from", report(canary, service(10)), "--measures", UNREADABLE)):
        answer = canary.run(*OBSERVE, "eu-api", *more)
        assert answer.code == 2 and "cannot be read" in answer.err
    assert canary.run(*OBSERVE, "eu-api", "--from", str(canary.root)).code == 2
    answer = canary.run(*OBSERVE, "eu-api", "--from", report(canary, service(10)), "--measures", "no-such-file")
    assert answer.code == 2 and "no-such-file" in answer.err


def _forged(repository: Repository, **change: Any) -> None:
    """Pushes the newest observation of eu-api again, as another one that says something else."""
    first = json.loads(repository.sh("git", "show", f"{BRANCH}:{PLACE}0001.json"))
    predicate = first["predicate"] | {"sequence": 2, "previous": digest(first)} | change
    _push(repository, {f"{PLACE}0002.json": json.dumps(first | {"predicate": predicate})})


def _push(repository: Repository, files: dict[str, str | None]) -> None:
    """One commit on the branch of records, by somebody who may push to it; None removes a file."""
    repository.sh("git", "fetch", "-q", "origin")
    repository.sh("git", "switch", "-q", "--detach", BRANCH)
    for path, text in files.items():
        if text is None:
            repository.sh("git", "rm", "-q", path)
        else:
            repository.write(path, text)
            repository.sh("git", "add", path)
    now = f"GIT_COMMITTER_DATE={datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
    repository.sh("env", now, "git", "commit", "-q", "-m", "Forged")
    repository.sh("git", "push", "-q", "origin", "HEAD:refs/heads/mlops-gitops/monitoring")
    repository.sh("git", "switch", "-q", "main")
    repository.sh("git", "fetch", "-q", "origin")


def test_an_observation_that_another_run_overtook_is_not_dated_back(canary: Repository) -> None:
    canary.ok(*OBSERVE, "eu-api", "--from", report(canary, service(10)))
    workspace = open_workspace(str(canary.root))
    newest = workspace.observations("staging", "churn").newest("eu-api")
    assert newest is not None
    record = record_observation(workspace, replace(newest.observation, end="2026-01-01T00:00:00Z"))
    assert record.sequence == 2 and record.observation.end >= newest.observation.end
    canary.ok("audit")


def test_a_clock_that_disagrees_with_the_newest_record_ends_no_chain(canary: Repository) -> None:
    canary.ok(*OBSERVE, "eu-api", "--from", report(canary, service(10)))
    ahead = f"{datetime.now(UTC) + timedelta(minutes=30):%Y-%m-%dT%H:%M:%SZ}"
    window = json.loads(canary.sh("git", "show", f"{BRANCH}:{PLACE}0001.json"))["predicate"]["window"]
    _forged(canary, window=window | {"end": ahead}, created=ahead)
    answer = canary.run(*OBSERVE, "eu-api", "--from", report(canary, service(10)))
    assert answer.code == 3 and lines_with(answer.err, "0002.json", ahead, "clock")
    assert canary.sh("git", "ls-tree", "-r", "--name-only", BRANCH).count("eu-api") == 2


PLACE = "observations/staging/churn/eu-api/"
FORGERIES: list[tuple[dict[str, Any], str, str]] = [
    ({"counts": asdict(Counts(3, 3))}, "observation-record", "3 units"),
    ({"release": "1.0.0"}, "observation-record", "1.0.0"),
    ({"record": "sha256:" + "7" * 64}, "observation-record", "no record of churn"),
    ({"trust": "signed"}, "observation-record", "keys"),
    ({"window": {"start": None, "end": "2026-01-01T00:00:00Z"}, "created": "2026-01-01T00:00:00Z"},
     "observation-record", "dated back"),
    ({"previous": "sha256:" + "7" * 64}, "observation-record", "edited, moved or replaced"),
    ({"sequence": 1, "previous": None}, "observation-record", "copy of another record"),
    ({"target": "tills"}, "observation-record", "copy of another record"),
]  # fmt: skip


def test_forged_evidence_lets_nothing_through_and_audit_names_it(canary: Repository) -> None:
    canary.ok(*OBSERVE, "eu-api", "--from", report(canary, service(5)))
    before = canary.sh("git", "rev-parse", BRANCH).strip()
    for change, rule, fact in FORGERIES:
        _forged(canary, **({"traffic": 10} | change))
        audit = canary.run("audit")
        assert audit.code == 1 and lines_with(audit.out, rule, fact), (change, audit)
        assert canary.run("advance", "churn", "--in", "staging", "--format", "json").json["due"][0]["done"] != "opened"
        canary.sh("git", "push", "-q", "--force", "origin", f"{before}:refs/heads/mlops-gitops/monitoring")
        canary.sh("git", "fetch", "-q", "origin")
    _push(canary, {f"{PLACE}0001.json": None})
    assert lines_with(canary.run("audit").out, "removes it")
    shown = canary.run("rollout", "churn", "--in", "staging")
    assert shown.code == 3 and lines_with(shown.out, "0001.json", "removes it")
    refused = canary.run(*OBSERVE, "eu-api", "--from", report(canary, service(10)))
    assert refused.code == 3 and "nothing is added" in refused.err
    canary.sh("git", "push", "-q", "--force", "origin", f"{before}:refs/heads/mlops-gitops/monitoring")  # the repair
    canary.ok(*OBSERVE, "eu-api", "--from", report(canary, service(10)))
    canary.ok("audit")


def test_what_is_in_force_is_observed_as_well_and_its_roster_may_change(repository: Repository) -> None:
    repository.release()
    repository.promote("staging")
    write_targets(repository, targets=OBSERVED)
    repository.agree("observed-targets", "bob", "carol")
    seen = repository.ok(*OBSERVE, "eu-api", "--from", report(repository, service(100, 45)))
    assert lines_with(seen.out, "1 of 1 serve it", "100 % of the traffic")
    text = device("till-1", 45) + device("till-2", 46)
    assert lines_with(
        repository.ok(*OBSERVE, "tills", "--from", report(repository, text)).out, "1 of 2 serve it, 1 other"
    )
    repository.write(ROSTER, "device,group\ntill-1,pilot\n")
    repository.commit("A till less")
    repository.ok(*OBSERVE, "tills", "--from", report(repository, text))
    assert observation(repository, "tills", 2)["counts"]["total"] == 1
    shown = repository.ok("rollout", "churn", "--in", "staging").out
    assert lines_with(shown, "tills", "1 of 1 serve it") and lines_with(shown, "nobody observes it")
    repository.ok("audit")
