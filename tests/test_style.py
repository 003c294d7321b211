"""docs/style.md is kept: the worst words are in no message, help text, docstring or page."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from cases import cases

TOP = Path(__file__).parent.parent
STYLE = TOP / "docs/style.md"  # quotes what it replaces
WORDS = re.compile(
    r"\b(?:whoever|stands twice|talk(?:ed)? round|made good|mend(?:s|ed|ing)?|told|anew|thereof|hitherto|henceforth"
    r"|is no (?:version|file|folder|valid|number of|object|person)|rest(?:s|ed|ing)? on|answers? for (?:it|them)"
    r"|of (?:then|now)|(?:ha[ds]|have) come to|look(?:s|ed)? it through|turns? the line|nobody can see)\b",
    re.IGNORECASE,
)
# "there is no file x" says that it is absent, which is plain.
ABSENT = re.compile(r"\bthere is no\b", re.IGNORECASE)
PACKAGE = sorted((TOP / "mlops_gitops").rglob("*.py"))
PAGES = [*sorted((TOP / "docs").rglob("*.md")), *sorted(TOP.glob("*.md")), *sorted((TOP / "schemas").glob("*.json"))]


def worst_words(text: str) -> list[str]:
    """Those of the list that a text has."""
    return WORDS.findall(ABSENT.sub("", text))


@cache
def strings(path: Path) -> frozenset[str]:
    """Every text of a module: messages, help texts and docstrings."""
    texts = (node.value for node in _nodes(path) if isinstance(node, ast.Constant))
    return frozenset(text for text in texts if isinstance(text, str))


def _docstrings(path: Path) -> frozenset[str]:
    """The texts that stand alone as a statement."""
    alone = (node.value for node in _nodes(path) if isinstance(node, ast.Expr))
    return frozenset(found.value for found in alone if isinstance(found, ast.Constant) and isinstance(found.value, str))


def _nodes(path: Path) -> Iterator[ast.AST]:
    return ast.walk(ast.parse(path.read_text("utf-8")))


def test_no_text_of_the_package_has_them() -> None:
    found = {f"{path.relative_to(TOP)}: {worst_words(text)}" for path in PACKAGE
             for text in strings(path) if worst_words(text)}  # fmt: skip
    assert found == set()


def test_no_page_has_them() -> None:
    found = {f"{path.relative_to(TOP)}: {worst_words(path.read_text('utf-8'))}" for path in PAGES
             if path != STYLE and worst_words(path.read_text("utf-8"))}  # fmt: skip
    assert found == set()


def test_no_message_names_a_page_by_a_path_that_its_reader_does_not_have() -> None:
    """A message is read in another repository: it names a page by its address. Docstrings are of this one."""
    found = {
        f"{path.relative_to(TOP)}: {text}"
        for path in PACKAGE
        if "docs/" in path.read_text("utf-8")
        for text in strings(path) - _docstrings(path)
        if any((TOP / page).exists() for page in re.findall(r"(?<![\w/])docs/[\w/-]+\.md", text))
    }
    assert found == set()


def test_no_page_has_prose_in_lines_that_an_editor_cannot_show() -> None:
    """Tables, blocks of code and lists of links are as wide as they must be, and so is what comes from a schema."""
    taken = {"files.md", "metrics.md", "cli.md", "a-promotion-on-github.md", "CHANGELOG.md"}
    pages = [page for page in PAGES if page.suffix == ".md" and page.name not in taken and page.parent.name != "packs"]
    assert len(pages) > 60
    wide = [
        f"{page.relative_to(TOP)}: {line}"
        for page in pages
        for line in re.sub(r"^ *```.*?^ *```$", "", page.read_text("utf-8"), flags=re.M | re.S).split("\n")
        if len(line) > 140 and not line.lstrip().startswith(("|", "- ["))
    ]
    assert wide == []


@cases(
    "text",
    [
        "'x' is no version",
        "nobody can be told",
        "Whoever merges",
        "fix it, then Mend it",
        "the key stands twice",
        "what it rests on",
        "who answers for it",
        "the KPIs of then",
        "a wave has come to it",
    ],
)
def test_the_list_finds_them(text: str) -> None:
    assert worst_words(text)


@cases("text", ["there is no file x.yaml", "an amended commit", "recommended", "is no longer there"])
def test_plain_words_pass(text: str) -> None:
    assert not worst_words(text)
