"""A rollout whose targets are observed, from its canary until it settles or goes back, by files and pull requests."""

from __future__ import annotations

import json
import re

from house import Repository
from messages import lines_with
from targeted import MANIFEST, manifest, md5_of
from watched_rollout import OBSERVE, OBSERVED, device, opened, report, service

ADVANCE = ("advance", "churn", "--in", "staging")
BY_ITSELF = """rollout:
  owner: operations
  abort: automatic
  waves:
    - {name: canary, targets: [eu-api], traffic: 10}
    - {name: cloud, targets: [eu-api]}
    - {name: fleet, targets: [tills]}
"""
WITHOUT_WEB = re.sub(r"  web:\n(    .*\n)+", "", OBSERVED)


def _state(repository: Repository) -> str:
    return str(repository.run("rollout", "churn", "--in", "staging", "--format", "json").json["state"])


def _see(repository: Repository, target: str, text: str) -> None:
    repository.ok(*OBSERVE, target, "--from", report(repository, text))


def test_each_wave_waits_until_reports_show_that_its_targets_run_it(repository: Repository) -> None:
    opened(repository)
    assert _state(repository) == "pending"
    waits = repository.ok(*ADVANCE)
    assert "there is no report about eu-api" in waits.out and "mlops-gitops observe churn" in waits.out
    _see(repository, "eu-api", service(5))
    assert _state(repository) == "updating"
    _see(repository, "eu-api", service(10))
    assert _state(repository) == "ready"
    assert "waits for approvals" in repository.ok(*ADVANCE).out
    place = "origin/advance/staging/churn/0003-cloud:promotions/staging/churn/0003.json"
    assert len(json.loads(repository.sh("git", "show", place))["predicate"]["evidence"]) == 1
    repository.merge("carol")
    assert _state(repository) == "pending"
    _see(repository, "eu-api", service(100))
    assert "enters the wave fleet" in repository.ok(*ADVANCE).out
    repository.pull()
    repository.ok("record")
    _see(repository, "tills", device("till-1") + device("till-2", state="failed") + device("stranger"))
    assert _state(repository) == "ready"
    assert "settles" in repository.ok(*ADVANCE).out
    repository.pull()
    repository.ok("record")
    assert _state(repository) == "settled"
    repository.ok("audit")


def test_a_failed_wave_leads_to_one_pull_request_that_goes_back(repository: Repository) -> None:
    opened(repository)
    _see(repository, "eu-api", service(100))
    assert _state(repository) == "failed"
    shown = repository.ok("rollout", "churn", "--in", "staging").out
    assert lines_with(shown, "its wave failed") and lines_with(shown, "100 % of the traffic", "10 %")
    repository.write("FREEZE", "Nobody watches.\n")
    repository.agree("freeze", "bob", "carol")
    first = repository.run("advance")
    assert first.code == 1 and lines_with(first.out, "opened", "goes back"), first
    _see(repository, "eu-api", service(100))  # another report changes nothing of it
    tips = repository.sh("git", "ls-remote", "origin", "refs/heads/rollback/*", "refs/mlops/*")
    again = repository.run("advance")
    assert again.code == 1 and "is open already" not in first.out and lines_with(again.out, "unchanged"), again
    assert repository.sh("git", "ls-remote", "origin", "refs/heads/rollback/*", "refs/mlops/*") == tips
    pulls = [row for row in repository.ok("pr", "list", "--format", "json").json["pull_requests"]]
    assert [row["branch"] for row in pulls] == ["rollback/staging/churn/0003-1.0.0"]
    repository.merge("bob")
    assert _state(repository) == "settled" and (repository.root / MANIFEST).read_text() == manifest(md5_of(45))
    repository.ok("audit")


def test_a_return_that_the_opening_approved_is_merged_by_itself(repository: Repository) -> None:
    opened(repository, BY_ITSELF, WITHOUT_WEB.replace("observe: devices", "observe: devices, reversible: false"))
    _see(repository, "eu-api", service(100))
    assert lines_with(repository.ok("rollout", "churn", "--in", "staging").out, "goes back to 1.0.0", "tills stays")
    done = repository.run(*ADVANCE)
    assert done.code == 1 and lines_with(done.out, "merged", "goes back"), done
    assert "tills stays as it is" in " ".join(done.out.split())
    repository.pull()
    repository.ok("record")
    shown = repository.ok("pr", "show", 6).out
    assert lines_with(shown, "approved this return in advance") and lines_with(shown, "depends on what was seen")
    back = json.loads((repository.root / "promotions/staging/churn/0003.json").read_text())["predicate"]
    assert (back["action"], back["abort"], len(back["evidence"])) == ("rollback", "automatic", 1)
    assert back["stays"] == ["tills"]
    assert _state(repository) == "settled"
    repository.ok("audit")
