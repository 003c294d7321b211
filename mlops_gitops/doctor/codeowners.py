"""CODEOWNERS: who must review a path, by the last pattern that matches it."""

from __future__ import annotations

import re

from mlops_gitops.core.frozen import frozen
from mlops_gitops.core.path_patterns import regular_expression
from mlops_gitops.documents.tree import Tree, Unreadable

PLACES = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS")  # the first that is there counts


@frozen
class Line:
    """One line: a pattern, and its owners; none takes owners away again."""

    pattern: str
    owners: tuple[str, ...]


@frozen
class CodeOwners:
    """The file that counts."""

    path: str
    lines: tuple[Line, ...]

    def owners(self, path: str) -> tuple[str, ...]:
        """Who owns a path; empty for nobody."""
        matches = [line.owners for line in self.lines if _matches(line.pattern, path)]
        return matches[-1] if matches else ()


def read_code_owners(tree: Tree) -> CodeOwners | None:
    """The CODEOWNERS of a tree, None where there is none. Raises Unreadable."""
    for path in PLACES:
        data = tree.read(path)
        if data is not None:
            try:
                return CodeOwners(path, tuple(_lines(data.decode("utf-8"))))
            except UnicodeDecodeError as error:
                raise Unreadable("is not UTF-8") from error
    return None


def _lines(text: str) -> list[Line]:
    lines = []
    for line in text.splitlines():
        words = re.split(r"(?:^|\s)#", line, maxsplit=1)[0].split()
        if words:
            lines.append(Line(words[0], tuple(words[1:])))
    return lines


def _matches(pattern: str, path: str) -> bool:
    """Whether a pattern is about a path: as in .gitignore, but a file's name after `*` takes in no subfolder."""
    anchored = "/" in pattern.rstrip("/")
    whole = pattern.strip("/")
    if "[" in whole or whole.startswith("!"):  # GitHub skips such a line
        return False
    form = regular_expression(whole)
    before = "" if anchored else "(?:.*/)?"
    inside = "/.+" if pattern.endswith("/") else "" if anchored and re.search(r"(^|/)\*$", whole) else "(?:/.+)?"
    return re.fullmatch(before + form + inside, path, re.DOTALL) is not None
