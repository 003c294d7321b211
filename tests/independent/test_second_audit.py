"""The audit and a second one, which shares no code with it, find the same of random histories."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from independent.repository import Beginning, begin
from independent.sequences import differences, drawn, report

OWN = Path(__file__).parent
BUNDLE = OWN.parent / "old_repositories" / "0.1.0.bundle"
SECOND = ("plumbing", "ledger", "approvals", "policy", "promotions", "second_audit")


@pytest.fixture(scope="module")
def beginning(tmp_path_factory: pytest.TempPathFactory) -> Beginning:
    """The repository that every sequence begins with."""
    return begin(BUNDLE, tmp_path_factory.mktemp("beginning") / "repository")


def test_the_second_audit_shares_no_code_with_the_package() -> None:
    for name in SECOND:
        imported = re.findall("^(?:from|import) ([a-z_.]+)", (OWN / f"{name}.py").read_text(), re.MULTILINE)
        assert not [module for module in imported if module.startswith("mlops_gitops")]
        assert {module for module in imported if module.startswith("independent")} <= {
            f"independent.{n}" for n in SECOND
        }


def agree(beginning: Beginning, seed: int, folder: Path) -> None:
    """Fails with the steps of the sequence where the audits differ."""
    sequence = drawn(seed)
    if differences(beginning, sequence, folder)[1]:
        pytest.fail(report(beginning, seed, sequence, folder), pytrace=False)


@pytest.mark.parametrize("seed", range(10))
def test_both_audits_agree(beginning: Beginning, tmp_path: Path, seed: int) -> None:
    agree(beginning, seed, tmp_path / "repository")
