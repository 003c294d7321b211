"""Every page of docs/ is in the navigation of the site and on docs/index.md, each once."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

TOP = Path(__file__).parent.parent
DOCS = TOP / "docs"
PAGES = {page.relative_to(DOCS).with_suffix("").as_posix() for page in DOCS.rglob("*.md")} - {"index"}


def test_the_navigation_has_every_page_once() -> None:
    navigation = re.search(r"^NAVIGATION = \{$(.*?)^\}$", (TOP / "site/conf.py").read_text("utf-8"), re.M | re.S)
    assert navigation
    assert Counter(re.findall(r'"([^"]+)"[,\]]', navigation[1])) == Counter(PAGES)


def test_the_first_page_leads_to_every_page_once() -> None:
    """The rules have a page of their own that leads to their groups."""
    guide = (DOCS / "index.md").read_text("utf-8").partition("## Where to go")[2]
    listed = Counter(re.findall(r"\]\(([^)#]+)\.md(?:#[^)]*)?\)", guide))
    groups = {page for page in PAGES if page.startswith("reference/rules/")} - {"reference/rules/index"}
    assert listed == Counter(PAGES - groups | {"../SECURITY"})
    index = (DOCS / "reference/rules/index.md").read_text("utf-8")
    assert all(f"({page.rpartition('/')[2]}.md" in index for page in groups)
