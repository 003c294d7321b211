"""The test ground itself: what it keeps, what it refuses, and that it lets nothing wrong through."""

from __future__ import annotations

import http.client
import json
from typing import Any
from urllib.parse import urlsplit

import pytest
from ground.front import Front
from ground.house import BOT, BOT_TOKEN, House
from messages import lacking


def ask(
    front: Front, method: str, path: str, body: Any = None, *, token: str = BOT_TOKEN
) -> tuple[int, Any, dict[str, str]]:
    """A request as the program under test would send it: status, JSON, headers."""
    connection = http.client.HTTPConnection(urlsplit(front.url).netloc, timeout=30)
    headers = {"Authorization": f"Bearer {token}", "User-Agent": "test", "Content-Type": "application/json"}
    try:
        connection.request(method, path, None if body is None else json.dumps(body), headers)
        answer = connection.getresponse()
        content = answer.read()
        return answer.status, json.loads(content) if content else None, {k.lower(): v for k, v in answer.getheaders()}
    finally:
        connection.close()


def test_a_repository_goes_there_and_back_with_the_same_ids(hub: House) -> None:
    local = hub.sh("git", "rev-parse", "HEAD")
    assert hub.head() == local
    made = hub.write_branch("feature", {"a/b/ä.txt": "é\n", "params.yaml": None}, message="Größe\n\nText")
    hub.sh("git", "fetch", "-q", "origin")
    assert hub.sh("git", "rev-parse", "origin/feature") == made
    assert hub.sh("git", "show", "origin/feature:a/b/ä.txt") == "é"
    assert "params.yaml" in hub.sh("git", "diff", "--name-only", "--no-renames", "main", "origin/feature")
    hub.bridge.git("fsck", "--strict", "--full")
    hub.delete_branch("feature")
    assert "feature" not in hub.bridge.one("branch", "--list")


def test_what_is_pushed_by_git_is_at_github(hub: House) -> None:
    hub.write("bytes.bin", "\x00\x01")
    (hub.root / "run.sh").write_text("true\n")
    (hub.root / "run.sh").chmod(0o755)
    (hub.root / "link").symlink_to("run.sh")
    pushed = hub.commit("Push")
    hub.sh("git", "tag", "-a", "v1", "-m", "One")
    hub.sh("git", "push", "-q", "origin", "v1", "HEAD:side")
    listed = hub.api("GET", "git/matching-refs/tags/")
    assert listed[0]["object"] == listed[0]["object"] | {"sha": hub.sh("git", "rev-parse", "v1"), "type": "tag"}
    assert hub.head() == hub.head("side") == pushed
    hub.sh("git", "push", "-q", "origin", ":side")
    hub.mirror()
    assert hub.front.stateful.branch(hub.name, "side") is None


def test_an_annotated_tag_of_the_api_is_a_real_object(hub: House) -> None:
    tagger = {"name": "Bot", "email": "bot@example.org", "date": "2026-01-02T03:04:05Z"}
    tag = {"tag": "churn@v1.0.0", "message": "Receipt\n", "object": hub.head(), "type": "commit", "tagger": tagger}
    sha = hub.api("POST", "git/tags", tag)["sha"]
    assert hub.api("POST", "git/tags", tag)["sha"] == sha
    hub.api("POST", "git/refs", {"ref": "refs/tags/churn@v1.0.0", "sha": sha})
    hub.sh("git", "fetch", "-q", "--tags", "origin")
    assert hub.sh("git", "rev-parse", "churn@v1.0.0") == sha
    assert hub.sh("git", "rev-parse", "churn@v1.0.0^{commit}") == hub.head()
    assert hub.api("GET", f"git/tags/{sha}")["message"] == "Receipt\n"
    assert [found["commit"]["sha"] for found in hub.api("GET", "tags")] == [hub.head()]


