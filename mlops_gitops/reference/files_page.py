"""docs/reference/files.md: the schemas as a page, byte for byte the same for the same schemas."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import yaml

from mlops_gitops.core import markdown
from mlops_gitops.documents import schema_validation
from mlops_gitops.documents.kind import Kind
from mlops_gitops.records import project

_INTRODUCTION = """\
# Files

`make docs` writes this page from the JSON Schemas that judge the files. `mlops-gitops schema KIND` prints one, and an
editor can complete and check by it as you type.

A key that is not listed here is an error: one that is accepted and read by nothing would be a mistake that somebody
believes in. The one exception are keys of a model card outside `mlops:`, which belong to the Hugging Face Hub. What a
schema cannot say, such as that a role is one of mlops.yaml, [the rules](../rules.md) ask.

In the names of keys, `<name>` is a name you choose and `[]` an entry of a list. A key is needed where the mapping it
belongs to is there.
"""
_WRITTEN_BY_THE_TOOL = {"release", "desired-state", "promotion"}
_TYPES = {"object": "mapping", "array": "list", "string": "text", "integer": "whole number", "boolean": "true or false"}


def page(kinds: Iterable[Kind]) -> str:
    """The page, without a last newline."""
    rows = [markdown.row([f"[{its.name}](#{its.name.lower()})", f"`{place(its)}`", _described(its)]) for its in kinds]
    blocks = [_INTRODUCTION, *markdown.head(("kind", "file", "holds")), *rows]
    return "\n".join([*blocks, *("\n".join(_section(its)) for its in kinds)])


def place(kind: Kind) -> str:
    """Where files of a kind lie by default, with `<part>` for what varies."""
    parts = kind.location.replace("{folder}", project.default_folders().get(kind.folder or "", ""))
    return parts.replace("{", "<").replace("}", ">")


def keys(its: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Mapping[str, Any], bool]]:
    """Every key of a schema with its own schema, and whether a mapping that may hold it must."""
    for key, value in _properties(its).items():
        yield f"{above}{key}", value, key in its.get("required", ())
        yield from keys(value, f"{above}{key}.")
    if isinstance(named := its.get("additionalProperties"), dict):
        yield f"{above}<name>", named, False
        yield from keys(named, f"{above}<name>.")
    if isinstance(entry := its.get("items"), dict):
        yield from keys(entry, f"{above.removesuffix('.')}[].")


def _properties(its: Mapping[str, Any]) -> dict[str, Any]:
    # A key of one form or another, such as a metric: the keys of the other form stand below `then`.
    return {**its.get("properties", {}), **({} if "properties" in its else its.get("then", {}).get("properties", {}))}


def _section(kind: Kind) -> Iterator[str]:
    its = schema_validation.schema(kind.schema)
    yield from ("", f"## {kind.name}", "", _described(kind), "", f"`{place(kind)}`, {_author(kind)}", "")
    yield from markdown.head(("key", "value", "needed", "what it is"))
    for key, value, needed in keys(its):
        yield markdown.row([f"`{key}`", _form(value), "yes" if needed else "", value.get("description", "")])
    conditions = list(_conditions(its))
    if conditions:
        yield from ("", "Also:", "", *conditions)
    yield from ("", "An example:", "", *_example(kind, its["examples"][0]))


def _described(kind: Kind) -> str:
    return str(schema_validation.schema(kind.schema)["description"])


def _author(kind: Kind) -> str:
    return "written by the tool." if kind.schema in _WRITTEN_BY_THE_TOOL else "written by people."


def _form(its: Mapping[str, Any]) -> str:
    if "const" in its:
        return f"`{its['const']}`"
    if "enum" in its:
        return ", ".join(f"`{value}`" for value in its["enum"])
    types = its.get("type", [])
    return " or ".join(_TYPES.get(name, name) for name in ([types] if isinstance(types, str) else types))


def _conditions(its: Mapping[str, Any]) -> Iterator[str]:
    """The keys that are needed only with another one, for the whole file and for its parts."""
    for condition in its.get("allOf", ()):
        ((key, asked),) = condition["if"]["properties"].items()
        wanted = list(_wanted(condition["then"]))
        if wanted:
            yield f"- `{key}` {_form(asked)}: needs {', '.join(f'`{name}`' for name in wanted)}"
    for key, value, _ in [("", its, False), *keys(its)]:
        for part in [value, value.get("items", {})]:
            inside = f"{key}[]." if part is not value else f"{key}." if key else ""
            for given, needed in part.get("dependentRequired", {}).items():
                yield f"- `{inside}{given}`: needs {', '.join(f'`{inside}{name}`' for name in needed)}"
            for how in ("oneOf", "anyOf"):
                choices = [choice["required"][0] for choice in part.get(how, ()) if "required" in choice]
                if choices:
                    number = "exactly" if how == "oneOf" else "at least"
                    yield f"- {number} one of {', '.join(f'`{inside}{name}`' for name in choices)}"


def _wanted(then: Mapping[str, Any], above: str = "") -> Iterator[str]:
    yield from (f"{above}{key}" for key in then.get("required", ()))
    for key, value in then.get("properties", {}).items():
        yield from _wanted(value, f"{above}{key}.")


def _example(kind: Kind, its: Mapping[str, Any]) -> list[str]:
    if kind.location.endswith(".json"):
        return ["```json", json.dumps(its, indent=2, ensure_ascii=False), "```"]
    text = yaml.dump(its, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110).rstrip()
    return ["```yaml", text, "```"]


class _Dumper(yaml.SafeDumper):
    """Indents lists, and quotes what another reader could take for a number or a date."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style='"' if value[:1].isdigit() else None)


_Dumper.add_representer(str, _text)
