"""A project on GitHub as far as tests need it: the sample repository, its people, and the program run against it."""

from __future__ import annotations

import itertools
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from ground import activity, objects, pulls, settings, statuses
from ground.access import Token
from ground.bridge import FORKS, Bridge
from ground.front import Front, State
from ground.nodes import ACCOUNTS, kind
from house import Answer, Repository

ANSWERS = statuses.ANSWERS | settings.ANSWERS | objects.ANSWERS | pulls.ANSWERS
OWNER = "example"
BOT = "release-bot[bot]"
TEAMS = {"data-science": ("alice", "carol"), "ops": ("bob", "carol")}
BOT_TOKEN = "token-bot"
FORM = ("promote", "rollback")  # what the form of the workflow mlops-gitops-promote asks for
_numbers = itertools.count(1)


def people(front: Front) -> None:
    """Makes the organisation's teams; once for each emulate."""
    for team, members in TEAMS.items():
        front.stateful.ok("POST", f"/orgs/{OWNER}/teams", {"name": team})
        for login in members:
            front.stateful.ok("PUT", f"/orgs/{OWNER}/teams/{team}/memberships/{login}", {"role": "member"})
        for found in front.stateful.all(f"/orgs/{OWNER}/teams/{team}/members"):
            if found["login"] not in members:
                front.stateful.ok("DELETE", f"/orgs/{OWNER}/teams/{team}/memberships/{found['login']}")


def token_of(login: str) -> str:
    """The token of a person: `token-alice`; the bot's is `token-bot`."""
    return BOT_TOKEN if login == BOT else f"token-{login}"


