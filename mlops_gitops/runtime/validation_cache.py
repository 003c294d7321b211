"""Answers that `validate` gave before, kept outside the repository and repeated while all they rest on is the same.

An answer rests on the arguments, the working folder, the UTC day, whether colour is wanted, this very tool with all it
imported, and everything it asked of the disk (documents/observed.py). Files of the repository are compared by content.
A kept answer counts only with the keyed digest of a secret that lies in another folder, so a cache that others filled
says nothing here. Whatever is wrong with the cache, the question is simply answered afresh.

This module runs before anything else does: nothing it imports may take time.
"""

import os
import stat
import sys
import time

from mlops_gitops import __version__
from mlops_gitops.documents import schema_files
from mlops_gitops.documents.observed import KINDS, LENGTH, Observed, digest
from mlops_gitops.documents.worktree import MAX_BYTES, Unreadable, WorkTree
from mlops_gitops.runtime import console

OFF = "MLOPS_GITOPS_NO_CACHE"
MOST_ANSWERS = 256
MOST_BYTES = 64 * 1024 * 1024
_SIZE = 8
_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


class Question:
    """One call of `validate`: its arguments, here and now."""

    def __init__(self, argv: list[str], cwd: str, cache: str, state: str) -> None:
        facts = [_PACKAGE, sys.executable, str(sys.flags), *sys.path, "", cwd, str(console.colour()), *argv]
        self.name = digest(_joined(facts)).hex()
        self.cache = cache
        self.state = state
        self.tool = _tool()

    def answer(self) -> tuple[str, int] | None:
        """The kept text and exit code, None where there are none that still hold."""
        kept = _read(self.cache, self.name)
        secret = _secret(self.state) if kept else None
        if kept is None or secret is None:
            return None
        seal, body = kept[:LENGTH], kept[LENGTH:]
        if seal != digest(self.name.encode() + body, secret) or body[:LENGTH] != self.tool:
            return None
        return _repeated(body[LENGTH:])

    def keep(self, text: str, code: int, observed: Observed) -> None:
        """Keeps an answer for the next time; does nothing where that cannot be done."""
        try:
            # A tool or a day that changed in between makes it unclear what the answer rests on.
            if observed.is_consistent and self.tool == _tool() and not self._inside(observed.tree.root):
                self._keep(self.tool + _written(text, code, observed))
        except (OSError, ValueError):  # no place for it, or a name that the system's encoding has no bytes for
            return

    def _keep(self, body: bytes) -> None:
        if LENGTH + len(body) > MAX_BYTES:
            return
        secret = _secret(self.state) or _new_secret(self.state)
        _replace(self.cache, self.name, digest(self.name.encode() + body, secret) + body)
        _trim(self.cache)

    def _inside(self, root: str) -> bool:
        top = os.path.join(os.path.realpath(root), "")
        return any(os.path.join(os.path.realpath(folder), "").startswith(top) for folder in (self.cache, self.state))


def question_of(argv: list[str]) -> Question | None:
    """The question that arguments put; None for one whose answers are not kept."""
    places = _places()
    if argv[:1] != ["validate"] or os.environ.get(OFF) or places is None or console.publishes(argv):
        return None
    try:
        return Question(argv, os.getcwd(), *places)
    except OSError:
        return None


def _places() -> tuple[str, str] | None:
    """The folders of the answers and of the secret; None for someone without a home."""
    own = os.environ.get
    local = own("LOCALAPPDATA", "") if os.name == "nt" else ""
    home = own("HOME", "")
    wanted = (("XDG_CACHE_HOME", ".cache", "cache"), ("XDG_STATE_HOME", os.path.join(".local", "state"), "state"))
    found = []
    for variable, below, name in wanted:
        if os.path.isabs(own(variable, "")):
            found.append(os.path.join(own(variable, ""), "mlops-gitops"))
        elif os.path.isabs(local):
            found.append(os.path.join(local, "mlops-gitops", name))
        elif os.path.isabs(home):
            found.append(os.path.join(home, below, "mlops-gitops"))
    return (found[0], found[1]) if len(set(found)) == len(wanted) else None


