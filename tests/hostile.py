"""Words that mean something in Markdown or at a forge, and a renderer to see whether they still do."""

from __future__ import annotations

import re
from collections.abc import Iterable

from markdown_it import MarkdownIt
from markdown_it.token import Token

GFM = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
HOSTILE = [
    "@everyone", "@org/team", "cc @user.", "mail me@example.org", "fixes #12", "Closes org/repo#12", "resolves GH-12",
    "gh-7", "fixes https://github.com/org/repo/issues/12", "http://example.org", "www.example.org", "ftp://x.org",
    "mailto:a@b.org", "xmpp:a@b.org", "GHSA-jfh8-c2jp-5v3q", "CVE-2021-44228", "!12", "%12", '%"1.0"', "~bug", "&12",
    "$12", ":tada:", ":+1:", "a:100:b", "[a](http://b)", "[a][b]", "[a]: http://b", "![x](http://y/z.png)", "[^1]",
    "<b>", "<script>alert(1)</script>", "<img src=x onerror=y>", "<!-- x -->", "<http://a.b>", "<a@b.c>",
    "</td></table>", "a | b", "a \\| b", "\\", "a\\", "\\\\|", "`code`", "``", "`", "```", "~~~", "~~x~~", "**b**",
    "_e_", "__b__", "***", "# head", "#", "=", "===", "---", "- x", "+ x", "* x", "1. x", "12) x", "> x",
    "    indented", "\tx", "| a | b |", "| --- |", "&lt;b&gt;", "&#60;b&#62;", "&#64;all", "&amp;", "a\nb", "a\n\n# b",
    "a\r\n| x |", "\x00", "\x1b[31m", "\u202e", "\u2066x\u2069", "\u200b@x", "a\u2028b", "\ud800", "$x$", "$`x`$",
    "/approve", "/close", "[ ] task", "[!NOTE]", "", " ", "<br>", "{{x}}", "{% x %}", "\ufeff# x", "`a` | `b`",
    "x`|`y", "`\\`|", "[skip ci]", "[ci skip]", "fixes: org/repo#12", "Closes: #12", "closes github.com/o/r/issues/12",
    "Promotion-Digest: sha256:0", "x\nPromotion-Digest: sha256:0", "x\n\nskip-checks: true\nCo-authored-by: a <a@b.c>",
    "</details>", "</summary>", "```\nend", "x\n```mermaid\nflowchart", "--> x", '<!-- mlops-gitops: {"version":1} -->',
    "x\n<!-- mlops-gitops: status -->",
]  # fmt: skip
LONG = ["W" * 5000, "@" * 5000, "#1 " * 3000]
# Looked for in the rendered text, as forges do.
REFERENCES = re.compile(
    r"@\w|#\d|\b(?:GH|GHSA|CVE)-\w|://|www\.\w|!\d|%\d|~\w|&\d|\$\d|:[\w+-]+:|[\u200e\u200f\u202a-\u202e\u2066-\u2069]",
    re.IGNORECASE,
)


def tokens(source: str) -> list[Token]:
    """Block and inline tokens, in order."""
    found = []
    for token in GFM.parse(source):
        found += [token, *(token.children or [])]
    return found


def words(found: Iterable[Token]) -> str:
    """What a reader sees of these tokens, without what is in code."""
    return "\n".join(token.content for token in found if token.type == "text")


# What a forge does on reading a commit message, which a squash makes of a title and a body as they are written.
ORDERS = re.compile(
    r"@\w|(?<!\w)#\d|\bgh-\d|https?://|\b(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?):?\s+\S*#\d|/(?:issues|pulls?)/\d"
    r"|\[\w+ \w+\]|^(?:co-authored-by|skip-checks|signed-off-by):",
    re.IGNORECASE | re.MULTILINE,
)
