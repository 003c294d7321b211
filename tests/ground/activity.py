"""Who moved which branch through the API: GitHub lists it by cursor, emulate not at all."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from ground.bridge import FORKS
from ground.front import Call, Front, State
from ground.stateful import Reply
from ground.statuses import now, person

NONE = "0" * 40


def moved(front: Front, call: Call, branch: str, before: str | None, after: str | None) -> None:
    """Keeps in mind that the caller moved a branch; None where it was not there before, or is not there after."""
    keep(front, call.state, call.token.login, branch, before, after)


def keep(front: Front, state: State, login: str, branch: str, before: str | None, after: str | None) -> None:
    """The same for the person who pushed by git."""
    kind = "branch_creation" if before is None else "branch_deletion" if after is None else "push"
    state.activity.insert(0, {
        "id": front.number(), "node_id": "activity", "before": before or NONE, "after": after or NONE,
        "ref": f"refs/heads/{branch}", "timestamp": now(), "activity_type": kind,
        "actor": person(front, login),
    })  # fmt: skip


def listed(front: Front, call: Call) -> Reply:
    """GET activity: of one ref, newest first; of a fork too, whose branches are hidden among those of its base."""
    ref = call.query["ref"]
    if call.repository != call.state.bridge.name:
        ref = ref.replace("refs/heads/", f"{FORKS}{call.repository.partition('/')[0]}/", 1)
    found: list[dict[str, Any]] = [
        entry | {"ref": call.query["ref"]} for entry in call.state.activity if entry["ref"] == ref
    ]
    start = int(call.query.get("after", 0))
    size = min(int(call.query.get("per_page", 30)), front.page_size)
    reply = front.described(call, 200, found[start : start + size])
    if start + size < len(found):
        query = urlencode({"ref": call.query["ref"], "per_page": size, "after": start + size})
        reply.headers["link"] = f'<{front.url}{call.path}?{query}>; rel="next"'
    return reply
