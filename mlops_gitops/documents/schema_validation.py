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
from mlops_gitops.core.text import clipped
from mlops_gitops.documents import schema_files
from mlops_gitops.documents.document import MAX_FAULTS, Document, Route

RULE = "schema"
_FORMS = {  # how a pattern starts → its meaning in words
    r"^(0|[1-9][0-9]*)\.(0|[1-9]": "a version of three numbers, such as 1.4.0",
    r"^([^/\\.]": "a path inside the repository, without ./ and ..",
}
_CONTROL = r"[\x00-\x1f\x7f-\x9f]"
_TYPES = {
    "string": "text", "number": "a number", "integer": "a whole number", "object": "a mapping", "array": "a list",
    "boolean": "true or false", "null": "null",
}  # fmt: skip


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
    every = (found for error in _errors(name, document.data) for found in _diagnostics(document, error))
    found = list(islice(every, MAX_FAULTS))
    if not found and _fast(name) is not None:
        return (document.problem(RULE, "the two schema validators disagree about this file: please report it"),)
    if len(found) == MAX_FAULTS:
        found.append(document.problem(RULE, f"has more faults than the {MAX_FAULTS} shown: mend these first"))
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


def _errors(name: str, data: Any) -> Iterator[Any]:
    for error in reference_validator(name).iter_errors(data):
        yield from _leaves(error)


def _leaves(error: Any) -> Iterator[Any]:
    if error.validator in ("if", "allOf", "$ref") and error.context:
        for inner in error.context:
            yield from _leaves(inner)
    else:
        yield error


def _diagnostics(document: Document, error: Any) -> Iterator[Diagnostic]:
    route: Route = tuple(error.absolute_path)
    where = ".".join(str(step) for step in route)
    if error.validator == "additionalProperties":
        known = list(error.schema.get("properties", {}))
        for key in (key for key in error.instance if key not in known):
            message, help = _unknown_key(key, known, where)
            yield document.problem(RULE, _one_line(message), (*route, key), key=True, help=help)
    elif "propertyNames" in error.absolute_schema_path:
        message = f"the name {_name(error.instance)} in {where} does not have the form {error.validator_value}"
        yield document.problem(RULE, _one_line(message), (*route, error.instance), key=True)
    else:
        message, help = _EXPLAIN.get(error.validator, _otherwise)(error, where)
        yield document.problem(RULE, _one_line(message), route, help=_one_line(help), fix=_fix(document, error, route))


def _fix(document: Document, error: Any, route: Route) -> Fix | None:
    """Quotes around a value that must be text and was read as a number, or as true or false."""
    written = document.source_text(route)
    plain = isinstance(error.instance, int | float) and bool(re.fullmatch(r"[0-9A-Za-z.+-]+", written))
    if error.validator != "type" or "string" not in error.validator_value or not plain:
        return None
    form = error.schema.get("pattern")
    if form and not re.search(form.replace("$", r"\Z"), written):
        return None  # quoted it would still be wrong
    return document.rewrite_fix(route, f'"{written}"', f"put {written} in quotes")


def _one_line(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 300 else line[:297] + "…"


def _unknown_key(key: str, known: list[str], where: str) -> tuple[str, str]:
    import difflib

    near = difflib.get_close_matches(key, known, n=1)
    help = f"did you mean {near[0]!r}?" if near else f"known here: {', '.join(known)}"
    return f"unknown key {key!r}" + (f" in {where}" if where else ""), help


def _otherwise(error: Any, where: str) -> tuple[str, str]:
    return (f"{where}: {error.message}" if where else error.message), ""


def _refused(error: Any, where: str) -> tuple[str, str]:
    if error.validator_value == {"pattern": _CONTROL}:
        return f"{where} holds a control character: {clipped(repr(error.instance), 120)}", ""
    if "pattern" in error.validator_value:
        return f"{where}: {_name(error.instance)} must not have the form {error.validator_value['pattern']}", ""
    return f"{where} has no place here: nothing would evaluate it", "remove it"


def _one_of(error: Any, where: str) -> tuple[str, str]:
    keys = [repr(branch["required"][0]) for branch in error.validator_value]
    return f"{where} needs exactly one of {', '.join(keys)}", ""


def _depends(error: Any, where: str) -> tuple[str, str]:
    key, needs = next(
        (key, name)
        for key, names in error.validator_value.items()
        for name in names
        if key in error.instance and name not in error.instance
    )
    return f"{where} has {key!r} without {needs!r}, which it is about", f"add {needs}, or leave out {key}"


def _too_long(error: Any, where: str) -> tuple[str, str]:
    return f"{where} is longer than {error.validator_value} characters", ""


def _missing(error: Any, where: str) -> tuple[str, str]:
    key = error.message.removesuffix(" is a required property").strip("'")
    about = error.schema.get("properties", {}).get(key, {}).get("description", "")
    return f"the key {key!r} is missing" + (f" in {where}" if where else ""), about


def _type(error: Any, where: str) -> tuple[str, str]:
    wanted = error.validator_value
    wanted = [wanted] if isinstance(wanted, str) else wanted
    names = " or ".join(_TYPES[name] for name in wanted)
    quoted = "string" in wanted and isinstance(error.instance, int | float)
    help = f'put it in quotes: "{error.instance}"' if quoted else error.schema.get("description", "")
    return f"{where or 'the file'} must be {names}, not {_name(error.instance)}", help


def _name(value: Any) -> str:
    if isinstance(value, dict | list):
        return "a mapping" if isinstance(value, dict) else "a list"
    return json.dumps(value, ensure_ascii=False)


def _enum(error: Any, where: str) -> tuple[str, str]:
    allowed = [str(value) for value in error.validator_value]
    import difflib

    near = difflib.get_close_matches(str(error.instance), allowed, n=1)
    help = f"did you mean {near[0]!r}?" if near else ""
    return f"{where} is {_name(error.instance)}; it must be one of {', '.join(allowed)}", help


def _const(error: Any, where: str) -> tuple[str, str]:
    return f"{where} must be {_name(error.validator_value)}, not {_name(error.instance)}", ""


def _pattern(error: Any, where: str) -> tuple[str, str]:
    about = error.schema.get("description", "")
    named = next((words for form, words in _FORMS.items() if error.validator_value.startswith(form)), "")
    fault = f"is not {named}" if named else f"does not have the form {error.validator_value}"
    return f"{where}: {_name(error.instance)} {fault}", about


def _any_of(error: Any, where: str) -> tuple[str, str]:
    keys = [repr(branch["required"][0]) for branch in error.validator_value]
    return f"{where} needs at least one of {', '.join(keys)}", "without it there is nothing to judge"


def _too_short(error: Any, where: str) -> tuple[str, str]:
    return f"{where} is empty", error.schema.get("description", "")


_EXPLAIN = {
    "required": _missing,
    "type": _type,
    "enum": _enum,
    "const": _const,
    "pattern": _pattern,
    "anyOf": _any_of,
    "oneOf": _one_of,
    "dependentRequired": _depends,
    "not": _refused,
    "maxLength": _too_long,
    "minLength": _too_short,
    "minItems": _too_short,
    "minProperties": _too_short,
}
