"""A table in the columns of a terminal: cells wrap, and columns that still do not fit fold below their row."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from mlops_gitops.core.frozen import frozen
from mlops_gitops.core.table import Table
from mlops_gitops.core.text import cells, visible

NARROW = 20  # columns of a terminal below which no cell is wrapped
_LEAST = 40  # of a terminal that says it is narrower, or of none
_EMPTY = ("", "—")
_GAP, _INDENT = "  ", "    "

Row = Sequence[str]


@frozen
class DrawnTable:
    """The lines of a table: its head, the rule below it, and the rows, as many lines each as they need."""

    head: tuple[str, ...]
    rule: str
    rows: tuple[str, ...]


def draw_table(table: Table, width: int, mark: Callable[[str], str] = str) -> DrawnTable:
    """A table in at most `width` columns of a terminal; `mark` colours a cell.

    The first columns stay; those that find no room are written below each row as `name: cell`, where they hold
    anything. Where not all find room, an empty column is left out. Only a word that is longer than a
    line is broken.
    """
    names, *rows = _shown([[visible(cell) for cell in row] for row in (table.columns, *table.rows)], max(width, _LEAST))
    widths = _column_widths([names, *rows], max(width, _LEAST))
    folded = [_folded(names, row, len(widths), max(width, _LEAST)) for row in rows]
    lines = [line for row, more in zip(rows, folded, strict=True) for line in (*_lines(row, widths, mark), *more)]
    return DrawnTable(tuple(_lines(names, widths, str)), _GAP.join("─" * room for room in widths), tuple(lines))


def _shown(rows: list[list[str]], width: int) -> list[list[str]]:
    """All columns where they have room, else those that are not empty; the first row has their names."""
    columns = list(zip(*rows, strict=True))
    if _total([max(map(cells, column)) for column in columns]) <= width:
        return rows
    kept = [n for n, (_, *below) in enumerate(columns) if any(cell.strip() not in _EMPTY for cell in below)]
    return [[row[n] for n in kept] for row in rows] if kept else rows


def _column_widths(rows: Sequence[Row], width: int) -> list[int]:
    """The widths of the columns that have room, from the first on."""
    columns = list(zip(*rows, strict=True))
    natural = [max(map(cells, column)) for column in columns]
    if _total(natural) <= width:
        return natural
    words = [max(map(_longest_word, column)) for column in columns]
    least = [max(word, min(whole, NARROW)) for word, whole in zip(words, natural, strict=True)]
    shown = next((n for n in range(len(least), 1, -1) if _total(least[:n]) <= width), 1)
    widths = [min(room, width) for room in least[:shown]]
    spare = width - _total(widths)
    for place in sorted(range(shown), key=lambda n: natural[n] - widths[n]):  # what nearly fits comes to fit
        more = min(spare, natural[place] - widths[place])
        widths[place] += more
        spare -= more
    return widths


def _total(widths: Sequence[int]) -> int:
    return sum(widths) + len(_GAP) * (len(widths) - 1)


def _longest_word(cell: str) -> int:
    return max(map(cells, cell.split()), default=0)


def _lines(row: Row, widths: Sequence[int], mark: Callable[[str], str]) -> Iterator[str]:
    """The lines of a row in its columns."""
    wrapped = [wrap_cell(cell, room) for cell, room in zip(row, widths, strict=False)]
    for number in range(max(map(len, wrapped))):
        parts = [cell[number] if number < len(cell) else "" for cell in wrapped]
        padded = [mark(part) + " " * (room - cells(part)) for part, room in zip(parts, widths, strict=True)]
        yield _GAP.join(padded).rstrip()


def _folded(names: Row, row: Row, shown: int, width: int) -> list[str]:
    """The cells that found no room, below their row."""
    rest = zip(names[shown:], row[shown:], strict=True)
    found = [f"{name}: {cell.strip()}" if name else cell.strip() for name, cell in rest if cell.strip() not in _EMPTY]
    lines: list[str] = []
    for item in found:
        if lines and cells(lines[-1]) + 3 + cells(item) <= width:
            lines[-1] += f"   {item}"
        else:
            lines += [f"{_INDENT}{part}" for part in wrap_cell(item, width - len(_INDENT))]
    return lines


def wrap_cell(text: str, room: int) -> list[str]:
    """A text on lines of at most `room` columns, between words; each as far in as the first."""
    if cells(text) <= room:
        return [text]
    indent = text[: len(text) - len(text.lstrip())]
    found = [indent]
    for word in (part for long in text.split() for part in _pieces(long, room - len(indent))):
        if found[-1] != indent and cells(found[-1]) + 1 + cells(word) > room:
            found.append(indent)
        found[-1] += word if found[-1] == indent else f" {word}"
    return found


def _pieces(word: str, room: int) -> Iterator[str]:
    """A word, in pieces where it is longer than a line."""
    room = max(room, 1)
    piece = ""
    for char in word:
        if cells(piece) + cells(char) > room and piece:
            yield piece
            piece = ""
        piece += char
    yield piece
