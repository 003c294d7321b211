"""Which files of a tree Git LFS keeps: by the pointer that lies there, or by .gitattributes.

A clone with `git lfs` installed has the file itself where the pointer is in Git, so the attributes count too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property

from mlops_gitops.core.git_lfs import how_to_move, is_pointer
from mlops_gitops.core.path_patterns import regular_expression
from mlops_gitops.documents.tree import Tree, read_if_possible
from mlops_gitops.pipelines.dvc_projects import file_command, parents

ATTRIBUTES = ".gitattributes"
_MACRO = "[attr]"


def out_of_lfs(tree: Tree, path: str) -> str:
    """What gives a file of Git LFS to DVC, in the project that it belongs to."""
    return how_to_move(path, file_command(tree, "add", path))


class LfsFiles:
    """The files that Git LFS keeps in one tree, as gitattributes(5) has it; what a clone says on its own has no say."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self._lines: dict[str, list[tuple[re.Pattern[str], bool]]] = {}

    def is_pointer(self, path: str) -> bool:
        """Whether a pointer lies at a path."""
        return is_pointer(read_if_possible(self.tree, path) or b"")

    def keeps(self, path: str) -> bool:
        """Whether a file that is there is kept by Git LFS, if Git keeps it."""
        return self.is_pointer(path) or (self.tree.exists(path) and self.filters(path))

    def filters(self, path: str) -> bool:
        """Whether the attribute `filter` of a path is `lfs`: the last line that matches in the nearest file says so."""
        for folder in (*parents(path), *([] if "" in parents(path) else [""])):
            inside = path.removeprefix(f"{folder}/") if folder else path
            said = [is_lfs for form, is_lfs in self._of(folder) if form.fullmatch(inside)]
            if said:
                return said[-1]
        return False

    def _of(self, folder: str) -> list[tuple[re.Pattern[str], bool]]:
        if folder not in self._lines:
            data = read_if_possible(self.tree, f"{folder}/{ATTRIBUTES}" if folder else ATTRIBUTES) or b""
            self._lines[folder] = list(self._parsed(data.decode("utf-8", "replace")))
        return self._lines[folder]

    def _parsed(self, text: str) -> Iterator[tuple[re.Pattern[str], bool]]:
        for pattern, attributes in _rows(text):
            for attribute in attributes:
                name, _, value = attribute.lstrip("-!").partition("=")
                if name == "filter":
                    yield _form(pattern), value == "lfs" and attribute[0] not in "-!"
                elif attribute in self._macros:
                    yield _form(pattern), self._macros[attribute]

    @cached_property
    def _macros(self) -> dict[str, bool]:
        """The names that stand for several attributes, `filter` among them; only the root's file may define any."""
        data = read_if_possible(self.tree, ATTRIBUTES) or b""
        rows = _rows(data.decode("utf-8", "replace"))
        return {
            pattern.removeprefix(_MACRO): "filter=lfs" in attributes
            for pattern, attributes in rows
            if pattern.startswith(_MACRO) and any(a.lstrip("-!").partition("=")[0] == "filter" for a in attributes)
        }


def _rows(text: str) -> Iterator[tuple[str, list[str]]]:
    """Each line's pattern and attributes; a pattern in quotes may hold spaces."""
    for line in text.splitlines():
        quoted = re.match(r'\s*"((?:[^"\\]|\\.)*)"\s+(.*)', line)
        pattern, rest = (quoted[1], quoted[2].split()) if quoted else ("", line.split())
        if not quoted and rest and not rest[0].startswith("#"):
            pattern, *rest = rest
        if pattern:
            yield pattern.replace("[[:space:]]", "[ ]"), rest  # as git lfs track writes a space


def _form(pattern: str) -> re.Pattern[str]:
    """A pattern as a regular expression: without a slash in it, it is about a name in any folder."""
    before = "" if "/" in pattern else "(?:.*/)?"
    try:
        return re.compile(before + regular_expression(pattern.removeprefix("/")), re.DOTALL)
    except re.error:
        return re.compile(r"(?!)")