def test_a_misspelt_key_is_a_fault(hub: House) -> None:
    body = {"title": "x", "head": "feature", "base": "main", "bdoy": "text"}
    ask(hub.front, "POST", f"/repos/{hub.name}/pulls", body)
    (fault,) = hub.front.faults
    assert not lacking(fault, f"POST /repos/{hub.name}/pulls", "body.bdoy is not described")
    hub.front.faults.clear()


def test_the_proxy_finds_what_a_request_breaks(hub: House) -> None:
    ask(hub.front, "POST", f"/repos/{hub.name}/git/blobs", {"content": 5})
    ours, proxys = hub.front.faults
    assert "5 is not of type 'string'" in ours
    assert "the proxy says" in proxys
    assert "must be string" in proxys
    hub.front.faults.clear()


def test_an_unknown_token_and_a_hidden_repository(hub: House) -> None:
    status, body, _ = ask(hub.front, "GET", f"/repos/{hub.name}", token="stolen")
    assert (status, body["message"]) == (401, "Bad credentials")
    hidden = hub.token("outsider", sees=False)
    assert ask(hub.front, "GET", f"/repos/{hub.name}", token=hidden)[0] == 404
    assert ask(hub.front, "GET", f"/repos/{hub.name}")[0] == 200


def test_a_token_without_a_permission(hub: House) -> None:
    token = hub.token("poor", statuses="read")
    path = f"/repos/{hub.name}/statuses/{hub.head()}"
    status, body, headers = ask(hub.front, "POST", path, {"state": "success"}, token=token)
    assert (status, body["message"]) == (403, "Resource not accessible by integration")
    assert headers["x-accepted-github-permissions"] == "statuses=write"
    assert ask(hub.front, "GET", f"/repos/{hub.name}/commits/main/status", token=token)[0] == 200
    assert ask(hub.front, "GET", "/user", token=token)[0] == 403


def test_one_open_pull_request_a_branch(hub: House) -> None:
    hub.write_branch("feature", {"a.txt": "a\n"})
    path, body = f"/repos/{hub.name}/pulls", {"title": "x", "head": "feature", "base": "main"}
    assert ask(hub.front, "POST", path, body)[0] == 201
    status, answer, _ = ask(hub.front, "POST", path, body)
    assert status == 422
    assert answer["errors"][0]["message"] == "A pull request already exists for example:feature."
    for wrong in ({"head": "missing"}, {"base": "missing"}):
        status, answer, _ = ask(hub.front, "POST", path, body | wrong)
        assert (status, answer["errors"][0]["field"]) == (422, next(iter(wrong)))
    assert hub.front.stateful.branch(hub.name, "missing") is None
    hub.api("POST", "git/refs", {"ref": "refs/heads/same", "sha": hub.head()})
    assert "No commits between" in ask(hub.front, "POST", path, body | {"head": "same"})[1]["errors"][0]["message"]


def test_refs_as_github_refuses_them(hub: House) -> None:
    made = {"ref": "refs/heads/main", "sha": hub.head()}
    top = f"/repos/{hub.name}/git/refs"
    refusals = [
        ask(hub.front, "POST", top, made),
        ask(hub.front, "POST", top, {"ref": "refs/heads/new", "sha": "0" * 40}),
        ask(hub.front, "PATCH", f"{top}/heads/none", {"sha": hub.head()}),
        ask(hub.front, "DELETE", f"{top}/heads/none"),
    ]
    assert {status for status, _, _ in refusals} == {422}
    assert [body["message"] for _, body, _ in refusals] == [
        "Reference already exists", "Object does not exist", "Reference does not exist", "Reference does not exist",
    ]  # fmt: skip
    assert ask(hub.front, "GET", f"/repos/{hub.name}/git/ref/heads/none")[0] == 404


