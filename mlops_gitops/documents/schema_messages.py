"""The faults that jsonschema finds, in words: a message, and the help that fits."""

from __future__ import annotations

import json
from typing import Any

from mlops_gitops.core import names
from mlops_gitops.core.text import clipped

_FORMS = {  # how a pattern starts → its meaning in words
    r"^(0|[1-9][0-9]*)\.(0|[1-9]": "a version of three numbers, such as 1.4.0",
    f"^{names.MODEL}$": f"the name of a model ({names.MODEL_IN_WORDS})",
    f"^{names.NAME}$": f"a name ({names.NAME_IN_WORDS})",
    r"^([^/\\.]": "a path inside the repository, without ./ and ..",
    r"^(remote://": "a path inside the repository, or remote://NAME/…, with {environment}, {date} and {hour} at most",
    r"^[1-9][0-9]{0,3}(m|h|d)$": "a length of time, such as 45m, 24h or 7d",
    r"^(100|[1-9]?[0-9](": "a share from 0 to 1, or such as 10 %",
    r"^[1-9][0-9]{0,2} per month": "a number of runs, such as 4 per month",
    r"^((([^/\\.:]": "a stage, such as train or models/churn/dvc.yaml:train",
    r"^(([^/\\.:]": "a param, such as train.until or config.yaml:train.until",
    r"^[A-Za-z0-9_][A-Za-z0-9_.-]*\.ya?ml": "the name of a workflow file, such as retrain.yml",
    r"^([^{}]*\{(release|": "a value with {release}, {sha256}, {md5}, {commit} or {traffic} in it, and no other braces",
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$": "a day, such as 2026-01-31",
    r"^[1-9][0-9]{0,2} (days|months)$": "an age, such as 90 days or 12 months",
}
_CONTROL = r"[\x00-\x1f\x7f-\x9f]"
_TYPES = {
    "string": "text", "number": "a number", "integer": "a whole number", "object": "a mapping", "array": "a list",
    "boolean": "true or false", "null": "null",
}  # fmt: skip


def explain(error: Any, where: str) -> tuple[str, str]:
    """The message and the help for a ValidationError of jsonschema at a dotted place, "" for the whole file."""
    return _EXPLAIN.get(error.validator, _otherwise)(error, where)


def unknown_key(key: str, known: list[str], where: str) -> tuple[str, str]:
    """The message and the help for a key that the schema does not have."""
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
        return f"{where}: {shown(error.instance)} must not have the form {error.validator_value['pattern']}", ""
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
    form = _form(error.schema.get("pattern", "")) if "string" in wanted else ""
    help = f"write {form}, in quotes" if form else error.schema.get("description", "")
    return f"{where or 'the file'} must be {names}, not {shown(error.instance)}", help


def shown(value: Any) -> str:
    """A value as a message quotes it."""
    if isinstance(value, dict | list):
        return "a mapping" if isinstance(value, dict) else "a list"
    return json.dumps(value, ensure_ascii=False)


def _enum(error: Any, where: str) -> tuple[str, str]:
    allowed = [str(value) for value in error.validator_value]
    import difflib

    near = difflib.get_close_matches(str(error.instance), allowed, n=1)
    help = f"did you mean {near[0]!r}?" if near else ""
    return f"{where} is {shown(error.instance)}; it must be one of {', '.join(allowed)}", help


def _const(error: Any, where: str) -> tuple[str, str]:
    return f"{where} must be {shown(error.validator_value)}, not {shown(error.instance)}", ""


def _pattern(error: Any, where: str) -> tuple[str, str]:
    about = error.schema.get("description", "")
    return f"{where}: {shown(error.instance)} {misformed(error.validator_value)}", about


def misformed(pattern: str) -> str:
    """What is wrong with a text that a pattern does not match, in words that follow the text."""
    named = _form(pattern)
    return f"is not {named}" if named else f"does not have the form {pattern}"


def _form(pattern: str) -> str:
    """The meaning of a pattern in words; "" where it has none."""
    return next((words for start, words in _FORMS.items() if pattern.startswith(start)), "")


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
