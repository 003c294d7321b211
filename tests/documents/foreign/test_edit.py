"""One scalar of other people's files replaced: a one-line diff that keeps all else, or a refusal that names why."""

from __future__ import annotations

import json

import pytest
import yaml
from cases import cases
from foreign_files import CLOUDFORMATION, FLEET, HELM_VALUES, IOT_EDGE, KSERVE, SEVERAL, SHAPES, Shape

from mlops_gitops.documents.foreign.edit import look_up, replaced
from mlops_gitops.documents.foreign.nodes import EditRefusal, Field


def _edited(shape: Shape, data: bytes) -> bytes:
    return replaced(Field(shape.path, dict(shape.select), shape.field), data, shape.value)


def _expected(shape: Shape) -> str:
    assert shape.text.count(shape.before) == 1, "the example names one place"
    return shape.text.replace(shape.before, shape.after)


@cases("shape", SHAPES)
def test_one_line_changes_and_everything_else_stays(shape: Shape) -> None:
    assert _edited(shape, shape.text.encode()).decode() == _expected(shape)


@cases("shape", SHAPES)
def test_line_ends_and_byte_order_marks_stay(shape: Shape) -> None:
    windows = ("\ufeff" + shape.text.replace("\n", "\r\n")).encode()
    assert _edited(shape, windows).decode() == "\ufeff" + _expected(shape).replace("\n", "\r\n")


@cases("shape", SHAPES)
def test_the_new_value_is_found_and_set_again_changes_nothing(shape: Shape) -> None:
    field, edited = Field(shape.path, dict(shape.select), shape.field), _edited(shape, shape.text.encode())
    assert look_up(field, edited).holds(shape.value)
    assert replaced(field, edited, shape.value) is edited


