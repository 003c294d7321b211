"""retrain at GitHub: a candidate is one pull request, a worse one is an issue, wherever a run was cut off."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

from ground.copies import Copies
from ground.house import BOT, House
from house import Answer, Repository
from messages import lacking, lines_with
from outcomes import copy
from retrained import handed_over, with_policy

from mlops_gitops.runtime import clock

WHY = ("--why", "New customers in the north.")


def policed(repository: Repository, **policy: Any) -> None:
    """Has retraining.yaml on main."""
    with_policy(repository, **policy, begin=False)


def handed(house: House, hits: int = 47) -> Path:
    """A folder that job one handed over just now."""
    now, folder = clock.now(), house.root.parent / "handed"
    handed_over(house, folder / "churn", hits, decided=now, started=now)
    return folder


def propose(house: House, folder: Path) -> Answer:
    return house.run("retrain", "propose", "churn", "--from", folder, *WHY)


def issues(house: House) -> list[Any]:
    found = house.api("GET", "issues?state=all&direction=asc&per_page=100")
    return [issue for issue in found if "pull_request" not in issue]


def records(house: House) -> list[str]:
    listed = house.bridge.one("ls-tree", "-r", "--name-only", "mlops-gitops/monitoring").split()
    return [path for path in listed if path.startswith("retraining/")]


def test_a_candidate_is_one_pull_request_of_the_bot(hub: House) -> None:
    policed(hub)
    folder = handed(hub)
    answer = propose(hub, folder)
    assert answer.code == 0, answer
    (pull,) = hub.api("GET", "pulls")
    assert (pull["head"]["ref"], pull["user"]["login"]) == ("retrain/churn/1.0.0", BOT)
    assert lacking(pull["body"], "by-hand", WHY[1], "accuracy", "0.94", "47") == []
    assert records(hub) == ["retraining/churn/0001.json"]
    assert issues(hub) == []
    mark = hub.front.mark()
    assert propose(hub, folder).code == 0
    assert hub.front.writes(mark) == []


def test_those_who_decide_approve_it_and_not_the_one_who_started_it(hub: House) -> None:
    policed(hub)
    assert propose(hub, handed(hub)).code == 0
    (pull,) = hub.api("GET", "pulls")
    assert [_lacks(hub, pull["number"], role) for role in ("data-science", "operations")] == [True, True]
    hub.approve(pull["number"], "alice")
    hub.approve(pull["number"], "bob")
    assert [_lacks(hub, pull["number"], role) for role in ("data-science", "operations")] == [True, False]
    hub.approve(pull["number"], "carol")
    assert not _lacks(hub, pull["number"], "data-science")
    hub.merge_pull(pull["number"], how="squash")
    recorded = hub.ok("record")
    tag = "churn@v1.0.0"
    assert lines_with(recorded.out, tag, "met", "bob"), recorded
    assert lines_with(hub.run("audit").out, tag) == []
    hub.sh("git", "fetch", "-q", "--tags")
    receipt = hub.sh("git", "tag", "-l", "--format=%(contents)", tag)
    assert lacking(receipt, '"met"', "bob", "carol") == []
    hub.sh("git", "tag", "-f", "-a", "-m", receipt.replace("carol", "alice"), tag, f"{tag}^{{commit}}")
    audited = hub.run("audit")
    assert audited.code == 1 and lines_with(audited.out, tag, "data-science", "0 of 1"), audited


def _lacks(house: House, number: int, role: str) -> bool:
    """Whether the check says that an approval of those who decide is lacking; it never passes it over."""
    answer = house.ok("check", number, "--no-status")
    return bool(lines_with(answer.out, "retraining-approvals", role))


def test_a_worse_candidate_is_one_issue_that_a_better_one_closes(hub: House) -> None:
    policed(hub, hits=30)
    folder = handed(hub, 30)
    answer = propose(hub, folder)
    assert answer.code == 1 and lines_with(answer.out, "issue #1 opened", "churn"), answer
    (issue,) = issues(hub)
    assert [label["name"] for label in issue["labels"]] == ["mlops-gitops-retraining"]
    assert lacking(issue["body"], "accuracy", "0.6", "@alice", "@bob", WHY[1], "retraining/churn/") == []
    assert hub.api("GET", "pulls") == []
    mark = hub.front.mark()
    propose(hub, folder)
    assert hub.front.writes(mark) == []


def test_cut_off_after_each_write_the_next_run_ends_with_one_pull_request(copies: Copies) -> None:
    policed(copies.clone)
    whole = copies.house()
    folder = handed(whole)
    mark = whole.front.mark()
    assert propose(whole, folder).code == 0
    requests = whole.front.requests(mark)
    kinds = {
        re.sub(r"[0-9a-f]{40}|[0-9]+", "N", f"{entry.method} {entry.path}"): n for n, entry in enumerate(requests, 1)
    }
    writes = [n for kind, n in kinds.items() if not kind.startswith("GET") and "graphql" not in kind]
    assert len(writes) > 3
    _keep_what_was_pushed(whole, copies)
    for n in writes:
        house = copies.house()
        folder = handed(house)
        house.front.cut(n, done=True)
        propose(house, folder)
        house.front.restore()
        again = propose(house, folder)
        assert again.code == 0, (requests[n - 1], again)
        assert [pull["head"]["ref"] for pull in house.api("GET", "pulls")] == ["retrain/churn/1.0.0"], requests[n - 1]
        assert records(house) == ["retraining/churn/0001.json"], requests[n - 1]
        assert issues(house) == []


def _keep_what_was_pushed(house: House, copies: Copies) -> None:
    """DVC pushes before anything is written at GitHub, and need not start again for the same bytes."""
    top = copies.clone.root.parent
    shutil.rmtree(top / "storage")
    copy(house.root.parent / "storage", top / "storage")


def test_a_policy_may_leave_it_to_a_workflow_recorded_contract(hub: House) -> None:
    policed(hub)
    hub.edit("models/churn/retraining.yaml", "then: pull_request", "then: {dispatch: retrain.yml}")
    hub.write(".github/workflows/retrain.yml", "on:\n  workflow_dispatch:\n    inputs: {model: {}}\njobs: {}\n")
    hub.commit("A workflow of ours retrains")
    mark = hub.front.mark()
    answer = hub.run("retrain", "churn", *WHY)
    sent = [entry for entry in hub.front.writes(mark) if "dispatches" in entry.path]
    assert (answer.code, [entry.path.rpartition("/actions/")[2] for entry in sent]) == (
        0, ["workflows/retrain.yml/dispatches"],
    ), answer  # fmt: skip
    assert records(hub) == ["retraining/churn/0001.json"]
    mark = hub.front.mark()
    assert hub.run("retrain", "churn", *WHY).code == 0
    assert hub.front.writes(mark) == []
