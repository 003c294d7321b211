"""The path of each page in docs/, and what makes its text."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from mlops_gitops.cli.main import build_parser
from mlops_gitops.core import plugins
from mlops_gitops.metrics import lookup
from mlops_gitops.policy import catalogue
from mlops_gitops.repository.packs_in_force import built_in, built_in_ids
from mlops_gitops.repository.snapshot import KINDS
from mlops_gitops.retraining.record import BRANCH_KINDS
from pages import cli, doctor, files, metrics, packs, promotion_on_github, rules


def _rule_pages() -> dict[str, Callable[[], str]]:
    entries = catalogue.catalogue_entries()
    written = rules.pages(entries)
    return {"index.md": lambda: rules.index(entries), **{name: partial(str, text) for name, text in written.items()}}


def _pack(id: str) -> str:
    return packs.page(built_in(id), {check.id: check for check in plugins.all_of("compliance.checks", "CHECK")})


PAGES: Mapping[str, Callable[[], str]] = {
    **{f"reference/rules/{name}": text for name, text in _rule_pages().items()},
    "reference/doctor.md": lambda: doctor.page(plugins.all_of("doctor.checkups", "CHECKUP")),
    "reference/files.md": lambda: files.page([*KINDS, *BRANCH_KINDS]),
    "reference/metrics.md": lambda: metrics.page(lookup.own_metrics(), lookup.sklearn_family()),
    **{f"reference/packs/{id}.md": partial(_pack, id) for id in built_in_ids()},
    "explanation/a-promotion-on-github.md": promotion_on_github.page,
    "reference/cli.md": lambda: cli.page(build_parser()),
}


def text_of(path: str) -> str:
    """The text of the page at a path below docs/."""
    return PAGES[path]() + "\n"