def test_a_pull_request_follows_its_branch(hub: House) -> None:
    hub.write_branch("feature", {"a.txt": "a\n"})
    number = hub.open("feature")
    early = hub.approve(number, "bob")
    with pytest.raises(AssertionError, match="Can not approve your own"):
        hub.approve(number, "alice")
    second = hub.write_branch("feature", {"b.txt": "b\nb\n"})
    pull = hub.api("GET", f"pulls/{number}")
    assert (pull["head"]["sha"], pull["commits"], pull["changed_files"], pull["additions"]) == (second, 2, 2, 3)
    assert hub.bridge.one("rev-parse", f"refs/pull/{number}/head") == second
    late = hub.request_changes(number, "carol")
    hub.dismiss(number, late)
    reviews = hub.api("GET", f"pulls/{number}/reviews")
    assert [(one["id"], one["state"], one["user"]["login"]) for one in reviews] == [
        (early, "APPROVED", "bob"), (late, "DISMISSED", "carol"),
    ]  # fmt: skip
    assert [one["commit_id"] == second for one in reviews] == [False, True]
    assert [file["filename"] for file in hub.api("GET", f"pulls/{number}/files")] == ["a.txt", "b.txt"]
    hub.delete_branch("feature")
    assert hub.api("GET", f"pulls/{number}")["state"] == "closed"
    assert hub.bridge.one("rev-parse", f"refs/pull/{number}/head") == second


@pytest.mark.parametrize("how", ["merge", "squash", "rebase"])
def test_each_way_of_merging_ends_in_its_own_line(hub: House, how: str) -> None:
    begin = hub.head()
    first = hub.write_branch("feature", {"a.txt": "a\n"}, message="One", who="bob")
    second = hub.write_branch("feature", {"b.txt": "b\n"}, message="Two", who="bob")
    number = hub.open("feature", who="bob")
    hub.write("c.txt", "c\n")
    between = hub.commit("Between")
    tip = hub.merge_pull(number, how=how, who="carol")
    line = hub.first_parents()
    assert line[0] == tip == hub.head()
    assert line[2 if how == "rebase" else 1 :] == [between, begin]
    assert {"a.txt", "b.txt", "c.txt"} <= set(hub.sh("git", "ls-files").splitlines())
    parents = hub.bridge.one("rev-parse", f"{tip}^@").split()
    assert parents == {"merge": [between, second], "squash": [between], "rebase": [line[1]]}[how]
    assert hub.bridge.one("log", "-1", "--format=%an", tip) == ("Carol" if how == "merge" else "Bob")
    pull = hub.api("GET", f"pulls/{number}")
    assert (pull["merged"], pull["merge_commit_sha"], pull["merged_by"]["login"]) == (True, tip, "carol")
    assert (pull["head"]["sha"], pull["commits"], pull["changed_files"]) == (second, 2, 2)
    assert [one["sha"] for one in hub.api("GET", f"pulls/{number}/commits")] == [first, second]
    for sha in line[: 2 if how == "rebase" else 1]:
        assert [one["number"] for one in hub.api("GET", f"commits/{sha}/pulls")] == [number]
    assert hub.api("GET", f"commits/{between}/pulls") == []


def test_merges_that_github_refuses(hub: House) -> None:
    old = hub.write_branch("feature", {"params.yaml": "hits: 1\n"})
    number = hub.open("feature")
    hub.write_branch("feature", {"a.txt": "a\n"})
    path = f"/repos/{hub.name}/pulls/{number}/merge"
    assert ask(hub.front, "PUT", path, {"sha": old})[0] == 409
    hub.write_branch("main", {"params.yaml": "hits: 2\n"})
    assert hub.api("GET", f"pulls/{number}")["mergeable"] is False
    assert ask(hub.front, "PUT", path, {})[:2][0] == 405
    hub.close(number)
    assert ask(hub.front, "PUT", path, {})[0] == 405
    assert hub.api("GET", f"pulls/{number}")["merged"] is False


