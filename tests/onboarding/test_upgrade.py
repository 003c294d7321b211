"""What an older version wrote, as this one writes it: own edits stay, or what is new is shown."""

from __future__ import annotations

import re
from pathlib import Path

from cases import cases

from mlops_gitops import __version__
from mlops_gitops.doctor.stamp import Stamp, digest, is_older, read_stamp, stamped
from mlops_gitops.git.merge import merged_text
from mlops_gitops.onboarding import file_drafts, workflow_drafts
from mlops_gitops.onboarding.upgrade import Bases, State, Upgrade, upgrade_hooks, upgrade_schema, upgrade_workflow

PATH = ".github/workflows/mlops-gitops.yml"
OLD = """name: mlops-gitops
on:
  pull_request:
jobs:
  check:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@aaa # v6.0.0
      - uses: mlops-gitops/mlops-gitops@v0.0.1
        with:
          command: check
"""
NEW = OLD.replace("  pull_request:\n", "  pull_request:\n  merge_group:\n")
NEW = NEW.replace("aaa # v6.0.0", "bbb # v7.0.1").replace("v0.0.1", f"v{__version__}")
OWN = "    timeout-minutes: 5\n"
EDITED = OLD.replace("    steps:\n", f"{OWN}    steps:\n")


NOTHING = Bases()


def _upgraded(current: str, bases: Bases = NOTHING) -> Upgrade:
    return upgrade_workflow(PATH, current, NEW, bases, merged_text)


@cases(
    "current, earlier",
    [
        (stamped(OLD, "0.0.1"), ()),
        (stamped(OLD, "0.0.1").replace("\n", "\r\n"), ()),  # a checkout with the line ends of Windows
        (OLD, (OLD,)),  # from before there were stamps
        (NEW, ()),
        (stamped(NEW, "0.0.1"), ()),
    ],
)
def test_what_nobody_edited_is_written_anew(current: str, earlier: tuple[str, ...]) -> None:
    found = _upgraded(current, Bases(earlier))
    assert (found.state, found.text) == (State.RENEWED, stamped(NEW))


@cases(
    "checkout, kept",
    [("aaa # v6.0.0", "bbb # v7.0.1"), ("ccc # v9.0.0", "ccc # v9.0.0")],
)
def test_without_a_stamp_versions_of_actions_are_no_edits(checkout: str, kept: str) -> None:
    found = _upgraded(NEW.replace(f"@v{__version__}", "@v0.0.1").replace("bbb # v7.0.1", checkout))
    assert (found.state, found.written_by) == (State.RENEWED, "0.0.1")
    assert read_stamp(found.text or "")[1] == NEW.replace("bbb # v7.0.1", kept)


@cases("bases", [Bases(history=(EDITED, OLD)), Bases(earlier=(OLD,))])
def test_edits_stay_and_what_is_new_comes(bases: Bases) -> None:
    found = _upgraded(Stamp("0.0.1", digest(OLD)).line() + EDITED, bases)
    assert (found.state, found.written_by) == (State.MERGED, "0.0.1")
    mark, body = read_stamp(found.text or "")
    assert mark == Stamp(__version__, digest(NEW))
    assert body == NEW.replace("    steps:\n", f"{OWN}    steps:\n")
    assert _upgraded(found.text or "", bases).state is State.CURRENT  # done once


def test_a_committed_edit_is_no_base() -> None:
    """Without a stamp nothing tells that what Git has is not what somebody made of it."""
    found = _upgraded(EDITED, Bases(history=(EDITED,)))
    assert (found.state, found.text) == (State.LEFT, None)


def test_an_edit_of_what_changes_is_shown_and_left() -> None:
    edited = OLD.replace("  pull_request:\n", "  pull_request: {branches: [main]}\n")
    found = _upgraded(Stamp("0.0.1", digest(OLD)).line() + edited, Bases((OLD,)))
    assert (found.state, found.text) == (State.LEFT, None)
    assert "-  pull_request: {branches: [main]}" in found.diff and "+  merge_group:" in found.diff
    assert _upgraded(f"{found.remedy[-1]}\n{edited}").state is State.CURRENT  # as it says