@dataclass
class House(Repository):
    """A clone, its bare origin and the same repository at GitHub, all with the same ids."""

    front: Front
    bridge: Bridge

    @classmethod
    def build(cls, repository: Repository, front: Front) -> House:
        """Takes the sample repository to GitHub under a name of its own, and points the clone's origin there."""
        name = f"{OWNER}/models-{next(_numbers)}"
        bare = repository.root.parent / "origin.git"
        front.stateful.ok("POST", f"/orgs/{OWNER}/repos", {"name": name.partition("/")[2]})
        for login in ("alice", "bob", "carol", BOT):
            front.tokens[token_of(login)] = Token(login, app=login == BOT)
        house = cls(repository.root, repository.capsys, front, Bridge(front.stateful, name, bare))
        front.states[name] = State(house.bridge)
        house.bridge.pushed = house._pushed
        house.mirror()
        house.sh("git", "config", f"url.{bare}.insteadOf", house.url)
        house.sh("git", "remote", "set-url", "origin", house.url)
        return house

    def _pushed(self, ref: str, before: str | None, after: str | None) -> None:
        """Whoever works in the clone is alice."""
        if ref.startswith("refs/heads/"):
            activity.keep(self.front, self.state, "alice", ref.removeprefix("refs/heads/"), before, after)

    @property
    def name(self) -> str:
        """Such as example/models-1: GITHUB_REPOSITORY."""
        return self.bridge.name

    @property
    def url(self) -> str:
        """The remote's address, which git exchanges for the bare repository."""
        return f"https://github.com/{self.name}.git"

    @property
    def bare(self) -> Path:
        """The bare repository that stands for github.com."""
        return self.bridge.bare

    @property
    def state(self) -> State:
        """What the front keeps of this repository beside emulate."""
        return self.front.states[self.name]

    @property
    def environment(self) -> dict[str, str]:
        """What the program under test is given."""
        return {"GITHUB_API_URL": self.front.url, "GITHUB_TOKEN": BOT_TOKEN, "GITHUB_REPOSITORY": self.name}

    def mirror(self) -> None:
        """Takes what was pushed into the bare repository to GitHub; so does each request to the front."""
        with self.front.lock:
            self.front.mirror(self.state)

    def run(self, *args: object) -> Answer:
        """Runs mlops-gitops in this process, on a mirror that is up to date.

        A promotion or rollback is asked for by the form, which alice fills in, unless the test has a job of its own.
        """
        self.mirror()
        if args[0] in FORM and "GITHUB_ACTIONS" not in os.environ:
            with self.form("alice"):
                return super().run(*args)
        return super().run(*args)

    def by_hand(self, *args: object, who: str) -> Answer:
        """Runs mlops-gitops as a person does on a laptop, with their own token; it must succeed."""
        self.mirror()
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("GITHUB_TOKEN", token_of(who))
            answer = super().run(*args)
        assert answer.code == 0, answer
        return answer

    @contextmanager
    def form(self, who: str) -> Iterator[None]:
        """Makes this process a job that somebody started from the Actions page: always the same run of each."""
        number, event = 900 + [*ACCOUNTS].index(who), self.root.parent / "event.json"
        self.workflow_run(number, actor=who, event="workflow_dispatch")
        event.write_text(json.dumps({"inputs": {}, "sender": {"login": who, "type": kind(who)}}))
        with pytest.MonkeyPatch.context() as patch:
            for name, value in {
                "ACTIONS": "true", "ACTOR": who, "RUN_ID": str(number), "EVENT_NAME": "workflow_dispatch",
                "EVENT_PATH": str(event),
            }.items():  # fmt: skip
                patch.setenv(f"GITHUB_{name}", value)
            yield

    def token(self, token: str, *, login: str = BOT, app: bool = True, sees: bool = True, **permissions: str) -> str:
        """Makes a token, such as `token("t", statuses="read")`; `sees=False`: this repository is hidden from it."""
        self.front.tokens[token] = Token(login, app, tuple(permissions.items()), None if sees else ())
        return token

    def api(self, method: str, path: str, body: Any = None, *, who: str = "alice") -> Any:
        """A request of a person, about this repository: `api("GET", "pulls/1")`; neither logged nor cut."""
        target = path if path.startswith("/") else f"/repos/{self.name}/{path}".rstrip("/")
        return self.front.act(Token(who, app=kind(who) == "Bot"), method, target, body)

    def head(self, branch: str = "main") -> str:
        """The commit a branch at GitHub points at."""
        sha = self.front.stateful.branch(self.name, branch)
        assert sha, f"no branch {branch}"
        return sha

    def pull_requests(self, state: str = "open") -> list[Any]:
        """The pull requests as they stand in a list, oldest first."""
        listed: list[Any] = self.api("GET", f"pulls?state={state}&per_page=100&direction=asc")
        return listed

    def open(self, branch: str, *, title: str = "A change", body: str = "", who: str = "alice") -> int:
        """Opens a pull request from a branch onto main; its number."""
        made = self.api("POST", "pulls", {"title": title, "head": branch, "base": "main", "body": body}, who=who)
        return int(made["number"])

    def review(self, number: int, who: str, verdict: str, body: str = "") -> int:
        """Reviews the head as it is now: APPROVE, REQUEST_CHANGES or COMMENT; the review's id."""
        made = self.api("POST", f"pulls/{number}/reviews", {"event": verdict, "body": body or verdict}, who=who)
        return int(made["id"])

    def approve(self, number: int, who: str) -> int:
        """Approves the head as it is now."""
        return self.review(number, who, "APPROVE")

    def request_changes(self, number: int, who: str) -> int:
        """Asks for changes."""
        return self.review(number, who, "REQUEST_CHANGES")

    def dismiss(self, number: int, review: int, who: str = "alice") -> None:
        """Dismisses a review."""
        self.api("PUT", f"pulls/{number}/reviews/{review}/dismissals", {"message": "No longer so"}, who=who)

    def retarget(self, number: int, base: str, who: str = "alice") -> None:
        """Changes the base branch of a pull request."""
        self.api("PATCH", f"pulls/{number}", {"base": base}, who=who)

    def merge_newest(self, *approvers: str, how: str | None = None) -> Answer:
        """Has the newest open pull request approved, checked, merged and recorded."""
        number = int(self.pull_requests()[-1]["number"])
        for who in approvers:
            self.approve(number, who)
        self.ok("check", number)
        assert self.status(number) == "success", self.said(number)
        self.merge_pull(number, how=how or "merge", who="carol")
        return self.ok("record")

    def statuses(self, number: int, context: str = "mlops-gitops/promotion") -> list[Any]:
        """The commit statuses of a pull request's head and of one context, newest first."""
        head = self.api("GET", f"pulls/{number}")["head"]["sha"]
        listed = self.api("GET", f"commits/{head}/statuses?per_page=100")
        return [status for status in listed if status["context"] == context]

    def status(self, number: int) -> str:
        """The state of the newest commit status of a pull request's head; "" for none."""
        return next((str(status["state"]) for status in self.statuses(number)), "")

    def said(self, number: int) -> str:
        """What the newest commit status says."""
        return next((str(status["description"]) for status in self.statuses(number)), "")

    def merge_pull(self, number: int, *, how: str = "merge", who: str = "alice", pull: bool = True) -> str:
        """Merges by merge, squash or rebase, and brings the clone up to date; the new tip of main."""
        made = self.api("PUT", f"pulls/{number}/merge", {"merge_method": how}, who=who)
        if pull:
            self.sh("git", "pull", "-q", "--ff-only", "origin", "main")
        return str(made["sha"])

    def close(self, number: int, who: str = "alice") -> None:
        """Closes a pull request without merging it."""
        self.api("PATCH", f"pulls/{number}", {"state": "closed"}, who=who)

    def write_branch(
        self,
        branch: str,
        files: dict[str, str | None],
        *,
        who: str = "alice",
        message: str = "A change",
        base: str = "main",
        author: str | None = None,
    ) -> str:
        """A commit of somebody's on a branch, made from `base` when it is not there; a text of None removes a file."""
        there = self.front.stateful.branch(self.name, branch)
        parent = there or self.head(base)
        top = self.api("GET", f"git/commits/{parent}", who=who)["tree"]["sha"]
        entries = [
            {"path": path, "mode": "100644", "type": "blob", **({"sha": None} if text is None else {"content": text})}
            for path, text in files.items()
        ]
        tree = self.api("POST", "git/trees", {"base_tree": top, "tree": entries}, who=who)["sha"]
        commit = {"message": message, "tree": tree, "parents": [parent]}
        commit |= {"author": objects.author(self.front, author)} if author else {}
        made = self.api("POST", "git/commits", commit, who=who)["sha"]
        if there:
            self.api("PATCH", f"git/refs/heads/{branch}", {"sha": made}, who=who)
        else:
            self.api("POST", "git/refs", {"ref": f"refs/heads/{branch}", "sha": made}, who=who)
        return str(made)

    def open_from_fork(self, branch: str, files: dict[str, str | None], *, who: str = "mallory") -> int:
        """Opens a pull request from a branch of somebody's fork, hidden from the branches here; its number."""
        self.write_branch(f"{FORKS.removeprefix('refs/heads/')}{who}/{branch}", files, author=who)
        return self.open(f"{who}:{branch}", who=who)

    def open_head_from_fork(self, branch: str, head: str, *, who: str = "mallory") -> int:
        """The same of a commit that is here already: a fork has every commit it may read; its number."""
        self.api("POST", "git/refs", {"ref": f"{FORKS}{who}/{branch}", "sha": head})
        return self.open(f"{who}:{branch}", who=who)

    def delete_branch(self, branch: str, who: str = "alice") -> None:
        """Deletes a branch at GitHub; an open pull request from it is closed."""
        self.api("DELETE", f"git/refs/heads/{branch}", who=who)

    def comments(self, number: int) -> list[Any]:
        """The comments of a pull request or an issue, oldest first."""
        return list(self.api("GET", f"issues/{number}/comments"))

    def text(self, path: str, ref: str) -> str:
        """A file at a branch or commit."""
        return self.bridge.git("show", f"{ref}:{path}").decode()

    def queue(self, number: int, *, who: str, on: str = "", message: str = "") -> str:
        """Lets a pull request into a merge queue, as GitHub does when somebody presses the button; the group's commit.

        It stands on `on`, the commit of the group before, else on main.
        """
        base, head = on or self.head(), self.api("GET", f"pulls/{number}")["head"]["sha"]
        tree = self.bridge.one("merge-tree", "--write-tree", base, head)
        who_is_it = ("-c", "user.name=GitHub", "-c", "user.email=noreply@github.com")
        self.bridge.send([self.bridge.one(*who_is_it, "commit-tree", tree, "-p", base, "-m", "Brings the tree there")])
        commit = {"message": message or f"Merge pull request #{number}", "tree": tree, "parents": [base, head]}
        made = str(self.api("POST", "git/commits", commit, who=who)["sha"])
        ref = f"refs/heads/gh-readonly-queue/main/pr-{number}-{base}"
        self.api("POST", "git/refs", {"ref": ref, "sha": made}, who=who)
        return made

    def leave(self) -> None:
        """Takes GitHub and its pull requests out of the clone and the bare repository, so that `build` can begin."""
        self.sh("git", "remote", "set-url", "origin", "../origin.git")
        self.sh("git", "config", "--remove-section", f"url.{self.bare}")
        listed = self.bridge.one("for-each-ref", "--format=%(refname)", "refs/heads", "refs/pull").split()
        self.bridge.update([f"delete {ref}\n" for ref in listed if ref != "refs/heads/main"])

    def written_since(self, mark: int) -> str:
        """The bot's writes since a place in the front's log, for `write_again` where main is the same commit."""
        entries = [[entry.method, entry.path, entry.body] for entry in self.front.writes(mark)]
        return json.dumps(entries).replace(self.name, "{name}")

    def write_again(self, written: str) -> None:
        """Sends the requests of `written_since` as the bot, in a run that alice started.

        GitHub gives a commit the time of its own clock, so that the commit of the branch gets another id each time.
        """
        entries = json.loads(written.replace("{name}", self.name))
        (tip,) = (body["sha"] for _, path, body in entries if path.endswith("/git/refs"))
        head = tip
        with self.form("alice"):
            for method, path, body in entries:
                made = self.api(method, path, json.loads(json.dumps(body).replace(tip, head)), who=BOT)
                head = made["sha"] if path.endswith("/git/commits") else head

    def first_parents(self, ref: str = "main") -> list[str]:
        """The first-parent line of a branch in the bare repository, newest first."""
        return self.bridge.one("rev-list", "--first-parent", ref).split()

    def workflow_run(
        self, number: int, *, actor: str, again: tuple[str, ...] = (), event: str = "pull_request"
    ) -> None:
        """Makes a run of GitHub Actions that GET actions/runs/{number} answers for; `again` are who restarted it."""
        self.state.runs[number] = {
            "actor": actor, "triggering_actor": (actor, *again)[-1], "again": again, "run_attempt": len(again) + 1,
            "event": event, "head_sha": self.head(),
        }  # fmt: skip

    def ruleset(
        self, name: str, *rules: Any, target: str = "branch", include: tuple[str, ...] = ("~DEFAULT_BRANCH",)
    ) -> None:
        """Makes an active ruleset, such as `ruleset("main", {"type": "deletion"})`."""
        body = {"name": name, "target": target, "enforcement": "active", "rules": list(rules),
                "conditions": {"ref_name": {"include": list(include), "exclude": []}}}  # fmt: skip
        self.api("POST", "rulesets", body)

    def protect_environment(self, name: str, *rules: Any, **settings: Any) -> None:
        """Makes a deployment environment with its protection rules, for GET environments."""
        self.state.environments[name] = {"protection_rules": list(rules)} | settings
