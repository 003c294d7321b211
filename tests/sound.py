"""A sound repository on GitHub, for `doctor`: the sample with workflows, code owners and settings without a fault."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sample

from mlops_gitops.core.errors import Refused
from mlops_gitops.core.frozen import replace
from mlops_gitops.doctor.candidate import Candidate
from mlops_gitops.doctor.checkup import Case
from mlops_gitops.doctor.facts import Facts
from mlops_gitops.documents.tree import Overlay
from mlops_gitops.forges.pull_request import STATUS
from mlops_gitops.forges.settings import (
    ActionsPermissions,
    Actor,
    BranchRules,
    Limit,
    Merging,
    RefRules,
    Repository,
    Required,
    Reviews,
    Settings,
    Unknown,
)
from mlops_gitops.orchestration.doctor_facts import collect_facts
from mlops_gitops.repository.snapshot import Snapshot

FILES = {
    ".github/workflows/ci.yml": """name: ci
on:
  pull_request:
  merge_group:
jobs:
  test:
    runs-on: ubuntu-latest
    strategy:
      matrix:
        python: ["3.11", "3.12"]
    steps:
      - uses: actions/checkout@v4
      - run: make test
  lint:
    uses: ./.github/workflows/lint.yml
""",
    ".github/workflows/lint.yml": """on: workflow_call
jobs:
  ruff:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - run: ruff check
""",
    ".github/workflows/mlops.yml": """on:
  pull_request:
  merge_group:
  push: {branches: [main]}
  schedule: [{cron: '17 5 * * *'}]
jobs:
  promotions:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
        with: {fetch-depth: 0}
      - uses: mlops-gitops/mlops-gitops@v1
        with: {command: check}
        if: github.event_name != 'push'
      - run: mlops-gitops record
        if: github.event_name == 'push' || github.event_name == 'schedule'
""",
    ".github/workflows/promote.yml": """on: workflow_dispatch
jobs:
  promote:
    runs-on: ubuntu-latest
    environment: mlops-gitops
    steps:
      - uses: actions/checkout@v4
        with: {fetch-depth: 0}
      - run: mlops-gitops promote churn --to staging
        env:
          GITHUB_TOKEN: ${{ steps.app.outputs.token }}
""",
    ".github/CODEOWNERS": """# who answers for what
mlops.yaml @example/ops
mlops-gitops.yaml @example/ops
/models/*/kpis.yaml @example/ops @example/science
/environments/ @example/ops
/promotions/ @example/ops
/releases/ @example/ops
/decisions/ @example/ops
/.github/ @example/ops
.dvc/ @example/ops
""",
    ".dvc/config": """[core]
    remote = storage
['remote "storage"']
    url = s3://bucket/data
    verify = true
""",
}
SETTINGS = Settings(
    repository=Repository("example/churn", "main", True, Merging(
        frozenset({"merge", "squash"}), "COMMIT_OR_PR_TITLE", "COMMIT_MESSAGES", True)),
    rulesets=BranchRules(
        "the rulesets on main",
        Reviews(1, dismiss_stale=True, last_push=True, code_owners=True),
        (Required(STATUS, 254), Required("test (3.11)", 15368)),
        no_deletion=True,
        no_force_push=True,
        up_to_date=True,
    ),
    protection=None,
    queue=None,
    ref_rules=(RefRules("receipts", "tag", ("refs/tags/*@v*", "refs/tags/*#*#*", "refs/tags/mlops-gitops/decision/*",
                                "refs/tags/mlops-gitops/policy/*", "refs/tags/mlops-gitops/checkpoint/*"), (),
                   frozenset({"creation", "update", "deletion"}), (Actor("Integration", 254),)),),
    actions=ActionsPermissions("read", False),
    workflows={path: "active" for path in FILES if path.startswith(".github/workflows/")},
    owners_errors=(),
    actions_app=15368,
    environments={"mlops-gitops": Limit(branches=("main",))},
)  # fmt: skip


def files() -> dict[str, bytes]:
    """Every file of it."""
    return sample.files() | {path: text.encode() for path, text in FILES.items()}


def changed(value: Any, route: str, new: object) -> Any:
    """A frozen value with the field at a dotted route replaced."""
    name, _, rest = route.partition(".")
    return replace(value, **{name: changed(getattr(value, name), rest, new) if rest else new})


def settings_of(changes: Mapping[str, object]) -> Settings:
    """The sound settings with changes."""
    settings = SETTINGS
    for route, new in changes.items():
        settings = changed(settings, route, new)
    return settings


def of(case: Case) -> Facts:
    """The facts of a case."""
    merged = sample.edited(case.edits, files())
    base, here = Snapshot(Overlay(merged)), Snapshot(Overlay(sample.edited(case.here, merged)))
    refusals = None if case.stored is None else tuple(Refused(message, help=help) for message, help in case.stored)
    stored = Unknown("the test keeps it back") if refusals is None else {"churn": refusals}
    candidate = Candidate(here, here.models(), sample.TODAY, "alice@example.org", stored)
    return collect_facts(base, "main", None if case.local else settings_of(case.settings), candidate)
