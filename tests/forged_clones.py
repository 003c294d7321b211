"""Ways to make a clone show another history than its commits have: the newest commit follows the first one."""

from __future__ import annotations

import subprocess
from pathlib import Path


def git(root: Path, *words: str) -> str:
    """What git prints."""
    done = subprocess.run(["git", "-C", str(root), *words], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def graft(root: Path, first: str, last: str) -> None:
    """Writes `.git/info/grafts`, and no reference."""
    (root / ".git/info").mkdir(exist_ok=True)
    (root / ".git/info/grafts").write_text(f"{last} {first}\n")


def replace(root: Path, first: str, last: str) -> None:
    """Writes a replacement of the newest commit."""
    git(root, "replace", "--graft", last, first)


def forge_graph(root: Path, first: str, last: str) -> None:
    """Writes a commit-graph and changes what it says of the newest commit."""
    git(root, "commit-graph", "write", "--reachable")
    graph = root / ".git/objects/info/commit-graph"
    data = bytearray(graph.read_bytes())
    chunks = {bytes(data[at : at + 4]): int.from_bytes(data[at + 4 : at + 12]) for at in range(8, 8 + 12 * data[6], 12)}
    ids = chunks[b"OIDL"]
    order = [data[ids + 20 * n : ids + 20 * n + 20].hex() for n in range((chunks[b"CDAT"] - ids) // 20)]
    parent = chunks[b"CDAT"] + 36 * order.index(last) + 20
    data[parent : parent + 4] = order.index(first).to_bytes(4)
    graph.chmod(0o644)
    graph.write_bytes(data)


def undo(root: Path) -> None:
    """Removes all of these."""
    for path in ("info/grafts", "objects/info/commit-graph"):
        (root / ".git" / path).unlink(missing_ok=True)
    for ref in git(root, "for-each-ref", "--format=%(refname)", "refs/replace").split():
        git(root, "update-ref", "-d", ref)


FORGERIES = (graft, replace, forge_graph)
