"""One document of a stream, and one scalar in it; or why it is not the only one that it could be."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from collections.abc import Mapping as Fields

from mlops_gitops.documents.foreign.compose import TEMPLATE_HELP, TEMPLATES
from mlops_gitops.documents.foreign.field_path import Element, Step, parse_field_path
from mlops_gitops.documents.foreign.nodes import Alias, EditRefusal, Mapping, Node, Scalar, Sequence, Stream

# How a document is selected → where that is written in it.
SELECTORS = {"apiVersion": ("apiVersion",), "kind": ("kind",), "name": ("metadata", "name"),
             "namespace": ("metadata", "namespace")}  # fmt: skip


def select(stream: Stream, wanted: Fields[str, str]) -> Node:
    """The one document with these fields; without any, the one there is. Raises EditRefusal."""
    found = [document for document in stream.documents if all(_has(document, *item) for item in wanted.items())]
    if len(found) == 1:
        return found[0]
    described = ", ".join(f"{key}: {value}" for key, value in wanted.items())
    if not stream.documents:
        raise EditRefusal(f"{stream.path} is empty")
    if not wanted:
        help = "select one of them: select: {kind: …, name: …}"
        raise EditRefusal(f"{stream.path} holds {len(found)} documents", line=found[1].place.line, help=help)
    if not found:
        raise EditRefusal(f"{stream.path} holds no document with {described}", help=f"it has {_listed(stream)}")
    help = "add a key to select:, such as namespace or apiVersion"
    raise EditRefusal(
        f"{stream.path} holds {len(found)} documents with {described}", line=found[1].place.line, help=help
    )


def _has(document: Node, selector: str, value: str) -> bool:
    return _selected(document, selector) == value


def _selected(document: Node, selector: str) -> str | None:
    """What a document has where a selector looks; None where no scalar is there."""
    node: Node | None = document
    for key in SELECTORS[selector]:
        node = next(iter(_values(node, key)), None) if isinstance(node, Mapping) else None
    return node.value if isinstance(node, Scalar) else None


def _listed(stream: Stream) -> str:
    named = [
        " ".join("?" if (held := _selected(document, key)) is None else held for key in ("kind", "name"))
        for document in stream.documents[:5]
    ]
    return ", ".join(named) + (" and others" if len(stream.documents) > 5 else "")


def find(stream: Stream, wanted: Fields[str, str], path: str) -> Scalar:
    """The scalar at a field path of the selected document, written there alone and used nowhere else.

    Raises EditRefusal, which names what is in the way.
    """
    try:
        steps = parse_field_path(path)
    except ValueError as error:
        raise EditRefusal(f"the field path {path!r} is wrong: {error}") from error
    node = select(stream, wanted)
    for number, step in enumerate(steps):
        _require_own(stream, node, steps[:number])
        node = _step(stream, node, step, steps[: number + 1])
    _require_own(stream, node, steps)
    if not isinstance(node, Scalar):
        held = "a list" if isinstance(node, Sequence) else "a mapping"
        if _is_template(stream.text[node.place.start : node.place.end]):
            raise _template(stream, node, path)
        raise EditRefusal(f"{stream.path}: {path} is {held}, and not one value", line=node.place.line)
    _require_plain(stream, node, path)
    return node


def _step(stream: Stream, node: Node, step: Step, so_far: Iterable[Step]) -> Node:
    where = dotted(so_far)
    line = node.place.line
    if isinstance(node, Sequence):
        if not isinstance(step, Element):
            help = "name the element by a field of it, such as [name=churn]"
            raise EditRefusal(f"{stream.path}: {where} asks for a key of a list", line=line, help=help)
        found: list[Node] = [item for item in node.items if isinstance(item, Mapping) and _is_element(item, step)]
        what = "element"
    elif isinstance(node, Mapping):
        if isinstance(step, Element):
            raise EditRefusal(f"{stream.path}: {where} asks for a list element of a mapping", line=line)
        found, what = list(_values(node, step)), "key"
    else:
        raise EditRefusal(f"{stream.path}: {where} is not there: what is above it is one value", line=line)
    if len(found) == 1:
        return found[0]
    if found:
        raise EditRefusal(f"{stream.path}: {where} is there {len(found)} times", line=found[1].place.line)
    if isinstance(node, Mapping) and list(_values(node, "<<")):
        help = "write the value in the mapping itself"
        raise EditRefusal(f"{stream.path}: {where} can only come through a merge key (<<)", line=line, help=help)
    raise EditRefusal(f"{stream.path}: there is no {what} {where}", line=line, help=_keys(node))


def _keys(node: Mapping | Sequence) -> str:
    if isinstance(node, Sequence):
        return f"the list has {len(node.items)} elements"
    names = [key.value for key, _ in node.items if isinstance(key, Scalar)]
    return f"there are {', '.join(names[:12])}" if names else ""


def _values(node: Mapping, key: str) -> Iterator[Node]:
    return (value for found, value in node.items if isinstance(found, Scalar) and found.value == key)


def _is_element(item: Mapping, element: Element) -> bool:
    return any(isinstance(value, Scalar) and value.value == element.value for value in _values(item, element.key))


def _require_own(stream: Stream, node: Node, so_far: Iterable[Step]) -> None:
    """Refuses what is written in one place and used in others."""
    where = dotted(so_far) or "the document"
    if isinstance(node, Alias):
        message = f"{stream.path}: {where} is the alias *{node.anchor}, whose value is shared"
        raise EditRefusal(message, line=node.place.line, help="write the value there itself")
    if node.anchor is not None and node.anchor in stream.aliased:
        message = f"{stream.path}: {where} has the anchor &{node.anchor}, and aliases use the same value elsewhere"
        raise EditRefusal(message, line=node.place.line, help="write the value there without the anchor")


def _require_plain(stream: Stream, node: Scalar, path: str) -> None:
    line, where = node.place.line, f"{stream.path}: {path}"
    if node.tag is not None:
        raise EditRefusal(f"{where} has the tag {node.tag}: what it means is for another tool to say", line=line)
    if node.style in ("|", ">"):
        help = "write it on one line"
        raise EditRefusal(f"{where} is a block of text ({node.style})", line=line, help=help)
    if node.anchor is not None:
        raise EditRefusal(f"{where} has the anchor &{node.anchor}", line=line, help="remove it: nothing uses it")
    if _is_template(node.value):
        raise _template(stream, node, path)
    if "\n" in stream.text[node.place.start : node.place.end]:
        raise EditRefusal(f"{where} spans several lines", line=line, help="write it on one line")


def _is_template(text: str) -> bool:
    return any(opening in text for opening in TEMPLATES)


def _template(stream: Stream, node: Node, path: str) -> EditRefusal:
    return EditRefusal(f"{stream.path}: {path} is a template", line=node.place.line, help=TEMPLATE_HELP)


def dotted(steps: Iterable[Step]) -> str:
    """The steps as a field path."""
    return ".".join(step.replace(".", "\\.") if isinstance(step, str) else str(step) for step in steps)
