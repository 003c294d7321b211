"""The reference profile of a release: what the manifest pins, or by name why there is none."""

from __future__ import annotations

import sample
from cases import cases

from mlops_gitops.documents.tree import Overlay
from mlops_gitops.monitoring.profiles.profile import Profile
from mlops_gitops.monitoring.reference import NO_REFERENCE, release_profile
from mlops_gitops.policy.examples import PROFILE, PROFILE_PATH, new_release, profiled_release
from mlops_gitops.policy.rule import Edit
from mlops_gitops.repository.snapshot import Snapshot


def found(*edits: Edit, tree: bool = True) -> Profile | str:
    """The reference of churn 1.2.0, which the sample with these edits holds."""
    snapshot = Snapshot(Overlay(sample.edited(edits)))
    release = snapshot.release("churn", "1.2.0")
    assert release is not None
    return release_profile(release, snapshot if tree else None)


def test_the_profile_that_the_manifest_pins() -> None:
    profile = found(*profiled_release("1.2.0"))
    assert isinstance(profile, Profile)
    assert (profile.model, profile.rows, set(profile.columns)) == ("churn", 40, {"age", "probability", "region"})


@cases(
    "edits, reason",
    [
        ((new_release("1.2.0"), Edit(PROFILE_PATH, None, PROFILE)), "churn 1.2.0 pins no profile"),
        ((*profiled_release("1.2.0"), Edit(PROFILE_PATH, "41.5", "41.6")), f"{PROFILE_PATH} of churn 1.2.0 is altered"),
        ((*profiled_release("1.2.0"), Edit(PROFILE_PATH, None, None)), f"has no {PROFILE_PATH}"),
        (profiled_release("1.2.0", PROFILE.replace("churn", "fraud")), "is a profile of fraud, not of churn"),
        (profiled_release("1.2.0", PROFILE.replace("profile/v1", "profile/v2")), "is not a profile"),
        (profiled_release("1.2.0", PROFILE.replace("[20, 20]", "[20, 21]", 1)), "contradicts itself"),
        (profiled_release("1.2.0", PROFILE[:40]), "is not a profile"),
    ],
)
def test_without_a_reference_the_reason_is_named(edits: tuple[Edit, ...], reason: str) -> None:
    why = found(*edits)
    assert isinstance(why, str) and why.startswith(f"{NO_REFERENCE}: ") and reason in why and "\n" not in why


def test_the_tree_that_introduced_the_release_may_not_be_at_hand() -> None:
    why = found(*profiled_release("1.2.0"), tree=False)
    assert isinstance(why, str) and "not in this history" in why
