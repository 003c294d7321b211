"""The server that the program under test talks to as if it were GitHub: it checks, logs, corrects and passes on."""

from __future__ import annotations

import json
import re
import threading
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from ground import graphql
from ground.access import Token, denied
from ground.bridge import Bridge
from ground.description import Description, Operation
from ground.knobs import Knobs
from ground.stateful import DOCUMENTATION, Reply, Stateful

REPOSITORY_SETTINGS = {
    "squash_merge_commit_title": "COMMIT_OR_PR_TITLE",
    "squash_merge_commit_message": "COMMIT_MESSAGES",
    "merge_commit_title": "MERGE_MESSAGE",
    "merge_commit_message": "PR_TITLE",
    "allow_update_branch": False,
    "web_commit_signoff_required": False,
}
# Requests that write something, but neither a ref nor whether a pull request is open.
KEEP_REFS = {
    "POST git/blobs", "POST git/trees", "POST git/commits", "POST git/tags", "POST statuses/{sha}",
    "POST issues/{issue_number}/comments", "PATCH issues/comments/{comment_id}", "POST pulls/{pull_number}/reviews",
}  # fmt: skip


class Refused(Exception):
    """GitHub's refusal of a request: status and message, and the entries of `errors` in a validation failure."""

    def __init__(self, status: int, message: str, *errors: Any) -> None:
        super().__init__(message)
        body: dict[str, Any] = {"message": message, "documentation_url": DOCUMENTATION, "status": str(status)}
        self.reply = Reply(status, body | ({"errors": list(errors)} if errors else {}))


@dataclass
class Call:
    """A request that was understood."""

    operation: Operation
    query: dict[str, str]
    body: Any
    token: Token
    state: State

    @property
    def repository(self) -> str:
        """Such as example/models-1."""
        return "/".join(self.operation.blanks[word] for word in ("owner", "repo") if word in self.operation.blanks)

    @property
    def path(self) -> str:
        """The path, each blank percent-encoded whole, so that the proxy sees one segment."""
        blanks = {name: quote(value, safe="") for name, value in self.operation.blanks.items()}
        return re.sub(r"\{(\w+)\}", lambda found: blanks[found[1]], self.operation.template)

    def __getitem__(self, blank: str) -> str:
        return self.operation.blanks[blank]


@dataclass
class State:
    """What the front knows of one repository beyond what emulate can hold."""

    bridge: Bridge
    statuses: list[dict[str, Any]] = field(default_factory=list)
    deployments: list[dict[str, Any]] = field(default_factory=list)
    deployment_statuses: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    rulesets: list[dict[str, Any]] = field(default_factory=list)
    runs: dict[int, dict[str, Any]] = field(default_factory=dict)
    activity: list[dict[str, Any]] = field(default_factory=list)  # how branches were moved, newest first
    addresses: dict[str, str] = field(default_factory=dict)  # more addresses that GitHub knows: address → login
    workflow_permissions: dict[str, Any] = field(
        default_factory=lambda: {"default_workflow_permissions": "read", "can_approve_pull_request_reviews": False}
    )
    environments: dict[str, dict[str, Any]] = field(default_factory=dict)
    codeowners_errors: list[dict[str, Any]] | None = None
    repository: dict[str, Any] = field(default_factory=lambda: dict(REPOSITORY_SETTINGS))
    heads: dict[int, str] = field(default_factory=dict)  # the last head of each pull request
    pull_refs: dict[int, str] = field(default_factory=dict)  # the heads that refs/pull/N/head was written for
    associations: dict[str, str] = field(default_factory=dict)  # of reviewers, where not what emulate says
    events: dict[int, list[dict[str, Any]]] = field(default_factory=dict)  # of pull requests, oldest first
    merged: dict[int, tuple[str, list[str]]] = field(default_factory=dict)  # the base before, the commits it became
    signed: set[str] = field(default_factory=set)  # commits GitHub signed for a bot


@dataclass(frozen=True)
class Entry:
    """One request of the program under test, and how it was answered (0: the connection was cut)."""

    method: str
    path: str
    body: Any
    status: int
    at: float = field(default_factory=time.monotonic, compare=False)


Answer = Callable[["Front", Call], Reply]


