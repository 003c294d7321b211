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

from mlops_gitops.core.diagnostics import Diagnostic, Fix
from mlops_gitops.documents import schema_files
from mlops_gitops.documents.document import MAX_FAULTS, Document, Route
from mlops_gitops.documents.schema_messages import explain, misformed, shown, unknown_key

RULE = "schema"


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
    where = ".".join(str(step) for step in route)
    if error.validator == "additionalProperties":
        known = list(error.schema.get("properties", {}))
        for key in (key for key in error.instance if key not in known):
            message, help = unknown_key(key, known, where)
            yield document.problem(RULE, _one_line(message), (*route, key), key=True, help=help)
    elif "propertyNames" in error.absolute_schema_path:
        fault = misformed(str(error.validator_value))
        message = f"the name {shown(error.instance)} in {where} {fault}"
        yield document.problem(RULE, _one_line(message), (*route, error.instance), key=True)
    else:
        message, help = explain(error, where)
        fix = _quotes(document, validator, error, route)
        if fix:
            help = f"put it in quotes: {fix.edits[0].text}"
        yield document.problem(RULE, _one_line(message), route, help=_one_line(help), fix=fix)


def _quotes(document: Document, validator: Any, error: Any, route: Route) -> Fix | None:
    """Quotes around a value that must be text and was read as a number, or as true or false.

    They hold what the file says: as read, 1.10 is 1.1. None where the value would be wrong in quotes too.
    """
    written = document.source_text(route)
    plain = isinstance(error.instance, int | float) and bool(re.fullmatch(r"[0-9A-Za-z.+-]+", written))
    if error.validator != "type" or "string" not in error.validator_value or not plain:
        return None
    if not validator.evolve(schema=error.schema).is_valid(written):
        return None
    return document.rewrite_fix(route, f'"{written}"', f"put {written} in quotes")


def _one_line(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 300 else line[:297] + "…"
