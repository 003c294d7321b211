"""Document × JSON Schema → diagnostics at the place of each fault.

jsonschema-rs, where it is installed, answers "valid" quickly; whatever it does not call valid is explained by
jsonschema, so there is one source of messages.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from functools import cache
from itertools import islice
from typing import Any

from mlops_gitops.core.calendar_days import calendar_fault
from mlops_gitops.core.diagnostics import Diagnostic
from mlops_gitops.documents import schema_files
from mlops_gitops.documents.document import MAX_FAULTS, Document, Route
from mlops_gitops.documents.kind import WrongValue
from mlops_gitops.documents.schema_messages import (
    MERGE,
    Violation,
    explain,
    merge_key,
    misformed,
    shown,
    unknown_key,
)

RULE = "schema"
# What a schema asks of the keys of a mapping.
_OF_KEYS = {"additionalProperties", "required", "anyOf", "oneOf", "dependentRequired", "minProperties"}


@cache
def schema(name: str) -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of one kind of file, such as `release`."""
    # Not by importlib.resources: its imports would be a tenth of the time a small run takes.
    with open(os.path.join(schema_files.folder(), f"{name}.json"), encoding="utf-8") as file:
        loaded: dict[str, Any] = json.load(file)
    return loaded


def check(document: Document, name: str) -> tuple[Diagnostic, ...]:
    """What is wrong with a parsed document by the schema `name`; empty when nothing is."""
    if document.problems:
        return document.problems
    if _fast(name) is not None and _fast(name).is_valid(document.data):
        return ()
    validator = reference_validator(name)
    every = (found for error in _errors(validator, document.data) for found in _diagnostics(document, validator, error))
    found = list(islice(every, MAX_FAULTS))
    if not found and _fast(name) is not None:
        return (document.problem(RULE, "the two schema validators disagree about this file: please report it"),)
    if len(found) == MAX_FAULTS:
        found.append(document.problem(RULE, f"has more faults than the {MAX_FAULTS} shown: fix these first"))
    return tuple(dict.fromkeys(found))


def record_fault(document: Document, error: ValueError) -> tuple[Diagnostic, ...]:
    """What keeps a document that is valid by its schema from being a record, at the days that no calendar has."""
    days = tuple(
        document.problem(RULE, f"{_dotted(route)}: there is no {text}: {fault}", route, help="correct the day")
        for route, text in _texts(document.data)
        if (fault := calendar_fault(text))
    )
    route = error.route if isinstance(error, WrongValue) else ()
    return days[:MAX_FAULTS] or (document.problem(RULE, str(error), route),)


def _texts(data: Any) -> Iterator[tuple[Route, str]]:
    pending: list[tuple[Route, Any]] = [((), data)]
    while pending:
        route, value = pending.pop()
        if isinstance(value, str):
            yield route, value
        elif isinstance(value, dict | list):
            items = value.items() if isinstance(value, dict) else enumerate(value)
            pending += [((*route, step), item) for step, item in items]


@cache
def _fast(name: str) -> Any:
    try:
        import jsonschema_rs
    except ImportError:
        return None
    return jsonschema_rs.validator_for(schema(name), validate_formats=False)


@cache
def reference_validator(name: str) -> Any:
    """The validator of a schema that says what is wrong and where; the fast one must accept what it accepts."""
    from jsonschema import Draft202012Validator, ValidationError, validators

    def pattern(validator: Any, wanted: str, value: Any, _: Any) -> Iterator[ValidationError]:
        # `$` means the very end in JSON Schema (ECMA-262); Python's also matches before a last newline.
        if validator.is_type(value, "string") and not re.search(wanted.replace("$", r"\Z"), value):
            yield ValidationError(f"{value!r} does not match {wanted!r}")

    extended: Any = validators
    return extended.extend(Draft202012Validator, {"pattern": pattern})(schema(name))


def _errors(validator: Any, data: Any) -> Iterator[Any]:
    for error in validator.iter_errors(data):
        yield from _leaves(error)


def _leaves(error: Any) -> Iterator[Any]:
    if error.validator in ("if", "allOf", "$ref") and error.context:
        for inner in error.context:
            yield from _leaves(inner)
    else:
        yield error


def _diagnostics(document: Document, validator: Any, error: Any) -> Iterator[Diagnostic]:
    route: Route = tuple(error.absolute_path)
    where = _dotted(route)
    merges = error.validator in _OF_KEYS and isinstance(error.instance, dict) and MERGE in error.instance
    if merges:  # what the mapping lacks may be in the one that is merged
        message, help = merge_key(error.instance, where)
        yield document.problem(RULE, _one_line(message), (*route, MERGE), key=True, help=_one_line(help))
    if error.validator == "additionalProperties":
        yield from _unknown_keys(document, error, route, where)
    elif "propertyNames" in error.absolute_schema_path:
        fault = misformed(str(error.validator_value))
        message = f"the name {shown(error.instance)} in {where} {fault}"
        yield document.problem(RULE, _one_line(message), (*route, error.instance), key=True)
    elif error.validator == "uniqueItems":
        yield from _repeated(document, error, route)
    elif not merges:
        yield _violation(document, validator, error, route, where)


def _unknown_keys(document: Document, error: Any, route: Route, where: str) -> Iterator[Diagnostic]:
    known = list(error.schema.get("properties", {}))
    for key in (key for key in error.instance if key not in known and key != MERGE):
        message, help = unknown_key(key, known, where)
        yield document.problem(RULE, _one_line(message), (*route, key), key=True, help=help)


def _repeated(document: Document, error: Any, route: Route) -> Iterator[Diagnostic]:
    """A finding at each item that is equal to one before it."""
    for n, item in enumerate(error.instance):
        if item in error.instance[:n]:
            message = f"{shown(item)} is in {_dotted(route)} already"
            yield document.problem(RULE, _one_line(message), (*route, n), help="remove it")


def _violation(document: Document, validator: Any, error: Any, route: Route, where: str) -> Diagnostic:
    written = document.source_text(route)
    message, help = explain(Violation(error, where, written))
    fix = None
    if _is_text_without_quotes(validator, error, written):
        quoted = f'"{written}"'
        help = f"put it in quotes: {quoted}"
        fix = document.rewrite_fix(route, quoted, f"put {written} in quotes")
    return document.problem(RULE, _one_line(message), route, help=_one_line(help), fix=fix)


def _is_text_without_quotes(validator: Any, error: Any, written: str) -> bool:
    """Whether a value must be text, was read as a number or as true or false, and is right once it has quotes.

    They hold what the file says: as read, 1.10 is 1.1.
    """
    plain = isinstance(error.instance, int | float) and re.fullmatch(r"[0-9A-Za-z.+-]+", written)
    if error.validator != "type" or "string" not in error.validator_value or not plain:
        return False
    return bool(validator.evolve(schema=error.schema).is_valid(written))


def _dotted(route: Route) -> str:
    return ".".join(map(str, route))


def _one_line(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 300 else line[:297] + "…"