def test_a_pull_request_from_a_fork(hub: House) -> None:
    number = hub.open_from_fork("feature", {"a.txt": "a\n"})
    pull = hub.api("GET", f"pulls/{number}")
    assert (pull["head"]["label"], pull["head"]["ref"]) == ("mallory:feature", "feature")
    assert (
        pull["head"]["repo"]["full_name"]
        == f"mallory/{hub.name.partition('/')[2]}"
        != pull["base"]["repo"]["full_name"]
    )
    assert (pull["user"]["login"], pull["changed_files"], pull["mergeable"]) == ("mallory", 1, True)
    assert hub.bridge.one("rev-parse", f"refs/pull/{number}/head") == pull["head"]["sha"]
    assert hub.bridge.one("for-each-ref", "--format=%(refname)", "refs/heads") == "refs/heads/main"
    assert [one["name"] for one in hub.api("GET", "branches")] == ["main"]
    assert [one["ref"] for one in hub.api("GET", "git/matching-refs/heads/")] == ["refs/heads/main"]
    tip = hub.merge_pull(number)
    assert hub.first_parents()[0] == tip
    assert hub.pull_requests("all")[0]["head"]["label"] == "mallory:feature"


def test_what_fails_here_is_said(hub: House) -> None:
    hub.front.stateful, kept = None, hub.front.stateful  # type: ignore[assignment]
    try:
        assert ask(hub.front, "GET", "/rate_limit")[0] == 500
    finally:
        hub.front.stateful = kept
    assert not lacking(hub.front.faults.pop(), "test ground itself failed", "GET /rate_limit")


def test_packed_refs_are_read_too(hub: House) -> None:
    made = hub.write_branch("feature", {"a.txt": "a\n"})
    hub.bridge.git("pack-refs", "--all")
    hub.mirror()
    assert hub.head("feature") == hub.bridge.one("rev-parse", "feature") == made
    hub.delete_branch("feature")
    assert hub.bridge.one("branch", "--list", "feature") == ""


def test_the_base_merged_into_a_branch(hub: House) -> None:
    head = hub.write_branch("feature", {"a.txt": "a\n"})
    number = hub.open("feature")
    base = hub.write_branch("main", {"b.txt": "b\n"})
    hub.api("PUT", f"pulls/{number}/update-branch", {"expected_head_sha": head})
    assert hub.bridge.one("rev-parse", "feature^@").split() == [head, base]
    assert [file["filename"] for file in hub.api("GET", f"pulls/{number}/files")] == ["a.txt"]


def test_a_bot_s_own_commit_is_verified_recorded_contract(hub: House) -> None:
    sha = hub.write_branch("feature", {"a.txt": "a\n"}, who=BOT)
    made = hub.api("GET", f"git/commits/{sha}")
    assert (made["verification"]["verified"], made["committer"]["name"]) == (True, "GitHub")
    assert made["author"]["name"] == BOT
    other = hub.api("GET", f"commits/{hub.write_branch('feature', {'b.txt': 'b'}, who='bob')}")
    assert other["commit"]["verification"] == other["commit"]["verification"] | {
        "verified": False,
        "reason": "unsigned",
    }


def test_statuses_come_back_as_written_recorded_contract(hub: House) -> None:
    """Emulate has no statuses: these depend on the front's own answers, shaped by GitHub's examples."""
    sha, context = hub.write_branch("a/b", {"a.txt": "a\n"}), "mlops-gitops/promotion"
    assert hub.api("GET", "commits/a/b/status")["state"] == "pending"
    for state, text in (("pending", "Waits for bob"), ("success", "Approved")):
        body = {"state": state, "context": context, "description": text, "target_url": "https://example.org"}
        assert ask(hub.front, "POST", f"/repos/{hub.name}/statuses/{sha}", body)[0] == 201
    whole = hub.api("GET", f"commits/{sha}/status")
    assert (whole["state"], whole["total_count"], whole["statuses"][0]["description"]) == ("success", 1, "Approved")
    listed = hub.api("GET", "commits/a/b/statuses")
    assert [(one["state"], one["creator"]["login"], one["context"]) for one in listed] == [
        ("success", BOT, context), ("pending", BOT, context),
    ]  # fmt: skip
    status, body, _ = ask(hub.front, "POST", f"/repos/{hub.name}/statuses/{'0' * 40}", {"state": "success"})
    assert (status, body["message"]) == (422, f"No commit found for SHA: {'0' * 40}")


