"""The values of a card's front matter that the Hugging Face Hub gives a meaning to, and what is wrong with them.

What the Hub takes is described in its modelcard.md and docs/hub/model-cards.md (huggingface/hub-docs).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from mlops_gitops.cards import hub_lists, hub_names
from mlops_gitops.core.diagnostics import Diagnostic, Fix, Replacement, Severity
from mlops_gitops.core.text import clipped
from mlops_gitops.core.yaml_versions import other_reading
from mlops_gitops.documents.document import Document, Route

ID = "hub-metadata"
_RELATIONS = {"adapter": "", "finetune": "fine-tune", "merge": "", "quantized": ""}
# The keys that the Hub reads; those of gated models begin with extra_gated_.
_KEYS = (
    "language", "language_bcp47", "license", "license_name", "license_link", "library_name", "tags", "datasets",
    "buckets", "metrics", "base_model", "base_model_relation", "new_version", "pipeline_tag", "thumbnail", "widget",
    "inference", "co2_eq_emissions", "model-index", "mlops",
)  # fmt: skip
_HUB_ID = re.compile(r"(?!.*(--|\.\.))[A-Za-z0-9_][A-Za-z0-9._-]*(/[A-Za-z0-9_][A-Za-z0-9._-]*)?(?<![.-])")
_HUB_ADDRESS = re.compile(r"https?://(?:www\.)?(?:huggingface\.co|hf\.co)/(?:datasets/)?(?P<id>[^/\s?#]+/[^/\s?#]+)/?")
_ID_LENGTH = 96  # characters, of the last part
_NEAR = 0.85  # of the letters of a key


def warning(
    document: Document, message: str, route: Route, help: str = "", *, key: bool = False, fix: Fix | None = None
) -> Diagnostic:
    """A finding about one value."""
    return document.problem(ID, message, route, key=key, severity=Severity.WARNING, help=help, fix=fix)


def respelled(document: Document, route: Route, name: str) -> Fix | None:
    """The fix that writes a name as the Hub has it; None where the value is not alone in its line."""
    written = document.source_text(route)
    if not written:
        return None
    return document.rewrite_fix(route, f'"{name}"' if other_reading(name) else name, f"write {name} for {written}")


def texts(document: Document, key: str) -> Iterator[tuple[Route, str]]:
    """The texts a key holds, be it one or a list."""
    value: Any = document.data.get(key)
    if isinstance(value, str) and value.strip():
        yield (key,), value
    for n, item in enumerate(value if isinstance(value, list) else ()):
        if isinstance(item, str):
            yield (key, n), item


def misspelt_keys(document: Document) -> Iterator[tuple[str, Diagnostic]]:
    """The key that was meant, and a finding, for each key that is nearly one that the Hub reads."""
    known = dict.fromkeys(_KEYS, "")
    for key in document.data:
        if key in known or key.startswith("extra_gated_"):
            continue
        same = hub_names.meant(key.replace("licence", "license").replace("Licence", "License"), known)
        near = same or hub_names.nearest(key, known, _NEAR)
        if near:
            free = same and near not in document.data and not document.is_shared((key,))
            edit = Replacement(document.span((key,), key=True), near)
            fix = Fix(f"write {near} for {key}", (edit,)) if free else None
            message = f"the Hub does not read the key {key!r}"
            yield near, warning(document, message, (key,), f"did you mean {near!r}?", key=True, fix=fix)


def languages(document: Document) -> Iterator[Diagnostic]:
    """A finding for each language that is not a code of ISO 639."""
    for route, language in texts(document, "language"):
        if hub_names.is_language(language):
            continue
        meant = hub_names.meant_language(language)
        near = meant or hub_names.country_language(language)
        help = f"did you mean {near!r}?" if near else "such as en, de or zh"
        if "," in language:
            help = "write several languages as a list, such as [en, de]"
        fix = respelled(document, route, meant) if meant else None
        yield warning(
            document, f"{clipped(repr(language), 80)} is not a language code of ISO 639", route, help, fix=fix
        )


def unknown_name(
    document: Document, route: Route, noun: str, name: str, known: Mapping[str, str], otherwise: str = ""
) -> Diagnostic:
    """The finding for a name that none of the Hub's lists has."""
    meant = hub_names.meant(name, known)
    near = meant or hub_names.nearest(name, known, 0.8)
    help = f"did you mean {near!r}?" if near else otherwise
    fix = respelled(document, route, meant) if meant else None
    return warning(document, f"the Hub knows no {noun} {clipped(repr(name), 80)}", route, help, fix=fix)


