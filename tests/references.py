"""What the local forge keeps, written by hand, as anybody can who may push to the remote."""

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


def put(repository: Repository, name: str, text: str, *, folder: str = FOLDER, file: str = "pull.json") -> str:
    """Pushes a text as a file of the reference `name`; the whole name of the reference."""
    repository.write(f"../{file}", text)
    blob = repository.sh("git", "hash-object", "-w", f"../{file}")
    repository.write("../entry", f"100644 blob {blob}\t{file}\n")
    tree = repository.sh("sh", "-c", "git mktree < ../entry")
    commit = repository.sh("git", "commit-tree", "-m", "x", tree)
    repository.sh("git", "push", "-q", "--force", "origin", f"{commit}:{folder}/{name}")
    return f"{folder}/{name}"
