"""Pull requests as GitHub answers for them: heads that move, real merges, and the refusals emulate does not know."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from ground import activity
from ground.bridge import FORKS, Bridge, identity
from ground.front import Answer, Call, Front, Refused, State
from ground.objects import GITHUB, author
from ground.stateful import Reply
from ground.statuses import now, person

ONLY_WHOLE = (
    "additions", "changed_files", "comments", "commits", "deletions", "maintainer_can_modify", "mergeable",
    "mergeable_state", "merged", "merged_by", "rebaseable", "review_comments",
)  # fmt: skip


def read(front: Front, state: State, number: int, *, brief: bool = False) -> Any:
    """A pull request as GitHub would show it now."""
    reply = front.stateful.send("GET", f"/repos/{state.bridge.name}/pulls/{number}")
    if reply.status != 200:
        raise Refused(404, "Not Found")
    return amended(front, state, reply.body, brief=brief)


def amended(front: Front, state: State, pull: Any, *, brief: bool) -> Any:
    """Emulate's pull request with the head it has now; `brief` as in a list, else with what a merge would meet."""
    number = pull["number"]
    if pull["state"] == "open":
        branch = front.stateful.branch(state.bridge.name, pull["head"]["ref"])
        state.heads[number] = branch or state.heads.get(number, pull["head"]["sha"])
    head = state.heads.get(number, pull["head"]["sha"])
    old = pull["head"]["sha"]
    pull["head"]["sha"] = head
    for place in (pull, pull["_links"]["statuses"]):
        for word in ("statuses_url", "href"):
            if word in place:
                place[word] = place[word].replace(old, head)
    pull["base"]["repo"]["private"] = state.repository.get("private", pull["base"]["repo"]["private"])
    if fork := re.fullmatch(FORKS.removeprefix("refs/heads/") + "([^/]+)/(.+)", pull["head"]["ref"]):
        _from_fork(front, pull, *fork.groups())
    if brief:
        return {name: value for name, value in pull.items() if name not in ONLY_WHOLE}
    compared = _compared(front, state, pull)
    files = compared["files"]
    pull |= {"commits": len(compared["commits"]), "changed_files": len(files)}
    pull |= {word: sum(file[word] for file in files) for word in ("additions", "deletions")}
    if pull["state"] == "open":
        fits = merged_tree(state.bridge, _base(front, state, pull), head) is not None
        pull |= {"mergeable": fits, "mergeable_state": "clean" if fits else "dirty"}
    return pull


def _from_fork(front: Front, pull: Any, owner: str, branch: str) -> None:
    full = f"{owner}/{pull['base']['repo']['name']}"
    user = front.stateful.user(owner)
    repository = pull["head"]["repo"] | {"full_name": full, "fork": True, "owner": user, "id": user["id"] + 1000}
    pull["head"] |= {"label": f"{owner}:{branch}", "ref": branch, "user": user, "repo": repository}


def _base(front: Front, state: State, pull: Any) -> str:
    if pull["number"] in state.merged:
        return state.merged[pull["number"]][0]
    return front.stateful.branch(state.bridge.name, pull["base"]["ref"]) or str(pull["base"]["sha"])


def _compared(front: Front, state: State, pull: Any) -> Any:
    base, head = _base(front, state, pull), pull["head"]["sha"]
    return front.stateful.ok("GET", f"/repos/{state.bridge.name}/compare/{base}...{head}")


def one(front: Front, call: Call) -> Reply:
    """GET pulls/{pull_number}."""
    return Reply(200, read(front, call.state, int(call["pull_number"])))


def listed(front: Front, call: Call) -> Reply:
    """GET pulls, and whatever else answers with pull requests as they stand in a list."""
    return _brief(front, call, front.passed_on(call))


def _brief(front: Front, call: Call, reply: Reply) -> Reply:
    if reply.status < 300:
        several = reply.body if isinstance(reply.body, list) else [reply.body]
        shown = [amended(front, call.state, pull, brief=True) for pull in several]
        reply.body = shown if isinstance(reply.body, list) else shown[0]
    return reply


def reviewers(front: Front, call: Call) -> Reply:
    """POST pulls/{pull_number}/requested_reviewers."""
    pull = read(front, call.state, int(call["pull_number"]), brief=True)
    if pull["user"]["login"] in call.body.get("reviewers", []):
        raise Refused(422, "Review cannot be requested from pull request author.")
    reply = listed(front, call)
    reply.status = 201 if reply.status == 200 else reply.status
    return reply


