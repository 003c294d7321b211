"""The manifest that a tree gives: the reference profile, where the model has one."""

from __future__ import annotations

import pytest
import sample
from cases import cases

from mlops_gitops.core.canonical import sha256
from mlops_gitops.core.errors import Error
from mlops_gitops.documents.tree import Overlay
from mlops_gitops.policy.examples import PROFILE, PROFILE_PATH
from mlops_gitops.policy.rule import Edit
from mlops_gitops.promotion.manifest import compose_manifest, made_of, manifest_differences, plan_release
from mlops_gitops.records.release import Pin, Release
from mlops_gitops.repository.snapshot import Snapshot

WRITTEN = Edit(PROFILE_PATH, None, PROFILE)


def snapshot(*edits: Edit) -> Snapshot:
    return Snapshot(Overlay(sample.edited(edits)))


def composed(*edits: Edit) -> Release:
    tree = snapshot(*edits)
    plan = plan_release(tree, tree.tracking, "churn")
    return compose_manifest(tree, tree.tracking, plan, "1.2.0", sample.SHA, {})


def test_a_profile_is_pinned_and_read_again() -> None:
    release = composed(WRITTEN)
    assert release.profile == Pin(PROFILE_PATH, sha256=sha256(PROFILE.encode()))
    tree = snapshot(WRITTEN, Edit(release.path, None, release.render().decode()))
    assert tree.release("churn", "1.2.0") == release
    assert list(manifest_differences(release, tree.tracking, tree)) == []


def test_without_a_profile_the_manifest_is_what_it_was() -> None:
    release = composed()
    assert release.profile is None
    keys = [
        "apiVersion",
        "kind",
        "model",
        "version",
        "artifacts",
        "card",
        "kpis",
        "evaluation",
        "lineage",
        "supersedes",
    ]
    assert list(release.to_data()) == keys


def test_a_file_of_that_name_that_another_tool_made_is_left_alone() -> None:
    assert composed(Edit(PROFILE_PATH, None, '{"columns": []}\n')).profile is None


def test_only_a_manifest_from_before_there_were_profiles_may_lack_it() -> None:
    tree, release = snapshot(WRITTEN), composed()
    assert list(manifest_differences(release, tree.tracking, tree, is_new=False)) == []
    ((route, message),) = manifest_differences(release, tree.tracking, tree)
    assert route == ("profile",) and "nothing" in message


def test_altered_bytes_are_named() -> None:
    release, altered = composed(WRITTEN), snapshot(Edit(PROFILE_PATH, None, PROFILE.replace("41.5", "14.5")))
    ((route, message),) = manifest_differences(release, altered.tracking, altered)
    assert route == ("profile", "sha256") and sha256(PROFILE.encode()) in message


@cases("kept, refused", [("", True), (", cache: false", False)])
def test_a_profile_is_kept_in_git(kept: str, refused: bool) -> None:
    stage = f"  profile: {{cmd: profile, outs: [{{{PROFILE_PATH}: {{persist: true{kept}}}}}]}}\n"
    out = f"    - {{path: {PROFILE_PATH}, hash: md5, md5: {'e' * 32}, size: 9}}\n"
    edits = (WRITTEN, Edit("dvc.yaml", "stages:\n", f"stages:\n{stage}"),
             Edit("dvc.lock", "stages:\n", f"stages:\n  profile:\n    cmd: profile\n    outs:\n{out}"))  # fmt: skip
    if not refused:
        assert composed(*edits).profile is not None
        return
    with pytest.raises(Error, match=r"kept in Git") as caught:
        composed(*edits)
    assert "cache: false" in caught.value.help


def test_a_release_is_made_of_its_profile_too() -> None:
    assert PROFILE_PATH in made_of(snapshot(), snapshot(), "churn")
