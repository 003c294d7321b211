"""The table of ratios that a benchmark prints."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from measuring import Case


@dataclass(frozen=True)
class Line:
    """One line of the table."""

    what: str
    ours: str
    theirs: str
    ratio: str
    busy: str
    target: str
    hit: bool


def less(what: str, ours: Case, theirs: Case, most: float, target: str, *, times_less: bool = False) -> Line:
    """A line on a ratio of medians; `most` is the largest share of their time that hits the target."""
    share = ours.median / theirs.median
    shown, busy = (
        f"{1 / ratio:.1f}× less" if times_less else f"{ratio:.2f}×"
        for ratio in (share, ours.processor / theirs.processor)
    )
    times = [f"{case.median * 1000:.0f} ms" for case in (ours, theirs)]
    return Line(what, *times, shown, busy, target, share <= most)


def table(lines: list[Line]) -> str:
    """The lines as Markdown."""
    head = ["what: compared with", "ours", "theirs", "ratio", "of processor time", "target", ""]
    rows = [
        [line.what, line.ours, line.theirs, line.ratio, line.busy, line.target, "hit" if line.hit else "missed"]
        for line in lines
    ]
    return markdown([head, *rows])


def markdown(rows: Sequence[Sequence[str]]) -> str:
    """Rows of cells as a table of Markdown, the first as its head."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    shown = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |" for row in rows
    ]
    return "\n".join([shown[0], "|" + "|".join("-" * (width + 2) for width in widths) + "|", *shown[1:]])