def create(front: Front, call: Call) -> Reply:
    """POST pulls: both branches must be there, differ, and have no open pull request yet."""
    owner = call["owner"]
    shown = call.body["head"] if ":" in call.body["head"] else f"{owner}:{call.body['head']}"
    head, base = call.body["head"].removeprefix(f"{owner}:"), call.body["base"]
    if ":" in head:
        head = FORKS.removeprefix("refs/heads/") + head.replace(":", "/", 1)
    for field, branch in (("head", head), ("base", base)):
        if front.stateful.branch(call.repository, branch) is None:
            raise Refused(422, "Validation Failed", {"resource": "PullRequest", "field": field, "code": "invalid"})
    for pull in front.stateful.all(f"/repos/{call.repository}/pulls?state=open"):
        if (pull["head"]["ref"], pull["base"]["ref"]) == (head, base):
            raise _custom(f"A pull request already exists for {shown}.")
    if not front.stateful.ok("GET", f"/repos/{call.repository}/compare/{base}...{head}")["commits"]:
        raise _custom(f"No commits between {base} and {head}")
    reply = front.passed_on(Call(call.operation, call.query, call.body | {"head": head}, call.token, call.state))
    if reply.status == 201:
        reply.body = read(front, call.state, reply.body["number"])
    return reply


def _custom(message: str) -> Refused:
    return Refused(422, "Validation Failed", {"resource": "PullRequest", "code": "custom", "message": message})


def edit(front: Front, call: Call) -> Reply:
    """PATCH pulls/{pull_number}: one whose branch is gone is not opened again."""
    pull = read(front, call.state, int(call["pull_number"]), brief=True)
    gone = pull["merged_at"] or front.stateful.branch(call.repository, pull["head"]["ref"]) is None
    if call.body.get("state") == "open" and pull["state"] == "closed" and gone:
        raise _custom("state cannot be changed. The branch has been deleted or merged.")
    reply = front.passed_on(call)
    if reply.status == 200:
        reply.body = read(front, call.state, int(call["pull_number"]))
        if reply.body["base"]["ref"] != pull["base"]["ref"]:
            _keep_event(front, call, pull["number"], "base_ref_changed")
    return reply


def _keep_event(front: Front, call: Call, number: int, kind: str, **more: Any) -> None:
    """Keeps an event, to the millisecond as emulate has the time of a review."""
    example = front.description.example("GET issues/{issue_number}/events")[0]
    event = {key: value for key, value in example.items() if key not in ("label", "commit_id", "commit_url")}
    event |= {"id": front.number(), "event": kind, "commit_id": None, "commit_url": None}
    event |= {"actor": person(front, call.token.login), **more}
    event["created_at"] = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    call.state.events.setdefault(number, []).append(event)


def events(front: Front, call: Call) -> Reply:
    """GET issues/{issue_number}/events: of a pull request, the changes of its base branch and dismissals."""
    return front.paged(call, call.state.events.get(int(call["issue_number"]), []), list)


def dismiss(front: Front, call: Call) -> Reply:
    """PUT pulls/{pull_number}/reviews/{review_id}/dismissals: an event too, with what the review said before."""
    number, review = int(call["pull_number"]), int(call["review_id"])
    before = front.stateful.ok("GET", f"/repos/{call.repository}/pulls/{number}/reviews/{review}")["state"]
    reply = front.passed_on(call)
    if reply.status == 200:
        dismissed = {"state": before.lower(), "review_id": review, "dismissal_message": call.body["message"]}
        _keep_event(front, call, number, "review_dismissed", dismissed_review=dismissed)
    return reply


def commits(front: Front, call: Call) -> Reply:
    """GET pulls/{pull_number}/commits: those the base had not when it was merged, or has not now."""
    pull = read(front, call.state, int(call["pull_number"]), brief=True)
    found = _compared(front, call.state, pull)["commits"]
    return front.paged(call, found)


def files(front: Front, call: Call) -> Reply:
    """GET pulls/{pull_number}/files."""
    pull = read(front, call.state, int(call["pull_number"]), brief=True)
    return front.paged(call, _compared(front, call.state, pull)["files"])


def of_commit(front: Front, call: Call) -> Reply:
    """GET commits/{commit_sha}/pulls: those that brought the commit to their base, or hold it."""
    found = []
    for pull in front.stateful.all(f"/repos/{call.repository}/pulls?state=all"):
        shown = amended(front, call.state, pull, brief=True)
        became = call.state.merged.get(shown["number"], ("", []))[1]
        held = [commit["sha"] for commit in _compared(front, call.state, shown)["commits"]]
        if call["commit_sha"] in (*became, *held):
            found.append(shown)
    return front.paged(call, found)


def branches_at(front: Front, call: Call) -> Reply:
    """GET commits/{commit_sha}/branches-where-head: of the repository itself, since a fork's branches are hidden."""
    sha = call["commit_sha"]
    names = call.state.bridge.one("for-each-ref", "--points-at", sha, "--format=%(refname:lstrip=2)", "refs/heads")
    commit = {"sha": sha, "url": f"{front.url}/repos/{call.repository}/commits/{sha}"}
    found = [{"name": name, "commit": commit, "protected": False} for name in names.splitlines()]
    return front.described(call, 200, found)


