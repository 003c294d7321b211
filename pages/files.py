"""docs/reference/files.md: the schemas as a page, byte for byte the same for the same schemas."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import yaml

from mlops_gitops.core import markdown, names
from mlops_gitops.documents import schema_validation
from mlops_gitops.documents.kind import Kind
from mlops_gitops.records.project import default_place

_INTRODUCTION = """\
# Files

`make docs` writes this page from the JSON Schemas that judge the files. `mlops-gitops schema KIND` prints one, and an
editor can complete and check by it as you type.

A key that is not listed here is an error: one that is accepted and read by nothing would be a mistake that somebody
believes in. The one exception are keys of a model card outside `mlops:`, which belong to the Hugging Face Hub. What a
schema cannot say, such as that a role is one of mlops.yaml, [the rules](rules/index.md) ask.

In the names of keys, `<name>` is a name you choose and `[]` an entry of a list. A key is needed where the mapping it
belongs to is there.

A mlops.yaml without `apiVersion: mlops-gitops/v1` is another tool's, and mlops-gitops.yaml then holds the project:
`init` writes that name beside it. Two files that are both the project are an error. The file that the base has judges,
and a change of either name is a change of the policy.

"""
_NAMES = f"""\
The name of a model, which is the name of its folders, has
{names.MODEL_IN_WORDS}: what tags in GTO's
format and Git's references allow. Two names that differ only in upper and lower case are an error, since they are one
folder on macOS and Windows. Every other name has
{names.NAME_IN_WORDS}.
"""
_WRITTEN_BY_THE_TOOL = {
    "release",
    "desired-state",
    "promotion",
    "monitoring-record",
    "retraining-record",
    "observation",
}
_TYPES = {"object": "mapping", "array": "list", "string": "text", "integer": "whole number", "boolean": "true or false"}


def page(kinds: Iterable[Kind]) -> str:
    """The page, without a last newline."""
    rows = [
        markdown.row([f"[{kind.name}](#{kind.name.lower()})", f"`{default_place(kind)}`", _description(kind)])
        for kind in kinds
    ]
    blocks = [_INTRODUCTION + _NAMES, *markdown.head(("kind", "file", "holds")), *rows]
    return "\n".join([*blocks, *("\n".join(_section(kind)) for kind in kinds)])


def _keys(schema: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Mapping[str, Any], bool]]:
    """Every key of a schema with its own schema, and whether a mapping that may hold it must."""
    for key, value in _properties(schema).items():
        yield f"{prefix}{key}", value, key in schema.get("required", ())
        yield from _keys(value, f"{prefix}{key}.")
    if isinstance(values := schema.get("additionalProperties"), dict):
        yield f"{prefix}<name>", values, False
        yield from _keys(values, f"{prefix}<name>.")
    if isinstance(items := schema.get("items"), dict):
        yield from _keys(items, f"{prefix.removesuffix('.')}[].")


def _properties(schema: Mapping[str, Any]) -> dict[str, Any]:
    # A key of one form or another, such as a metric: the keys of the other form are below `then`.
    other_form = {} if "properties" in schema else schema.get("then", {}).get("properties", {})
    return {**schema.get("properties", {}), **other_form}


def _section(kind: Kind) -> Iterator[str]:
    schema = schema_validation.schema(kind.schema)
    yield from ("", f"## {kind.name}", "", _description(kind), "", f"`{default_place(kind)}`, {_author(kind)}", "")
    yield from markdown.head(("key", "value", "needed", "what it is"))
    for key, value, needed in _keys(schema):
        yield markdown.row([f"`{key}`", _value_form(value), "yes" if needed else "", value.get("description", "")])
    conditions = list(_conditions(schema))
    if conditions:
        yield from ("", "Also:", "", *conditions)
    yield from ("", "An example:", "", *_example(kind, schema["examples"][0]))


def _description(kind: Kind) -> str:
    return str(schema_validation.schema(kind.schema)["description"])


def _author(kind: Kind) -> str:
    return "written by the tool." if kind.schema in _WRITTEN_BY_THE_TOOL else "written by people."


def _value_form(schema: Mapping[str, Any]) -> str:
    if "const" in schema:
        return f"`{'true' if schema['const'] is True else schema['const']}`"
    if "enum" in schema:
        return ", ".join(f"`{value}`" for value in schema["enum"])
    types = schema.get("type", [])
    return " or ".join(_TYPES.get(name, name) for name in ([types] if isinstance(types, str) else types))


def _conditions(schema: Mapping[str, Any]) -> Iterator[str]:
    """The keys that are needed only with another one, for the whole file and for its parts."""
    for condition in schema.get("allOf", ()):
        ((key, value),) = condition["if"]["properties"].items()
        needed = list(_required(condition["then"]))
        if needed:
            yield f"- `{key}` {_value_form(value)}: needs {_listed(needed)}"
    for key, part, _ in [("", schema, False), *_keys(schema)]:
        yield from _part_conditions(part, f"{key}." if key else "")
        yield from _part_conditions(part.get("items", {}), f"{key}[].")


def _part_conditions(schema: Mapping[str, Any], prefix: str) -> Iterator[str]:
    for key, needed in schema.get("dependentRequired", {}).items():
        yield f"- `{prefix}{key}`: needs {_listed(needed, prefix)}"
    for keyword, number in (("oneOf", "exactly"), ("anyOf", "at least")):
        choices = [choice["required"][0] for choice in schema.get(keyword, ()) if "required" in choice]
        if choices:
            yield f"- {number} one of {_listed(choices, prefix)}"


def _listed(keys: Iterable[str], prefix: str = "") -> str:
    return ", ".join(f"`{prefix}{key}`" for key in keys)


def _required(schema: Mapping[str, Any], prefix: str = "") -> Iterator[str]:
    yield from (f"{prefix}{key}" for key in schema.get("required", ()))
    for key, value in schema.get("properties", {}).items():
        yield from _required(value, f"{prefix}{key}.")


def _example(kind: Kind, example: Mapping[str, Any]) -> list[str]:
    if kind.location.endswith(".json"):
        return ["```json", json.dumps(example, indent=2, ensure_ascii=False), "```"]
    text = yaml.dump(example, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110).rstrip()
    return ["```yaml", text, "```"]


class _Dumper(yaml.SafeDumper):
    """Indents lists, and quotes what another reader could take for a number or a date."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style='"' if value[:1].isdigit() else None)


_Dumper.add_representer(str, _text)
