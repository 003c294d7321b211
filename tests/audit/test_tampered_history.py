"""The audit answers of a tampered history what is written down: every rule, message, place and commit.

The history is `tests/tampered/history.bundle`, two models over 130 commits with about as many faults. The answer is
that of the audit before it was made quick (commit f8dc9314). Only where the audit is meant to answer otherwise:

    PYTHONPATH=.:tests .venv/bin/python -m tampered.make

writes the new one, whose difference belongs in the review. `tests/tampered/make.py` says how the history was made.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from independent.faults import FAULTS, WAVE_FAULTS, Plant
from tampered.make import ANSWER, answer, clone, kept

KEPT = json.loads(ANSWER.read_text())


def test_the_history_has_many_faults_of_many_rules() -> None:
    assert len(KEPT["diagnostics"]) >= 100
    assert {found["rule"] for found in KEPT["diagnostics"]} >= {
        "adoption", "decision-author", "evaluation-linked", "explained-change", "freeze", "holdout-wear", "immutable",
        "moved-paths", "names-agree", "one-version", "path-spelling", "policy-receipt", "policy-statement",
        "project-file", "promotion-chain", "promotion-content", "promotion-gates", "promotion-order",
        "promotion-policy", "quarantine", "receipt", "release-digests", "rollback-target", "rollout-decision",
        "rollout-overlap", "rollout-paused", "roster-shrunk", "schema", "soak", "state-record", "supersedes",
        "target-drift", "unexpected-file", "version-order", "wave-hold", "wave-order",
    }  # fmt: skip
    assert {found["type"] for found in KEPT["decisions"]} >= {"lift", "override", "policy", "quarantine", "waiver"}


@pytest.fixture
def tampered(tmp_path: Path) -> Path:
    """A clone of the history."""
    clone(tmp_path / "repository")
    return tmp_path / "repository"


def test_the_audit_answers_what_it_answered_before(tampered: Path) -> None:
    found = answer(tampered)
    for key, before in KEPT.items():
        assert found[key] == before, key


@pytest.mark.soak
@pytest.mark.parametrize("plant", [*FAULTS.values(), *WAVE_FAULTS.values()], ids=[*FAULTS, *WAVE_FAULTS])
def test_an_audit_with_a_planted_fault_answers_otherwise(
    tampered: Path, monkeypatch: pytest.MonkeyPatch, plant: Plant
) -> None:
    plant(monkeypatch)
    assert kept(answer(tampered)) != KEPT