def review(front: Front, call: Call) -> Reply:
    """POST pulls/{pull_number}/reviews: of the head as it is now, and never an approval by the author."""
    pull = read(front, call.state, int(call["pull_number"]), brief=True)
    verdict = call.body.get("event")
    if pull["user"]["login"] == call.token.login and verdict in ("APPROVE", "REQUEST_CHANGES"):
        word = "approve" if verdict == "APPROVE" else "request changes on"
        raise Refused(422, "Unprocessable Entity", f"Can not {word} your own pull request")
    body = {"commit_id": pull["head"]["sha"]} | call.body
    reply = front.passed_on(Call(call.operation, call.query, body, call.token, call.state))
    reply.status = 200 if reply.status == 201 else reply.status
    return reply


def reviews(front: Front, call: Call) -> Reply:
    """GET pulls/{pull_number}/reviews."""
    reply = front.passed_on(call)
    for found in reply.body if reply.status == 200 else ():
        login = found["user"]["login"]
        found["author_association"] = call.state.associations.get(login, found["author_association"])
    return reply


def merge(front: Front, call: Call) -> Reply:
    """PUT pulls/{pull_number}/merge: a real merge, squash or rebase, or GitHub's refusal."""
    state, number, body = call.state, int(call["pull_number"]), call.body or {}
    pull = read(front, state, number)
    head, base_ref = pull["head"]["sha"], pull["base"]["ref"]
    if pull["state"] != "open" or not pull["mergeable"]:
        raise Refused(405, "Pull Request is not mergeable")
    if pull["draft"]:
        raise Refused(405, "Pull Request is still a draft")
    if body.get("sha", head) != head:
        raise Refused(409, "Head branch was modified. Review and try the merge again.")
    base, how = _base(front, state, pull), body.get("merge_method", "merge")
    became = Merging(front, state.bridge, call.token.login, pull, base).by(how, body)
    reply = front.passed_on(Call(call.operation, call.query, _without_sha(body), call.token, state))
    if reply.status == 422:
        raise Refused(405, reply.body["message"])
    if reply.status != 200:
        return reply
    # Emulate made a commit of its own, on the base as it was when the pull request was opened: ours takes its place.
    state.bridge.send([became[-1]])
    made = front.stateful.ok("GET", f"/repos/{call.repository}/pulls/{number}")["merge_commit_sha"]
    front.stateful.aliases[call.repository][made] = became[-1]
    path = f"/repos/{call.repository}/git/refs/heads%2F{base_ref.replace('/', '%2F')}"
    front.stateful.ok("PATCH", path, {"sha": became[-1], "force": True})
    state.merged[number] = (base, became)
    state.heads[number] = head
    return front.described(call, 200, {"sha": became[-1], "merged": True, "message": reply.body["message"]})


def _without_sha(body: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in body.items() if name != "sha"}


def merged_tree(bridge: Bridge, ours: str, theirs: str) -> str | None:
    """The tree of a merge of two commits; None when they conflict."""
    done = bridge.git("merge-tree", "--write-tree", ours, theirs, code=None).decode()
    first, _, rest = done.partition("\n")
    return first if first and not rest.strip() else None


