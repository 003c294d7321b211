"""The audit and a second one, which shares no code with it, find the same of random histories.

14 sequences run with every test, 4 of them of rollouts. `make soak-audit` tries 500 of each, and plants faults in the
audit: each must be noticed within 30 sequences. A sequence on which they differ is shortened, and its seed and steps
are printed.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from house import Repository
from independent.faults import FAULTS, WAVE_FAULTS, Plant
from independent.repository import Beginning, Tag, begin, changed
from independent.second_audit import Finding
from independent.sequences import REV, Story, audited, differences, drawn, drawn_in_waves, played, report

SHARDS, EACH = 20, 25  # sequences of the soak
ENOUGH = 30  # sequences that must show a planted fault
OWN = Path(__file__).parent
BUNDLE = OWN.parent / "old_repositories" / "0.1.0.bundle"
SECOND = (
    "plumbing",
    "ledger",
    "approvals",
    "policy",
    "promotions",
    "waves",
    "timing",
    "steps_of_waves",
    "second_audit",
)


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


def test_a_record_at_another_path_explains_nothing_and_its_commit_is_named(
    beginning: Beginning, tmp_path: Path
) -> None:
    record, misplaced = "promotions/staging/churn/0003.json", "promotions/staging/churn/0009.json"
    promoted = next(seen for seen in beginning.line if record in seen.files)
    files = changed(promoted.files, {record: None, misplaced: promoted.files[record]})
    with beginning.grow(tmp_path / "repository", beginning.line.index(promoted)) as repository:
        first = repository.commit(files, (repository.tip,))
        last = repository.commit(changed(files, {"docs/notes.md": b"Later\n"}), (first,))
        repository.line += [first, last]
    found = audited(tmp_path / "repository")
    state = "environments/staging/churn.yaml"
    assert found >= {(first.sha[:10], state, "change"), (first.sha[:10], misplaced, "change")}


def test_what_a_receipt_says_is_printed_as_one_plain_line(
    beginning: Beginning, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    name, folder = "churn@v9.9.9", tmp_path / "repository"
    with beginning.grow(folder, 4) as repository:
        tag = repository.tags["churn@v1.0.0"]
        message = str(tag.message).replace("releases/churn/1.0.0.yaml", "releases/\u202e\u2028.yaml")
        repository.tags[name] = Tag(tag.target, message)
    found = Repository(folder, capsys).run("audit", "--rev", REV, "--format", "json").json["diagnostics"]
    assert found and all(each["message"].isprintable() for each in found)
    answer = Repository(folder, capsys).run("audit", "--rev", REV)
    assert (answer.code, name in answer.out) == (1, True)
    assert not {"\u202e", "\u2028"} & set(answer.out + answer.err)


def agree(beginning: Beginning, seed: int, sequence: Story, folder: Path) -> None:
    """Fails with the steps of a sequence where the audits differ."""
    if differences(beginning, sequence, folder)[1]:
        pytest.fail(report(beginning, seed, sequence, folder), pytrace=False)


@pytest.mark.parametrize("seed", range(10))
def test_both_audits_agree(beginning: Beginning, tmp_path: Path, seed: int) -> None:
    agree(beginning, seed, drawn(seed), tmp_path / "repository")


@pytest.mark.parametrize("seed", range(4))
def test_both_audits_agree_on_rollouts(beginning: Beginning, tmp_path: Path, seed: int) -> None:
    agree(beginning, seed, drawn_in_waves(seed), tmp_path / "repository")


@pytest.mark.soak
@pytest.mark.parametrize("draw", [drawn, drawn_in_waves])
@pytest.mark.parametrize("shard", range(SHARDS))
def test_soak(beginning: Beginning, tmp_path: Path, shard: int, draw: Callable[[int], Story]) -> None:
    apart = []
    for seed in range(1000 + shard * EACH, 1000 + (shard + 1) * EACH):
        sequence = draw(seed)
        if differences(beginning, sequence, tmp_path / "repository")[1]:
            apart.append(report(beginning, seed, sequence, tmp_path / "repository"))
    assert not apart, "\n".join(apart)


@pytest.fixture(scope="module")
def histories(beginning: Beginning, tmp_path_factory: pytest.TempPathFactory) -> dict[Path, set[Finding]]:
    """The repositories of the first sequences, each with what the second audit finds."""
    return _played(beginning, drawn, tmp_path_factory.mktemp("histories"))


@pytest.fixture(scope="module")
def histories_in_waves(beginning: Beginning, tmp_path_factory: pytest.TempPathFactory) -> dict[Path, set[Finding]]:
    """The same of rollouts."""
    return _played(beginning, drawn_in_waves, tmp_path_factory.mktemp("histories-in-waves"))


def _played(beginning: Beginning, draw: Callable[[int], Story], top: Path) -> dict[Path, set[Finding]]:
    return {(folder := top / f"{seed}"): played(beginning, draw(seed), folder) for seed in range(ENOUGH)}


@pytest.mark.soak
@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_noticed(
    histories: dict[Path, set[Finding]], monkeypatch: pytest.MonkeyPatch, record_property: Any, fault: str
) -> None:
    record_property("noticed_after", _noticed(histories, FAULTS[fault], monkeypatch))


@pytest.mark.soak
@pytest.mark.parametrize("fault", WAVE_FAULTS)
def test_a_planted_fault_of_waves_is_noticed(
    histories_in_waves: dict[Path, set[Finding]], monkeypatch: pytest.MonkeyPatch, record_property: Any, fault: str
) -> None:
    record_property("noticed_after", _noticed(histories_in_waves, WAVE_FAULTS[fault], monkeypatch))


def _noticed(histories: dict[Path, set[Finding]], plant: Plant, monkeypatch: pytest.MonkeyPatch) -> int:
    """After how many histories a planted fault shows."""
    plant(monkeypatch)
    noticed = (n for n, (folder, found) in enumerate(histories.items(), 1) if audited(folder) != found)
    after = next(noticed, None)
    assert after, f"{ENOUGH} sequences do not show it"
    return after
