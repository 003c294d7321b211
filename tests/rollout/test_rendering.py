"""What a desired state's targets say of a release, and what is guarded of it."""

from __future__ import annotations

import sample

from mlops_gitops.core.frozen import replace
from mlops_gitops.documents.tree import Overlay
from mlops_gitops.policy.examples import TARGETED
from mlops_gitops.records.promotion import TargetValue
from mlops_gitops.repository.snapshot import Snapshot
from mlops_gitops.rollout.rendering import guarded, release_facts, render

TREE = sample.edited(TARGETED)
HEAD = Snapshot(Overlay(TREE))


def _values() -> tuple[TargetValue, ...]:
    state, release = HEAD.state("staging", "churn"), HEAD.release("churn", "1.0.0")
    assert state is not None and release is not None
    return render(state, release_facts(release, None)).values


def test_every_field_of_every_file_is_rendered() -> None:
    assert [(value.field.split(".")[-1], value.value) for value in _values()] == [
        ("storageUri", f"s3://models/churn/{'a' * 31}1/"),
        ("canaryTrafficPercent", "100"),
    ]


def test_the_commit_of_a_release_is_the_one_that_added_its_manifest() -> None:
    release = HEAD.release("churn", "1.1.0")
    assert release is not None
    assert release_facts(release, sample.ledger_of(TREE)).commit == "1" * 40
    assert release_facts(release, sample.ledger_of({})).commit is None


def test_a_target_that_cannot_be_rendered_is_named() -> None:
    state, release = HEAD.state("staging", "churn"), HEAD.release("churn", "1.0.0")
    assert state is not None and release is not None
    (file,) = state.targets[0].files
    wrong = replace(state.targets[0], files=(replace(file, artifact="models/other"),))
    rendering = render(replace(state, targets=(wrong,)), release_facts(release, None))
    assert rendering.values == () and [name for name, _ in rendering.faults] == ["eu-api"]
    assert "models/other" in rendering.faults[0][1]


def test_what_a_record_set_is_guarded_and_what_none_set_is_rendered() -> None:
    first, second = _values()
    (record,) = HEAD.promotions()
    said = replace(second, value="10").to_data()
    data = {**record.data, "predicate": {**record.predicate, "targets": [said]}}
    assert list(guarded((first, second), replace(record, data=data))) == [first, replace(second, value="10")]
    assert list(guarded((first, second), None)) == [first, second]