@cases(
    "ref, kept",
    [
        ("ccc # v9.0.0", "ccc # v9.0.0"),
        ("ccc # v6.1.0", "bbb # v7.0.1"),
        ("main", "main"),
        ("aaa # v6.0.0", "bbb # v7.0.1"),
    ],
)
def test_a_newer_version_of_an_action_stays(ref: str, kept: str) -> None:
    """Dependabot moved it, and so did we."""
    body = EDITED.replace("aaa # v6.0.0", ref).replace("@v0.0.1", "@v0.0.9")
    found = _upgraded(Stamp("0.0.1", digest(OLD)).line() + body, Bases((OLD,)))
    assert found.state is State.MERGED
    assert f"actions/checkout@{kept}\n" in str(found.text) and f"mlops-gitops@v{__version__}\n" in str(found.text)


def test_what_a_newer_version_wrote_is_left() -> None:
    assert _upgraded(stamped(OLD, "99.0.0")).state is State.LEFT


HOOKS = """# ours
repos:
  - repo: https://github.com/example/other
    rev: v0.0.1
    hooks: [{id: other}]
  - repo: https://github.com/mlops-gitops/mlops-gitops
    rev: v0.0.1  # kept
    hooks:
      - {id: mlops-gitops-validate, args: [--format, json]}
"""


def test_of_the_hooks_only_our_version_changes() -> None:
    found = upgrade_hooks(HOOKS)
    assert (found.state, found.written_by) == (State.RENEWED, "0.0.1")
    assert found.text == HOOKS.replace("rev: v0.0.1  # kept", f"rev: v{__version__}  # kept")


@cases("rev", [f"v{__version__}", "main", "ab" * 20, "v99.0.0", "v1"])
def test_hooks_of_this_or_a_newer_version_or_of_no_version_stay(rev: str) -> None:
    assert upgrade_hooks(HOOKS.replace("rev: v0.0.1  # kept", f"rev: {rev}")).state is State.CURRENT


def test_hooks_that_pre_commit_could_not_read_are_left() -> None:
    assert [upgrade_hooks(text).state for text in ("repos: 7\n", "repos: [\n", "")] == [State.LEFT] * 3
    assert upgrade_hooks(file_drafts.draft_hooks()).state is State.CURRENT


def test_a_schema_that_git_does_not_have_is_left() -> None:
    assert upgrade_schema("x.json", "{}\n", "{}\n", committed=False).state is State.CURRENT
    assert upgrade_schema("x.json", "{}\n", '{"a": 1}\n', committed=True).text == '{"a": 1}\n'
    assert upgrade_schema("x.json", "{}\n", '{"a": 1}\n', committed=False).diff


@cases("older, newer", [("0.1.0", "0.2.0"), ("v0.9.0", "0.10.0"), ("1.0.0rc1", "1.0.0"), ("1.0.0-rc.1", "v1.0.0")])
def test_versions_are_compared_by_their_numbers(older: str, newer: str) -> None:
    assert is_older(older, newer) and not is_older(newer, older) and not is_older("main", newer)


def test_every_released_version_left_its_workflows() -> None:
    """Else what it wrote could not be told from what people made of it: CONTRIBUTING.md says how to keep them."""
    top = Path(__file__).parent.parent.parent
    released = re.findall(r"^## ([0-9]\S*) - ", (top / "CHANGELOG.md").read_text(), re.MULTILINE)
    for version in released:
        if version != __version__:
            assert version in workflow_drafts.earlier_versions(), version
    for version in workflow_drafts.earlier_versions():
        assert is_older(version) and workflow_drafts.draft_workflows("main", (), version)
