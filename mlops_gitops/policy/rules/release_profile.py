"""The profile that a release pins is one of its model, and of the release's own data.

Monitoring measures drift from this profile. One of other data than the release was evaluated or trained on would call
the difference between two data sets drift, or hide it. For each manifest that the change adds or promotes it reads the
profile in the tree that introduced the manifest: whether it is a profile at all, of the same model, and whether the
file that it was made from has the digest that the release pins for it, where the release pins it. A release without a
profile is accepted: monitoring then has no reference for it.

Run `mlops-gitops profile MODEL` again and commit the file before the release.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_gitops.core.diagnostics import Diagnostic
from mlops_gitops.monitoring.profiles.profile import Profile
from mlops_gitops.monitoring.reference import release_profile
from mlops_gitops.policy.examples import PROFILE, PROFILE_PATH, new_release, profiled_release
from mlops_gitops.policy.rule import Edit, Rule, Scope
from mlops_gitops.records.release import Release
from mlops_gitops.repository.context import Context


def check(context: Context) -> Iterator[Diagnostic]:
    """One error for each pinned profile that is no reference of its release."""
    for manifest, tree in context.manifests():
        if manifest.profile is None:
            continue
        profile = release_profile(manifest, tree)
        fault = profile if isinstance(profile, str) else _of_other_data(manifest, profile)
        if fault:
            help = f"mlops-gitops profile {manifest.model}, then commit it"
            yield context.head.document(manifest.path).problem(RULE.id, fault, ("profile",), help=help)


def _of_other_data(manifest: Release, profile: Profile) -> str:
    """What is wrong where the release pins other bytes of the file that was profiled; empty where nothing is."""
    pinned = {pin.path: f"md5:{pin.md5}" if pin.md5 else pin.digest for pin in manifest.evaluation.values()}
    read = {path: f"md5:{md5}" for path, md5 in manifest.lineage.deps.items()} if manifest.lineage else {}
    wanted = {**read, **pinned}.get(profile.data.path)
    if wanted in (None, profile.data.digest):
        return ""
    return f"the profile is of {profile.data.path} as {profile.data.digest}, and the release pins it as {wanted}"


RULE = Rule(
    "release-profile",
    __doc__,
    check,
    Scope.BASE,
    about="Release",
    ok=(profiled_release("1.2.0"), (new_release("1.2.0"), Edit(PROFILE_PATH, None, PROFILE))),
    bad=(
        (*profiled_release("1.2.0"), Edit(PROFILE_PATH, '"rows": 40', '"rows": 41')),
        profiled_release("1.2.0", PROFILE.replace('"model": "churn"', '"model": "fraud"')),
        profiled_release("1.2.0", PROFILE.replace("md5:d", "md5:e")),
        profiled_release("1.2.0", PROFILE.replace('"counts": [20, 20]', '"counts": [20]')),
    ),
)