def _joined(texts: list[str]) -> bytes:
    return b"\0".join(map(os.fsencode, texts))


def _tool() -> bytes:
    """A digest of what answers, and on which day: version, Python, every file of this package, and the import path.

    The schemas are files of it, wherever they lie.
    """
    facts = [__version__, sys.version, str(int(time.time()) // 86_400)]
    facts += [f"{folder} {_mark(folder or os.curdir)}" for folder in sys.path]
    pending = [_PACKAGE, schema_files.folder()]
    while pending:
        with os.scandir(pending.pop()) as entries:
            for entry in entries:
                if not entry.is_dir():
                    status = entry.stat()
                    facts.append(f"{entry.path} {status.st_size} {status.st_mtime_ns}")
                elif entry.name != "__pycache__":
                    pending.append(entry.path)
    return digest(_joined(sorted(set(facts))))


def _mark(folder: str) -> str:
    try:
        return str(os.stat(folder).st_mtime_ns)
    except OSError:
        return ""


def _written(text: str, code: int, observed: Observed) -> bytes:
    """An answer and what it rests on, as it is kept; what was imported from elsewhere is part of that."""
    for module in list(sys.modules.values()):
        file = getattr(module, "__file__", None)
        if file and not file.startswith(_PACKAGE + os.sep):
            observed.observe("inode", file)
    rests_on = [
        (kind, subject, answer) for kind, found in observed.answers.items() for subject, answer in found.items()
    ]
    fields = [observed.tree.root, str(code)]
    for kind, subject, _ in rests_on:
        fields += [kind, subject]
    head = _joined(fields)
    digests = b"".join(answer for _, _, answer in rests_on)
    return len(head).to_bytes(_SIZE, "big") + head + digests + text.encode("utf-8", "surrogatepass")


def _repeated(body: bytes) -> tuple[str, int] | None:
    end = _SIZE + int.from_bytes(body[:_SIZE], "big")
    root, code, *rests_on = map(os.fsdecode, body[_SIZE:end].split(b"\0"))
    tree = WorkTree(root)
    for kind, subject in zip(rests_on[::2], rests_on[1::2], strict=True):
        if digest(KINDS[kind](tree, subject)) != body[end : end + LENGTH]:
            return None
        end += LENGTH
    return body[end:].decode("utf-8", "surrogatepass"), int(code)


def _read(folder: str, name: str) -> bytes | None:
    """A file of ours; None where there is none, or something that is none of ours, such as a link or a pipe."""
    try:
        return WorkTree(folder).read(name)
    except Unreadable:
        return None


def _secret(state: str) -> bytes | None:
    """The secret; None where there is none that this user alone can read."""
    try:
        status = os.lstat(os.path.join(state, "key"))
    except OSError:
        return None
    if os.name != "nt" and (status.st_uid != os.geteuid() or stat.S_IMODE(status.st_mode) & 0o077):
        return None
    secret = _read(state, "key")
    return secret if secret and len(secret) == LENGTH else None


def _new_secret(state: str) -> bytes:
    secret = os.urandom(LENGTH)
    _replace(state, "key", secret)
    return secret


def _replace(folder: str, name: str, data: bytes) -> None:
    """Writes a file that others see whole or not at all, readable by this user alone. Raises OSError."""
    os.makedirs(folder, mode=0o700, exist_ok=True)
    part = os.path.join(folder, f"{name}.{os.getpid()}.part")
    file = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0), 0o600)
    try:
        with open(file, "wb") as out:
            out.write(data)
        os.replace(part, os.path.join(folder, name))
    except OSError:
        os.unlink(part)
        raise


def _trim(cache: str) -> None:
    """Drops the oldest answers beyond what may be kept. Raises OSError."""
    with os.scandir(cache) as entries:
        files = sorted(((file.stat().st_mtime_ns, file.stat().st_size, file.path) for file in entries), reverse=True)
    total = 0
    for number, (_, size, path) in enumerate(files, 1):
        total += size
        if number > MOST_ANSWERS or total > MOST_BYTES:
            os.unlink(path)
