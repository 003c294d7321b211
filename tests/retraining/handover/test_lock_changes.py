"""Which stages a policy names, in several dvc.yaml files and loops, and what their new runs may change."""

from __future__ import annotations

from cases import cases

from mlops_gitops.documents.tree import Overlay
from mlops_gitops.retraining.handover.lock_changes import changed_outputs, lock_refusals, stage_names
from mlops_gitops.retraining.handover.stated_sizes import KnownBytes

PIPELINE = """stages:
  train:
    foreach: [eu, us]
    do: {cmd: "python train.py ${item}", deps: [train.py], outs: ["model-${item}.bin"]}
"""
LOCK = """schema: '2.0'
stages:
  train@eu: {{cmd: python train.py eu, deps: [{dep}], outs: [{{path: model-eu.bin, hash: md5, md5: '{eu}', size: 1}}]}}
  train@us: {{cmd: python train.py us, deps: [{dep}], outs: [{{path: model-us.bin, hash: md5, md5: '{us}', size: 1}}]}}
"""
DEP = "{path: train.py, hash: md5, md5: 'd41d8cd98f00b204e9800998ecf8427e', size: 0}"
A, B = "a" * 32, "b" * 32


def _tree(eu: str, us: str) -> Overlay:
    lock = LOCK.format(dep=DEP, eu=eu, us=us).encode()
    return Overlay({"cv/dvc.yaml": PIPELINE.encode(), "cv/train.py": b"", "cv/dvc.lock": lock})


@cases("stages, changed, refused", [
    (("cv/dvc.yaml:train",), ["cv/model-eu.bin", "cv/model-us.bin"], []),
    (("cv/dvc.yaml:train@eu",), ["cv/model-eu.bin"], ["train@us"]),
    (("train",), [], []),
])  # fmt: skip
def test_a_loop_in_a_folder(stages: tuple[str, ...], changed: list[str], refused: list[str]) -> None:
    base, head, named = _tree(A, A), _tree(B, B), stage_names(stages)
    assert sorted(changed_outputs(base, head, named)) == changed
    reasons = list(lock_refusals(head, named, {}, KnownBytes((), base)))
    assert [name for name in refused if any(name in reason for reason in reasons)] == refused
    if stages == ("train",):  # which is of no dvc.yaml at the top
        assert reasons == ["dvc.lock: it is not there"]
    else:
        assert len(reasons) == len(refused), reasons
