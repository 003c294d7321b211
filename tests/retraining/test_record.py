"""Records of retrainings: what they say is read again, and one that was edited contradicts itself."""

from __future__ import annotations

import json
from typing import Any

import pytest
from cases import cases
from retraining.decided import RESTING, STALE, chained, decided, run

from mlops_gitops.core.frozen import replace
from mlops_gitops.documents import schema_validation
from mlops_gitops.documents.read_document import parse
from mlops_gitops.documents.tree import Overlay
from mlops_gitops.retraining import record
from mlops_gitops.retraining.outcome import Verdict
from mlops_gitops.retraining.record import RunOutcome, from_tree

WHOLE = replace(
    STALE, evidence={"released": "2025-09-01T00:00:00Z", "windows": [{"rows": 3}]}, about={"digest": "md5:1"}
)


@cases(
    "decision, followed",
    [
        (decided(), run()),
        (decided(WHOLE), run(RunOutcome.FAILED, version="1.1.0", log="https://example.org/log")),
        (decided(blockers=(RESTING,)), None),
        (decided(why="the price list changed", by="alice"), run(RunOutcome.ISSUE)),
    ],
)
def test_a_record_says_what_was_decided_and_what_followed(decision: Any, followed: Any) -> None:
    (written,) = chained((decision, followed))
    assert written.path == "retraining/churn/0001.json"
    document = parse(written.path, written.render())
    assert schema_validation.check(document, "retraining-record") == ()
    read = record.read(document)
    assert (read.decision, read.run, read.digest) == (decision, followed, written.digest)


def test_the_example_of_the_schema_is_a_record() -> None:
    (example,) = schema_validation.schema("retraining-record")["examples"]
    assert record.read(parse("retraining/churn/0001.json", json.dumps(example).encode())).decision.release == "1.4.0"


@cases(
    "change, fault",
    [
        ({"policy": f"sha256:{'9' * 64}"}, "its subject is not the retraining.yaml"),
        ({"release": "1.1.0"}, "the digest of its cause"),
        ({"sequence": 2}, "the path says sequence '0001'"),
        ({"previous": f"sha256:{'9' * 64}"}, "its sequence is 1"),
        ({"run": None}, "its outcome is retrain, and it says nothing of what followed"),
        ({"outcome": "blocked", "run": None}, "its outcome is blocked, and 0 things hold it up"),
        ({"created": "2026-02-30T00:00:00Z"}, "there is no moment 2026-02-30"),
        ({"run.started": "9999-12-31T23:59:59Z"}, "after the year 2999"),
        ({"findings.0.value": 179.0}, "stale is met, and its value is 179.0 beside 180.0"),
        ({"findings.0.verdict": "not_met"}, "its cause is stale, and what is met is nothing"),
        ({"outcome": "none"}, "must be one of retrain, blocked"),
    ],
)
def test_a_record_that_was_edited_contradicts_itself(change: dict[str, Any], fault: str) -> None:
    (written,) = chained((decided(), run()))
    data = json.loads(written.render())
    for place, value in change.items():
        *steps, last = place.split(".")
        target = data["predicate"]
        for step in steps:
            target = target[int(step) if step.isdigit() else step]
        target[last] = value
    with pytest.raises(ValueError, match=fault):
        from_tree(Overlay({written.path: json.dumps(data).encode()}), written.path)


def test_a_cause_is_known_again_by_another_window_and_not_by_another_trigger_or_release() -> None:
    first = decided().cause
    later = decided(replace(STALE, value=200.0, evidence={"released": "2025-09-01T00:00:00Z"})).cause
    other = decided(replace(STALE, id="old")).cause
    assert first and later and other
    assert first.digest == later.digest
    both = decided(STALE, replace(STALE, id="old")).cause
    assert len({first.digest, other.digest, both and both.digest, replace(first, release="1.1.0").digest}) == 4
    open_trigger = decided(STALE, replace(STALE, id="old", verdict=Verdict.NOT_AVAILABLE, value=None)).cause
    assert open_trigger == first
