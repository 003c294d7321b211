"""Revisions as people type them, such as `main`, `v1.2` or `HEAD~2`.

Git looks for a short name among tags before branches, and a fetch may bring a tag of any name. A name that could mean
two commits is refused here.
"""

from __future__ import annotations

import re

from mlops_gitops.core.errors import Error
from mlops_gitops.git.process import GitFailed
from mlops_gitops.git.refs import no_commit
from mlops_gitops.git.repository import Git

# Where git looks for a short name; the third is a remote's default branch.
_PLACES = ("refs/heads/{}", "refs/remotes/{}", "refs/remotes/{}/HEAD", "refs/tags/{}", "refs/{}")
_FORM = re.compile(r"(?P<name>(?:(?!@\{)[^~^:])*)(?P<rest>.*)", re.DOTALL)  # such as `main` and `~2`, or `@{upstream}`


def commit_typed(git: Git, rev: str) -> str:
    """The commit of a revision. Raises Error where there is none, or where its name could mean several."""
    found = find_typed(git, rev)
    if found is None:
        raise no_commit(rev)
    return found


def find_typed(git: Git, rev: str) -> str | None:
    """The same; None where there is none."""
    parts = _FORM.fullmatch(rev)
    if parts is None or rev.startswith("-"):
        return None
    name, rest = parts["name"], parts["rest"]
    if name in ("HEAD", "@") or name.startswith("refs/"):
        full = "HEAD" if name == "@" else name
        commit = git.resolve(full)
        return _peeled(git, f"{full}{rest}") if commit and rest else commit
    known = _known(git, name) if name else {}
    if len(set(known.values())) > 1:
        raise Error(f"{name!r} is the name of {' and of '.join(known)}", help="write the full name of the one you mean")
    return _peeled(git, rev)


def _known(git: Git, name: str) -> dict[str, str]:
    """All that a name could mean, each with its commit: what git takes it for, references, the beginning of an id."""
    if re.fullmatch("[0-9a-f]{40}|[0-9a-f]{64}", name) and git.resolve(name):
        return {name: name}
    places = [place.format(name) for place in _PLACES]
    found = {ref: commit for ref in places if (commit := git.resolve(ref))}
    if found and re.fullmatch("[0-9a-f]{4,}", name):
        found |= {id: id for id in git.text("rev-parse", f"--disambiguate={name}").split() if git.resolve(id)}
    taken = _peeled(git, name) if found else None
    return found | ({name: taken} if taken and taken not in found.values() else {})


def _peeled(git: Git, rev: str) -> str | None:
    try:
        found = git.text("rev-parse", "--verify", "--quiet", "--end-of-options", f"{rev}^{{commit}}")
    except GitFailed:
        return None
    return found if re.fullmatch("[0-9a-f]+", found) else None  # `^main` is a commit to leave out
