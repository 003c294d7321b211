"""Holds CHANGELOG.md to the version of the package, and prints what is said of a release.

    python .ci/changelog.py                    is it in order?
    python .ci/changelog.py v1.2.3             may this tag be released? prints its notes

First comes `## Unreleased`, then the releases, newest first, each as `## 1.2.3 - 2026-11-25`. The package's version is
that of the newest release, or a higher one that is to be the next.
"""

from __future__ import annotations

import re
import sys
from datetime import date
from itertools import pairwise
from pathlib import Path

TOP = Path(__file__).parent.parent
VERSION = r"(\d+)\.(\d+)\.(\d+)(?:(a|b|rc)(\d+))?"
UNRELEASED = "Unreleased"


class Wrong(Exception):
    """What is not in order, in one line."""


def main(argv: list[str]) -> str:
    """What to print. Raises Wrong."""
    changelog, package = (TOP / "CHANGELOG.md").read_text(), (TOP / "mlops_gitops/__init__.py").read_text()
    found = re.search(r'^__version__ = "(.*)"$', package, re.MULTILINE)
    version = found[1] if found else ""
    sections = read(changelog)
    ordered(sections, version)
    return notes(sections, version, argv[0]) if argv else f"CHANGELOG.md is in order for {version}"


def read(text: str) -> dict[str, str]:
    """The sections by their headings, in order."""
    parts = re.split(r"^## (.*)$", text, flags=re.MULTILINE)[1:]
    return {head.strip(): body.strip() for head, body in zip(parts[::2], parts[1::2], strict=True)}


def ordered(sections: dict[str, str], version: str) -> None:
    """Raises Wrong where the sections are not in order, or do not fit the package's version."""
    heads = list(sections)
    if heads[:1] != [UNRELEASED]:
        raise Wrong(f"CHANGELOG.md: the first section is not `## {UNRELEASED}`")
    released = [release(head) for head in heads[1:]]
    for (newer, day), (older, before) in pairwise(released):
        if key(newer) <= key(older) or day < before:
            raise Wrong(f"CHANGELOG.md: {newer} stands above {older}, and is no later release")
    for line in sections[UNRELEASED].splitlines():
        if line and not line.startswith(("- ", "### ")):
            raise Wrong(f"CHANGELOG.md: an entry of `## {UNRELEASED}` is one line, and {line!r} goes on with another")
    for head in heads[1:]:
        if not sections[head]:
            raise Wrong(f"CHANGELOG.md: nothing is said of {head}")
    newest = released[0][0] if released else ""
    if newest and key(version) < key(newest):
        raise Wrong(f"mlops_gitops/__init__.py: {version} is lower than {newest}, the newest release of CHANGELOG.md")
    if version != newest and not sections[UNRELEASED]:
        raise Wrong(f"CHANGELOG.md: {version} is to be the next, and nothing stands under {UNRELEASED}")


def release(head: str) -> tuple[str, date]:
    """The version and the day of a heading. Raises Wrong."""
    found = re.fullmatch(rf"({VERSION}) - (\d{{4}}-\d\d-\d\d)", head)
    try:
        return found[1], date.fromisoformat(found[7])  # type: ignore[index]
    except (TypeError, ValueError):
        raise Wrong(f"CHANGELOG.md: `## {head}` is not of the form `## 1.2.3 - 2026-11-25`") from None


def key(version: str) -> tuple[int, int, int, str, int]:
    """What orders versions: a pre-release comes before its release. Raises Wrong."""
    found = re.fullmatch(VERSION, version)
    if found is None:
        raise Wrong(f"mlops_gitops/__init__.py: {version!r} is not a version such as 1.2.3 or 1.2.3rc1")
    return int(found[1]), int(found[2]), int(found[3]), found[4] or "z", int(found[5] or 0)


def notes(sections: dict[str, str], version: str, tag: str) -> str:
    """What is said of the release that a tag names. Raises Wrong where it may not be released."""
    if tag != f"v{version}":
        raise Wrong(f"the tag {tag} is not v{version}, the version of mlops_gitops/__init__.py")
    if sections[UNRELEASED]:
        raise Wrong(f"CHANGELOG.md: what stands under {UNRELEASED} belongs to {version} now: give it a heading")
    return next(body for head, body in sections.items() if head.startswith(f"{version} - "))


if __name__ == "__main__":
    try:
        print(main(sys.argv[1:]))
    except Wrong as wrong:
        sys.exit(f"error: {wrong}")