def task_and_library(document: Document) -> Iterator[Diagnostic]:
    """Findings for `pipeline_tag`, `library_name` and `base_model_relation`."""
    for task in _unknown(document, "pipeline_tag", hub_lists.tasks()):
        larger = hub_lists.subtasks().get(task, "")
        if larger:
            message = f"the Hub knows no task {task!r}: it is a part of {larger}"
            yield warning(document, message, ("pipeline_tag",), f"write {larger}")
        else:
            yield unknown_name(document, ("pipeline_tag",), "task", task, hub_lists.tasks())
    for library in _unknown(document, "library_name", hub_lists.libraries()):
        help = "name it under tags, where the Hub does not know the library"
        yield unknown_name(document, ("library_name",), "library", library, hub_lists.libraries(), help)
    for relation in _unknown(document, "base_model_relation", _RELATIONS):
        route, help = ("base_model_relation",), f"one of {', '.join(_RELATIONS)}"
        yield unknown_name(document, route, "relation to a base model", relation, _RELATIONS, help)


def _unknown(document: Document, key: str, known: Mapping[str, str]) -> Iterator[str]:
    """The text of a key, where it is not known."""
    value = document.data.get(key)
    if isinstance(value, int | float):
        value = document.source_text((key,))
    if isinstance(value, str) and value and value not in known:
        yield value


def ids(document: Document) -> Iterator[Diagnostic]:
    """A finding for each name of a model or data set that cannot be one on the Hub."""
    for key, noun in (("base_model", "model"), ("new_version", "model"), ("datasets", "data set")):
        found = [*texts(document, key)]
        if isinstance(document.data.get(key), int | float):
            found = [((key,), document.source_text((key,)))]
        for route, name in found:
            if not _is_id(name, both=key == "new_version"):
                yield _no_id(document, route, noun, name)


def _is_id(name: str, *, both: bool) -> bool:
    owner, slash, rest = name.rpartition("/")
    fits = _HUB_ID.fullmatch(name) is not None and len(rest) <= _ID_LENGTH
    return fits and (bool(slash and owner) or not both)


def _no_id(document: Document, route: Route, noun: str, name: str) -> Diagnostic:
    address = _HUB_ADDRESS.fullmatch(name.strip())
    meant = address["id"] if address and _is_id(address["id"], both=True) else ""
    message = f"{'.'.join(map(str, route))}: {clipped(repr(name), 80)} is not the id of a {noun} on the Hub"
    help = f"write {meant}" if meant else "write it as owner/name"
    return warning(document, message, route, help, fix=respelled(document, route, meant) if meant else None)


def emissions(document: Document) -> Iterator[Diagnostic]:
    """A finding where `co2_eq_emissions` does not say how much."""
    value = document.data.get("co2_eq_emissions")
    route: Route = ("co2_eq_emissions",)
    if isinstance(value, dict):
        if "emissions" not in value:
            message = "co2_eq_emissions does not say how much was emitted"
            yield warning(document, message, route, "add emissions: the grams of CO2, a number")
            return
        value, route = value["emissions"], (*route, "emissions")
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if "co2_eq_emissions" in document.data and not is_number and (value is not None or len(route) > 1):
        written = document.source_text(route) or "blank"
        message = f"{'.'.join(map(str, route))} is not a number: {clipped(written, 80)}"
        yield warning(document, message, route, "write the grams of CO2, a number without a unit")


def results(document: Document) -> Iterator[Diagnostic]:
    """Findings for the tasks and the sources of `model-index`."""
    for route, result in _results(document.data.get("model-index")):
        task = result.get("task")
        name = task.get("type") if isinstance(task, dict) else None
        if isinstance(name, str):
            yield from _task_of_result(document, (*route, "task", "type"), name)
        source = result.get("source")
        if isinstance(source, dict) and not source.get("url"):
            message = f"{'.'.join(map(str, route))}.source has no url"
            yield warning(
                document, message, (*route, "source"), "add url: the address of the results, or leave out source"
            )


def _results(index: Any) -> Iterator[tuple[Route, dict[str, Any]]]:
    for n, model in enumerate(index if isinstance(index, list) else ()):
        listed = model.get("results") if isinstance(model, dict) else None
        for m, result in enumerate(listed if isinstance(listed, list) else ()):
            if isinstance(result, dict):
                yield ("model-index", n, "results", m), result


def _task_of_result(document: Document, route: Route, name: str) -> Iterator[Diagnostic]:
    """Leaderboards have tasks of their own: only what is nearly one of the Hub's is misspelt."""
    known = {**dict.fromkeys(hub_lists.subtasks(), ""), **hub_lists.tasks()}
    if name not in known and (hub_names.meant(name, known) or hub_names.nearest(name, known, 0.9)):
        yield unknown_name(document, route, "task", name, known)
