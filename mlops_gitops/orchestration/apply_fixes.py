"""Applies safe fixes: text is spliced at its place, so the fix of one field is a one-line diff."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

from mlops_gitops.core.diagnostics import Diagnostic, Fix, Replacement, lines_of
from mlops_gitops.core.errors import Error
from mlops_gitops.core.frozen import frozen
from mlops_gitops.documents.read_document import parse
from mlops_gitops.documents.tree import Tree
from mlops_gitops.runtime.write_files import check_place, write

_Edit: TypeAlias = tuple[int, int, str]  # the offsets of the start and the end, and the new text


@frozen
class Fixed:
    """What was written: a line for each fix, its place and what it did; and one for each file that was left alone."""

    done: tuple[str, ...]
    left: tuple[str, ...]


def apply_fixes(root: str, tree: Tree, found: Iterable[Diagnostic]) -> Fixed:
    """Writes the fixes into the files below `root`: all of a file that do not overlap, or none of it.

    Fixes that overlap one before them are left for the next run. What one file refuses changes nothing for the others.
    """
    by_path: dict[str, list[Fix]] = {}
    for finding in found:
        if finding.fix and finding.fix not in by_path.setdefault(finding.span.path, []):
            by_path[finding.span.path].append(finding.fix)
    done, left = list[str](), list[str]()
    for path, fixes in sorted(by_path.items()):
        try:
            applied = _apply(root, tree, path, fixes)
        except Error as error:
            left.append(f"{path}: {error.message}")
        else:
            done += [f"{fix.edits[0].span}: {fix.title}" for fix in applied]
    return Fixed(tuple(done), tuple(left))


def _apply(root: str, tree: Tree, path: str, fixes: Iterable[Fix]) -> list[Fix]:
    """Writes one file, and returns the fixes that it has now. Raises Error where it cannot be written as a whole."""
    raw = tree.read(path) or b""
    edited, applied = edited_text(raw.decode("utf-8"), fixes)
    if parse(path, edited.encode()).problems and not parse(path, raw).problems:
        raise Error("with its fixes it would not be read any more, so it is left as it is: edit it by hand")
    check_place(root, path)
    write(root, {path: edited.encode()})
    return applied


def edited_text(text: str, fixes: Iterable[Fix]) -> tuple[str, list[Fix]]:
    """The text with the fixes made, and the fixes that were made: an overlap with an earlier one is left out."""
    bom, text = text[: text.startswith("\ufeff")], text.removeprefix("\ufeff")
    lines = lines_of(text)
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line))
    applied: list[Fix] = []
    edits: list[_Edit] = []
    for fix in fixes:
        new = [_offsets(edit, starts) for edit in fix.edits]
        if not any(_overlap(edit, other) for edit in new for other in edits):
            applied.append(fix)
            edits += new
    for start, end, written in sorted(edits, reverse=True):
        text = text[:start] + written + text[end:]
    return bom + text, applied


def _overlap(edit: _Edit, other: _Edit) -> bool:
    return (edit[0] < other[1] and other[0] < edit[1]) or edit[:2] == other[:2]


def _offsets(edit: Replacement, starts: list[int]) -> _Edit:
    span = edit.span
    return starts[span.line - 1] + span.column - 1, starts[span.end_line - 1] + span.end_column - 1, edit.text
