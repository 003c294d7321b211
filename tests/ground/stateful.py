"""A client of emulate, the stateful GitHub in memory, past the checks that the program under test meets."""

from __future__ import annotations

import http.client
import json
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from ground.nodes import KINDS, TOKENS, Programs

SAFE_REQUESTS = 4000
DOCUMENTATION = "https://docs.github.com/rest"


@dataclass
class Reply:
    """An answer: its status, its JSON (None: no body), and the headers that matter."""

    status: int
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)


class Stateful:
    """Sends requests to emulate as a person, directly or through the proxy that checks them.

    Annotated tags and merges have ids of emulate's own making: `aliases` maps such an id of a repository to that of
    the real object, `tags` the other way, and every id is exchanged on its way in and out.
    """

    def __init__(self, programs: Programs) -> None:
        self._programs = programs
        self._connections: dict[int, http.client.HTTPConnection] = {}
        self._used: Counter[str] = Counter()
        self._users: dict[str, dict[str, Any]] = {}
        self.aliases: defaultdict[str, dict[str, str]] = defaultdict(dict)
        self.tags: dict[tuple[str, str], str] = {}

    def send(self, method: str, path: str, body: Any = None, *, login: str = "alice", checked: bool = False) -> Reply:
        """Sends one request; `checked` sends it through the proxy, whose complaints come as `sl-violations`."""
        self._used[login] += 1
        number = self._used[login] // SAFE_REQUESTS
        assert number < TOKENS, "more requests than tokens: raise nodes.TOKENS"
        headers = {
            "Authorization": f"Bearer {login}.{number}",
            "User-Agent": "ground",
            "Content-Type": "application/json",
        }
        repository = "/".join(path.partition("?")[0].split("/")[2:4])
        path, body = self._with_made_ids(repository, path, body)
        text = None if body is None else json.dumps(body)
        port = self._programs.prism_port if checked else self._programs.emulate_port
        content, kept, status = self._exchange(port, method, path, text, headers)
        for made, real in self.aliases.get(repository, {}).items():
            content = content.replace(made, real)
        return Reply(status, json.loads(content, object_hook=_as_github) if content else None, kept)

    def _with_made_ids(self, repository: str, path: str, body: Any) -> tuple[str, Any]:
        last = path.rpartition("/")[2]
        if made := self.tags.get((repository, last)):
            path = path.removesuffix(last) + made
        for word in ("sha", "object"):
            if isinstance(body, dict) and (made := self.tags.get((repository, str(body.get(word))))):
                body = body | {word: made}
        return path, body

    def _exchange(
        self, port: int, method: str, path: str, text: str | None, headers: dict[str, str]
    ) -> tuple[str, dict[str, str], int]:
        if port not in self._connections:
            self._connections[port] = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        connection = self._connections[port]
        try:
            connection.request(method, path, None if text is None else text.encode(), headers)
            answer = connection.getresponse()
        except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError):
            # A connection that was idle too long was closed at the other end before the request was read.
            connection.close()
            connection.request(method, path, None if text is None else text.encode(), headers)
            answer = connection.getresponse()
        kept = {name.lower(): value for name, value in answer.getheaders() if name.lower() in ("link", "sl-violations")}
        return answer.read().decode(), kept, answer.status

    def ok(self, method: str, path: str, body: Any = None, *, login: str = "alice") -> Any:
        """The answer's JSON; anything but success is a fault of the test ground."""
        reply = self.send(method, path, body, login=login)
        assert reply.status < 300, f"{method} {path} {body}: {reply}"
        return reply.body

    def all(self, path: str) -> list[Any]:
        """All pages of a list."""
        found: list[Any] = []
        for page in range(1, 1000):
            more = self.ok("GET", f"{path}{'&' if '?' in path else '?'}per_page=100&page={page}")
            found += more
            if len(more) < 100:
                break
        return found

    def user(self, login: str) -> dict[str, Any]:
        """An account, which emulate learns of when it starts and which never changes."""
        if login not in self._users:
            self._users[login] = self.ok("GET", f"/users/{login}")
        return dict(self._users[login])

    def branch(self, repository: str, name: str) -> str | None:
        """The commit a branch points at."""
        reply = self.send("GET", f"/repos/{repository}/git/ref/heads/{quote(name)}")
        return None if reply.status == 404 else str(reply.body["object"]["sha"])


def _as_github(found: dict[str, Any]) -> dict[str, Any]:
    """An object of emulate's answer, but accounts are called what they are and a ref's address is below git/refs."""
    if found.get("login") in KINDS:
        found["type"] = KINDS[found["login"]]
    if "url" in found and str(found.get("ref", "")).startswith("refs/"):
        found["url"] = found["url"].replace("/git/ref/", "/git/refs/", 1)
    return found
