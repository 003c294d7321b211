"""The release names the release before it, or is the first of its model."""

from __future__ import annotations

from mlops_gitops.compliance.check import Check
from mlops_gitops.compliance.result import Finding, Place, Status, failed, passed
from mlops_gitops.compliance.subject import Subject
from mlops_gitops.policy.rule import Edit


def _look(subject: Subject) -> Finding:
    release, before = subject.require_release(), subject.predecessor()
    if release.supersedes:
        return passed(f"{release.model} {release.version} supersedes {release.supersedes}")
    if before is not None:
        says = f"{release.path} does not say that it supersedes {before.version}"
        return failed(says, Place(release.path), "make the next release by mlops-gitops release, which writes it")
    return passed(f"{release.version} is the first release")


CHECK = Check(
    "predecessor-named",
    __doc__,
    _look,
    Status.PASSED,
    rests_on="release",
    bad=((Edit("releases/churn/1.1.0.yaml", 'supersedes: "1.0.0"\n', ""),),),
)
