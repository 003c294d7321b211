"""Text to Document: YAML, JSON or Markdown front matter.

YAML is read as the 1.2 core schema has it (`no` is a string, there are no tags, dates or merge keys), by one pass over
libyaml's events, so nesting and aliases are bounded before anything is built.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from sys import intern
from typing import Any, NoReturn

import yaml

from mlops_gitops.core.diagnostics import BREAK, Diagnostic, Severity, Span
from mlops_gitops.core.frozen import replace
from mlops_gitops.core.git_lfs import is_pointer
from mlops_gitops.documents import front_matter
from mlops_gitops.documents.document import MAX_FAULTS, Document, span_between, within
from mlops_gitops.documents.tree import Kept, Tree, Unreadable
from mlops_gitops.documents.yaml_reader import MAX_DEPTH, MAX_INTEGER, Builder, Placer, Stop, require_bounded

_SMALL = 100_000  # bytes of a file that is kept parsed
# So many characters of text, of small files alone: a document takes several times what its text does.
_kept: Kept[Document] = Kept(2_000_000, lambda document: len(document.text))


def load(tree: Tree, path: str) -> Document | None:
    """Reads and parses the file at `path` by its ending; None without a file. Never raises: see `problems`."""
    identity = tree.identity(path)
    if identity is not None and (kept := _kept.get((path, identity))) is not None:
        return kept
    try:
        raw = tree.read(path)
    except Unreadable as error:
        return _broken(path, "", "unreadable", f"{path} {error}")
    if raw is None:
        return None
    document = parse(path, raw)
    return _kept.add((path, identity), document) if identity and len(raw) <= _SMALL else document


def parse(path: str, raw: bytes) -> Document:
    """Parses bytes as what the ending of `path` says: .md front matter, .json, else YAML."""
    if is_pointer(raw):
        return _broken(path, "", "unreadable", f"is a Git LFS pointer: keep {path} in Git itself")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line, column = _place(raw[: error.start].decode("utf-8").removeprefix("\ufeff"))
        message = f"is not UTF-8: byte 0x{raw[error.start]:02x}"
        return _broken(path, "", "unreadable", message, line=line, column=column, help="save the file as UTF-8")
    readers: dict[str, Callable[[str, str], Document]] = {"md": _markdown, "json": _json}
    document = readers.get(path.rsplit(".", 1)[-1], _yaml)(path, text.removeprefix("\ufeff"))
    return replace(document, bom=True) if text.startswith("\ufeff") else document


def _broken(
    path: str, text: str, rule: str, message: str, *, line: int = 1, column: int = 1, help: str = "",
    related: tuple[Span, ...] = (),
) -> Document:  # fmt: skip
    span = Span(path, line, column, line, column + 1)
    span = within(span, text) if text and not text.endswith("\n") else span
    return Document(path, text, problems=(Diagnostic(rule, Severity.ERROR, message, span, help, related),))


def _markdown(path: str, text: str) -> Document:
    match = front_matter.find(text)
    if not match:
        at = front_matter.start(text)
        line, column = _place(text[: at or 0])
        opened, none = "front matter is opened with --- and never closed", "no front matter between --- lines"
        return _broken(path, text, "syntax", none if at is None else opened, line=line, column=column)
    line, _ = _place(text[: match.start("yaml")])
    return _build(path, text, match["yaml"], body=text[match.end() :], offset=line - 1)


def _yaml(path: str, text: str) -> Document:
    return _build(path, text, text)


def _json(path: str, text: str) -> Document:
    try:
        data = json.loads(text, object_pairs_hook=_pairs, parse_constant=_constant)
        _require_sound(data)
        json.dumps(data, ensure_ascii=False).encode()
    except json.JSONDecodeError as error:
        line, column = _place(text[: error.pos])
        return _broken(path, text, "syntax", f"not JSON: {error.msg}", line=line, column=column)
    except (ValueError, RecursionError) as error:
        reason = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
        return _broken(path, text, "syntax", f"not JSON we accept: {reason}")
    # JSON is nearly always YAML too: its data comes from json, its places from there, as far as YAML goes along.
    return Document(path, text, data, source=text)


def _pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
    value: dict[str, Any] = {}
    for key, item in items:
        if key in value:
            raise ValueError(f"the key {key!r} appears twice")
        value[intern(key)] = item
    return value


def _constant(word: str) -> NoReturn:
    raise ValueError(f"{word} is not JSON")


def _require_sound(value: Any, depth: int = 0) -> None:
    if depth > MAX_DEPTH:
        raise ValueError(f"it is nested more than {MAX_DEPTH} levels deep")
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError("it holds a number that is not finite")
    if isinstance(value, int) and abs(value) > MAX_INTEGER:
        raise ValueError(f"whole numbers beyond {MAX_INTEGER} are not exact")
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        _require_sound(item, depth + 1)


def _build(path: str, text: str, source: str, *, body: str = "", offset: int = 0) -> Document:
    try:
        builder = Builder(source)
        data = builder.document()
        if builder.anchors:
            require_bounded(data)
    except Stop as stop:
        line, column = stop.mark.line + 1 + offset, stop.mark.column + 1
        return _broken(path, text, "syntax", stop.message, line=line, column=column, help=stop.help)
    except yaml.MarkedYAMLError as error:
        return _faulty(path, text, source, offset, error)
    except yaml.reader.ReaderError as error:
        line, column = _place(source.encode()[: error.position].decode(errors="replace"))
        help = 'remove it, or write it as an escape in double quotes, such as "\\x07"'
        return _broken(path, text, "syntax", f"not YAML: {error.reason}", line=line + offset, column=column, help=help)
    except (yaml.YAMLError, ValueError) as error:
        return _broken(path, text, "syntax", f"not YAML: {str(error).splitlines()[0]}")
    repeats = _repeats(path, source, offset) if builder.repeated else ()
    return Document(path, text, None if repeats else data, body, repeats, source, offset)


def _faulty(path: str, text: str, source: str, offset: int, error: yaml.MarkedYAMLError) -> Document:
    from mlops_gitops.core.yaml_faults import explain  # most files have no fault

    fault = explain(source, error)
    line, column = _place(source[: fault.index])
    related: tuple[Span, ...] = ()
    if fault.related is not None:
        other = _place(source[: fault.related])
        related = (Span(path, other[0] + offset, other[1], other[0] + offset, other[1] + 1),)
    place = {"line": line + offset, "column": column}
    return _broken(path, text, "syntax", f"not YAML: {fault.message}", **place, help=fault.help, related=related)


def _repeats(path: str, source: str, offset: int) -> tuple[Diagnostic, ...]:
    placer = Placer(source)
    placer.root()
    return tuple(
        Diagnostic("duplicate-key", Severity.ERROR, f"the key {key!r} appears twice in one mapping",
                   span_between(path, event.start_mark, event.end_mark, offset), "keep one of them",
                   (span_between(path, first[0], first[1], offset),))
        for key, event, first in placer.repeats[:MAX_FAULTS]
    )  # fmt: skip


def _place(before: str) -> tuple[int, int]:
    """Line and column of what follows this much of a text, its lines as YAML has them."""
    lines = BREAK.split(before)
    return len(lines), len(lines[-1]) + 1