class _Loader(yaml.SafeLoader):
    """Reads as most tools of today do, with any tag and any key."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[object, object]:
        return {str(self.construct_object(key, True)): self.construct_object(value, True) for key, value in node.value}


def _any_tag(loader: _Loader, suffix: str, node: yaml.Node) -> object:
    return suffix, getattr(node, "value", None) if isinstance(node, yaml.ScalarNode) else None


_Loader.add_multi_constructor("!", _any_tag)
_Loader.add_constructor("tag:yaml.org,2002:merge", lambda _, node: node.value)


@cases("shape", SHAPES)
def test_another_reader_finds_the_type_it_had(shape: Shape) -> None:
    def leaves(data: object) -> list[object]:
        if isinstance(data, dict | list):
            inner = data.values() if isinstance(data, dict) else data
            return [leaf for item in inner for leaf in leaves(item)]
        return [data]

    before, after = (
        [leaf for document in yaml.load_all(text, _Loader) for leaf in leaves(document)]
        for text in (shape.text.replace("\t", "  "), _expected(shape).replace("\t", "  "))
    )
    changed = [(old, new) for old, new in zip(before, after, strict=True) if old != new]
    assert len(changed) == 1 and type(changed[0][0]) is type(changed[0][1])
    if shape.path.endswith(".json"):
        json.loads(_expected(shape))


TEMPLATE = "spec:\n  image: {{ .Values.image }}\n  {{- if .Values.x }}\n  a: b\n  {{- end }}\n"
DEEP = "a: " + "[" * 80 + "]" * 80
REFUSALS = [  # text, field, facts of the message or the help, where it is in the file
    ("a block of text", "x.yaml", "a: |\n  1.3.2\n", "a", "1.4.0", ("block", "|"), 1),
    ("a folded block", "x.yaml", "a: >-\n  1.3.2\n", "a", "1.4.0", (">",), 1),
    ("several lines", "x.yaml", 'a: "1.3\n  .2"\n', "a", "1.4.0", ("several lines",), 1),
    ("an alias", "x.yaml", "a: &v 1.3.2\nb: *v\n", "b", "1.4.0", ("alias *v",), 2),
    ("an anchored scalar used elsewhere", "x.yaml", "a: &v 1.3.2\nb: *v\n", "a", "1.4.0", ("&v",), 1),
    ("inside an anchored mapping", "x.yaml", "a: &m {tag: 1.3.2}\nb: *m\n", "a.tag", "1.4.0", ("&m",), 1),
    ("behind an alias", "x.yaml", "a: &m {tag: 1.3.2}\nb: *m\n", "b.tag", "1.4.0", ("*m",), 2),
    ("through a merge key", "v.yaml", HELM_VALUES, "eu.replicas", 3, ("merge key", "<<"), 4),
    ("inside what is merged elsewhere", "v.yaml", HELM_VALUES, "defaults.replicas", 3, ("&defaults",), 1),
    ("a key twice", "x.yaml", "a: 1.3.2\nb: 1\na: 1.3.2\n", "a", "1.4.0", ("2 times",), 3),
    ("a key twice in JSON", "x.json", '{"a": "1", "a": "2"}', "a", "1.4.0", ("2 times",), 1),
    ("a list element twice", "x.yaml", "l: [{name: a, t: 1}, {name: a, t: 2}]\n", "l.[name=a].t", 3, ("2 times",), 1),
    ("a template that is no YAML", "t.yaml", TEMPLATE, "spec.image", "1", ("template", "values.yaml"), 4),
    ("a template that is YAML", "t.yaml", "a: {{ .x }}\n", "a", "1", ("template", "values.yaml"), 1),
    ("a template in quotes", "t.yaml", 'a: "{{ .x }}"\n', "a", "1", ("template",), 1),
    ("a missing key", "k.yaml", KSERVE, "spec.predictor.canary", 1, ("no key spec.predictor.canary", "model"), 11),
    ("a missing element", "f.yaml", FLEET, "targetCustomizations.[name=eu].helm", 1, ("[name=eu]", "2 elements"), 3),
    ("below one value", "k.yaml", KSERVE, "kind.name", 1, ("kind.name", "one value"), 3),
    ("a list by its place", "f.yaml", FLEET, "targetCustomizations.0.name", "x", ("list", "[name=churn]"), 3),
    ("an element of a mapping", "k.yaml", KSERVE, "spec.[name=x].y", "x", ("mapping",), 10),
    ("a mapping", "k.yaml", KSERVE, "spec.predictor", "x", ("mapping", "not one value"), 11),
    ("a list", "f.yaml", FLEET, "targetCustomizations", "x", ("list", "not one value"), 3),
    ("all of them", "f.yaml", FLEET, "targetCustomizations.*.name", "x", ("several fields",), 1),
    ("an empty step", "f.yaml", FLEET, "a..b", "x", ("two dots",), 1),
    ("an open bracket", "f.yaml", FLEET, "a.[name=b", "x", ("not closed",), 1),
    ("a bracket without a value", "f.yaml", FLEET, "a.[=b].c", "x", ("[=b]",), 1),
    ("a tag", "c.yaml", CLOUDFORMATION, "Resources.Model.Properties.PrimaryContainer.Image", "x", ("!Sub",), 8),
    ("a number to text", "x.yaml", "tag: 1.3\n", "tag", "1.4.0", ("1.3", "quotes"), 1),
    ("true to text", "x.yaml", "tag: true\n", "tag", "1.4.0", ("true",), 1),
    ("no value yet", "x.yaml", "a: 1\ntag:\n", "tag", "1.4.0", ("no text or number",), 2),
    ("readers disagree", "x.yaml", "tag: 1e3\n", "tag", "1.4.0", ("1e3", "quotes"), 1),
    ("a control character", "x.yaml", "tag: a\n", "tag", "b\nc: d", ("control character",), 1),
    ("text that ends a JSON number", "x.json", '{"n": 10}', "n", "1, 2", ("10",), 1),
    ("not YAML", "x.yaml", "a: b\nc: [\n", "a", "x", ("not YAML",), 3),
    ("not JSON", "x.json", '{"a": 1,}', "a", 2, ("not JSON",), 1),
    ("JSON that is YAML alone", "x.json", "a: 1\n", "a", 2, ("not JSON",), 1),
    ("an empty file", "x.yaml", "# nothing\n---\n", "a", 2, ("empty",), 1),
    ("deep nesting", "x.yaml", DEEP, "a", 2, ("64 levels",), 1),
    ("several documents", "s.yaml", SEVERAL, "kind", "x", ("3 documents", "select:"), 8),
    ("aliases of aliases", "x.yaml", "a: &a [x]\nb: &b [*a, *a]\nc: [*b, *b]\nd: {e: &e 1}\n", "c", 1, ("list",), 3),
]


@cases("name,path,text,field,value,facts,line", REFUSALS)
def test_what_cannot_be_replaced_alone_is_refused_by_name(
    name: str, path: str, text: str, field: str, value: str | int, facts: tuple[str, ...], line: int
) -> None:
    with pytest.raises(EditRefusal) as caught:
        replaced(Field(path, {}, field), text.encode(), value)
    said = f"{caught.value.message} {caught.value.help}"
    assert [fact for fact in facts if fact not in said] == [], said
    assert caught.value.line == line, said
    assert "\n" not in said


SELECTORS = [
    ({"kind": "Deployment", "name": "churn"}, ("2 documents", "namespace")),
    ({"kind": "Deployment", "name": "other"}, ("no document", "Deployment churn")),
    ({"kind": "Service", "name": "churn", "namespace": "eu"}, ("no document",)),
]


@cases("select,facts", SELECTORS)
def test_a_selector_names_one_document(select: dict[str, str], facts: tuple[str, ...]) -> None:
    with pytest.raises(EditRefusal) as caught:
        look_up(Field("s.yaml", select, "kind"), SEVERAL.encode())
    said = f"{caught.value.message} {caught.value.help}"
    assert [fact for fact in facts if fact not in said] == [], said


def test_bytes_that_are_no_text() -> None:
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{'a' * 64}\nsize 1\n".encode()
    for data, fact in ((b"a: \xff\n", "0xff"), (pointer, "Git LFS")):
        with pytest.raises(EditRefusal, match=fact):
            look_up(Field("x.yaml", {}, "a"), data)


def test_a_scalar_that_is_there_by_an_unused_anchor() -> None:
    with pytest.raises(EditRefusal, match="&v"):
        replaced(Field("x.yaml", {}, "a"), b"a: &v 1.3.2\n", "1.4.0")


def test_the_selected_document_is_changed_and_no_other() -> None:
    field = Field("d.json", {}, r"modulesContent.$edgeAgent.properties\.desired.modules.churn.version")
    assert json.loads(replaced(field, IOT_EDGE.encode(), "2.0"))["modulesContent"]["$edgeAgent"]
