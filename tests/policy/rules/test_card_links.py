"""card-links: what leads nowhere, shown and underlined as the card writes it, and with its fix where it has one."""

from __future__ import annotations

from collections.abc import Mapping

import sample
from cases import cases
from counted import calls
from messages import lacking

from mlops_gitops.core.diagnostics import Diagnostic
from mlops_gitops.documents.tree import Overlay
from mlops_gitops.orchestration.apply_fixes import edited_text
from mlops_gitops.policy.rule import Edit
from mlops_gitops.policy.rules.card_links import RULE

CARD = "models/churn/README.md"
FRONT = sample.CARD[: sample.CARD.index("# Churn")]


def _found(body: str, more: Mapping[str, str] | None = None) -> list[Diagnostic]:
    edits = [Edit(CARD, sample.CARD, FRONT + body), *(Edit(path, None, text) for path, text in (more or {}).items())]
    return list(RULE.check(sample.context(sample.edited(tuple(edits)))))


def _underlined(finding: Diagnostic, body: str) -> str:
    span = finding.span
    assert span.line == span.end_line
    return (FRONT + body).split("\n")[span.line - 1][span.column - 1 : span.end_column - 1]


def _line(finding: Diagnostic) -> int:
    """The line of the body, from 1."""
    return finding.span.line - FRONT.count("\n")


# ── the place ──


@cases(
    "body, line, written",
    [
        ("First line\nsecond ![plot](图.png) here\n", 2, "图.png"),
        ("![plot](%E5%9B%BE.png)\n", 1, "%E5%9B%BE.png"),
        ("![plot](<my plot.png> 'title')\n", 1, "my plot.png"),
        ("![plot](a\\_b&amp;c.png)\n", 1, "a\\_b&amp;c.png"),
        ("[a.md](  a.md 'a.md')\n", 1, "a.md"),
        ("[![alt](a.png)](kpis.yaml)\n", 1, "a.png"),
        ("| a | b |\n|---|---|\n| a.png | ![x](a.png) |\n", 3, "a.png"),
        ("> - ![x](a.png)\n>   and ![x](kpis.yaml)\n", 1, "a.png"),
        ("text\n\nSee [x][R].\n\n[r]: gone/é.md 'title'\n", 5, "gone/é.md"),
        ("See src.\n\n<p>\n  <img alt='src' src='src'>\n</p>\n", 4, "src"),
        ("<img width=3 src=plots/roc.png>\n", 1, "plots/roc.png"),
        ('Text <img src="it\'s.png"> more\n', 1, "it's.png"),
        ("<a href='a&amp;b.md'>x</a>\n", 1, "a&amp;b.md"),
        ("- item\n\n  <img\n    src='roc.png'>\n", 4, "roc.png"),
        ("Text <a title='no' href=\"\">x</a>\n", 1, 'href=""'),
        ("Text [x]() more\n", 1, "()"),
        ("Text <!-- a.png --> ![x](a.png)\n", 1, "a.png"),
        ("a\u2028b\x85c ![x](a.png)\n", 1, "a.png"),
    ],
)
def test_the_target_is_underlined_as_it_is_written(body: str, line: int, written: str) -> None:
    (finding,) = _found(body)
    if not set("\u2028\x85") & set(body):
        assert (_line(finding), _underlined(finding, body)) == (line, written)
    shown = "empty" if written in ('href=""', "()") else repr(written)
    assert shown in finding.message


# ── what leads somewhere ──


@cases(
    "body",
    [
        "<!-- [old](old.md) ![old](old.png) -->\n",
        "<!-- <a href='old.md'>old</a> <img src='old.png'> -->\n",
        "Text <!-- <img src='old.png'> [old](old.md) --> more\n",
        "<div>\n<!-- <img src='old.png'> -->\n</div>\n",
        "<div>\n<!--\n\n<img src='old.png'>\n\n[old](old.md)\n\n-->\n</div>\n",
        "<!-- <img src='old.png'>\n\nnever closed\n",
        "![plot](/example/churn-v2/resolve/main/plot.png)\n",
        "[x](/datasets/example/letters) [y](/papers/2307.09288) <img src='/o/r/raw/main/a.png'>\n",
        "[x](#use) [y](?z) [z](mailto:a@b.example) [w](//example.org/x) `[v](gone.md)`\n",
        "<img data-src='old.png' src='kpis.yaml'>\n",
    ],
)
def test_what_leads_somewhere_or_is_no_link_is_not_found(body: str) -> None:
    assert _found(body) == []


