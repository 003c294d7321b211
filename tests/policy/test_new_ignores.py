"""Comments for the warnings of a file: beside their lines, and nothing that the file says is changed."""

from __future__ import annotations

from cases import cases

from mlops_gitops.documents.ignore_comments import parse_ignores
from mlops_gitops.documents.read_document import parse
from mlops_gitops.policy.new_ignores import with_ignores

FRONT = "---\nlicense: mit\n---\n"
COMMENT = "mlops-gitops: ignore[card-links] because it was here"


def _added(path: str, text: str, line: int) -> str:
    """The text with a comment for one line; what the comment is about is asserted, and that nothing else changed."""
    document = parse(path, text.encode())
    ignored = with_ignores(document, {line: ["card-links"]}, "it was here")
    if not ignored.placed:
        assert (ignored.text, ignored.left) == (text, (line,))
        return ""
    again = parse(path, ignored.text.encode())
    assert again.data == document.data and again.problems == ()
    (ignore,) = parse_ignores(path, ignored.text)
    assert ignore.rules == ("card-links",) and ignore.reason == "it was here"
    meant = text.splitlines()[line - 1]
    assert again.lines[ignore.line - 1].startswith(meant.rstrip())
    return ignored.text


@cases(
    "body, line, expected",
    [
        ("# A\n\n## Bias\n", 3, "# A\n\n<!-- {} -->\n## Bias\n"),
        ("# A\n\nfirst\nsecond\n", 3, "# A\n\n<!-- {} -->\nfirst\nsecond\n"),
        ("first\nsecond\nthird\n", 2, "first\nsecond <!-- {} -->\nthird\n"),
        ("| a |\n|---|\n| b |\n", 3, "| a |\n|---|\n| b | <!-- {} -->\n"),
        ("- a\n- b\n- c\n", 2, "- a\n- b <!-- {} -->\n- c\n"),
        ("## Bias ##\n", 1, "<!-- {} -->\n## Bias ##\n"),
        ("<img src='a.png'>\n", 1, "<!-- {} -->\n<img src='a.png'>\n"),
        ("<p>\n<img\n src='a.png'></p>\n", 3, "<p>\n<img\n src='a.png'></p> <!-- {} -->\n"),
        ("<p>\n<img\n src='a.png'\n></p>\n", 3, ""),
        ("<!-- Provide\na summary\n-->\n\nText\n", 2, ""),
        ("<!-- never > closed\n\n    hidden\n", 3, ""),
        ("first\r\n\r\nsecond\r\n", 3, "first\r\n\r\n<!-- {} -->\r\nsecond\r\n"),
        ("first\r\rsecond\r", 3, "first\r\r<!-- {} -->\rsecond\r"),
        ("no end", 1, "<!-- {} -->\nno end"),
    ],
)
def test_in_the_text_of_a_card(body: str, line: int, expected: str) -> None:
    added = _added("a.md", FRONT + body, line + 3)
    assert added == (FRONT + expected.format(COMMENT) if expected else "")


@cases(
    "text, line, expected",
    [
        ("a:\n  - b\n  - c\n", 3, "a:\n  - b\n  # {}\n  - c\n"),
        ("a: [b,\n  c]\n", 2, "a: [b,\n  # {}\n  c]\n"),
        ("a: |\n  text\nb: 1\n", 1, "# {}\na: |\n  text\nb: 1\n"),
        ("a: |\n  text\nb: 1\n", 2, ""),
        ("a: first\n  second\nb: 1\n", 2, "a: first\n  second # {}\nb: 1\n"),
        ('a: "first\n  second\n  third"\n', 2, ""),
        ("a: 1 # ours\n", 1, "# {}\na: 1 # ours\n"),
    ],
)
def test_in_yaml(text: str, line: int, expected: str) -> None:
    assert _added("a.yaml", text, line) == expected.format(COMMENT)


def test_of_many_lines_those_that_can_have_one_do() -> None:
    text = f"{FRONT}first\nsecond\n\n<p\n class='a'\n>x</p>\n\nlast\n"
    document = parse("a.md", text.encode())
    ignored = with_ignores(document, {2: ["hub-metadata"], 5: ["a", "b"], 8: ["c"], 11: ["d"]}, "it was here")
    assert (ignored.placed, ignored.left) == ((2, 5, 11), (8,))
    about = {ignore.line: ignore.rules for ignore in parse_ignores("a.md", ignored.text)}
    lines = ignored.text.splitlines()
    assert {lines[number - 1].split()[0]: rules for number, rules in about.items()} == {
        "license:": ("hub-metadata",), "second": ("a", "b"), "last": ("d",),
    }  # fmt: skip