class Front(Knobs):
    """GitHub, as far as a test needs it: `url` is its GITHUB_API_URL.

    `faults` are requests that break GitHub's own description. `page_size` lowers the longest page a list is given in.
    """

    def __init__(self, description: Description, answers: dict[str, Answer]) -> None:
        self.description = description
        self._answers = answers
        self.stateful: Stateful  # set by `connect`, since emulate must know this server's port when it starts
        self.lock = threading.RLock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"front": self}))
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()
        self.reset()

    def reset(self) -> None:
        """Forgets tokens, repositories, log, faults and all knobs."""
        self.tokens: dict[str, Token] = {}
        self.states: dict[str, State] = {}
        self.log: list[Entry] = []
        self.faults: list[str] = []
        self.questions: list[str] = []  # of GraphQL
        self.page_size = 100
        self.restore()
        self._next_id = 1000

    def connect(self, stateful: Stateful) -> None:
        """Takes the client of emulate, once it runs."""
        self.stateful = stateful

    def close(self) -> None:
        """Ends the server."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    # Knobs and questions of a test

    def mark(self) -> int:
        """A place in the log, for `writes` and `requests`."""
        return len(self.log)

    def requests(self, since: int = 0) -> list[Entry]:
        """The requests of the program under test since a mark."""
        return self.log[since:]

    def writes(self, since: int = 0) -> list[Entry]:
        """Those that are not GET."""
        return [entry for entry in self.log[since:] if entry.method != "GET"]

    def number(self) -> int:
        """A fresh id."""
        self._next_id += 1
        return self._next_id

    # A request of the program under test

    def serve(self, method: str, target: str, headers: dict[str, str], body: bytes) -> Reply | None:
        """Answers a request that came over HTTP; None cuts the connection."""
        with self.lock:
            act = self.due()
        act()
        with self.lock:
            target = re.sub(r"^/api/v3(?=/)", "", target)
            if target == "/graphql":
                token = self._token(headers)
                self.questions.append(str(_json(body)["query"]))
                if canned := self.canned_query():
                    return canned.reply
                return graphql.answer(self, token, _json(body)) if token else Refused(401, "Bad credentials").reply
            if fault := self.description.fault(method, target, headers, body):
                self.faults.append(fault)
            carried_out, answered = self.fate(method)
            reply = self._kept_up(method, target, headers, body) if carried_out else None
            parsed = _json(body)
            self.log.append(Entry(method, urlsplit(target).path, parsed, reply.status if reply and answered else 0))
            return reply if answered else None

    def _token(self, headers: dict[str, str]) -> Token | None:
        given = next((value for name, value in headers.items() if name.lower() == "authorization"), "")
        return self.tokens.get(given.partition(" ")[2].strip())

    def _kept_up(self, method: str, target: str, headers: dict[str, str], body: bytes) -> Reply:
        try:
            return self._reply(method, target, headers, body)
        except Exception:
            self.faults.append(f"the test ground itself failed at {method} {target}:\n{traceback.format_exc()}")
            return Refused(500, "The test ground failed, see its faults").reply

    def _reply(self, method: str, target: str, headers: dict[str, str], body: bytes) -> Reply:
        token = self._token(headers)
        if token is None:
            given = any(name.lower() == "authorization" for name in headers)
            return Refused(401, "Bad credentials" if given else "Requires authentication").reply
        operation = self.description.operation(method, urlsplit(target).path)
        if isinstance(operation, str):
            return Refused(404, "Not Found").reply
        canned = self.canned(operation.name)
        if canned and not canned.done:
            return canned.reply
        query = dict(parse_qsl(urlsplit(target).query, keep_blank_values=True))
        reply = self.perform(operation, query, _json(body), token, checked=True)
        return canned.reply if canned else reply

    def act(self, token: Token, method: str, target: str, body: Any = None) -> Any:
        """Does what a person would do through the API: neither logged nor cut; anything but success is a fault."""
        headers = {"User-Agent": "a person", "Content-Type": "application/json"}
        text = b"" if body is None else json.dumps(body).encode()
        fault = self.description.fault(method, target, headers, text)
        assert fault is None, fault
        operation = self.description.operation(method, urlsplit(target).path)
        assert isinstance(operation, Operation), operation
        with self.lock:
            query = dict(parse_qsl(urlsplit(target).query))
            reply = self.perform(operation, query, body, token, checked=False)
        assert reply.status < 300, f"{method} {target} {body}: {reply}"
        return reply.body

    def perform(self, operation: Operation, query: dict[str, str], body: Any, token: Token, *, checked: bool) -> Reply:
        """Carries out a request that was understood, in a repository that is kept the same on both sides."""
        name = "/".join(operation.blanks.get(word, "") for word in ("owner", "repo"))
        state = self.states.get(name) or (self._base_of(name) if operation.name == "GET activity" else None)
        if ("repo" in operation.blanks and state is None) or not token.sees(name):
            return Refused(404, "Not Found").reply
        if refusal := denied(token, operation):
            permission, wanted = refusal
            reply = Refused(403, "Resource not accessible by integration").reply
            reply.headers["x-accepted-github-permissions"] = f"{permission}={wanted}"
            return reply
        if state:
            self.mirror(state)
        call = Call(operation, query, body, token, state)  # type: ignore[arg-type]
        try:
            answer = self._answers.get(operation.name)
            reply = answer(self, call) if answer else self.passed_on(call, checked=checked)
        except Refused as refused:
            reply = refused.reply
        if state and operation.method != "GET" and operation.name not in KEEP_REFS:
            self.mirror(state, written=True)
        return reply

    def mirror(self, state: State, *, written: bool = False) -> None:
        """Makes emulate and the bare repository the same; `written`: refs or pull requests at emulate may be new."""
        if state.bridge.sync(written=written):
            self._write_pull_refs(state)

    def _base_of(self, fork: str) -> State | None:
        return next(
            (value for name, value in self.states.items() if name.partition("/")[2] == fork.partition("/")[2]), None
        )

    def passed_on(self, call: Call, *, checked: bool = True) -> Reply:
        """Emulate's answer, in pages no longer than `page_size`."""
        query = dict(call.query)
        if any(name["name"] == "per_page" for name in self._parameters(call)):
            query["per_page"] = str(min(int(query.get("per_page", 30)), self.page_size))
        path = call.path + (f"?{urlencode(query)}" if query else "")
        reply = self.stateful.send(call.operation.method, path, call.body, login=call.token.login, checked=checked)
        violations = json.loads(reply.headers.pop("sl-violations", "[]"))
        if wrong := [found for found in violations if found["location"][:1] == ["request"]]:
            self.faults.append(f"{call.operation.method} {path}: the proxy says {wrong}")
        if "link" in reply.headers:
            reply.headers["link"] = re.sub(r"<https?://[^/]+", f"<{self.url}", reply.headers["link"])
        if reply.status >= 400 and isinstance(reply.body, dict):
            reply.body |= {"documentation_url": DOCUMENTATION, "status": str(reply.status)}
        return reply

    def _parameters(self, call: Call) -> list[dict[str, Any]]:
        return self.description.parameters(call.operation)

    def described(self, call: Call, status: int, body: Any) -> Reply:
        """An answer of the front's own making, held against GitHub's description before it is sent."""
        fault = self.description.response_fault(call.operation, status, body)
        assert fault is None, fault
        return Reply(status, body)

    def paged(self, call: Call, items: list[Any], wrap: Callable[[list[Any]], Any] | None = None) -> Reply:
        """One page of a list, with the links to the others; what `wrap` makes of it is held against the description."""
        size = min(int(call.query.get("per_page", 30)), self.page_size)
        page, last = int(call.query.get("page", 1)), max(1, -(-len(items) // size))
        shown = items[(page - 1) * size : page * size]
        reply = self.described(call, 200, wrap(shown)) if wrap else Reply(200, shown)
        targets = {"prev": page - 1, "next": page + 1, "last": last, "first": 1}
        useless = {"prev", "first"} if page == 1 else set()
        useless |= {"next", "last"} if page >= last else set()
        links = [
            f'<{self.url}{call.path}?{urlencode(call.query | {"per_page": size, "page": number})}>; rel="{rel}"'
            for rel, number in targets.items()
            if rel not in useless
        ]
        if links:
            reply.headers["link"] = ", ".join(links)
        return reply

    def _write_pull_refs(self, state: State) -> None:
        """Writes refs/pull/N/head of every pull request into the bare repository."""
        moved = [(number, sha) for number, sha in self._heads(state).items() if state.pull_refs.get(number) != sha]
        for _, sha in moved:
            state.bridge.fetch(sha)
        state.bridge.update([f"update refs/pull/{number}/head {sha}\n" for number, sha in moved])
        state.pull_refs |= dict(moved)

    def _heads(self, state: State) -> dict[int, str]:
        for pull in self.stateful.all(f"/repos/{state.bridge.name}/pulls?state=open"):
            branch = self.stateful.branch(state.bridge.name, pull["head"]["ref"])
            state.heads[pull["number"]] = branch or state.heads.get(pull["number"], pull["head"]["sha"])
        return state.heads


def _json(body: bytes) -> Any:
    with suppress(ValueError):
        return json.loads(body) if body else None
    return body


class _Handler(BaseHTTPRequestHandler):
    front: Front
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing: the front has its own log."""

    def handle(self) -> None:
        """Answers what comes over one connection, until who asked is gone."""
        with suppress(ConnectionError):
            super().handle()

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        reply = self.front.serve(self.command, self.path, dict(self.headers.items()), body)
        if reply is None:
            self.close_connection = True
            self.connection.close()
            return
        text = reply.body if isinstance(reply.body, str) else json.dumps(reply.body)
        content = b"" if reply.body is None else text.encode()
        self.send_response(reply.status)
        limits = {"limit": 5000, "remaining": 4999, "used": 1, "resource": "core", "reset": int(time.time()) + 3600}
        headers = {f"x-ratelimit-{name}": str(value) for name, value in limits.items()}
        headers |= {"content-type": "application/json; charset=utf-8"} if content else {}
        for name, value in (headers | {name.lower(): value for name, value in reply.headers.items()}).items():
            self.send_header(name, value)
        if reply.status != 204:
            self.send_header("content-length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = _answer
