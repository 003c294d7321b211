"""Writes every page below docs/: `python -m pages`."""

from __future__ import annotations

from pathlib import Path

from pages.contents import PAGES, text_of

DOCS = Path(__file__).parent.parent / "docs"


def main() -> None:
    """Writes each page in place."""
    for path in PAGES:
        (DOCS / path).write_text(text_of(path), "utf-8")


if __name__ == "__main__":
    main()
