"""Pull requests of the local forge, written by hand: whoever may push to the remote can do so."""

from __future__ import annotations

import json
from typing import Any

from house import Repository

FOLDER = "refs/mlops/pulls"


def kept(repository: Repository, number: int) -> dict[str, Any]:
    """What the remote keeps of a pull request."""
    repository.sh("git", "fetch", "-q", "origin", f"+{FOLDER}/*:{FOLDER}/*")
    found: dict[str, Any] = json.loads(repository.sh("git", "show", f"{FOLDER}/{number}:pull.json"))
    return found


def put(repository: Repository, name: str, text: str) -> str:
    """Pushes a text as pull.json of the reference `name`; the whole name of the reference."""
    repository.write("../pull.json", text)
    blob = repository.sh("git", "hash-object", "-w", "../pull.json")
    repository.write("../entry", f"100644 blob {blob}\tpull.json\n")
    tree = repository.sh("sh", "-c", "git mktree < ../entry")
    commit = repository.sh("git", "commit-tree", "-m", "x", tree)
    repository.sh("git", "push", "-q", "--force", "origin", f"{commit}:{FOLDER}/{name}")
    return f"{FOLDER}/{name}"
