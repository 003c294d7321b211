"""Safe mends, applied: text is spliced at its place, so a one-field mend is a one-line diff."""

from __future__ import annotations

from collections.abc import Iterable

from mlops_gitops.core.diagnostics import Diagnostic, Fix, Replacement, lines_of
from mlops_gitops.core.errors import Error
from mlops_gitops.documents.document import parse
from mlops_gitops.documents.tree import Tree
from mlops_gitops.runtime.write_files import check_place, write


def apply_fixes(root: str, tree: Tree, found: Iterable[Diagnostic]) -> list[str]:
    """Writes every fix into the files below `root`, and returns a line for each: its place and what it did.

    Fixes that overlap one before them are left for the next run. Raises Error when a file cannot be written.
    """
    by_path: dict[str, list[Fix]] = {}
    for its in found:
        if its.fix and its.fix not in by_path.setdefault(its.span.path, []):
            by_path[its.span.path].append(its.fix)
    done = []
    for path, fixes in sorted(by_path.items()):
        raw = tree.read(path) or b""
        mended, taken = edited_text(raw.decode("utf-8"), fixes)
        if parse(path, mended.encode()).problems and not parse(path, raw).problems:
            raise Error(f"mending {path} would have broken it, so nothing of it was written: please report this")
        check_place(root, path)
        write(root, {path: mended.encode()})
        done += [f"{fix.edits[0].span}: {fix.title}" for fix in taken]
    return done


def edited_text(text: str, fixes: Iterable[Fix]) -> tuple[str, list[Fix]]:
    """The text with the fixes made, and those that were: one that overlaps another before it is not."""
    bom, text = text[: text.startswith("\ufeff")], text.removeprefix("\ufeff")
    lines = lines_of(text)
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line))
    taken: list[Fix] = []
    edits: list[tuple[int, int, str]] = []
    for fix in fixes:
        its = [_offsets(edit, starts) for edit in fix.edits]
        if not any((one[0] < other[1] and other[0] < one[1]) or one[:2] == other[:2] for one in its for other in edits):
            taken.append(fix)
            edits += its
    for start, end, new in sorted(edits, reverse=True):
        text = text[:start] + new + text[end:]
    return bom + text, taken


def _offsets(edit: Replacement, starts: list[int]) -> tuple[int, int, str]:
    span = edit.span
    return starts[span.line - 1] + span.column - 1, starts[span.end_line - 1] + span.end_column - 1, edit.text
