"""Parameter files as DVC reads them, and the values a stage ran with against those that are there now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mlops_gitops.documents.tree import Tree, Unreadable
from mlops_gitops.pipelines.merge_keys import load_as_dvc

GLOB = frozenset("*?[")
MISSING = object()
SHOWN = 40  # characters of a value
WORDS = {"True": "true", "False": "false", "None": "null"}


def read_parameters(tree: Tree, path: str) -> dict[str, Any] | str:
    """The values of a parameter file, or the words that say why they cannot be compared."""
    ending = path.rsplit(".", 1)[-1].lower()
    if ending == "py":
        return "Python, which is not run here"
    if ending == "toml":
        return _toml(tree, path)
    document = load_as_dvc(tree, path)
    if document is None:
        return "not in this tree"
    if document.problems:
        return document.problems[0].message
    return document.data if isinstance(document.data, dict) else "no mapping"


def _toml(tree: Tree, path: str) -> dict[str, Any] | str:
    import tomllib

    try:
        data = tree.read(path)
        return "not in this tree" if data is None else tomllib.loads(data.decode())
    except Unreadable as error:
        return error.message
    except (ValueError, RecursionError):
        return "not valid TOML"


def differences(
    ran: Mapping[str, Any], now: Mapping[str, Any], declared: tuple[str, ...] | None
) -> Iterator[tuple[str, str]]:
    """Each parameter that is not as it was, with the words that say how.

    `ran` are dvc.lock's values by dotted key; `declared` are the keys in dvc.yaml, None for the whole file.
    """
    if declared is None:
        for key in dict.fromkeys((*ran, *now)):
            yield from _difference(key, ran.get(key, MISSING), now.get(key, MISSING))
        return
    for key in declared:
        if not GLOB & set(key):
            yield from _difference(key, ran.get(key, MISSING), _at(now, key))


def _difference(key: str, before: Any, after: Any) -> Iterator[tuple[str, str]]:
    if before is MISSING and after is MISSING:
        return
    if after is MISSING:
        yield key, f"{key} is gone"
    elif before is MISSING:
        yield key, f"{key} is new"
    elif not _same(before, after):
        yield key, f"{key} was {_shown(before)} and is {_shown(after)}" if _plain(before, after) else f"{key} differs"


def _at(values: Any, key: str) -> Any:
    """The value at a dotted key, as DVC steps: by name into a mapping, by number into a list."""
    for step in key.split("."):
        if isinstance(values, dict) and step in values:
            values = values[step]
        elif isinstance(values, list) and step.isascii() and step.isdigit() and int(step) < len(values):
            values = values[int(step)]
        else:
            return MISSING
    return values


def _same(before: Any, after: Any) -> bool:
    if isinstance(before, dict) and isinstance(after, dict):
        return set(before) == set(after) and all(_same(before[key], after[key]) for key in before)
    if isinstance(before, list) and isinstance(after, list):
        return len(before) == len(after) and all(map(_same, before, after))
    return bool(before == after) or meant(before) == meant(after)


def meant(value: Any) -> Any:
    """A scalar as DVC's own parser has it: 1_000 and 0b11 are numbers."""
    if not isinstance(value, str) or not ("_" in value or value.startswith("0b")):
        return value
    for reader in (lambda text: int(text, 0), float):
        try:
            return reader(value.replace("_", ""))
        except ValueError:
            continue
    return value


def _plain(*values: Any) -> bool:
    return not any(isinstance(value, dict | list) for value in values)


def _shown(value: Any) -> str:
    text = WORDS[str(value)] if value is None or isinstance(value, bool) else str(value)
    return text if len(text) <= SHOWN and text.isprintable() else f"{text[:SHOWN]!r}…"
