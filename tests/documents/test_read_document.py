"""Documents: text to data with places, and no input that hurts."""

from __future__ import annotations

import os
from pathlib import Path

from cases import cases

from mlops_gitops.documents.document import MAX_NODES, Document
from mlops_gitops.documents.read_document import load, parse
from mlops_gitops.documents.tree import MAX_BYTES, WorkTree


def _yaml(text: str) -> Document:
    return parse("a.yaml", text.encode())


def test_every_key_and_value_has_a_place() -> None:
    document = _yaml("a: 1\nb:\n  - x\n  - {c: yes}\n")
    assert document.data == {"a": 1, "b": ["x", {"c": "yes"}]}
    assert str(document.span(("b", 1, "c"))) == "a.yaml:4:9"
    assert str(document.span(("b",), key=True)) == "a.yaml:2:1"
    assert str(document.span(("b", 7, "nothing"))) == "a.yaml:3:3"


@cases(
    "written, value",
    [("no", "no"), ("on", "on"), ("true", True), ("1.10", 1.1), ("'1.10'", "1.10"), ("0o17", 15), ("0x1F", 31),
     ("010", 10), ("1_000", "1_000"), ("2026-11-25", "2026-11-25"), ("~", None), ("1e3", 1000.0), ("12:30", "12:30")],
)  # fmt: skip
def test_values_follow_the_core_schema_of_yaml_1_2(written: str, value: object) -> None:
    assert _yaml(f"a: {written}").data == {"a": value}


@cases(
    "text, rule, place, fault",
    [
        ("a: 1\na: 2\n", "duplicate-key", "2:1", "appears twice"),
        ("a: !!python/object:os.system x\n", "syntax", "1:4", "the tag"),
        ("a: &x [*x]\n", "syntax", "1:8", "nothing complete"),
        ("a: b: c\n", "syntax", "1:5", "a second colon in one line"),
        ("---\na: 1\n---\nb: 2\n", "syntax", "3:1", "second YAML document"),
        ("? [a]\n: b\n", "syntax", "1:3", "a key must be plain text"),
        ("a: .nan\n", "syntax", "1:4", "not a finite number"),
        ("a: 9007199254740993\n", "syntax", "1:4", "not exact"),
        ('a: "\\ud800"\n', "syntax", "1:7", "invalid Unicode"),
        ("", "syntax", "1:1", "empty"),
    ],
)
def test_what_is_refused_is_said_at_its_place(text: str, rule: str, place: str, fault: str) -> None:
    document = _yaml(text)
    assert document.data is None
    (problem,) = document.problems
    assert (problem.rule, str(problem.span), fault in problem.message) == (rule, f"a.yaml:{place}", True)


def test_merge_keys_are_plain_keys() -> None:
    assert _yaml("<<: {a: 1}").data == {"<<": {"a": 1}}


def test_aliases_are_counted_as_if_written_out() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    (problem,) = _yaml("\n".join(lines)).problems
    assert f"more than {MAX_NODES:,} values" in problem.message


@cases("text", ["[" * 10_000, "{a: " * 10_000, "- " * 10_000 + "x"])
def test_deep_nesting_is_cut_short(text: str) -> None:
    (problem,) = _yaml(text).problems
    assert "nest" in problem.message


def test_bytes_that_are_not_text() -> None:
    (problem,) = parse("a.yaml", b"a: 1\nb: \xff\n").problems
    assert (problem.rule, problem.span.line, problem.message) == ("unreadable", 2, "is not UTF-8: byte 0xff")


@cases("text", ["---\na: 1\n---\nbody\n", "---\r\na: 1\r\n---\r\nbody\n", "\ufeff---\na: 1\n---\nbody\n"])
def test_front_matter(text: str) -> None:
    card = parse("README.md", text.encode())
    assert (card.data, card.body, str(card.span(("a",)))) == ({"a": 1}, "body\n", "README.md:2:4")


@cases(
    "before, lines",
    [("\n", 1), ("\r\n\r\n", 2), ("\r \t\r", 2), (" \n\t", 1), ("\ufeff\n", 1), ("\n\n\n", 3)],
)
def test_white_space_may_come_before_the_front_matter(before: str, lines: int) -> None:
    card = parse("README.md", f"{before}---\nlicense: mit\n---\nbody\n".encode())
    assert (card.data, card.body) == ({"license": "mit"}, "body\n")
    assert str(card.span(("license",))) == f"README.md:{lines + 2}:10"
    (problem,) = parse("README.md", f"{before}---\n'a': &x 1\n'a': 2\n---\n".encode()).problems
    assert (problem.rule, problem.span.line) == ("duplicate-key", lines + 3)


@cases("text", ["\n---\n\nA line across the page.\n\n---\n", "\n---\n# A\n\nText: more\n", "\n\n--- a\n---\n"])
def test_a_line_across_the_page_is_no_front_matter(text: str) -> None:
    assert "no front matter" in parse("README.md", text.encode()).problems[0].message


@cases("text, fault", [("# A\n", "no front matter"), ("---\na: 1\n", "never closed"), ("---\n---\n", "empty")])
def test_cards_without_front_matter(text: str, fault: str) -> None:
    assert fault in parse("README.md", text.encode()).problems[0].message


@cases(
    "text",
    [
        '{"a": NaN}',
        '{"a": 1, "a": 2}',
        '{"a": "\\ud800"}',
        "[" * 50_000,
        '{"a": 1e999}',
        '{"a": 9007199254740993}',
        "{",
    ],
)
def test_json_that_is_not_accepted(text: str) -> None:
    document = parse("a.json", text.encode())
    assert document.data is None and len(document.problems) == 1


def test_json_has_places_too() -> None:
    assert str(parse("a.json", b'{\n  "a": [1, 2]\n}\n').span(("a", 1))) == "a.json:2:12"


def test_a_huge_file_is_not_read(tmp_path: Path) -> None:
    with (tmp_path / "a.yaml").open("wb") as file:
        file.truncate(100 * 1024 * 1024)
    document = load(WorkTree(str(tmp_path)), "a.yaml")
    assert document is not None and f"may have {MAX_BYTES:,}" in document.problems[0].message


@cases("target", ["/etc/passwd", "../outside.yaml", "inside.yaml"])
def test_a_symbolic_link_is_not_followed(tmp_path: Path, target: str) -> None:
    root = tmp_path / "root"
    root.mkdir()
    (tmp_path / "outside.yaml").write_text("secret: 1\n")
    (root / "inside.yaml").write_text("a: 1\n")
    os.symlink(target, root / "a.yaml")
    document = load(WorkTree(str(root)), "a.yaml")
    assert document is not None and "symbolic link" in document.problems[0].message


def test_a_path_cannot_leave_the_tree(tmp_path: Path) -> None:
    (tmp_path / "outside.yaml").write_text("secret: 1\n")
    (tmp_path / "root").mkdir()
    assert load(WorkTree(str(tmp_path / "root")), "../outside.yaml") is None


def test_json_that_is_no_yaml_is_read_all_the_same() -> None:
    assert parse("a.json", '{"\\ud83d\\udc0b": 1, "b": "\u2028"}'.encode()).data == {
        "\N{WHALE}": 1,
        "b": "\u2028",
    }
