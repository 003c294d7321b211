"""docs/reference/cli.md: every command and every argument."""

from __future__ import annotations

import re

from mlops_gitops.core import plugins
from pages.contents import text_of


def test_each_command_has_a_section_and_each_argument_says_what_it_does() -> None:
    text = text_of("reference/cli.md")
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == list(plugins.names("cli.commands"))
    assert re.search(r"^mlops-gitops pr merge \[--squash \| --rebase\] \[--force\] \[--only\] N$", text, re.MULTILINE)
    assert "| ` |" not in text and "|  |" not in text
