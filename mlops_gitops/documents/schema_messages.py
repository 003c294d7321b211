"""The faults that jsonschema finds, in words: a message, and the help that fits."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from mlops_gitops.core import names
from mlops_gitops.core.frozen import frozen
from mlops_gitops.core.text import clipped

_CONTROL = r"[\x00-\x1f\x7f-\x9f]"
_FORMS = {  # how a pattern starts → its meaning in words
    _CONTROL: "a text with control characters",
    r"\.lock$": "a version that ends in .lock, which Git keeps for itself",
    r"^([0-9a-f]{40}|[0-9a-f]{64})$": "a commit, as 40 or 64 hexadecimal digits",
    r"^[0-9A-Za-z][0-9A-Za-z.-]{0,31}$": "a version (letters, digits, dots and hyphens, 32 at most)",
    r"^[0-9]{1,20}$": "a number of digits alone",
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}(T": "a day or a time, such as 2026-01-31 or 2026-01-31T18:00:00Z",
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T": "a time of UTC, such as 2026-01-31T18:00:00Z",
    r"^[0-9a-f]{32}": "an MD5 digest: 32 hexadecimal digits",
    r"^[0-9a-f]{40}(": "the digest of a file in Git: 40 or 64 hexadecimal digits",
    r"^[0-9a-f]{64}": "a SHA-256 digest: 64 hexadecimal digits",
    r"^sha256:[0-9a-f]{64}$": "a digest: sha256: and 64 hexadecimal digits",
    r"^[A-Za-z0-9]([A-Za-z0-9.-]{0,61}": "an id (letters and digits, with dots and hyphens between them, 63 at most)",
    r"^[A-Za-z0-9][A-Za-z0-9-]{0,99}/": "a team, such as organisation/team",
    r"^[A-Za-z0-9_][A-Za-z0-9_.-]*(/": "a folder of the repository, such as models or ml/models",
    r"^[A-Za-z0-9_][A-Za-z0-9_./-]*$": "the name of a branch, such as main",
    r"^[^@ ]+@[^@ ]+$": "an email address, such as alice@example.org",
    r"^[a-z0-9-]+$": "the name of a format (lower-case letters, digits and hyphens), such as onnx",
    f"^{names.NAME}(\\.(": f"a name ({names.NAME_IN_WORDS}), with .label or .live at most",
    r"^(0|[1-9][0-9]*)\.(0|[1-9]": "a version of three numbers, such as 1.4.0",
    f"^{names.MODEL}$": f"the name of a model ({names.MODEL_IN_WORDS})",
    f"^{names.NAME}$": f"a name ({names.NAME_IN_WORDS})",
    r"^([^/\\.]": "a path inside the repository, without ./ and ..",
    r"^(remote://": "a path inside the repository, or remote://NAME/…, with {environment}, {date} and {hour} at most",
    r"^[1-9][0-9]{0,3}(m|h|d)$": "a length of time, such as 45m, 24h or 7d",
    r"^(100|[1-9]?[0-9](": "a share from 0 to 1, or such as 10 %",
    r"^(100|[0-9]{1,2}(": "a share, such as 95 %",
    r"^[1-9][0-9]{0,2} per month": "a number of runs, such as 4 per month",
    r"^((([^/\\.:]": "a stage, such as train or models/churn/dvc.yaml:train",
    r"^(([^/\\.:]": "a param, such as train.until or config.yaml:train.until",
    r"^[A-Za-z0-9_][A-Za-z0-9_.-]*\.ya?ml": "the name of a workflow file, such as retrain.yml",
    r"^([^{}]*\{(release|": "a value with {release}, {sha256}, {md5}, {commit} or {traffic} in it, and no other braces",
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$": "a day, such as 2026-01-31",
    r"^[1-9][0-9]{0,2} (days|months)$": "an age, such as 90 days or 12 months",
}
_NUMBER = re.compile(r"[-+]?(0|[1-9][0-9]*)?(\.[0-9]+)?")
MERGE = "<<"
_TYPES = {
    "string": "text", "number": "a number", "integer": "a whole number", "object": "a mapping", "array": "a list",
    "boolean": "true or false", "null": "null",
}  # fmt: skip


@frozen
class Violation:
    """A ValidationError of jsonschema, the dotted place it is about ("" for the whole file), and the text there."""

    error: Any
    where: str
    written: str

    @property
    def value(self) -> Any:
        """What the file says there, as it was read."""
        return self.error.instance

    @property
    def wanted(self) -> Any:
        """What the schema asks for."""
        return self.error.validator_value

    @property
    def shown(self) -> str:
        """The value as a message quotes it: a number as the file writes it, since 1.10 is read as 1.1."""
        plain = self.value is None or isinstance(self.value, int | float)
        return (self.written or "blank") if plain else shown(self.value)

    @property
    def about(self) -> str:
        """What the schema says of the place."""
        return str(self.error.schema.get("description", ""))


def explain(violation: Violation) -> tuple[str, str]:
    """The message and the help for what a schema refuses."""
    return _EXPLAIN.get(violation.error.validator, _otherwise)(violation)


def unknown_key(key: str, known: list[str], where: str) -> tuple[str, str]:
    """The message and the help for a key that the schema does not have."""
    import difflib

    near = difflib.get_close_matches(key, known, n=1)
    help = f"did you mean {near[0]!r}?" if near else f"known here: {', '.join(known)}"
    return f"unknown key {key!r}" + (f" in {where}" if where else ""), help


def merge_key(mapping: Mapping[str, Any], where: str) -> tuple[str, str]:
    """The message and the help for a merge key: what a person approves is what the file shows at that place."""
    merged = mapping[MERGE] if isinstance(mapping[MERGE], list) else [mapping[MERGE]]
    keys = dict.fromkeys(key for other in merged if isinstance(other, Mapping) for key in other if key not in mapping)
    help = f"write the keys here instead: {', '.join(keys)}" if keys else "remove it"
    return f"the merge key {MERGE}" + (f" in {where}" if where else "") + " is not read in this file", help


def _otherwise(found: Violation) -> tuple[str, str]:
    return f"{found.where or 'the file'} is not as {found.error.validator} asks", found.about


def _refused(found: Violation) -> tuple[str, str]:
    pattern = found.wanted.get("pattern")
    if pattern == _CONTROL:
        return f"{found.where} holds a control character: {clipped(repr(found.value), 120)}", "remove it"
    if pattern:
        return f"{found.where}: {found.shown} is {_form(pattern) or 'not accepted'}", "choose another"
    return f"{found.where} has no place here: nothing would evaluate it", "remove it"


def _one_of(found: Violation) -> tuple[str, str]:
    keys = [branch["required"][0] for branch in found.wanted]
    message = f"{found.where} needs exactly one of {', '.join(map(repr, keys))}"
    present = [key for key in keys if key in found.value] if isinstance(found.value, Mapping) else []
    return message, f"keep one of {' and '.join(present)}" if present else f"add {' or '.join(keys)}"


def _any_of(found: Violation) -> tuple[str, str]:
    keys = [repr(branch["required"][0]) for branch in found.wanted]
    return f"{found.where} needs at least one of {', '.join(keys)}", "without it there is nothing to judge"


def _depends(found: Violation) -> tuple[str, str]:
    key, needs = next(
        (key, name)
        for key, names in found.wanted.items()
        for name in names
        if key in found.value and name not in found.value
    )
    return f"{found.where} has {key!r} without {needs!r}, which it is about", f"add {needs}, or leave out {key}"


def _missing(found: Violation) -> tuple[str, str]:
    key = found.error.message.removesuffix(" is a required property").strip("'")
    about = found.error.schema.get("properties", {}).get(key, {}).get("description", "")
    help = f"add it. {about}".rstrip()
    return f"the key {key!r} is missing" + (f" in {found.where}" if found.where else ""), help


def _type(found: Violation) -> tuple[str, str]:
    wanted = [found.wanted] if isinstance(found.wanted, str) else found.wanted
    form = _form(found.error.schema.get("pattern", "")) if "string" in wanted else ""
    quotes = "" if found.value is None else ", in quotes"
    help = f"write {form}{quotes}" if form else _as_wanted(found.value, wanted) or found.about
    is_blank = found.value is None and not found.written
    found_instead = "and it is blank" if is_blank else f"not {found.shown}"
    names = " or ".join(_TYPES[name] for name in wanted)
    return f"{found.where or 'the file'} must be {names}, {found_instead}", help


def _as_wanted(value: Any, wanted: Sequence[str]) -> str:
    """The help for a text that should be a number or a boolean; empty where its words do not tell which."""
    if not isinstance(value, str):
        return ""
    if "boolean" in wanted:
        return "write true or false"
    number = value.replace("_", "")
    if number and {"number", "integer"} & {*wanted} and _NUMBER.fullmatch(number):
        return f"write {number}, without {'_' if number != value else 'quotes'}"
    return ""


def shown(value: Any) -> str:
    """A value as a message quotes it."""
    if isinstance(value, dict | list):
        return "a mapping" if isinstance(value, dict) else "a list"
    return json.dumps(value, ensure_ascii=False)


def _enum(found: Violation) -> tuple[str, str]:
    allowed = [value if isinstance(value, str) else shown(value) for value in found.wanted]
    import difflib

    near = difflib.get_close_matches(found.value, allowed, n=1) if isinstance(found.value, str) else []
    help = f"did you mean {near[0]!r}?" if near else found.about
    return f"{found.where} is {found.shown}; it must be one of {', '.join(allowed)}", help


def _const(found: Violation) -> tuple[str, str]:
    return f"{found.where} must be {shown(found.wanted)}, not {found.shown}", f"write {shown(found.wanted)}"


def _pattern(found: Violation) -> tuple[str, str]:
    return f"{found.where}: {found.shown} {misformed(found.wanted)}", found.about


def misformed(pattern: str) -> str:
    """What is wrong with a text that a pattern does not match, in words that follow the text."""
    return f"is not {_form(pattern) or 'written as it must be'}"


def _form(pattern: str) -> str:
    """The meaning of a pattern in words; "" where it has none."""
    return next((words for start, words in _FORMS.items() if pattern.startswith(start)), "")


def _limit(words: str) -> Callable[[Violation], tuple[str, str]]:
    def explained(found: Violation) -> tuple[str, str]:
        return f"{found.where}: {found.shown} is not {words} {found.wanted}", found.about

    return explained


def _too_many(found: Violation) -> tuple[str, str]:
    noun = "characters" if isinstance(found.value, str) else "entries"
    return f"{found.where} has {len(found.value):,} {noun}; it may have {found.wanted:,}", found.about


def _too_short(found: Violation) -> tuple[str, str]:
    return f"{found.where or 'the file'} is empty", found.about


_EXPLAIN: dict[str, Callable[[Violation], tuple[str, str]]] = {
    "required": _missing,
    "type": _type,
    "enum": _enum,
    "const": _const,
    "pattern": _pattern,
    "anyOf": _any_of,
    "oneOf": _one_of,
    "dependentRequired": _depends,
    "not": _refused,
    "minimum": _limit("at least"),
    "maximum": _limit("at most"),
    "exclusiveMinimum": _limit("more than"),
    "exclusiveMaximum": _limit("less than"),
    "maxLength": _too_many,
    "maxItems": _too_many,
    "maxProperties": _too_many,
    "minLength": _too_short,
    "minItems": _too_short,
    "minProperties": _too_short,
}