class Merging:
    """One pull request being merged onto a base commit, in the bare repository."""

    def __init__(self, front: Front, bridge: Bridge, login: str, pull: Any, base: str) -> None:
        self._bridge, self._pull, self._base, self._head = bridge, pull, base, pull["head"]["sha"]
        self._settings = front.states[bridge.name].repository
        self._merger, self._author = author(front, login), author(front, pull["user"]["login"])

    def by(self, how: str, body: dict[str, Any]) -> list[str]:
        """The commits it becomes on the base, oldest first."""
        if how == "rebase":
            return self._rebase()
        tree = merged_tree(self._bridge, self._base, self._head)
        if tree is None:
            raise Refused(405, "Pull Request is not mergeable")
        title = body.get("commit_title") or self._title(how)
        text = body.get("commit_message", self._text(how))
        message = f"{title}\n\n{text}" if text else title
        parents = [self._base] if how == "squash" else [self._base, self._head]
        who = self._author if how == "squash" else self._merger
        return [self._commit(tree, parents, identity(who), identity(GITHUB | {"date": now()}), message)]

    def of_base(self, tree: str, head: str) -> str:
        """The commit that merges the base into the head."""
        message = f"Merge branch '{self._pull['base']['ref']}' into {self._pull['head']['ref']}"
        who = identity(self._merger)
        return self._commit(tree, [head, self._base], who, identity(GITHUB | {"date": now()}), message)

    def _title(self, how: str) -> str:
        number, title = self._pull["number"], self._pull["title"]
        if how == "merge":
            return f"Merge pull request #{number} from {self._label()}"
        if self._alone() and self._settings["squash_merge_commit_title"] == "COMMIT_OR_PR_TITLE":
            title = self._bridge.one("log", "-1", "--format=%s", self._head)
        return f"{title} (#{number})"

    def _label(self) -> str:
        return str(self._pull["head"]["label"]).replace(":", "/", 1)

    def _alone(self) -> bool:
        return self._bridge.one("rev-list", "--count", "--no-merges", f"{self._base}..{self._head}") == "1"

    def _text(self, how: str) -> str:
        if how == "merge":
            return str(self._pull["title"])
        setting = self._settings["squash_merge_commit_message"]
        if setting != "COMMIT_MESSAGES":
            return str(self._pull["body"] or "") if setting == "PR_BODY" else ""
        if self._alone():
            return self._bridge.one("log", "-1", "--format=%b", self._head)
        return self._bridge.one("log", "--reverse", "--no-merges", "--format=* %B", f"{self._base}..{self._head}")

    def _rebase(self) -> list[str]:
        listed = self._bridge.one("rev-list", "--reverse", "--topo-order", "--no-merges", f"{self._base}..{self._head}")
        became, tip = [], self._base
        for sha in listed.split():
            who, parent, message = self._parts(sha)
            # With the tip's tree on the picked commit's parent, that parent is the base of the three-way merge.
            aside = self._commit(self._bridge.one("rev-parse", f"{tip}^{{tree}}"), [parent], who, who, "aside")
            tree = merged_tree(self._bridge, aside, sha)
            if tree is None:
                raise Refused(405, "This branch can't be rebased")
            tip = self._commit(tree, [tip], who, identity(self._merger | {"date": now()}), message)
            became.append(tip)
        return became

    def _parts(self, sha: str) -> tuple[str, str, str]:
        text = self._bridge.git("cat-file", "commit", sha).decode()
        head, _, message = text.partition("\n\n")
        lines = dict(line.split(" ", 1) for line in reversed(head.split("\n")))
        return lines["author"], lines["parent"], message

    def _commit(self, tree: str, parents: list[str], who: str, committer: str, message: str) -> str:
        lines = [f"tree {tree}", *(f"parent {parent}" for parent in parents), f"author {who}", f"committer {committer}"]
        text = "\n".join(lines) + "\n\n" + message.rstrip("\n") + "\n"
        return self._bridge.git("hash-object", "-w", "-t", "commit", "--stdin", stdin=text.encode()).decode().strip()


def update_branch(front: Front, call: Call) -> Reply:
    """PUT pulls/{pull_number}/update-branch: the base merged into the head."""
    state = call.state
    pull = read(front, state, int(call["pull_number"]), brief=True)
    head, expected = pull["head"]["sha"], (call.body or {}).get("expected_head_sha")
    if expected not in (None, head):
        raise Refused(422, "expected_head_sha is not the head of the pull request", {"resource": "PullRequest"})
    base = _base(front, state, pull)
    tree = merged_tree(state.bridge, head, base)
    if tree is None:
        raise Refused(422, "merge conflict between base and head", {"resource": "PullRequest"})
    merging = Merging(front, state.bridge, call.token.login, pull, base)
    tip = merging.of_base(tree, head)
    state.bridge.send([tip])
    path = f"/repos/{call.repository}/git/refs/heads%2F{pull['head']['ref'].replace('/', '%2F')}"
    front.stateful.ok("PATCH", path, {"sha": tip})
    activity.moved(front, call, pull["head"]["ref"], head, tip)
    return front.described(call, 202, {"message": "Updating pull request branch.", "url": pull["url"]})


ANSWERS: dict[str, Answer] = {
    "GET pulls": listed,
    "POST pulls": create,
    "GET pulls/{pull_number}": one,
    "PATCH pulls/{pull_number}": edit,
    "GET pulls/{pull_number}/commits": commits,
    "GET pulls/{pull_number}/files": files,
    "GET issues/{issue_number}/events": events,
    "GET commits/{commit_sha}/pulls": of_commit,
    "GET commits/{commit_sha}/branches-where-head": branches_at,
    "GET pulls/{pull_number}/reviews": reviews,
    "POST pulls/{pull_number}/reviews": review,
    "PUT pulls/{pull_number}/reviews/{review_id}/dismissals": dismiss,
    "POST pulls/{pull_number}/requested_reviewers": reviewers,
    "DELETE pulls/{pull_number}/requested_reviewers": listed,
    "PUT pulls/{pull_number}/merge": merge,
    "PUT pulls/{pull_number}/update-branch": update_branch,
}
