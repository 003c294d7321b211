"""What the placeholders of a target's values stand for."""

from __future__ import annotations

import pytest
from cases import cases

from mlops_gitops.core.frozen import replace
from mlops_gitops.records.release import Pin, Release
from mlops_gitops.rollout.placeholders import fill
from mlops_gitops.rollout.target_kind import ReleaseFacts

MODEL = Pin("models/churn/model.skops", "a" * 32, "md5", sha256="b" * 64)
FOLDER = Pin("models/churn/tokenizer", "c" * 32 + ".dir", "md5")


def facts(*artifacts: Pin, commit: str | None = "d" * 40) -> ReleaseFacts:
    pin = Pin("x", git_blob="e" * 40)
    release = Release("releases/churn/1.4.0.yaml", "churn", "1.4.0", artifacts, pin, pin, {}, None, None)
    return replace(ReleaseFacts(release, commit), traffic=10)


FILLED = [
    ("{release}", "1.4.0", (MODEL,), None),
    ("v{release}-{release}", "v1.4.0-1.4.0", (MODEL,), None),
    ("{traffic}", "10", (MODEL,), None),
    ("s3://m/{sha256}/", f"s3://m/{'b' * 64}/", (MODEL,), None),
    ("{md5}", "c" * 32 + ".dir", (MODEL, FOLDER), FOLDER.path),
    ("{commit}", "d" * 40, (MODEL,), None),
]


@cases("template,value,artifacts,artifact", FILLED)
def test_filled_in(template: str, value: str, artifacts: tuple[Pin, ...], artifact: str | None) -> None:
    assert fill(template, facts(*artifacts), artifact) == value


REFUSED = [
    ("{sha256}", (MODEL, FOLDER), None, ("2 artifacts", MODEL.path, FOLDER.path)),
    ("{sha256}", (FOLDER,), None, ("sha256", "{md5}")),
    ("{md5}", (MODEL,), "models/other", ("models/other", MODEL.path)),
]


@cases("template,artifacts,artifact,said", REFUSED)
def test_what_a_release_lacks(
    template: str, artifacts: tuple[Pin, ...], artifact: str | None, said: tuple[str, ...]
) -> None:
    with pytest.raises(ValueError) as caught:
        fill(template, facts(*artifacts), artifact)
    assert [fact for fact in said if fact not in str(caught.value)] == []


def test_a_commit_that_is_not_there_yet() -> None:
    with pytest.raises(ValueError, match="merge it first"):
        fill("{commit}", facts(MODEL, commit=None), None)