def test_deployments_come_back_as_written_recorded_contract(hub: House) -> None:
    """Emulate has no deployments either."""
    body = {"ref": hub.head(), "environment": "staging", "auto_merge": False, "payload": {"record": "x"}}
    first = hub.api("POST", "deployments", body)["id"]
    hub.api("POST", f"deployments/{first}/statuses", {"state": "success", "description": "On record"})
    hub.api("POST", f"statuses/{hub.head()}", {"state": "pending"})
    assert ask(hub.front, "POST", f"/repos/{hub.name}/deployments", body)[0] == 409
    second = hub.api("POST", "deployments", body | {"required_contexts": []})["id"]
    hub.api("POST", f"deployments/{second}/statuses", {"state": "success"})
    states = [one["state"] for one in hub.api("GET", f"deployments/{first}/statuses")]
    assert states == ["inactive", "success"]
    found = hub.api("GET", f"deployments?sha={hub.head()}&environment=staging")
    assert [(one["id"], one["payload"]) for one in found] == [(second, {"record": "x"}), (first, {"record": "x"})]
    assert hub.api("GET", "deployments?environment=production") == []


def test_settings_that_a_doctor_reads_recorded_contract(hub: House) -> None:
    assert hub.api("GET", "rules/branches/main") == []
    hub.ruleset("main", {"type": "deletion"}, {"type": "non_fast_forward"})
    hub.ruleset("receipts", {"type": "creation"}, target="tag", include=("refs/tags/*@v*",))
    assert [rule["type"] for rule in hub.api("GET", "rules/branches/main")] == ["deletion", "non_fast_forward"]
    assert hub.api("GET", "rules/branches/other") == []
    listed = hub.api("GET", "rulesets")
    assert [one["name"] for one in listed] == ["main", "receipts"]
    assert hub.api("GET", f"rulesets/{listed[1]['id']}")["rules"] == [{"type": "creation"}]
    hub.api("PUT", "actions/permissions/workflow", {"can_approve_pull_request_reviews": True})
    assert hub.api("GET", "actions/permissions/workflow")["can_approve_pull_request_reviews"] is True
    assert hub.api("GET", "")["squash_merge_commit_message"] == "COMMIT_MESSAGES"
    hub.api("PATCH", "", {"squash_merge_commit_message": "PR_BODY", "delete_branch_on_merge": True})
    settings = hub.api("GET", "")
    assert (settings["squash_merge_commit_message"], settings["delete_branch_on_merge"]) == ("PR_BODY", True)
    hub.protect_environment("production", deployment_branch_policy=None)
    assert [one["name"] for one in hub.api("GET", "environments")["environments"]] == ["production"]
    assert ask(hub.front, "GET", f"/repos/{hub.name}/codeowners/errors")[0] == 404
    hub.state.codeowners_errors = []
    assert hub.api("GET", "codeowners/errors") == {"errors": []}
    hub.workflow_run(7, actor="bob", again=("carol",))
    run = hub.api("GET", "actions/runs/7")
    assert (run["actor"]["login"], run["triggering_actor"]["login"]) == ("bob", "carol")


def test_a_squash_message_is_a_setting_recorded_contract(hub: House) -> None:
    messages = []
    for setting in ("COMMIT_MESSAGES", "PR_BODY", "BLANK"):
        hub.api("PATCH", "", {"squash_merge_commit_message": setting})
        hub.write_branch(setting, {setting: "a\n"}, message="One\n\nTrailer: 1")
        number = hub.open(setting, title="Title", body="Body")
        messages.append(hub.bridge.one("log", "-1", "--format=%B", hub.merge_pull(number, how="squash")))
    assert messages == ["One (#1)\n\nTrailer: 1", "One (#2)\n\nBody", "One (#3)"]


def test_labels_may_be_a_bare_list(hub: House) -> None:
    hub.write_branch("feature", {"a.txt": "a\n"})
    number = hub.open("feature", who=BOT)
    assert ask(hub.front, "POST", f"/repos/{hub.name}/issues/{number}/labels", ["promotion"])[0] == 200
    pull = hub.api("GET", f"pulls/{number}")
    assert [label["name"] for label in pull["labels"]] == ["promotion"]
    assert pull["user"]["type"] == "Bot"


