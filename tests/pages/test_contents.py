"""The pages of docs/ that `make docs` writes are up to date."""

from __future__ import annotations

from pathlib import Path

from pages.contents import PAGES, text_of

DOCS = Path(__file__).parent.parent.parent / "docs"


def test_every_page_in_docs_is_what_the_code_says() -> None:
    stale = [path for path in PAGES if (DOCS / path).read_text("utf-8") != text_of(path)]
    assert stale == [], "run: make docs"


def test_every_page_that_says_make_docs_writes_it_is_one_of_them() -> None:
    said = {
        page.relative_to(DOCS).as_posix() for page in DOCS.rglob("*.md") if "`make docs` writes" in page.read_text()
    }
    assert said == set(PAGES)
