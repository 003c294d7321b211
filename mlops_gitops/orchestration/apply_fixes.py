"""Applies safe fixes: text is spliced at its place, so the fix of one field is a one-line diff."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

from mlops_gitops.core.diagnostics import Diagnostic, Fix, Replacement, lines_of
from mlops_gitops.core.errors import Error
from mlops_gitops.documents.read_document import parse
from mlops_gitops.documents.tree import Tree
from mlops_gitops.runtime.write_files import check_place, write

_Edit: TypeAlias = tuple[int, int, str]  # the offsets of the start and the end, and the new text


def apply_fixes(root: str, tree: Tree, found: Iterable[Diagnostic]) -> list[str]:
    """Writes every fix into the files below `root`, and returns a line for each: its place and what it did.

    Fixes that overlap one before them are left for the next run. Raises Error when a file cannot be written.
    """
    by_path: dict[str, list[Fix]] = {}
    for finding in found:
        if finding.fix and finding.fix not in by_path.setdefault(finding.span.path, []):
            by_path[finding.span.path].append(finding.fix)
    done = []
    for path, fixes in sorted(by_path.items()):
        raw = tree.read(path) or b""
        edited, applied = edited_text(raw.decode("utf-8"), fixes)
        if parse(path, edited.encode()).problems and not parse(path, raw).problems:
            raise Error(f"fixing {path} would have broken it, so nothing of it was written: please report this")
        check_place(root, path)
        write(root, {path: edited.encode()})
        done += [f"{fix.edits[0].span}: {fix.title}" for fix in applied]
    return done


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
