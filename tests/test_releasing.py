"""Releases of this project: its workflows, its changelog, and what is published."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml
from cases import cases
from messages import lacking

TOP = Path(__file__).parent.parent
WORKFLOWS: dict[str, dict[str, Any]] = {
    path.stem: yaml.safe_load(path.read_text()) for path in sorted((TOP / ".github/workflows").glob("*.yml"))
}
RELEASE = WORKFLOWS["release"]["jobs"]


@cases("name", WORKFLOWS)
def test_every_action_is_pinned_to_a_commit_with_its_version(name: str) -> None:
    lines = (TOP / f".github/workflows/{name}.yml").read_text().splitlines()
    used = [line.split("uses:")[1].strip() for line in lines if "uses:" in line]
    foreign = [action for action in used if not action.startswith("./ ")]
    assert foreign and all(re.fullmatch(r"[\w.-]+/[\w.-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", action) for action in foreign)


@cases("name", WORKFLOWS)
def test_jobs_may_do_little_and_what_people_write_is_no_code(name: str) -> None:
    assert WORKFLOWS[name]["permissions"] in ({}, {"contents": "read"})
    for job in WORKFLOWS[name]["jobs"].values():
        assert job["timeout-minutes"] <= 30
        for step in job["steps"]:
            assert "${{" not in step.get("run", "")
            assert not step.get("uses", "").startswith("actions/checkout@") or not step["with"]["persist-credentials"]


def test_what_may_write_runs_no_code_of_the_project() -> None:
    granted = {
        name: {key for key, access in job["permissions"].items() if access == "write"} for name, job in RELEASE.items()
    }
    assert granted == {
        "build": set(), "attest": {"id-token", "attestations"}, "publish": {"id-token"}, "release": {"contents"},
    }  # fmt: skip
    for name in ("attest", "publish", "release"):
        uses = [step.get("uses", "").partition("@")[0] for step in RELEASE[name]["steps"]]
        assert "actions/checkout" not in uses and uses[0] == "actions/download-artifact"
    assert [RELEASE[name].get("needs") for name in RELEASE] == [None, "build", "attest", "publish"]
    publish = RELEASE["publish"]
    assert publish["environment"] == "pypi"
    assert publish["steps"][-1]["uses"].startswith("pypa/gh-action-pypi-publish@")
    assert set(publish["steps"][-1]["with"]) == {"packages-dir"}, "trusted publishing takes no password"


GH = """#!/bin/sh
# Answers for GitHub: which tags there are; and writes down what it is asked.
echo "$@" >> "$ASKED"
case "$*" in
  *matching-refs*) printf '%s\\n' $TAGS ;;
  *PATCH*) [ -n "$MAJOR" ] ;;
esac
"""


def _major(tmp_path: Path, tag: str, tags: str, major: str) -> list[str]:
    """What the last step of a release asks GitHub to do about the major tag."""
    (tmp_path / "bin").mkdir(exist_ok=True)
    (tmp_path / "bin/gh").write_text(GH)
    (tmp_path / "bin/gh").chmod(0o755)
    asked = tmp_path / "asked"
    asked.write_text("")
    env = {"PATH": f"{tmp_path / 'bin'}:/usr/bin:/bin", "GITHUB_REF_NAME": tag, "GITHUB_SHA": "c" * 40,
           "GH_REPO": "o/r", "TAGS": tags, "MAJOR": major, "ASKED": str(asked)}  # fmt: skip
    script = RELEASE["release"]["steps"][-1]["run"]
    done = subprocess.run(["bash", "-e", "-c", script], env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return [line for line in asked.read_text().splitlines() if "--method" in line]


def test_the_major_tag_moves_to_the_newest_release_alone(tmp_path: Path) -> None:
    moved = _major(tmp_path, "v1.10.0", "v1.2.0 v1.10.0 v1.11.0rc1", "v1")
    assert moved == [f"api --method PATCH repos/o/r/git/refs/tags/v1 -f sha={'c' * 40} -F force=true"]
    made = _major(tmp_path, "v2.0.0", "v2.0.0", "")
    assert made[-1] == f"api --method POST repos/o/r/git/refs -f ref=refs/tags/v2 -f sha={'c' * 40}"
    assert _major(tmp_path, "v1.2.1", "v1.2.1 v1.10.0", "v1") == []
    assert _major(tmp_path, "v1.11.0rc1", "v1.10.0 v1.11.0rc1", "v1") == []


ORDER = """# Changelog

## Unreleased

{unreleased}

## 0.2.0 - 2026-11-25

- Two.

## 0.1.0 - 2026-11-01

- One.
"""
RELEASED = ORDER.format(unreleased="")


def _changelog(tmp_path: Path, text: str, version: str, *args: str) -> subprocess.CompletedProcess[str]:
    """The check, on a project of its own."""
    for folder in (".ci", "mlops_gitops"):
        (tmp_path / folder).mkdir(exist_ok=True)
    shutil.copy(TOP / ".ci/changelog.py", tmp_path / ".ci")
    (tmp_path / "CHANGELOG.md").write_text(text)
    (tmp_path / "mlops_gitops/__init__.py").write_text(f'__version__ = "{version}"\n')
    words = [sys.executable, str(tmp_path / ".ci/changelog.py"), *args]
    return subprocess.run(words, capture_output=True, text=True, check=False)


def test_a_changelog_in_order(tmp_path: Path) -> None:
    assert _changelog(tmp_path, RELEASED, "0.2.0").returncode == 0
    assert _changelog(tmp_path, ORDER.format(unreleased="- Three."), "0.3.0rc1").returncode == 0
    notes = _changelog(tmp_path, RELEASED, "0.2.0", "v0.2.0")
    assert (notes.returncode, notes.stdout) == (0, "- Two.\n")


@cases(
    "text, version, tag, facts",
    [
        (RELEASED, "0.3.0", "", ("0.3.0", "nothing", "Unreleased")),
        (RELEASED, "0.1.0", "", ("0.1.0", "lower than 0.2.0")),
        (RELEASED, "0.2", "", ("'0.2'", "not a version")),
        (ORDER.format(unreleased="- Three."), "0.2.0", "v0.2.0", ("Unreleased", "belongs to 0.2.0")),
        (ORDER.format(unreleased="- Three,\n  in two lines."), "0.3.0", "", ("Unreleased", "one line", "in two lines")),
        (RELEASED, "0.2.0", "v0.2.1", ("v0.2.1", "not v0.2.0")),
        (RELEASED.replace("- One.", ""), "0.2.0", "", ("nothing", "0.1.0")),
        (RELEASED.replace("2026-11-25", "soon"), "0.2.0", "", ("0.2.0 - soon", "form")),
        (RELEASED.replace("0.1.0 -", "0.2.1 -"), "0.2.0", "", ("0.2.0", "0.2.1", "no later release")),
        ("## 0.2.0 - 2026-11-25\n\n- Two.\n", "0.2.0", "", ("first section", "## Unreleased")),
    ],
)
def test_a_changelog_that_is_not_in_order(
    tmp_path: Path, text: str, version: str, tag: str, facts: tuple[str, ...]
) -> None:
    done = _changelog(tmp_path, text, version, *([tag] if tag else []))
    (line,) = done.stderr.splitlines()
    assert done.returncode == 1 and not lacking(line, *facts)


def test_this_project_s_changelog_is_in_order() -> None:
    done = subprocess.run([sys.executable, TOP / ".ci/changelog.py"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
