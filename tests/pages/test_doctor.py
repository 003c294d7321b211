"""docs/reference/doctor.md: every checkup."""

from __future__ import annotations

import re

from mlops_gitops.core import plugins
from pages.contents import text_of


def test_each_checkup_has_a_section_and_a_link() -> None:
    text = text_of("reference/doctor.md")
    ids = [name.replace("_", "-") for name in plugins.names("doctor.checkups")]
    sections, links = re.findall(r"^## (.+)$", text, re.MULTILINE), re.findall(r"\]\(#([a-z0-9-]+)\)", text)
    assert sections == links and sorted(sections) == sorted(ids)
