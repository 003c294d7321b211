"""The release pins the data that its artifact was trained on by their digests in dvc.lock."""

from __future__ import annotations

from mlops_gitops.compliance.check import Check
from mlops_gitops.compliance.result import Finding, Place, Status, failed, passed
from mlops_gitops.compliance.subject import Subject
from mlops_gitops.core.text import join_names
from mlops_gitops.policy.rule import Edit


def _look(subject: Subject) -> Finding:
    release = subject.require_release()
    if release.lineage is None or not release.lineage.deps:
        says = f"{release.path} pins nothing that its artifact was made of"
        return failed(says, Place(release.path), "train in a DVC stage whose deps hold the data, and release again")
    return passed(f"{join_names(list(release.lineage.deps), 3)}, by digest in {release.lineage.lock}")


_DEPS = '  deps:\n  - path: data/train.csv\n    md5: "11111111111111111111111111111111"\n'
CHECK = Check(
    "training-data-pinned",
    __doc__,
    _look,
    Status.PASSED,
    rests_on="release",
    bad=((Edit("releases/churn/1.1.0.yaml", _DEPS, "  deps: []\n"),),),
)