@cases(
    "body",
    [
        "<div>\n<!-- a comment -->\n<img src='gone.png'>\n</div>\n",
        "Text <!-- one --> [x](gone.md) <!-- two -->\n",
        "<div>\n<!-- never closed in a block\n\n![x](gone.md)\n",
        "![plot](/models/churn/tree/gone.png)\n",
        "[x](/data/gone.csv)\n",
    ],
)
def test_what_is_beside_a_comment_or_in_a_folder_here_is_found(body: str) -> None:
    (finding,) = _found(body)
    assert "gone" in finding.message


# ── an address without its scheme ──


@cases(
    "body, fixed",
    [
        ("[paper](arxiv.org/abs/2307.09288)\n", "[paper](https://arxiv.org/abs/2307.09288)\n"),
        ("[x](www.example.museum1/x)\n", None),
        ("[x](example.com) <a href='huggingface.co/x'>\n",
         "[x](https://example.com) <a href='https://huggingface.co/x'>\n"),
        ("[x][r]\n\n[r]: <doi.org/10.1/x y>\n", "[x][r]\n\n[r]: <https://doi.org/10.1/x y>\n"),
        ("[me](alice@example.org)\n", "[me](mailto:alice@example.org)\n"),
        ("`[x](a.org/b)` and [x](a.org/b)\n", None),
        ("[x](notes.org/a)\n", "[x](https://notes.org/a)\n"),
        ("[x](src/model.py) [y](paper.pdf) [z](v1.2/notes)\n", None),
    ],
)  # fmt: skip
def test_its_fix_writes_the_scheme(body: str, fixed: str | None) -> None:
    found = _found(body)
    fixes = [finding.fix for finding in found if finding.fix]
    assert found and bool(fixes) == bool(fixed)
    if fixed:
        edited, applied = edited_text(FRONT + body, fixes)
        assert (edited, len(applied)) == (FRONT + fixed, len(found))
        assert all(lacking(finding.help, "write") == [] for finding in found)
        assert _found(fixed) == []


def test_a_file_of_that_name_is_a_file() -> None:
    assert _found("[x](notes.org/a)\n", {"models/churn/notes.org/a": "x"}) == []


# ── many ──


def test_many_of_a_kind_are_one_finding_and_one_fix() -> None:
    body = "".join(f"![{n}](plots/{n}.png) [{n}](arxiv.org/abs/{n})\n\n" for n in range(40))
    dead, scheme = sorted(_found(body), key=lambda finding: finding.fix is not None)
    assert not lacking(dead.message, "40", "'plots/0.png'") and len(dead.related) == 39
    assert not lacking(scheme.message, "40", "'arxiv.org/abs/0'") and scheme.fix
    edited, _ = edited_text(FRONT + body, [scheme.fix])
    assert edited == FRONT + body.replace("(arxiv", "(https://arxiv")


@cases(
    "part",
    [
        "![x](plots/{n}.png) <img src='{n}.png'>\n",
        "\n![x](plots/{n}.png)\n",
        "| [x](a{n}.md) | ![y](b.png) |\n",
        "<!-- ",
    ],
)
def test_the_work_grows_as_the_text_does(part: str) -> None:
    def work(number: int) -> int:
        body = "| a | b |\n|---|---|\n" * part.startswith("|") + "".join(part.format(n=n) for n in range(number))
        files = Overlay(sample.edited((Edit(CARD, sample.CARD, FRONT + body),)))
        context = sample.context({path: files.read(path) or b"" for path in files.paths()})
        context.head.document(CARD)
        return calls(lambda: list(RULE.check(context)))

    once, twice = work(150), work(300)
    assert twice < 2.2 * once, (once, twice)
