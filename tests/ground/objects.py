"""Git objects and refs as GitHub answers for them, where emulate answers otherwise."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from ground import activity
from ground.bridge import FORKS
from ground.front import Answer, Call, Front, Refused
from ground.stateful import Reply
from ground.statuses import now

GITHUB = {"name": "GitHub", "email": "noreply@github.com"}


def author(front: Front, login: str) -> dict[str, str]:
    """Whom GitHub writes into a commit that a token of this login makes without saying who."""
    known = front.stateful.user(login)
    email = known.get("email") or f"{known['id']}+{login}@users.noreply.github.com"
    return {"name": known.get("name") or login, "email": email, "date": now()}


def commit(front: Front, call: Call) -> Reply:
    """POST git/commits: one that a bot makes in its own name is signed by GitHub; nobody else's is."""
    body = dict(call.body)
    own = call.token.app and not {"author", "committer", "signature"} & body.keys()
    body.setdefault("author", author(front, call.token.login))
    body.setdefault("committer", GITHUB | {"date": now()} if own else body["author"])
    reply = front.passed_on(Call(call.operation, call.query, body, call.token, call.state))
    if own and reply.status == 201:
        call.state.signed.add(reply.body["sha"])
    return _verified(call, reply)


def read_commit(front: Front, call: Call) -> Reply:
    """GET git/commits/{commit_sha}."""
    return _verified(call, front.passed_on(call))


def _verified(call: Call, reply: Reply) -> Reply:
    """With the signature GitHub would have made; emulate's commit has none, or its id would be another."""
    for made in reply.body if isinstance(reply.body, list) else [reply.body]:
        if isinstance(made, dict) and made.get("sha") in call.state.signed:
            inner = made.get("commit", made)
            signature = "-----BEGIN PGP SIGNATURE-----\n\n-----END PGP SIGNATURE-----\n"
            inner["verification"] |= {"verified": True, "reason": "valid", "signature": signature,
                                      "payload": f"tree {inner['tree']['sha']}\n", "verified_at": now()}  # fmt: skip
    return reply


def tag(front: Front, call: Call) -> Reply:
    """POST git/tags: the tag object under its real id."""
    body = call.body | {"tagger": author(front, call.token.login) | call.body.get("tagger", {})}
    sha = call.state.bridge.write_tag(body, call.token.login)
    made = front.stateful.ok("GET", f"/repos/{call.repository}/git/tags/{sha}")
    return Reply(201, made)


def tags(front: Front, call: Call) -> Reply:
    """GET tags: the refs, newest name first, each with the commit it comes to."""
    bridge = call.state.bridge
    listed = bridge.one("for-each-ref", "--format=%(refname:strip=2) %(objectname) %(*objectname)", "refs/tags")
    found = []
    for line in reversed(listed.splitlines()):
        name, sha, *peeled = line.split(" ")
        commit_sha = (peeled and peeled[0]) or sha
        top = f"{front.url}/repos/{call.repository}"
        found.append({
            "name": name, "node_id": name, "commit": {"sha": commit_sha, "url": f"{top}/commits/{commit_sha}"},
            "zipball_url": f"{top}/zipball/refs/tags/{name}", "tarball_url": f"{top}/tarball/refs/tags/{name}",
        })  # fmt: skip
    return front.paged(call, found, list)


def contents(front: Front, call: Call) -> Reply:
    """GET contents/{path}: of a bare name that a tag has too GitHub does not say what it takes; here it is the tag."""
    named = f"refs/tags/{call.query.get('ref', '')}^{{commit}}"
    if tagged := call.state.bridge.git("rev-parse", "--verify", "--quiet", named, code=None).decode().strip():
        call.query["ref"] = tagged
    return front.passed_on(call)


def _exists(front: Front, call: Call) -> bool:
    path = f"/repos/{call.repository}/git/ref/{quote(call['ref'], safe='')}"
    return front.stateful.send("GET", path).status == 200


def visible(front: Front, call: Call) -> Reply:
    """GET branches and GET git/matching-refs/{ref}: without the branches that stand for forks."""
    reply = front.passed_on(call)
    if isinstance(reply.body, list):
        names = [(one.get("ref") or f"refs/heads/{one['name']}") for one in reply.body]
        reply.body = [one for one, name in zip(reply.body, names, strict=True) if not name.startswith(FORKS)]
    return reply


def move(front: Front, call: Call) -> Reply:
    """PATCH git/refs/{ref}."""
    if not _exists(front, call):
        raise Refused(422, "Reference does not exist")
    before = _branch(front, call, call["ref"])
    reply = front.passed_on(call)
    if before and reply.status == 200:
        activity.moved(front, call, call["ref"].removeprefix("heads/"), before, call.body["sha"])
    renamed = {"Update is not a fast-forward": "Update is not a fast forward", "Invalid sha": "Object does not exist"}
    return _worded(reply, renamed)


def add(front: Front, call: Call) -> Reply:
    """POST git/refs."""
    if call.body["ref"].count("/") < 2:
        raise Refused(422, f"{call.body['ref']} is not a valid ref name.")
    reply = front.passed_on(call)
    kind, _, name = call.body["ref"].removeprefix("refs/").partition("/")
    if kind == "heads" and reply.status == 201:
        activity.moved(front, call, name, None, call.body["sha"])
    return _worded(reply, {"Invalid sha": "Object does not exist"})


def remove(front: Front, call: Call) -> Reply:
    """DELETE git/refs/{ref}: open pull requests from a branch that is removed are closed."""
    if not _exists(front, call):
        raise Refused(422, "Reference does not exist")
    kind, _, name = call["ref"].partition("/")
    top = f"/repos/{call.repository}/pulls"
    before = _branch(front, call, call["ref"])
    reply = front.passed_on(call)
    if kind == "heads" and reply.status == 204:
        activity.moved(front, call, name, before, None)
        for pull in front.stateful.all(f"{top}?state=open"):
            if pull["head"]["ref"] == name:
                front.stateful.ok("PATCH", f"{top}/{pull['number']}", {"state": "closed"}, login=call.token.login)
    return reply


def _branch(front: Front, call: Call, ref: str) -> str | None:
    kind, _, name = ref.partition("/")
    return front.stateful.branch(call.repository, name) if kind == "heads" else None


def _worded(reply: Reply, words: dict[str, str]) -> Reply:
    if reply.status >= 400 and isinstance(reply.body, dict):
        message: Any = reply.body.get("message")
        reply.body["message"] = words.get(message, message)
    return reply


ANSWERS: dict[str, Answer] = {
    "POST git/commits": commit,
    "GET git/commits/{commit_sha}": read_commit,
    "GET commits": read_commit,
    "GET commits/{ref}": read_commit,
    "GET branches": visible,
    "GET contents/{path}": contents,
    "GET git/matching-refs/{ref}": visible,
    "POST git/tags": tag,
    "GET tags": tags,
    "POST git/refs": add,
    "PATCH git/refs/{ref}": move,
    "DELETE git/refs/{ref}": remove,
    "GET activity": activity.listed,
}
