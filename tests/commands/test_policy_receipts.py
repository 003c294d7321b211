"""Receipts of the policy: what is pushed past review is found, whatever is pushed afterwards, until it is restated."""

from __future__ import annotations

import json
import re

import pytest
from house import Repository

LAX = "staging: {}"
STRICT = "staging: {approvals: {operations: 1}}"
KPIS = "models/churn/kpis.yaml"
DECISION = "decisions/2026-11-29-policy.yaml"


def _push_lax(repository: Repository) -> str:
    """Nobody approves what goes to staging any more, and the threshold falls; the commit."""
    repository.edit("mlops.yaml", STRICT, LAX + "\npolicies: {approvals: {}}" if False else LAX)
    repository.edit(KPIS, "at_least: 0.8", "at_least: 0.1")
    return repository.commit("Tidy up")


def _push_back(repository: Repository) -> str:
    repository.edit("mlops.yaml", LAX, STRICT)
    repository.edit(KPIS, "at_least: 0.1", "at_least: 0.8")
    return repository.commit("Tidy up again")


def _promote_by_nobody(repository: Repository, to: str = "staging") -> None:
    repository.ok("promote", "churn", "--to", to)
    repository.merge()


def _errors(repository: Repository) -> list[str]:
    return [its["message"] for its in repository.run("audit", "--format", "json").json["diagnostics"]]


def test_a_lax_policy_that_was_there_for_one_promotion_is_found(repository: Repository) -> None:
    repository.release()
    lax = _push_lax(repository)
    _promote_by_nobody(repository)
    back = _push_back(repository)
    for run in ("before", "after"):
        answer = repository.run("audit")
        assert answer.code == 3, (run, answer)
        assert "promotions/staging/churn/0001.json was judged by a policy that is unproven since" in answer.out
        assert all(f"commit {commit[:10]}" in answer.out for commit in (lax, back))
        repository.ok("record")