def test_teams_have_their_members(hub: House) -> None:
    for team, members in {"ops": {"bob", "carol"}, "data-science": {"alice", "carol"}}.items():
        found = ask(hub.front, "GET", f"/orgs/example/teams/{team}/members")[1]
        assert {one["login"] for one in found} == members
    assert ask(hub.front, "GET", "/orgs/example/teams/ops/memberships/alice")[0] == 404


@pytest.mark.parametrize("done", [True, False])
def test_a_cut_connection(hub: House, done: bool) -> None:
    top, mark = f"/repos/{hub.name}/git/refs", hub.front.mark()
    hub.front.cut(2, done=done, only_writes=True)
    for name in ("one", "two", "three"):
        assert ask(hub.front, "GET", f"/repos/{hub.name}/git/ref/heads/main")[0] == 200 if name == "one" else True
        body = {"ref": f"refs/heads/{name}", "sha": hub.head()}
        if name == "one":
            assert ask(hub.front, "POST", top, body)[0] == 201
        else:
            with pytest.raises((http.client.RemoteDisconnected, ConnectionError)):
                ask(hub.front, "POST", top, body)
    assert [hub.front.stateful.branch(hub.name, name) is not None for name in ("one", "two", "three")] == [
        True,
        done,
        False,
    ]
    assert [entry.status for entry in hub.front.writes(mark)] == [201, 0, 0]
    hub.front.restore()
    assert ask(hub.front, "POST", top, {"ref": "refs/heads/three", "sha": hub.head()})[0] == 201


def test_an_answer_of_the_test_s_own(hub: House) -> None:
    hub.front.answer_next(429, headers={"Retry-After": "1", "x-ratelimit-remaining": "0"}, to="POST", times=2)
    path, body = f"/repos/{hub.name}/issues", {"title": "x"}
    assert ask(hub.front, "GET", path)[0] == 200
    for _ in range(2):
        status, _, headers = ask(hub.front, "POST", path, body)
        assert (status, headers["retry-after"], headers["x-ratelimit-remaining"]) == (429, "1", "0")
    assert ask(hub.front, "GET", path)[1] == []
    assert ask(hub.front, "POST", path, body)[0] == 201


def test_an_answer_in_the_middle(hub: House) -> None:
    path = f"/repos/{hub.name}/issues"
    hub.front.answer_next(502, to="POST", after=1)
    hub.front.answer_next(500, to="POST", after=1, done=True)
    answers = [ask(hub.front, "POST", path, {"title": title})[0] for title in ("one", "two", "three", "four")]
    assert answers == [201, 502, 500, 201]
    assert [one["title"] for one in hub.api("GET", "issues?direction=asc")] == ["one", "three", "four"]


def test_pages_have_links_to_the_next(hub: House) -> None:
    for n in range(3):
        hub.api("POST", "issues/1/comments" if n else "issues", {"body": f"{n}"} if n else {"title": "One"})
        hub.api("POST", f"statuses/{hub.head()}", {"state": "success", "context": f"{n}"})
    hub.api("POST", "issues/1/comments", {"body": "3"})
    hub.front.page_size = 2
    for path, count in ((f"/repos/{hub.name}/issues/1/comments", 3), (f"/repos/{hub.name}/commits/main/statuses", 3)):
        status, first, headers = ask(hub.front, "GET", f"{path}?per_page=100")
        assert (status, len(first)) == (200, 2)
        link = next(part for part in headers["link"].split(", ") if part.endswith('rel="next"'))
        target = link[1:].partition(">")[0]
        assert target.startswith(hub.front.url)
        assert len(ask(hub.front, "GET", target.removeprefix(hub.front.url))[1]) == count - 2


def test_the_program_runs_on_it(hub: House) -> None:
    hub.ok("validate")
