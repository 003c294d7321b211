"""What targets of a rollout were seen to run: reports of clusters and devices, on record beside monitoring's."""

from __future__ import annotations

import json

import pytest
from house import Repository
from messages import lines_with
from watched_rollout import BRANCH, OBSERVE, device, observation, opened, report, service


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


def test_devices_that_no_wave_has_come_to_count_for_nothing(canary: Repository) -> None:
    text = device("till-1") + device("till-2", 45) + device("till-9")
    canary.ok(*OBSERVE, "tills", "--from", report(canary, text))
    said = observation(canary, "tills", 1)
    assert said["counts"]["total"] == 0 and said["beside"]["unreached"] == 2 and said["beside"]["strangers"] == 1


def test_a_dry_run_says_what_it_sees_and_writes_nothing(canary: Repository) -> None:
    answer = canary.ok(*OBSERVE, "eu-api", "--from", report(canary, service(10)), "--dry-run")
    assert "nothing is recorded" in answer.out
    assert not canary.sh("git", "branch", "-r", "--list", BRANCH).strip()


def test_wrong_input_is_refused_in_a_line(canary: Repository) -> None:
    wrong = [
        ("eu-api", "{", "no report of kserve", "line 1"),
        ("eu-api", "", "no report of kserve", "empty"),
        ("eu-api", json.dumps({"kind": "Pod"}), "InferenceService", "churn"),
        ("tills", "x\n", "no report of devices", "line 1"),
        ("web", service(10), "nobody observes the target web", "observe:"),
        ("cloud", service(10), "no target cloud", "eu-api"),
    ]
    for target, text, *facts in wrong:
        answer = canary.run(*OBSERVE, target, "--from", report(canary, text))
        assert answer.code == 2 and all(fact in answer.err for fact in facts), (target, text, answer)
        assert len(answer.err.strip().splitlines()) <= 2 and "Traceback" not in answer.err
    assert canary.run(*OBSERVE, "eu-api", "--from", "no-such-file").code == 2
    assert canary.run(*OBSERVE, "eu-api", "--from", str(canary.root)).code == 2
    answer = canary.run(*OBSERVE, "eu-api", "--from", report(canary, service(10)), "--measures", "no-such-file")
    assert answer.code == 2 and "no-such-file" in answer.err
